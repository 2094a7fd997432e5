package org.fusegrad;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** Reductions, and what is made of them, as users write them. */
class ReductionsTest {
    private static Tensor matrix(int rows, int cols, float... values) {
        return Tensor.of(Shape.of(rows, cols), values).requiresGrad();
    }

    private static void gradient(Tensor x, Tensor y, float... expected) {
        x.zeroGrad();
        y.sum().backward();
        assertArrayEquals(expected, x.grad().toArray());
    }

    // --- means, maxima, minima ----------------------------------------------------------------------------

    @Test
    void meansOverOneAxis() {
        Tensor x = matrix(2, 3, 1, 2, 3, 4, 5, 9);
        assertArrayEquals(new float[] {2, 6}, x.mean(-1).toArray());
        assertArrayEquals(new float[] {2.5f, 3.5f, 6}, x.mean(0).toArray());
        gradient(x, x.mean(1).mul(Tensor.of(3, 6)), 1, 1, 1, 2, 2, 2);
        gradient(x, x.mean(0).mul(Tensor.of(2, 4, 6)), 1, 2, 3, 1, 2, 3);
        assertEquals(2, Tensor.of(1, 3).mean(0).item());
    }

    @Test
    void largestAndSmallest() {
        Tensor x = matrix(2, 3, 1, 5, 3, 4, -6, 2);
        assertEquals(5, x.max().item());
        assertEquals(-6, x.min().item());
        assertArrayEquals(new float[] {5, 4}, x.max(-1).toArray());
        assertArrayEquals(new float[] {1, -6}, x.min(-1).toArray());
        assertArrayEquals(new float[] {4, 5, 3}, x.max(0).toArray());
        assertArrayEquals(new float[] {1, -6, 2}, x.min(0).toArray());
        gradient(x, x.max(-1).mul(Tensor.of(2, 3)), 0, 2, 0, 3, 0, 0);
        gradient(x, x.min(0), 1, 0, 0, 0, 1, 1);
        gradient(x, x.max(), 0, 1, 0, 0, 0, 0);
    }

    @Test
    void equalElementsShareTheGradient() {
        Tensor x = matrix(2, 4, 3, 1, 3, 3, -0f, 0, -1, -2);
        gradient(x, x.max(-1).mul(Tensor.of(6, 6)), 2, 0, 2, 2, 3, 3, 0, 0);
        Tensor column = matrix(3, 1, 7, 7, 6);
        gradient(column, column.max(0), 0.5f, 0.5f, 0);
        gradient(column, column.neg().min(), -0.5f, -0.5f, 0);
    }

    @Test
    void zerosAndNaNOfMaxima() {
        assertArrayEquals(new float[] {0f, 0f}, matrix(2, 2, -0f, 0f, 0f, -0f).max(-1).toArray());
        assertArrayEquals(new float[] {-0f, -0f}, matrix(2, 2, -0f, 0f, 0f, -0f).min(-1).toArray());
        float low = Float.NEGATIVE_INFINITY;
        assertArrayEquals(new float[] {low, Float.NaN}, matrix(2, 2, low, low, Float.NaN, 1).max(-1).toArray());
        Tensor x = matrix(2, 2, 5, Float.NaN, 1, 2);
        gradient(x, x.max(-1), Float.NaN, Float.NaN, 0, 1);
    }

    // --- dot ----------------------------------------------------------------------------------------------

