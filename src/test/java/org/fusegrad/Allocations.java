package org.fusegrad;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/** What {@link AllocationTest} runs in JVMs of their own; they have no test library. */
final class Allocations {
    private static final int RUNS = 10_000;
    private static final Map<String, Consumer<Allocations>> STEPS = new TreeMap<>(Map.of(
            "lecture", Allocations::lecture,
            "regression", Allocations::regression,
            "loss that keeps values between passes", Allocations::lossThatKeepsValuesBetweenPasses,
            "penalty on weights", Allocations::penaltyOnWeights,
            "reductions", Allocations::reductions,
            "accumulating steps", Allocations::accumulatingSteps,
            "optimisers", Allocations::optimisers,
            "training steps", Allocations::trainingSteps));
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final Expr x = Expr.input("x", Shape.batch());
    private final Expr y = Expr.input("y", Shape.batch());
    private final Expr scalar = Expr.parameter("w", Shape.scalar());

    static List<String> names() {
        return List.copyOf(STEPS.keySet());
    }

    /** Runs the steps of that name, and prints what they allocated. */
    public static void main(String[] name) {
        STEPS.get(String.join(" ", name)).accept(new Allocations());
    }

    private void lecture() {
        Expr w = Expr.parameter("w", Shape.batch());
        nothingIsAllocated("scalar weight", x.mul(scalar).sub(y).square().sum(), 100);
        nothingIsAllocated("elementwise weight", x.mul(w).sub(y).square().sum(), 100);
        nothingIsAllocated("one row", x.mul(scalar).sub(y).square().sum(), 1);
    }

    private void regression() {
        nothingIsAllocated("10 columns", regressionLoss(10), 32);
        nothingIsAllocated("65 columns", regressionLoss(65), 32);
    }

    private void lossThatKeepsValuesBetweenPasses() {
        Expr e = x.mul(scalar).sub(y);
        nothingIsAllocated("cheap", e.sub(e.mean()).square().sum(), 100);
        Expr matrix = Expr.input("X", Shape.batch(10));
        Expr w = Expr.parameter("w", Shape.of(10));
        Expr p = matrix.mul(w).sum(-1);
        nothingIsAllocated("row sums", p.sub(p.mean()).square().sum(), 100);
    }

    private void penaltyOnWeights() {
        Expr w = Expr.parameter("w", Shape.of(10));
        Expr matrix = Expr.input("X", Shape.batch(10));
        nothingIsAllocated("ridge", matrix.mul(w).sum(-1).sub(y).square().mean().add(w.square().sum().mul(0.1f)), 32);
    }

    private void reductions() {
        Expr matrix = Expr.input("X", Shape.batch(10));
        Expr w = Expr.parameter("w", Shape.of(10));
        Expr z = matrix.add(w);
        nothingIsAllocated("dot", matrix.dot(w).sub(y).square().mean(), 32);
        nothingIsAllocated("cross-entropy", Losses.crossEntropy(z, y), 32);
        nothingIsAllocated("largest of all", x.mul(scalar).max(), 100);
        nothingIsAllocated("largest of columns", matrix.mul(w).max(0).sum(), 32);
    }

    private Expr regressionLoss(int cols) {
        Expr matrix = Expr.input("X", Shape.batch(cols));
        Expr w = Expr.parameter("w", Shape.of(cols));
        Expr b = Expr.parameter("b", Shape.scalar());
        return matrix.mul(w).sum(-1).add(b).sub(y).square().mean();
    }

    private void accumulatingSteps() {
        Expr w = Expr.parameter("w", Shape.batch());
        GradientKernel kernel = GradientKernel.compile(x.mul(w).sub(y).square().sum()).warmUp();
        nothingIsAllocated("elementwise weight", kernel, kernel.newAccumulatingStep(), 100);
        kernel = GradientKernel.compile(regressionLoss(10)).warmUp();
        nothingIsAllocated("10 columns", kernel, kernel.newAccumulatingStep(), 32);
    }

