package org.fusegrad;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** Functions, comparisons and where, as users write them. */
class FunctionsTest {
    private static Tensor of(float... values) {
        return Tensor.of(values).requiresGrad();
    }

    private static void gradient(Tensor x, Tensor y, float... expected) {
        y.sum().backward();
        assertArrayEquals(expected, x.grad().toArray());
    }

    @Test
    void whereChoosesValueAndGradient() {
        Tensor x = of(1, 2, -3);
        Tensor y = Tensor.where(x.lt(Tensor.scalar(0)), x.mul(2), x.square());
        assertArrayEquals(new float[] {1, 4, -6}, y.toArray());
        gradient(x, y, 2, 4, 2);
    }

    @Test
    void nothingOfTheSideNotTakenShows() {
        Tensor x = of(-1, 1);
        Tensor y = Tensor.where(x.gt(Tensor.scalar(0)), x.log(), x);
        assertArrayEquals(new float[] {-1, 0}, y.toArray());
        gradient(x, y, 1, 1);
    }

    @Test
    void rampsAndSteps() {
        Tensor x = of(-2, 0, 0.5f, 3);
        assertArrayEquals(new float[] {-1, 0, 0.5f, 1}, x.clamp(-1, 1).toArray());
        gradient(x, x.clamp(-1, 1), 0, 1, 1, 0);
        x.zeroGrad();
        gradient(x, x.leakyRelu(0.125f), 0.125f, 0.125f, 1, 1);
        x.zeroGrad();
        gradient(x, x.relu(), 0, 0, 1, 1);
        assertArrayEquals(new float[] {1, 1, 1, 0}, x.le(Tensor.scalar(0.5f)).toArray());
        assertArrayEquals(new float[] {0, 0, 1, 1}, x.ge(Tensor.scalar(0.5f)).toArray());
        assertArrayEquals(new float[] {0, 1, 0, 0}, x.eq(Tensor.scalar(0)).toArray());
        assertArrayEquals(new float[] {1, 0, 1, 1}, x.ne(Tensor.scalar(0)).toArray());
    }

    @Test
    void detachedValuesHaveNoPast() {
        Tensor x = of(3);
        gradient(x, x.mul(x.square().detach()), 9);
    }

    @Test
    void wavesOfAnyAngle() {
        Tensor x = of(0, -0f, 1, -2, 1e6f, -1e30f, Float.MAX_VALUE);
        float[] sines = x.sin().toArray();
        float[] cosines = x.cos().toArray();
        for (int i = 0; i < sines.length; i++) {
            double at = x.toArray()[i];
            assertEquals(Math.sin(at), sines[i], Math.ulp((float) Math.sin(at)));
            assertEquals(Math.cos(at), cosines[i], Math.ulp((float) Math.cos(at)));
        }
        assertEquals(Float.floatToIntBits(-0f), Float.floatToIntBits(sines[1]));
        gradient(x, x.sin(), cosines);
        x.zeroGrad();
        for (int i = 0; i < sines.length; i++) {
            sines[i] = 0 - sines[i];
        }
        gradient(x, x.cos(), sines);
        Tensor outside = Tensor.of(Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.NaN);
        float[] nans = {Float.NaN, Float.NaN, Float.NaN};
        assertArrayEquals(nans, outside.sin().toArray());
        assertArrayEquals(nans, outside.cos().toArray());
    }

    @Test
    void powers() {
        Tensor x = of(2, -3, 0.25f, 1);
        assertArrayEquals(new float[] {16, 81, 0.00390625f, 1}, x.pow(4).toArray());
        gradient(x, x.pow(4), 32, -108, 0.0625f, 4);
        x.zeroGrad();
        assertArrayEquals(new float[] {1, 1, 1, 1}, x.pow(0).toArray());
        gradient(x, x.pow(0), 0, 0, 0, 0);
        x.zeroGrad();
        assertArrayEquals(x.toArray(), x.pow(1).toArray());
        gradient(x, x.pow(1), 1, 1, 1, 1);
        x.zeroGrad();
        assertArrayEquals(x.square().toArray(), x.pow(2).toArray());
        gradient(x, x.pow(2), 4, -6, 0.5f, 2);
    }

