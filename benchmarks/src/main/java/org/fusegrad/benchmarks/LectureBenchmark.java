package org.fusegrad.benchmarks;

import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/** One step of {@code sum((x*w - y)^2)} with its gradient for w, from a step that is all overhead to one that is all memory. */
public class LectureBenchmark extends KernelBenchmark {
    @Param({"scalar", "elementwise"})
    public String w;

    @Param({"3", "64", "1024", "4096", "65536", "1048576", "16777216"})
    public int n;

    /** Compares the implementations, and refuses to go on when they disagree. */
    @Setup
    public void setUp() {
        LectureProblem problem = LectureProblem.random(w.equals("elementwise"), n);
        setUp(name -> LectureKernels.of(name, problem), Referee.of(problem), n, n);
    }
}
