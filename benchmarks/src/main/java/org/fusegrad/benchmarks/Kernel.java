package org.fusegrad.benchmarks;

/** One way to compute a loss and its gradients over data that it is already bound to. */
interface Kernel extends AutoCloseable {
    /** Computes and returns the loss, and overwrites the gradients. */
    float step();

    /** The gradients of the last step, for a problem always in the same order. */
    float[] gradients();

    /** Frees what is not garbage-collected. */
    @Override
    default void close() {}
}
