package org.fusegrad.benchmarks;

import java.util.concurrent.TimeUnit;
import org.fusegrad.Expr;
import org.fusegrad.GradientKernel;
import org.fusegrad.Shape;
import org.fusegrad.Step;
import org.fusegrad.Tensor;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** A whole training step of the lecture's example, three elements and one w: what a step costs where there is next to nothing to compute. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 400, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 400, timeUnit = TimeUnit.MILLISECONDS)
@Fork(3)
public class StepBenchmark {
    private static final float RATE = 0.01f;
    private static final float START = 0.5f;

    private Tensor x;
    private Tensor y;
    private Tensor w;

    private Step step;
    private float[] weight;
    private float[] gradient;

    /** Takes ten steps both ways and refuses to go on when a loss or a weight differs. */
    @Setup
    public void setUp() {
        float[] xs = {1, 2, 3};
        float[] ys = {2.1f, 3.9f, 6.2f};
        Expr xLeaf = Expr.input("x", Shape.batch());
        Expr yLeaf = Expr.input("y", Shape.batch());
        Expr wLeaf = Expr.parameter("w", Shape.scalar());
        x = Tensor.of(xs);
        y = Tensor.of(ys);
        w = Tensor.scalar(START).requiresGrad();
        weight = new float[] {START};
        gradient = new float[1];
        step = GradientKernel.compile(xLeaf.mul(wLeaf).sub(yLeaf).square().sum())
                .warmUp()
                .newStep()
                .bind(xLeaf, xs)
                .bind(yLeaf, ys)
                .bind(wLeaf, weight)
                .gradient(wLeaf, gradient);
        for (int i = 0; i < 10; i++) {
            float recorded = defineByRun();
            float compiled = compiled();
            if (Float.floatToIntBits(recorded) != Float.floatToIntBits(compiled) || Float.floatToIntBits(w.item()) != Float.floatToIntBits(weight[0])) {
                throw new IllegalStateException("step " + i + ": loss " + recorded + " and w " + w.item() + " recorded, " + compiled + " and " + weight[0] + " compiled");
            }
        }
    }

    /** Records the loss anew in each step, as PyTorch does. Returns the loss. */
    @Benchmark
    public float defineByRun() {
        Tensor loss = x.mul(w).sub(y).square().sum();
        loss.backward();
        w.descend(RATE);
        w.zeroGrad();
        return loss.item();
    }

    /** Runs the kernel that was compiled once. Returns the loss. */
    @Benchmark
    public float compiled() {
        float loss = step.run(3);
        weight[0] -= RATE * gradient[0];
        return loss;
    }
}
