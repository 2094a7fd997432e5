package org.fusegrad;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.fusegrad.testing.Bits;
import org.fusegrad.testing.Jvm;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Loss, gradients and update in one kernel give the bits of a gradient kernel and an optimiser one after the other. */
@Tag("matrix")
class TrainingKernelTest {
    private static final int COLS = 11;
    private static final int ROWS = 90;

    private final Expr x = Expr.input("x", Shape.batch(COLS));
    private final Expr y = Expr.input("y", Shape.batch());
    private final Expr w = Expr.parameter("w", Shape.of(COLS));
    private final Expr b = Expr.parameter("b", Shape.scalar());
    private final Expr prediction = x.mul(w).sum(-1).add(b);

    private static final Map<String, Optimizer> OPTIMIZERS = new LinkedHashMap<>();

    static {
        OPTIMIZERS.put("sgd", Optimizer.sgd(0.01));
        OPTIMIZERS.put("sgd with all", Optimizer.sgd(0.01).momentum(0.9).weightDecay(0.1).nesterov());
        OPTIMIZERS.put("adagrad", Optimizer.adagrad(0.1));
        OPTIMIZERS.put("rmsProp", Optimizer.rmsProp(0.01).centered().momentum(0.5));
        OPTIMIZERS.put("adam", Optimizer.adam(LearningRate.cosine(0.1, 0.01, 5)));
        OPTIMIZERS.put("adamW", Optimizer.adamW(0.1));
        OPTIMIZERS.put("clipped sgd", Optimizer.sgd(0.01).clipNorm(0.5));
        OPTIMIZERS.put("clipped adam", Optimizer.adam(0.1).weightDecay(0.1).clipNorm(1e6));
    }

    private Map<String, Expr> losses() {
        Map<String, Expr> losses = new LinkedHashMap<>();
        losses.put("regression", prediction.sub(y).square().mean());
        losses.put("ridge", prediction.sub(y).square().mean().add(w.square().sum().mul(0.1f)));
        Expr e = prediction.sub(y);
        losses.put("centred", e.sub(e.mean()).square().mul(b).sum()); // three passes, and parameters in the last
        losses.put("sigmoid", prediction.sigmoid().sub(y).square().mean());
        losses.put("outer", x.sub(w).square().mul(b).sum());
        losses.put("coupled", prediction.mul(b).sub(y).abs().mean().add(w.mul(b).sum()));
        return losses;
    }

    @Test
    void oneKernelHasTheBitsOfTwo() {
        int[] batches = Jvm.isInterpreted() ? new int[] {33} : new int[] {1, 2, 33, ROWS};
        losses().forEach((loss, expr) -> OPTIMIZERS.forEach((rule, optimizer) -> {
            for (int rows : batches) {
                compare(loss + " by " + rule, expr, optimizer, rows, rows % 2 == 1);
            }
        }));
    }

    private void compare(String what, Expr loss, Optimizer optimizer, int rows, boolean vectors) {
        Random random = new Random(rows);
        float[] data = gaussian(ROWS * COLS, random);
        float[] targets = gaussian(ROWS, random);
        float[] start = gaussian(COLS, random);

        Parameters apart = Parameters.of(w, b).set(w, start).set(b, 0.5f);
        Parameters gradients = apart.zeros();
        GradientKernel gradientKernel = GradientKernel.compile(loss, w, b);
        TrainingKernel trainingKernel = TrainingKernel.compile(loss, optimizer, w, b);
        Step gradient = bound(gradientKernel.newStep(), loss, data, targets).bind(apart).gradients(gradients);
        OptimizerStep update = optimizer.newStep(apart, gradients);

        Parameters fused = Parameters.of(w, b).set(w, start).set(b, 0.5f);
        TrainingStep step = trainingKernel.newStep(fused);
        bind(step, loss, data, targets);
        for (int t = 0; t < 4; t++) {
            float expected = gradient.run(rows);
            update.run();
            Bits.same(what + " loss " + t, expected, step.run(rows, vectors));
            Bits.same(what + " parameters after " + t, apart.values().toArray(), fused.values().toArray());
            for (String state : update.stateNames()) {
                Bits.same(what + " " + state + " after " + t, update.state(state).toArray(), step.state(state).values().toArray());
            }
            if (optimizer.clips()) {
                Bits.same(what + " norm of " + t, update.gradientNorm(), step.gradientNorm());
            }
        }
        assertEquals(4, step.steps());
        assertEquals(update.stateNames(), step.stateNames());
    }

