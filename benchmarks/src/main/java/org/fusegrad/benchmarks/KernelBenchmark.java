package org.fusegrad.benchmarks;

import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** One step of a kernel that has several implementations; what is computed, and how large, the benchmarks that extend this say. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 400, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 400, timeUnit = TimeUnit.MILLISECONDS)
@Fork(3)
public abstract class KernelBenchmark {
    @Param({"fusegrad", "vector", "c", "plain"})
    public String variant;

    private Kernel kernel;

    /**
     * Compares the implementations, and refuses to go on when they disagree.
     *
     * @param kernels an implementation by its name
     * @param floats of the largest input
     * @param terms of the longest sum
     */
    final void setUp(Function<String, Kernel> kernels, Kernel referee, long floats, int terms) {
        CKernels.require(variant);
        Agreement.check(variant, kernels, referee, floats, terms);
        kernel = kernels.apply(variant);
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
