package org.fusegrad;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.BiFunction;
import java.util.function.DoubleBinaryOperator;
import org.fusegrad.ir.Arithmetic;
import org.fusegrad.ir.Graph;
import org.fusegrad.ir.Interpreter;
import org.fusegrad.ir.Node;
import org.fusegrad.testing.Bits;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Losses have the values of their formulas, gradients that agree with differences, and PyTorch's answers where it is extreme. */
@Tag("matrix")
class LossesTest {
    private static final int ROWS = 6;

    /** A loss of prediction and target, and what one pair of them contributes to it by the textbook. */
    private record Case(BiFunction<Expr, Expr, Expr> loss, DoubleBinaryOperator formula, float[] targets) {}

    private static Map<String, Case> cases() {
        float[] numbers = {0.3f, -1.5f, 2, 0.7f, -0.2f, 1.1f};
        float[] labels = {0, 1, 1, 0, 1, 0.25f};
        float[] signs = {1, -1, -1, 1, 1, -1};
        float[] counts = {0, 3, 1, 2, 0, 7};
        Map<String, Case> cases = new LinkedHashMap<>();
        cases.put("mse", new Case(Losses::mse, (p, t) -> (p - t) * (p - t), numbers));
        cases.put("l1", new Case(Losses::l1, (p, t) -> Math.abs(p - t), numbers));
        cases.put("huber", new Case((p, t) -> Losses.huber(p, t, 0.75f), LossesTest::huber, numbers));
        cases.put("binaryCrossEntropyWithLogits", new Case(
                Losses::binaryCrossEntropyWithLogits, (z, y) -> Math.log1p(Math.exp(z)) - y * z, labels));
        cases.put("hinge", new Case(Losses::hinge, (s, y) -> Math.max(0, 1 - y * s), signs));
        cases.put("poissonNll", new Case(Losses::poissonNll, (z, k) -> Math.exp(z) - k * z, counts));
        return cases;
    }

    private static double huber(double p, double t) {
        double distance = Math.abs(p - t);
        return distance < 0.75 ? distance * distance / 2 : 0.75 * (distance - 0.375);
    }

    @Test
    void valuesAreTheMeansOfTheirFormulas() {
        cases().forEach((name, c) -> {
            float[] predictions = gaussian(new Random(name.hashCode()));
            double expected = 0;
            for (int r = 0; r < ROWS; r++) {
                expected += c.formula.applyAsDouble(predictions[r], c.targets[r]) / ROWS;
            }
            assertEquals(expected, evaluate(c.loss, predictions, c.targets).loss, 4 * Math.ulp((float) expected) + 1e-7, name);
        });
    }

    @Test
    void gradientsAgreeWithDifferences() {
        cases().forEach((name, c) -> {
            Expr p = Expr.parameter("p", Shape.batch());
            Expr t = Expr.input("t", Shape.batch());
            Objective objective = Objective.of(c.loss.apply(p, t));
            GraphLowering lowering = objective.lower();
            Node loss = lowering.node(objective.loss());
            Node gradient = objective.gradients(lowering).getFirst();
            Graph graph = lowering.builder().build(List.of(new Graph.Output("loss", loss), new Graph.Output("grad", gradient)));
            Interpreter interpreter = new Interpreter(graph, Arithmetic.DOUBLE);
            float[] predictions = gaussian(new Random(name.hashCode() + 1));
            List<double[]> inputs = new ArrayList<>();
            lowering.leaves().forEach(leaf -> inputs.add(widen(leaf.expr() == p ? predictions : c.targets)));
            int at = lowering.leaves().getFirst().expr() == p ? 0 : 1;
            double[] gradients = interpreter.run(ROWS, inputs).get(1);
            for (int r = 0; r < ROWS; r++) {
                double h = 1e-5;
                double value = inputs.get(at)[r];
                inputs.get(at)[r] = value + h;
                double above = interpreter.run(ROWS, inputs).getFirst()[0];
                inputs.get(at)[r] = value - h;
                double below = interpreter.run(ROWS, inputs).getFirst()[0];
                inputs.get(at)[r] = value;
                assertEquals((above - below) / (2 * h), gradients[r], 1e-8, name + " row " + r);
            }
        });
    }

