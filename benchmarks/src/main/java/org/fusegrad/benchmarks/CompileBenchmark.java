package org.fusegrad.benchmarks;

import java.util.concurrent.TimeUnit;
import org.fusegrad.Expr;
import org.fusegrad.GradientKernel;
import org.fusegrad.Shape;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * From an expression that the kernel cache does not know to a kernel that can run: autodiff, fusion, class files, loading. Of a compiler that is itself hot;
 * what the first kernel of a process costs is in the cold starts.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 400, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 400, timeUnit = TimeUnit.MILLISECONDS)
@Fork(3)
public class CompileBenchmark {
    @Param({"lecture", "regression", "chain16", "chain64"})
    public String loss;

    private int constant;

    /** Each invocation scales the loss by another constant, which is part of the code. */
    @Benchmark
    public GradientKernel compile() {
        return GradientKernel.compile(expression().mul(1 + ++constant * 0x1p-23f));
    }

    private Expr expression() {
        Expr y = Expr.input("y", Shape.batch());
        Expr x = Expr.input("x", loss.equals("regression") ? Shape.batch(10) : Shape.batch());
        return switch (loss) {
            case "lecture" -> x.mul(Expr.parameter("w", Shape.scalar())).sub(y).square().sum();
            case "regression" -> {
                Expr w = Expr.parameter("w", Shape.of(10));
                yield x.mul(w).sum(-1).add(Expr.parameter("b", Shape.scalar())).sub(y).square().mean();
            }
            case "chain16" -> ChainKernels.loss(4, x, y, Expr.parameter("w", Shape.batch()));
            case "chain64" -> ChainKernels.loss(16, x, y, Expr.parameter("w", Shape.batch()));
            default -> throw new IllegalArgumentException("no loss " + loss);
        };
    }
}