    /** C99, Annex F.10.4.4; of the exponents that have a shortcut, PyTorch. */
    @Test
    void powersOfSpecialNumbers() {
        float inf = Float.POSITIVE_INFINITY;
        float nan = Float.NaN;
        Tensor x = of(0, -0f, inf, -inf, nan, 1, -1, -8, Float.MIN_VALUE);
        power(x, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1);
        power(x, 5, 0, -0f, inf, -inf, nan, 1, -1, -32768, 0);
        power(x, 4, 0, 0, inf, inf, nan, 1, 1, 4096, 0);
        power(x, -5, inf, -inf, 0, -0f, nan, 1, -1, -0x1p-15f, inf);
        power(x, -4, inf, inf, 0, 0, nan, 1, 1, 0x1p-12f, inf);
        power(x, 2.5f, 0, 0, inf, inf, nan, 1, nan, nan, 0);
        power(x, -2.5f, inf, inf, 0, 0, nan, 1, nan, nan, inf);
        power(x, 5.5f, 0, 0, inf, inf, nan, 1, nan, nan, 0);
        power(x, -5.5f, inf, inf, 0, 0, nan, 1, nan, nan, inf);
        power(x, 100.5f, 0, 0, inf, inf, nan, 1, nan, nan, 0);
        power(x, -100.5f, inf, inf, 0, 0, nan, 1, nan, nan, inf);
        power(x, 101, 0, -0f, inf, -inf, nan, 1, -1, -inf, 0);
        power(x, -102, inf, inf, 0, 0, nan, 1, 1, 0, inf);
        power(x, 0x1p24f - 1, 0, -0f, inf, -inf, nan, 1, -1, -inf, 0);
        power(x, 1e-42f, 0, 0, inf, inf, nan, 1, nan, nan, 1);
        power(x, -1e-42f, inf, inf, 0, 0, nan, 1, nan, nan, 1);
        power(x, 0.0625f, 0, 0, inf, inf, nan, 1, nan, nan, (float) Math.pow(Float.MIN_VALUE, 0.0625));
        power(x, 0.5f, 0, -0f, inf, nan, nan, 1, nan, nan, (float) Math.sqrt(Float.MIN_VALUE));
        power(x, -0.5f, inf, -inf, 0, nan, nan, 1, nan, nan, 1 / (float) Math.sqrt(Float.MIN_VALUE));
        power(x, inf, 0, 0, inf, inf, nan, 1, 1, inf, 0);
        power(x, -inf, inf, inf, 0, 0, nan, 1, 1, 0, inf);
        power(x, nan, nan, nan, nan, nan, nan, 1, nan, nan, nan);
        power(Tensor.of(1e20f, -1e20f), -2, 1e-40f, 1e-40f); // 1 / (x * x) would be 0
    }

    private static void power(Tensor x, float exponent, float... expected) {
        assertArrayEquals(expected, x.pow(exponent).toArray(), "exponent " + exponent);
    }

    @Test
    void misuse() {
        Tensor x = of(1, 2, 3);
        assertThrows(IllegalArgumentException.class, () -> x.clamp(2, 1));
        var shapes = assertThrows(
                IllegalArgumentException.class, () -> Tensor.where(x, Tensor.of(1, 2), Tensor.scalar(0)));
        assertEquals("where: shapes [3] and [2] do not broadcast", shapes.getMessage());
        assertTrue(assertThrows(NullPointerException.class, () -> x.lt(null)).getMessage().contains("lt"));
        assertTrue(assertThrows(NullPointerException.class, () -> Tensor.where(x, null, x)).getMessage().contains("where"));
    }

    /** Binary cross-entropy from logits, over a batch: the gradient is (sigmoid(z) - y) x / rows. */
    @Test
    void logisticRegression() {
        int rows = 37;
        int cols = 5;
        Expr x = Expr.input("x", Shape.batch(cols));
        Expr y = Expr.input("y", Shape.batch());
        Expr w = Expr.parameter("w", Shape.of(cols));
        Expr z = x.mul(w).sum(-1);
        var random = new java.util.Random(5);
        float[] xs = new float[rows * cols];
        float[] ys = new float[rows];
        float[] ws = {0.5f, -1, 0.25f, 2, 0};
        for (int i = 0; i < xs.length; i++) {
            xs[i] = (float) random.nextGaussian();
        }
        double[] expected = new double[cols];
        double loss = 0;
        for (int r = 0; r < rows; r++) {
            ys[r] = random.nextInt(2);
            double logit = 0;
            for (int c = 0; c < cols; c++) {
                logit += (double) xs[r * cols + c] * ws[c];
            }
            loss += (Math.log1p(Math.exp(logit)) - ys[r] * logit) / rows;
            for (int c = 0; c < cols; c++) {
                expected[c] += (1 / (1 + Math.exp(-logit)) - ys[r]) * xs[r * cols + c] / rows;
            }
        }
        float[] gradient = new float[cols];
        float value = GradientKernel.compile(z.softplus().sub(y.mul(z)).mean())
                .newStep()
                .bind(x, xs)
                .bind(y, ys)
                .bind(w, ws)
                .gradient(w, gradient)
                .run(rows);
        assertEquals(loss, value, 1e-6);
        for (int c = 0; c < cols; c++) {
            assertEquals(expected[c], gradient[c], 1e-6);
        }
    }
}