    @Test
    void tensorsHaveTheSameLosses() {
        float[] p = gaussian(new Random(8));
        float[] t = {0, 1, 1, 0, 1, 0};
        Map<BiFunction<Expr, Expr, Expr>, BiFunction<Tensor, Tensor, Tensor>> both = new LinkedHashMap<>();
        both.put(Losses::mse, Losses::mse);
        both.put(Losses::l1, Losses::l1);
        both.put((a, b) -> Losses.huber(a, b, 0.5f), (a, b) -> Losses.huber(a, b, 0.5f));
        both.put(Losses::binaryCrossEntropyWithLogits, Losses::binaryCrossEntropyWithLogits);
        both.put(Losses::hinge, Losses::hinge);
        both.put(Losses::poissonNll, Losses::poissonNll);
        both.put((a, b) -> Losses.l1Penalty(a), (a, b) -> Losses.l1Penalty(a));
        both.put((a, b) -> Losses.l2Penalty(a), (a, b) -> Losses.l2Penalty(a));
        both.forEach((ofExprs, ofTensors) -> {
            Result expected = evaluate(ofExprs, p, t);
            Tensor prediction = Tensor.of(p).requiresGrad();
            Tensor loss = ofTensors.apply(prediction, Tensor.of(t));
            loss.backward();
            Bits.same("loss", expected.loss, loss.item());
            Bits.same("gradient", expected.gradient, prediction.grad().toArray());
        });
    }

    @Test
    void absoluteErrorsHaveNoSlopeAtZero() {
        Bits.same("l1", new float[] {0, 0.5f}, evaluate(Losses::l1, new float[] {1, 3}, new float[] {1, 1}).gradient);
        Bits.same("penalty", new float[] {0, -1}, evaluate((p, t) -> Losses.l1Penalty(p), new float[] {0, -2}, new float[2]).gradient);
    }

    @Test
    void huberAroundDelta() {
        BiFunction<Expr, Expr, Expr> loss = (p, t) -> Losses.huber(p, t, 1);
        assertEquals(0.5f * 0.25f, evaluate(loss, new float[] {0.5f}, new float[1]).loss);
        assertEquals(0.5f, evaluate(loss, new float[] {1}, new float[1]).loss);
        assertEquals(9.5f, evaluate(loss, new float[] {-10}, new float[1]).loss);
        Bits.same("slopes", new float[] {1, 1, -1, 0.5f},
                times(4, evaluate(loss, new float[] {1, 10, -10, 0.5f}, new float[4]).gradient));
        assertEquals(Float.POSITIVE_INFINITY, evaluate(loss, new float[] {Float.NEGATIVE_INFINITY}, new float[1]).loss);
    }

    @Test
    void aDeltaThatIsBoundLater() {
        Expr p = Expr.parameter("p", Shape.batch());
        Expr t = Expr.input("t", Shape.batch());
        Expr delta = Expr.input("delta", Shape.scalar());
        float[] threshold = {1};
        Step step = GradientKernel.compile(Losses.huber(p, t, delta)).newStep()
                .bind(p, new float[] {3}).bind(t, new float[1]).bind(delta, threshold).gradient(p, new float[1]);
        assertEquals(2.5f, step.run(1));
        threshold[0] = 2;
        assertEquals(4, step.run(1));
    }

