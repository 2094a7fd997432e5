package org.fusegrad.benchmarks;

import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/** {@code sum((x*w - y)^2)} without a gradient: the part of a step that inference would do too. */
public class ForwardBenchmark extends KernelBenchmark {
    @Param({"scalar", "elementwise"})
    public String w;

    @Param({"3", "1024", "65536", "16777216"})
    public int n;

    /** Compares the implementations, and refuses to go on when they disagree. */
    @Setup
    public void setUp() {
        LectureProblem problem = LectureProblem.random(w.equals("elementwise"), n);
        setUp(name -> ForwardKernels.of(name, problem), Referee.forward(problem), n, n);
    }
}
