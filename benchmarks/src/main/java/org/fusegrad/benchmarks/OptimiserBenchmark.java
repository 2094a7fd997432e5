package org.fusegrad.benchmarks;

import java.util.Arrays;
import java.util.List;
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
import org.openjdk.jmh.annotations.Warmup;

/** One update of n parameters by Adam, see {@link OptimiserKernels}; {@code ceiling} moves the same bytes and computes next to nothing. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 400, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 400, timeUnit = TimeUnit.MILLISECONDS)
@Fork(3)
public class OptimiserBenchmark {
    private static final List<String> EXACT = List.of(Implementations.FUSEGRAD, Implementations.VECTOR, Implementations.PLAIN);
    private static final int COMPARED_STEPS = 3;

    @Param({"fusegrad", "vector", "plain", "ceiling"})
    public String variant;

    @Param({"1024", "65536", "1048576", "16777216"})
    public int n;

    private OptimiserKernels.Update update;

    /** Compares the bits of the implementations, and refuses to go on when they disagree. */
    @Setup
    public void setUp() {
        float[] expected = parametersAfterSomeSteps(Implementations.PLAIN);
        for (String name : EXACT) {
            float[] actual = parametersAfterSomeSteps(name);
            if (!Arrays.equals(expected, actual)) {
                throw new IllegalStateException(name + ": not the parameters of the plain loop, from " + Arrays.mismatch(expected, actual) + " on");
            }
        }
        update = OptimiserKernels.of(variant, n);
        Hot.drive("update of " + n + " (" + variant + ")", update::step);
    }

    private float[] parametersAfterSomeSteps(String name) {
        OptimiserKernels.Update one = OptimiserKernels.of(name, n);
        for (int k = 0; k < COMPARED_STEPS; k++) {
            one.step();
        }
        return one.parameters();
    }

    @Benchmark
    public void step() {
        update.step();
    }
}
