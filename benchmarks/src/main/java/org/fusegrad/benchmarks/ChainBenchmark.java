package org.fusegrad.benchmarks;

import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/** One step of a long elementwise chain, see {@link ChainProblem}: many operations for each byte from memory. */
public class ChainBenchmark extends KernelBenchmark {
    @Param({"16", "64"})
    public int ops;

    @Param({"1024", "65536", "4194304"})
    public int n;

    /** Compares the implementations, and refuses to go on when they disagree. */
    @Setup
    public void setUp() {
        ChainProblem problem = ChainProblem.random(ops, n);
        setUp(name -> ChainKernels.of(name, problem), Referee.of(problem), n, n);
    }
}
