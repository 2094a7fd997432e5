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

/** One step of {@code sum((x*w - y)^2)} with its gradient for w, from a step that is all overhead to one that is all memory. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 400, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 400, timeUnit = TimeUnit.MILLISECONDS)
@Fork(3)
public class LectureBenchmark {
    @Param({"fusegrad", "vector", "c", "plain"})
    public String variant;

    @Param({"scalar", "elementwise"})
    public String w;

    @Param({"3", "64", "1024", "4096", "65536", "1048576", "16777216"})
    public int n;

    private Kernel kernel;

    /** Compares the implementations, and refuses to go on when they disagree. */
    @Setup
    public void setUp() {
        CKernels.require(variant);
        LectureProblem problem = LectureProblem.random(w.equals("elementwise"), n);
        Agreement.check(variant, name -> LectureKernels.of(name, problem), Referee.of(problem), n, n);
        kernel = LectureKernels.of(variant, problem);
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
