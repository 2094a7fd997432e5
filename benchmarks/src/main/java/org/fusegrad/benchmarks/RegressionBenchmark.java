package org.fusegrad.benchmarks;

import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/** One step of {@code mean((sum(x*w, cols) + b - y)^2)} with its gradients for w and b. */
public class RegressionBenchmark extends KernelBenchmark {
    /** Floats of x in the runs beyond every cache. */
    private static final int ALL = 1 << 26;

    @Param({"10", "64", "512"})
    public int features;

    /** A number, or "all" for as many as make 2^26 floats of x. */
    @Param({"32", "1024", "all"})
    public String rows;

    /** Compares the implementations, and refuses to go on when they disagree. */
    @Setup
    public void setUp() {
        RegressionProblem problem = RegressionProblem.random(rows(rows, features), features);
        long floats = (long) problem.rows() * features;
        setUp(name -> RegressionKernels.of(name, problem), Referee.of(problem), floats, Math.max(problem.rows(), features));
    }

    /** What a value of the parameter {@code rows} stands for. */
    public static int rows(String rows, int features) {
        return rows.equals("all") ? ALL / features : Integer.parseInt(rows);
    }
}
