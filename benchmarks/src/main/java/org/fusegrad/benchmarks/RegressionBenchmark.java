package org.fusegrad.benchmarks;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** One step of {@code mean((sum(x*w, cols) + b - y)^2)} with its gradients for w and b. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 400, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 400, timeUnit = TimeUnit.MILLISECONDS)
@Fork(3)
public class RegressionBenchmark {
    /** Floats of x in the runs beyond every cache. */
    private static final int ALL = 1 << 26;

    @Param({"fusegrad", "vector", "c", "plain"})
    public String variant;

    @Param({"10", "64", "512"})
    public int features;

    /** A number, or "all" for as many as make 2^26 floats of x. */
    @Param({"32", "1024", "all"})
    public String rows;

    private Kernel kernel;

    /** Compares the implementations, and refuses to go on when they disagree. */
    @Setup
    public void setUp() {
        CKernels.require(variant);
        RegressionProblem problem = RegressionProblem.random(rows(rows, features), features);
        long floats = (long) problem.rows() * features;
        Agreement.check(variant, name -> RegressionKernels.of(name, problem), Referee.of(problem), floats, Math.max(problem.rows(), features));
        kernel = RegressionKernels.of(variant, problem);
        Hot.drive(variant, kernel);
    }

    /** Frees what is not garbage-collected. */
    @TearDown
    public void tearDown() {
        kernel.close();
    }

    /** Returns the loss. */
    @Benchmark
    public float step() {
        return kernel.step();
    }

    /** What a value of the parameter {@code rows} stands for. */
    public static int rows(String rows, int features) {
        return rows.equals("all") ? ALL / features : Integer.parseInt(rows);
    }
}
