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

/** One epoch over a real data set in mini-batches of 32, see {@link EpochKernels}: short steps, and the user's own code between them. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 400, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 400, timeUnit = TimeUnit.MILLISECONDS)
@Fork(3)
public class EpochBenchmark {
    @Param({"fusegrad", "vector", "c", "plain"})
    public String variant;

    private Kernel kernel;

    /** Compares the implementations, and refuses to go on when they disagree. */
    @Setup
    public void setUp() {
        CKernels.require(variant);
        EpochKernels.Data data = EpochKernels.Data.load();
        Agreement.check(variant, name -> EpochKernels.of(name, data), Referee.once(EpochKernels.referee(data)), data.x().length(), data.rows());
        kernel = EpochKernels.of(variant, data);
        Hot.drive(variant, kernel);
    }

    /** Frees what is not garbage-collected. */
    @TearDown
    public void tearDown() {
        kernel.close();
    }

    /** Returns the mean loss. */
    @Benchmark
    public float step() {
        return kernel.step();
    }
}
