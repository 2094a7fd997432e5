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

/** One step of a long elementwise chain, see {@link ChainProblem}: many operations for each byte from memory. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 400, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 400, timeUnit = TimeUnit.MILLISECONDS)
@Fork(3)
public class ChainBenchmark {
    @Param({"fusegrad", "vector", "c", "plain"})
    public String variant;

    @Param({"16", "64"})
    public int ops;

    @Param({"1024", "65536", "4194304"})
    public int n;

    private Kernel kernel;

    /** Compares the implementations, and refuses to go on when they disagree. */
    @Setup
    public void setUp() {
        CKernels.require(variant);
        ChainProblem problem = ChainProblem.random(ops, n);
        Agreement.check(variant, name -> ChainKernels.of(name, problem), Referee.of(problem), n, n);
        kernel = ChainKernels.of(variant, problem);
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
