package org.fusegrad.benchmarks;

import org.openjdk.jmh.annotations.Setup;

/** One epoch over a real data set in mini-batches of 32, see {@link EpochKernels}: short steps, and the user's own code between them. */
public class EpochBenchmark extends KernelBenchmark {
    /** Compares the implementations, and refuses to go on when they disagree. */
    @Setup
    public void setUp() {
        EpochKernels.Data data = EpochKernels.Data.load();
        setUp(name -> EpochKernels.of(name, data), Referee.once(EpochKernels.referee(data)), data.x().length(), data.rows());
    }
}
