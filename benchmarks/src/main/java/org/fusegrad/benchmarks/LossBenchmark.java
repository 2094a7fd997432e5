package org.fusegrad.benchmarks;

import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/** One step of another loss than the squared error, see {@link Loss}, on the shape of a regression with 64 features. */
public class LossBenchmark extends KernelBenchmark {
    /** Columns of x. */
    public static final int FEATURES = 64;

    @Param({"logistic", "huber", "poisson"})
    public String loss;

    @Param({"1024", "16384"})
    public int rows;

    /** Compares the implementations, and refuses to go on when they disagree. */
    @Setup
    public void setUp() {
        LossProblem problem = LossProblem.random(Loss.named(loss), rows, FEATURES);
        setUp(name -> LossKernels.of(name, problem), Referee.of(problem), (long) rows * FEATURES, Math.max(rows, FEATURES));
    }
}