    /** The loss of a sure and right answer keeps its digits, and that of a sure and wrong one does not overflow. */
    @Test
    void logitsOfAnySize() {
        BiFunction<Expr, Expr, Expr> loss = Losses::binaryCrossEntropyWithLogits;
        for (float z : new float[] {0, 1e-3f, 1, 5, 20, 40, 80, 200, 1e30f}) {
            for (float sign : new float[] {1, -1}) {
                for (float y : new float[] {0, 1}) {
                    float logit = sign * z;
                    Result result = evaluate(loss, new float[] {logit}, new float[] {y});
                    double margin = y == 1 ? logit : -logit;
                    double expected = Math.max(-margin, 0) + Math.log1p(Math.exp(-Math.abs(margin)));
                    double slope = (y == 1 ? -1 : 1) / (1 + Math.exp(margin));
                    String what = "logit " + logit + " label " + y;
                    assertEquals(expected, result.loss, 4 * Math.ulp((float) expected), what);
                    assertEquals(slope, result.gradient[0], 4 * Math.ulp((float) slope), what);
                }
            }
        }
    }

    /** In PyTorch too: an infinite logit times a label that is its own, less itself, is no number. */
    @Test
    void infinitiesAndNaN() {
        BiFunction<Expr, Expr, Expr> loss = Losses::binaryCrossEntropyWithLogits;
        float infinity = Float.POSITIVE_INFINITY;
        assertEquals(infinity, evaluate(loss, new float[] {-infinity}, new float[] {1}).loss);
        assertEquals(Float.NaN, evaluate(loss, new float[] {infinity}, new float[] {1}).loss);
        cases().forEach((name, c) -> {
            Result result = evaluate(c.loss, new float[] {1, Float.NaN}, new float[] {1, 1});
            assertEquals(Float.NaN, result.loss, name);
        });
        assertEquals(infinity, evaluate(Losses::poissonNll, new float[] {100}, new float[] {1}).loss);
        assertEquals(infinity, evaluate(Losses::hinge, new float[] {-infinity}, new float[] {1}).loss);
        assertEquals(0, evaluate(Losses::hinge, new float[] {infinity}, new float[] {1}).loss);
    }

    // --- several classes ----------------------------------------------------------------------------------

    @Test
    void crossEntropyIsThatOfDouble() {
        int[][] sizes = {{1, 1}, {1, 2}, {7, 3}, {53, 10}, {5, 16}, {19, 17}, {3, 65}, {130, 8}};
        for (int[] size : sizes) {
            for (float shift : new float[] {0, 1000, -1000}) {
                Random random = new Random(size[1]);
                float[] z = new float[size[0] * size[1]];
                float[] labels = new float[size[0]];
                for (int i = 0; i < z.length; i++) {
                    z[i] = shift + (float) (3 * random.nextGaussian());
                }
                for (int r = 0; r < labels.length; r++) {
                    labels[r] = random.nextInt(size[1]);
                }
                checkCrossEntropy(z, labels, size[1]);
            }
        }
    }

    @Test
    void logitsOfSeveralClassesOfAnySize() {
        float large = 1e30f;
        float[][] rows = {
            {large, 0, -large}, {200, -200, 0}, {large, large, large}, {-Float.MAX_VALUE, 0, 1}, {88, 89, 90}, {-1000, -1001, -1000}};
        for (float[] z : rows) {
            for (int label = 0; label < z.length; label++) {
                checkCrossEntropy(z, new float[] {label}, z.length);
            }
        }
        Result wrong = crossEntropy(new float[] {0, 1000}, new float[] {0}, 2);
        assertEquals(1000, wrong.loss);
        Bits.same("slopes", new float[] {-1, 1}, wrong.gradient);
        assertEquals(large, crossEntropy(new float[] {0, large}, new float[] {0}, 2).loss);
    }

    /** As in PyTorch, but for the label: there it is an error. */
    @Test
    void whatCrossEntropyCannotTell() {
        float infinity = Float.POSITIVE_INFINITY;
        for (float label : new float[] {-1, 3, 0.5f, infinity, Float.NaN}) {
            assertEquals(Float.NaN, crossEntropy(new float[] {1, 2, 3, 4, 5, 6}, new float[] {0, label}, 3).loss, "label " + label);
        }
        assertEquals(Float.NaN, crossEntropy(new float[] {1, infinity}, new float[] {1}, 2).loss);
        assertEquals(Float.NaN, crossEntropy(new float[] {1, Float.NaN}, new float[] {0}, 2).loss);
        assertEquals(infinity, crossEntropy(new float[] {1, -infinity}, new float[] {1}, 2).loss);
        Result excluded = crossEntropy(new float[] {1, -infinity}, new float[] {0}, 2);
        assertEquals(0, excluded.loss);
        Bits.same("slopes", new float[] {0, 0}, excluded.gradient);
    }