    @Test
    void miniBatchesAreRowsOfWhatIsBound() {
        TrainingKernel kernel = TrainingKernel.compile(prediction.sub(y).square().mean(), Optimizer.adam(0.01), w, b);
        float[] data = gaussian(ROWS * COLS, new Random(7));
        float[] targets = gaussian(ROWS, new Random(8));
        TrainingStep step = kernel.newStep().bind(x, data).bind(y, targets);
        TrainingStep anew = kernel.newStep();
        for (int row = 0; row < ROWS; row += 16) {
            int rows = Math.min(16, ROWS - row);
            float expected = anew.bind(x, data, row * COLS).bind(y, targets, row).run(rows);
            Bits.same("loss from row " + row, expected, step.run(row, rows));
        }
        Bits.same("parameters", anew.parameters().values().toArray(), step.parameters().values().toArray());
    }

    private Step bound(Step step, Expr loss, float[] data, float[] targets) {
        step.bind(x, data);
        return reads(loss, y) ? step.bind(y, targets) : step;
    }

    private void bind(TrainingStep step, Expr loss, float[] data, float[] targets) {
        step.bind(x, data);
        if (reads(loss, y)) {
            step.bind(y, targets);
        }
    }

    private static boolean reads(Expr loss, Expr input) {
        return Views.order(List.of(loss)).contains(input);
    }

    @Test
    void theBatchIsReadOnceAndParametersFollowAtOnce() {
        TrainingKernel kernel = TrainingKernel.compile(prediction.sub(y).square().mean(), Optimizer.adam(0.001));
        String plan = kernel.plan();
        assertTrue(plan.contains("passes over the batch: 1, saved between passes: 0"), plan);
        assertEquals(1, plan.split("over \\[11]\\n", -1).length - 1, "one loop over the columns updates w:\n" + plan);
        assertTrue(!plan.contains("copy"), plan);
    }

    /** One kernel, which becomes hot meanwhile, and a step for each thread. */
    @Test
    void threadsTrainAlike() {
        TrainingKernel kernel = TrainingKernel.compile(prediction.sub(y).square().mean(), OPTIMIZERS.get("clipped adam"), w, b);
        float[] data = gaussian(ROWS * COLS, new Random(5));
        float[] targets = gaussian(ROWS, new Random(6));
        List<float[]> results = IntStream.range(0, 4).parallel().mapToObj(thread -> {
            TrainingStep step = kernel.newStep().bind(x, data).bind(y, targets);
            for (int k = 0; k < Jvm.size(2000, 20); k++) {
                step.run(ROWS);
            }
            return step.parameters().values().toArray();
        }).toList();
        results.forEach(result -> Bits.same("parameters", results.getFirst(), result));
    }

    @Test
    void someParametersOnly() {
        TrainingStep step = TrainingKernel.compile(prediction.sub(y).square().mean(), Optimizer.sgd(1), b).newStep();
        float[] weights = gaussian(COLS, new Random(3));
        float[] before = weights.clone();
        step.bind(x, new float[COLS]).bind(y, new float[] {2}).bind(w, weights).run(1);
        Bits.same("frozen", before, weights);
        Bits.same("b", new float[] {4}, step.parameters().values().toArray()); // 0 - 2 * (0 - 2)
    }

    @Test
    void withoutABatch() {
        Expr v = Expr.parameter("v", Shape.of(4));
        TrainingStep step = TrainingKernel.compile(v.square().sum(), Optimizer.sgd(0.25)).newStep();
        step.parameters().set(v, 1, 2, 3, 4);
        assertEquals(30, step.run());
        Bits.same("v", new float[] {0.5f, 1, 1.5f, 2}, step.parameters().get("v").toArray());
        assertEquals(7.5f, step.run());
    }

    @Test
    void aMatrixOfParameters() {
        Expr m = Expr.parameter("m", Shape.of(2, 3));
        Expr v = Expr.input("v", Shape.of(3));
        TrainingStep step = TrainingKernel.compile(m.mul(v).sum(-1).square().sum(), Optimizer.sgd(0.5)).newStep();
        step.parameters().set(m, 1, 0, 0, 0, 1, 0);
        assertEquals(1 + 4, step.bind(v, new float[] {1, 2, 0}).run());
        Bits.same("m", new float[] {0, -2, 0, -2, -3, 0}, step.parameters().get(m).toArray());
    }

    private static float[] gaussian(int n, Random random) {
        float[] values = new float[n];
        for (int i = 0; i < n; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }
}
