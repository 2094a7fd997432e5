package org.fusegrad.benchmarks;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.fusegrad.Floats;
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

/**
 * One step of {@code mean((sum(x*w, cols) + b - y)^2)} with its gradients for w and b, in every variant; and for comparison what it takes only to read x.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 400, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 400, timeUnit = TimeUnit.MILLISECONDS)
@Fork(3)
public class RegressionBenchmark {
    static final List<String> VARIANTS = List.of("generated", "vector", "plain", "c");

    /** Floats of x in the runs beyond every cache. */
    private static final int ALL = 1 << 26;

    /** A number of rows, or "all" for as many as make 2^26 floats of x. */
    static int rows(String rows, int features) {
        return rows.equals("all") ? ALL / features : Integer.parseInt(rows);
    }

    /** A step, bound to its data. */
    @State(Scope.Thread)
    public static class Model {
        @Param({"generated", "vector", "plain", "c"})
        public String variant;

        @Param({"10", "64", "512"})
        public int features;

        @Param({"1024", "all"})
        public String rows;

        Kernel kernel;

        /** Compares the variants, and refuses to go on when they disagree. */
        @Setup
        public void setUp() {
            CKernels.require(variant);
            RegressionProblem problem = RegressionProblem.random(rows(rows, features), features);
            Agreement.check(VARIANTS, name -> RegressionKernels.of(name, problem), Referee.of(problem), Math.max(problem.rows(), features));
            kernel = RegressionKernels.of(variant, problem);
        }

        /** Frees the memory of the C variant. */
        @TearDown
        public void tearDown() {
            kernel.close();
        }
    }

    /** The same x alone. */
    @State(Scope.Thread)
    public static class Data {
        @Param({"10", "64", "512"})
        public int features;

        @Param({"1024", "all"})
        public String rows;

        Floats x;

        @Setup
        public void setUp() {
            x = RegressionProblem.random(rows(rows, features), features).x();
        }
    }

    /** Returns the loss. */
    @Benchmark
    public float step(Model model) {
        return model.kernel.step();
    }

    /** The memory ceiling: x is read once, and nothing else is done. */
    @Benchmark
    public float readX(Data data) {
        return ReadVector.sum(data.x.array(), data.x.offset(), data.x.length());
    }
}
