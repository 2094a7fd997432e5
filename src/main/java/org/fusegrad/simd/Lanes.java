package org.fusegrad.simd;

import java.util.List;

/**
 * The one place that decides how many float lanes a vector has, and whether there are vectors at all. It
 * names no class of the Vector API, so that it loads where {@code jdk.incubator.vector} does not.
 */
public final class Lanes {
    /** Whether the Vector API's module was resolved into this JVM. */
    public static final boolean AVAILABLE =
            ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();

    /** What to write on the command line when it was not. */
    public static final String FLAG = "--add-modules jdk.incubator.vector";

    /** Lane counts that kernels can be generated for; 0 is the scalar twin. */
    public static final List<Integer> SUPPORTED = List.of(0, 4, 8, 16);

    /** The lanes of the vectors in use; 0 for scalar code. {@code -Dfusegrad.lanes} overrides it. */
    public static final int ACTIVE = active();

    static {
        System.Logger log = System.getLogger("org.fusegrad");
        if (AVAILABLE) {
            log.log(System.Logger.Level.DEBUG, "{0} float lanes per vector", ACTIVE);
        } else {
            log.log(
                    System.Logger.Level.WARNING,
                    "The Vector API is not enabled: kernels run as scalar code, many times slower. Start java with " + FLAG);
        }
    }

    private Lanes() {}

    private static int active() {
        if (!AVAILABLE) {
            return 0;
        }
        String override = System.getProperty("fusegrad.lanes");
        if (override == null) {
            return VectorFacts.preferredLanes();
        }
        for (int lanes : SUPPORTED) {
            if (override.equals(Integer.toString(lanes))) {
                return lanes;
            }
        }
        throw new IllegalArgumentException("fusegrad.lanes=" + override + ": expected one of " + SUPPORTED);
    }
}