    @Test
    void crossEntropyOfTensors() {
        float[] z = gaussian(new Random(3));
        float[] labels = {2, 0};
        Result expected = crossEntropy(z, labels, 3);
        Tensor logits = Tensor.of(Shape.of(2, 3), z).requiresGrad();
        Tensor loss = Losses.crossEntropy(logits, Tensor.of(labels));
        loss.backward();
        Bits.same("loss", expected.loss, loss.item());
        Bits.same("gradient", expected.gradient, logits.grad().toArray());
    }

    @Test
    void misuseOfCrossEntropyIsNamed() {
        Expr logits = Expr.input("z", Shape.batch(3));
        Expr row = Expr.input("y", Shape.batch());
        Map<String, Expr[]> misfits = new LinkedHashMap<>();
        misfits.put("[batch, 3] and [batch, 3]", new Expr[] {logits, logits});
        misfits.put("[batch, 3] and [batch, 1]", new Expr[] {logits, Expr.input("y", Shape.batch(1))});
        misfits.put("[batch, 3] and [3]", new Expr[] {logits, Expr.input("y", Shape.of(3))});
        misfits.put("[batch] and [batch]", new Expr[] {row, row});
        misfits.put("[] and []", new Expr[] {Expr.constant(1), Expr.constant(0)});
        misfits.forEach((shapes, e) -> assertEquals(
                "crossEntropy: shapes " + shapes + " do not fit; a row of logits has one label",
                assertThrows(IllegalArgumentException.class, () -> Losses.crossEntropy(e[0], e[1])).getMessage()));
        assertEquals("crossEntropy: the second argument is null",
                assertThrows(NullPointerException.class, () -> Losses.crossEntropy(logits, null)).getMessage());
        assertEquals("crossEntropy: the first argument is null",
                assertThrows(NullPointerException.class, () -> Losses.crossEntropy(null, Tensor.scalar(1))).getMessage());
    }

    @Test
    void crossEntropyReadsItsBatchOnce() {
        Expr z = Expr.parameter("z", Shape.batch(10));
        Expr b = Expr.parameter("b", Shape.of(10));
        for (Expr logits : List.of(z, Expr.input("x", Shape.batch(10)).add(b))) {
            String plan = GradientKernel.compile(Losses.crossEntropy(logits, Expr.input("y", Shape.batch()))).plan();
            assertTrue(plan.endsWith("passes over the batch: 1, saved between passes: 0\n"), plan);
        }
    }

    /** The gradient is (softmax - one hot) / rows. */
    private static void checkCrossEntropy(float[] z, float[] labels, int classes) {
        int rows = labels.length;
        double loss = 0;
        double[] gradient = new double[z.length];
        for (int r = 0; r < rows; r++) {
            double largest = Double.NEGATIVE_INFINITY;
            for (int c = 0; c < classes; c++) {
                largest = Math.max(largest, z[r * classes + c]);
            }
            double sum = 0;
            for (int c = 0; c < classes; c++) {
                sum += Math.exp(z[r * classes + c] - largest);
            }
            loss += (Math.log(sum) + (largest - z[r * classes + (int) labels[r]])) / rows;
            for (int c = 0; c < classes; c++) {
                double softmax = Math.exp(z[r * classes + c] - largest) / sum;
                gradient[r * classes + c] = (softmax - (c == labels[r] ? 1 : 0)) / rows;
            }
        }
        Result result = crossEntropy(z, labels, classes);
        String what = rows + " rows of " + classes;
        assertEquals(loss, result.loss, 4 * Math.ulp((float) loss) + 1e-6, what);
        for (int i = 0; i < z.length; i++) {
            assertEquals(gradient[i], result.gradient[i], 1e-6 / rows, what + " at " + i);
        }
    }

