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

/** One step of another loss than the squared error, see {@link Loss}, on the shape of a regression with 64 features. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 400, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 400, timeUnit = TimeUnit.MILLISECONDS)
@Fork(3)
public class LossBenchmark {
    /** Columns of x. */
    public static final int FEATURES = 64;

    @Param({"fusegrad", "vector", "c", "plain"})
    public String variant;

    @Param({"logistic", "huber", "poisson"})
    public String loss;

    @Param({"1024", "16384"})
    public int rows;

    private Kernel kernel;

    /** Compares the implementations, and refuses to go on when they disagree. */
    @Setup
    public void setUp() {
        CKernels.require(variant);
        LossProblem problem = LossProblem.random(Loss.named(loss), rows, FEATURES);
        Agreement.check(variant, name -> LossKernels.of(name, problem), Referee.of(problem), (long) rows * FEATURES, Math.max(rows, FEATURES));
        kernel = LossKernels.of(variant, problem);
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
}