    @Test
    void dotOfEveryPairOfShapes() {
        Tensor x = matrix(2, 3, 1, 2, 3, 4, 5, 6);
        Tensor w = Tensor.of(1, 10, 100).requiresGrad();
        assertArrayEquals(new float[] {321, 654}, x.dot(w).toArray());
        assertArrayEquals(new float[] {321, 654}, w.dot(x).toArray());
        assertArrayEquals(new float[] {14, 77}, x.dot(x).toArray());
        assertEquals(10101, w.dot(w).item());
        gradient(x, x.dot(w).mul(Tensor.of(1, 2)), 1, 10, 100, 2, 20, 200);
        gradient(w, w.dot(x).mul(Tensor.of(1, 2)), 9, 12, 15);
        gradient(x, x.dot(x), 2, 4, 6, 8, 10, 12);
        gradient(w, w.dot(w), 2, 20, 200);
        Tensor square = matrix(3, 3, 1, 0, 0, 0, 2, 0, 0, 0, 3);
        assertArrayEquals(new float[] {1, 20, 300}, square.dot(w).toArray());
        Tensor cube = Tensor.of(Shape.of(2, 2, 3), 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
        assertArrayEquals(new float[] {321, 654, 987, 1320}, cube.dot(w).toArray());
        assertEquals(Shape.of(2, 2), cube.dot(w).shape());
    }

    /** 1 + 2^-12 squared is 1 + 2^-11 + 2^-24; its last term is lost to a product that is rounded. */
    @Test
    void productsAreNotRounded() {
        float a = 1 + 0x1p-12f;
        Tensor x = matrix(1, 65, new float[65]);
        float[] values = new float[65];
        values[0] = -(1 + 0x1p-11f); // the first of its lane, before a product
        values[64] = a;
        Tensor left = Tensor.of(values);
        values[0] = 1;
        Tensor right = Tensor.of(values);
        assertEquals(0x1p-24f, left.dot(right).item());
        assertEquals(0, left.mul(right).sum().item());
        assertEquals(0, x.dot(right).sum().item());
    }

    @Test
    void regressionByDotIsOnePass() {
        Expr x = Expr.input("x", Shape.batch(10));
        Expr y = Expr.input("y", Shape.batch());
        Expr w = Expr.parameter("w", Shape.of(10));
        Expr b = Expr.parameter("b", Shape.scalar());
        String plan = GradientKernel.compile(x.dot(w).add(b).sub(y).square().mean()).plan();
        assertTrue(plan.contains("sums rows of input times input into tile"), plan);
        assertTrue(plan.contains("sums columns of mul times input in accumulators"), plan);
        assertOnePass(plan);
    }

    private static void assertOnePass(String plan) {
        assertTrue(plan.endsWith("passes over the batch: 1, saved between passes: 0\n"), plan);
    }

    // --- softmax ------------------------------------------------------------------------------------------

    @Test
    void softmaxAndItsLogarithms() {
        double[] e = {Math.exp(-2), Math.exp(-1), 1};
        double sum = e[0] + e[1] + e[2];
        for (float shift : new float[] {0, 3, 1000, -1000}) {
            Tensor x = matrix(1, 3, shift - 2, shift - 1, shift);
            assertEquals(shift + Math.log(sum), x.logSumExp(-1).item(), Math.ulp(shift) + 1e-6);
            for (int c = 0; c < 3; c++) {
                assertEquals(e[c] / sum, x.softmax(1).toArray()[c], 1e-7);
                assertEquals(c - 2 - Math.log(sum), x.logSoftmax(-1).toArray()[c], 5e-7);
            }
            x.logSumExp(-1).backward();
            for (int c = 0; c < 3; c++) {
                assertEquals(e[c] / sum, x.grad().toArray()[c], 1e-7);
            }
        }
    }

    @Test
    void softmaxOfAnyRank() {
        Tensor vector = Tensor.of(0, 0, 0, 0).requiresGrad();
        assertArrayEquals(new float[] {0.25f, 0.25f, 0.25f, 0.25f}, vector.softmax(0).toArray());
        Tensor square = matrix(3, 3, new float[9]);
        assertArrayEquals(new float[] {1, 1, 1}, square.softmax(-1).sum(-1).toArray(), 1e-6f);
        Tensor cube = Tensor.of(Shape.of(2, 2, 2), 0, 0, 1, 1, 2, 2, 3, 3);
        assertArrayEquals(new float[] {0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 0.5f}, cube.softmax(2).toArray());
        assertEquals(Shape.of(2, 2), cube.logSumExp(-1).shape());
        assertEquals(Shape.of(2, 2, 2), cube.logSoftmax(-1).shape());
    }

    @Test
    void infinitiesOfSoftmax() {
        float high = Float.POSITIVE_INFINITY;
        float low = Float.NEGATIVE_INFINITY;
        Tensor x = matrix(4, 2, low, low, high, 1, low, 0, Float.NaN, 1);
        assertArrayEquals(new float[] {low, high, 0, Float.NaN}, x.logSumExp(-1).toArray());
        float nan = Float.NaN;
        assertArrayEquals(new float[] {nan, nan, nan, nan, 0, 1, nan, nan}, x.softmax(-1).toArray());
        assertArrayEquals(new float[] {nan, nan, nan, nan, low, 0, nan, nan}, x.logSoftmax(-1).toArray());
        gradient(x, x.logSumExp(-1), nan, nan, nan, 0, 0, 1, nan, nan);
    }

    /** The gradient of cross-entropy is (softmax - one hot) / rows; central differences are coarser. */
    @Test
    void crossEntropyFromClassNumbersIsOnePass() {
        int rows = 53;
        int classes = 10;
        Expr logits = Expr.parameter("z", Shape.batch(classes));
        Expr y = Expr.input("y", Shape.batch());
        GradientKernel kernel = GradientKernel.compile(logits.logSumExp(-1).sub(logits.pick(y)).mean());
        assertOnePass(kernel.plan());
        assertOnePass(GradientKernel.compile(logits.logSoftmax(-1).pick(y).mean().neg()).plan());
        assertOnePass(GradientKernel.compile(logits.softmax(-1).pick(y).log().mean().neg()).plan());
        var random = new java.util.Random(9);
        float[] z = new float[rows * classes];
        float[] targets = new float[rows];
        for (int i = 0; i < z.length; i++) {
            z[i] = (float) (3 * random.nextGaussian());
        }
        double loss = 0;
        double[] expected = new double[z.length];
        for (int r = 0; r < rows; r++) {
            targets[r] = random.nextInt(classes);
            double sum = 0;
            for (int c = 0; c < classes; c++) {
                sum += Math.exp(z[r * classes + c]);
            }
            loss += (Math.log(sum) - z[r * classes + (int) targets[r]]) / rows;
            for (int c = 0; c < classes; c++) {
                expected[r * classes + c] = (Math.exp(z[r * classes + c]) / sum - (c == targets[r] ? 1 : 0)) / rows;
            }
        }
        float[] gradient = new float[z.length];
        float value = kernel.newStep().bind(logits, z).bind(y, targets).gradient(logits, gradient).run(rows);
        assertEquals(loss, value, 1e-6);
        for (int i = 0; i < z.length; i++) {
            assertEquals(expected[i], gradient[i], 1e-8);
        }
    }

    // --- pick ---------------------------------------------------------------------------------------------

    @Test
    void pickTakesOneElementOfEachRow() {
        Tensor x = matrix(3, 2, 1, 2, 3, -0f, 5, 6);
        Tensor picked = x.pick(Tensor.of(0, 1, 1));
        assertEquals(Shape.of(3), picked.shape());
        assertArrayEquals(new float[] {1, -0f, 6}, picked.toArray());
        gradient(x, picked.mul(Tensor.of(10, 20, 30)), 10, 0, 0, 20, 0, 30);
    }

    @Test
    void whatNoColumnHasIsNaN() {
        Tensor x = matrix(4, 2, 1, 2, 3, 4, 5, 6, 7, 8);
        Tensor picked = x.pick(Tensor.of(-1, 2, 0.5f, Float.NaN));
        assertArrayEquals(new float[] {Float.NaN, Float.NaN, Float.NaN, Float.NaN}, picked.toArray());
        gradient(x, picked, 0, 0, 0, 0, 0, 0, 0, 0);
    }

    @Test
    void nothingOfTheElementsNotPickedShows() {
        Tensor x = matrix(1, 3, Float.NaN, 7, Float.POSITIVE_INFINITY);
        assertEquals(7, x.pick(Tensor.of(1)).item());
        gradient(x, x.pick(Tensor.of(1)).square(), 0, 14, 0);
    }

    @Test
    void pickOfAnyRank() {
        Tensor vector = Tensor.of(4, 5, 6).requiresGrad();
        assertEquals(5, vector.pick(Tensor.scalar(1)).item());
        gradient(vector, vector.pick(Tensor.scalar(2)), 0, 0, 1);
        Tensor cube = Tensor.of(Shape.of(2, 2, 3), 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
        Tensor index = Tensor.of(Shape.of(2, 2), 0, 1, 2, 0);
        assertArrayEquals(new float[] {1, 5, 9, 10}, cube.pick(index).toArray());
        Tensor square = matrix(3, 3, 1, 2, 3, 4, 5, 6, 7, 8, 9);
        assertArrayEquals(new float[] {3, 4, 8}, square.pick(Tensor.of(2, 0, 1)).toArray());
        Tensor one = matrix(3, 1, 1, 2, 3);
        assertArrayEquals(new float[] {1, Float.NaN, 3}, one.pick(Tensor.of(0, 1, 0)).toArray());
    }

    @Test
    void pickOverABatch() {
        Expr x = Expr.parameter("x", Shape.batch(3));
        Expr index = Expr.input("index", Shape.batch());
        float[] gradient = new float[6];
        float sum = GradientKernel.compile(x.pick(index).square().sum())
                .newStep()
                .bind(x, new float[] {1, 2, 3, 4, 5, 6})
                .bind(index, new float[] {2, 0})
                .gradient(x, gradient)
                .run(2);
        assertEquals(25, sum);
        assertArrayEquals(new float[] {0, 0, 6, 8, 0, 0}, gradient);
    }
}
