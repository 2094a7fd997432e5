/**
 * Fused forward and backward SIMD kernels for losses over mini-batches.
 *
 * <p>This descriptor has a source root and a compilation of its own, for release 17: the jar tool reads descriptors with
 * the JDK that runs Maven, which may be older than the one that compiles the library.
 */
module org.fusegrad {
    requires jdk.incubator.vector;
    requires static jdk.management;

    exports org.fusegrad;
}