    private void optimisers() {
        Optimizer clipped = Optimizer.adamW(LearningRate.cosine(0.1, 0, 100).warmUp(0.1, 10)).clipNorm(1);
        for (Optimizer optimizer : List.of(Optimizer.sgd(0.1).momentum(0.9), clipped)) {
            OptimizerStep step = optimizer.newStep(new float[1000], 0, new float[1000], 0, 1000).warmUp();
            nothingIsAllocated(optimizer.name(), () -> {
                for (int run = 0; run < RUNS; run++) {
                    step.run();
                }
            });
        }
    }

    private void trainingSteps() {
        Optimizer clipped = Optimizer.adamW(LearningRate.exponential(0.1, 0.99)).clipNorm(1);
        for (Optimizer optimizer : List.of(Optimizer.sgd(0.1), clipped)) {
            Expr loss = regressionLoss(10);
            Expr matrix = Objective.of(loss).inputs().stream().filter(e -> e.name.equals("X")).findFirst().orElseThrow();
            float[] data = new float[8 * 32 * 10];
            float[] targets = new float[8 * 32];
            TrainingStep step = TrainingKernel.compile(loss, optimizer).warmUp().newStep();
            nothingIsAllocated(optimizer.name(), () -> {
                for (int run = 0; run < RUNS; run++) {
                    step.bind(matrix, data, run % 8 * 320).bind(y, targets, run % 8 * 32).run(32);
                }
            });
        }
    }

    private static void nothingIsAllocated(String what, Runnable train) {
        train.run(); // buffers are there, and the methods around the kernel compiled
        long least = Long.MAX_VALUE;
        for (int attempt = 0; attempt < 20 && least > 0; attempt++) { // C2 may still be busy with those methods
            long before = THREADS.getCurrentThreadAllocatedBytes();
            train.run();
            least = Math.min(least, THREADS.getCurrentThreadAllocatedBytes() - before);
        }
        System.out.println(what + ": " + least + " bytes in " + RUNS + " steps");
    }

    private static void nothingIsAllocated(String what, Expr loss, int rows) {
        GradientKernel kernel = GradientKernel.compile(loss).warmUp();
        nothingIsAllocated(what, kernel, kernel.newStep(), rows);
    }

    /** Steps over mini-batches, bound at another offset or other rows of what is bound. */
    private static void nothingIsAllocated(String what, GradientKernel kernel, Step step, int rows) {
        int batches = 8;
        float[][] arrays = new float[kernel.inputs().size()][];
        for (int k = 0; k < arrays.length; k++) {
            Expr input = kernel.inputs().get(k);
            arrays[k] = new float[input.shape().perRow() * (input.shape().isBatched() ? rows * batches : 1)];
            step.bind(input, arrays[k]);
        }
        for (Expr variable : kernel.variables()) {
            step.gradient(variable, new float[variable.shape().perRow() * (variable.shape().isBatched() ? rows * batches : 1)]);
        }
        nothingIsAllocated(what, () -> train(kernel, step, arrays, rows, batches));
    }

    private static void train(GradientKernel kernel, Step step, float[][] arrays, int rows, int batches) {
        for (int run = 0; run < RUNS; run++) {
            int batch = run / 3 % batches;
            switch (run % 3) {
                case 0 -> {
                    bind(kernel, step, arrays, batch * rows);
                    step.run(rows);
                }
                case 1 -> step.run(rows); // as bound
                default -> {
                    bind(kernel, step, arrays, 0);
                    step.run(0, rows);
                    step.run(batch * rows, rows);
                }
            }
        }
    }

    private static void bind(GradientKernel kernel, Step step, float[][] arrays, int row) {
        for (int k = 0; k < arrays.length; k++) {
            Expr input = kernel.inputs().get(k);
            if (input.shape().isBatched()) {
                step.bind(input, arrays[k], row * input.shape().perRow());
            }
        }
    }
}