    private static Result crossEntropy(float[] logits, float[] labels, int classes) {
        Expr z = Expr.parameter("z", Shape.batch(classes));
        Expr y = Expr.input("y", Shape.batch());
        float[] gradient = new float[logits.length];
        Step step = GradientKernel.compile(Losses.crossEntropy(z, y)).newStep().bind(z, logits).bind(y, labels).gradient(z, gradient);
        return new Result(step.run(labels.length), gradient);
    }

    @Test
    void penaltiesAreSums() {
        float[] w = {1, -2, 3};
        assertEquals(6, evaluate((p, t) -> Losses.l1Penalty(p), w, new float[3]).loss);
        Result squares = evaluate((p, t) -> Losses.l2Penalty(p), w, new float[3]);
        assertEquals(14, squares.loss);
        Bits.same("slope", new float[] {2, -4, 6}, squares.gradient);
    }

    @Test
    void misuseIsNamed() {
        Expr matrix = Expr.input("m", Shape.batch(10));
        Expr row = Expr.input("y", Shape.batch());
        Map<String, BiFunction<Expr, Expr, Expr>> losses = new LinkedHashMap<>();
        cases().forEach((name, c) -> losses.put(name, c.loss));
        losses.forEach((name, loss) -> {
            assertEquals(name + ": shapes [batch, 10] and [batch] differ",
                    assertThrows(IllegalArgumentException.class, () -> loss.apply(matrix, row)).getMessage());
            assertEquals(name + ": the second argument is null",
                    assertThrows(NullPointerException.class, () -> loss.apply(row, null)).getMessage());
        });
        assertEquals("huber: delta 0.0 is not above 0",
                assertThrows(IllegalArgumentException.class, () -> Losses.huber(row, row, 0)).getMessage());
        assertEquals("huber: delta NaN is not above 0",
                assertThrows(IllegalArgumentException.class, () -> Losses.huber(row, row, Float.NaN)).getMessage());
        assertEquals("huber: delta of shape [batch] is not a scalar",
                assertThrows(IllegalArgumentException.class, () -> Losses.huber(row, row, row)).getMessage());
        assertEquals("l1: the second argument is null",
                assertThrows(NullPointerException.class, () -> Losses.l1(Tensor.scalar(1), null)).getMessage());
    }

    @Test
    void everyLossReadsItsBatchOnce() {
        cases().forEach((name, c) -> {
            Expr p = Expr.parameter("p", Shape.batch());
            String plan = GradientKernel.compile(c.loss.apply(p, Expr.input("t", Shape.batch()))).plan();
            assertTrue(plan.endsWith("passes over the batch: 1, saved between passes: 0\n"), name + "\n" + plan);
        });
    }

    private record Result(float loss, float[] gradient) {}

    private static Result evaluate(BiFunction<Expr, Expr, Expr> loss, float[] predictions, float[] targets) {
        Expr p = Expr.parameter("p", Shape.batch());
        Expr t = Expr.input("t", Shape.batch());
        GradientKernel kernel = GradientKernel.compile(loss.apply(p, t));
        float[] gradient = new float[predictions.length];
        Step step = kernel.newStep().bind(p, predictions).gradient(p, gradient);
        if (kernel.inputs().contains(t)) {
            step.bind(t, targets);
        }
        return new Result(step.run(predictions.length), gradient);
    }

    private static float[] times(float factor, float[] values) {
        float[] products = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            products[i] = factor * values[i];
        }
        return products;
    }

    private static float[] gaussian(Random random) {
        float[] values = new float[ROWS];
        for (int r = 0; r < ROWS; r++) {
            values[r] = (float) random.nextGaussian();
        }
        return values;
    }

    private static double[] widen(float[] values) {
        double[] wide = new double[values.length];
        for (int i = 0; i < wide.length; i++) {
            wide[i] = values[i];
        }
        return wide;
    }
}
