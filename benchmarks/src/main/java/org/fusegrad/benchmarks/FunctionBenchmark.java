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
import org.openjdk.jmh.annotations.Warmup;

/**
 * One operation over arrays that stay in the first-level cache: the generated kernel, the Vector API's own
 * operation where it has one, and a loop over {@link Math} if it is elementwise. {@link FunctionTable} makes the README's columns of the results.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 400, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 400, timeUnit = TimeUnit.MILLISECONDS)
@Fork(3)
public class FunctionBenchmark {
    @Param({"fusegrad", "vector", "plain"})
    public String variant;

    @Param({
        "add", "sub", "mul", "div", "neg", "square", "abs", "sqrt", "reciprocal", "relu", "leakyRelu", "clamp", "maximum", "minimum", "lt", "where",
        "exp", "expm1", "log", "log1p", "sigmoid", "tanh", "softplus", "silu", "gelu", "erf", "sin", "cos", "pow(2.2)", "pow(10)", "pow(3.7)",
        "sum", "sum(-1)", "sum(0)", "mean", "mean(-1)", "mean(0)", "max", "max(-1)", "max(0)", "min", "min(-1)", "min(0)", "dot(-1)",
        "logSumExp(-1)", "softmax(-1)", "logSoftmax(-1)", "pick(-1)"
    })
    public String function;

    @Param("4096")
    public int n;

    /** The least magnitude of an argument. */
    @Param("0")
    public float from;

    /** The largest. */
    @Param("8")
    public float to;

    private FunctionKernels.Map kernel;

    /** Compares the implementations, and refuses to go on when they disagree by more than the functions' bounds. */
    @Setup
    public void setUp() {
        FunctionKernels kernels = new FunctionKernels(function, n, from, to);
        kernels.check();
        kernel = kernels.of(variant);
        Hot.drive(function + " (" + variant + ")", kernel::run);
    }

    /** Overwrites the results. */
    @Benchmark
    public void map() {
        kernel.run();
    }
}
