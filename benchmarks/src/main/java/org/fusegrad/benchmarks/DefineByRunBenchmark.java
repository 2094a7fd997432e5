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
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A training step of {@code sum((x*w - y)^2)} with a scalar w and its update, recorded anew in each step or compiled once.
 *
 * <p>A recorded step allocates half a KB, so it walks through the young generation. On a virtual machine whose memory has not been used before, each page touched first
 * costs it microseconds, for seconds on end; so the heap is small, and touched before anything is measured.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 400, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 400, timeUnit = TimeUnit.MILLISECONDS)
@Fork(value = 3, jvmArgsPrepend = {"-Xms256m", "-Xmx256m", "-XX:+AlwaysPreTouch"})
public class DefineByRunBenchmark {
    private static final float RATE = 1e-6f;
    private static final float START = 0.5f;

    /** {@code recorded} is define-by-run, {@code compiled} the kernel of an expression. */
    @Param({"recorded", "compiled"})
    public String way;

    @Param({"3", "1024", "65536"})
    public int n;

    private Tensor x;
    private Tensor y;
    private Tensor w;

    private Step step;
    private float[] weight;
    private float[] gradient;
    private boolean recorded;

    /** Takes ten steps both ways and refuses to go on when a loss or a weight differs. */
    @Setup
    public void setUp() {
        LectureProblem problem = LectureProblem.random(false, n);
        Expr xLeaf = Expr.input("x", Shape.batch());
        Expr yLeaf = Expr.input("y", Shape.batch());
        Expr wLeaf = Expr.parameter("w", Shape.scalar());
        x = Tensor.of(problem.x().toArray());
        y = Tensor.of(problem.y().toArray());
        w = Tensor.scalar(START).requiresGrad();
        weight = new float[] {START};
        gradient = new float[1];
        step = GradientKernel.compile(xLeaf.mul(wLeaf).sub(yLeaf).square().sum())
                .warmUp()
                .newStep()
                .bind(xLeaf, problem.x().array(), problem.x().offset())
                .bind(yLeaf, problem.y().array(), problem.y().offset())
                .bind(wLeaf, weight)
                .gradient(wLeaf, gradient);
        for (int i = 0; i < 10; i++) {
            float recordedLoss = recorded();
            float compiledLoss = compiled();
            if (Float.floatToIntBits(recordedLoss) != Float.floatToIntBits(compiledLoss) || Float.floatToIntBits(w.item()) != Float.floatToIntBits(weight[0])) {
                throw new IllegalStateException("step " + i + ": loss " + recordedLoss + " and w " + w.item() + " recorded, " + compiledLoss + " and " + weight[0] + " compiled");
            }
        }
        recorded = way.equals("recorded");
        if (recorded) {
            Hot.settle(this::recorded);
        }
    }

    /** Returns the loss. */
    @Benchmark
    public float step() {
        return recorded ? recorded() : compiled();
    }

    private float recorded() {
        Tensor loss = x.mul(w).sub(y).square().sum();
        loss.backward();
        w.descend(RATE);
        w.zeroGrad();
        return loss.item();
    }

    private float compiled() {
        float loss = step.run(n);
        weight[0] -= RATE * gradient[0];
        return loss;
    }
}
