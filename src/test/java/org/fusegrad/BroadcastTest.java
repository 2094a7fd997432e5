package org.fusegrad;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import java.util.function.BinaryOperator;
import org.junit.jupiter.api.Test;

/** Shapes broadcast as in NumPy; values and gradients are compared with loops over all axes in double. */
class BroadcastTest {
    private final Random random = new Random(5);

    @Test
    void rowsAndColumns() {
        check(new int[] {4, 3}, new int[] {3});
        check(new int[] {4, 3}, new int[] {4, 1});
        check(new int[] {4, 3}, new int[] {1, 3});
        check(new int[] {4, 3}, new int[] {1, 1});
        check(new int[] {4, 3}, new int[] {1});
        check(new int[] {4, 3}, new int[] {});
        check(new int[] {4, 3}, new int[] {4, 3});
        check(new int[] {4, 1}, new int[] {1, 3});
        check(new int[] {4, 1}, new int[] {3});
        check(new int[] {1, 3}, new int[] {4, 1});
        check(new int[] {5}, new int[] {});
        check(new int[] {5}, new int[] {1});
        check(new int[] {}, new int[] {});
    }

    @Test
    void squareMatricesTellRowsFromColumns() {
        check(new int[] {3, 3}, new int[] {3});
        check(new int[] {3, 3}, new int[] {3, 1});
        check(new int[] {3, 1}, new int[] {1, 3});
        check(new int[] {1, 3}, new int[] {3});
    }

    @Test
    void axesThatCollapse() {
        check(new int[] {2, 3, 4}, new int[] {2, 3, 4});
        check(new int[] {2, 3, 4}, new int[] {4});
        check(new int[] {2, 3, 4}, new int[] {3, 4});
        check(new int[] {2, 3, 4}, new int[] {2, 3, 1});
        check(new int[] {2, 3, 4}, new int[] {2, 1, 1});
        check(new int[] {2, 3, 4}, new int[] {});
        check(new int[] {2, 1, 4}, new int[] {4});
        check(new int[] {2, 2, 2, 3}, new int[] {2, 3});
        check(new int[] {2, 2, 2, 3}, new int[] {2, 2, 1, 1});
    }

    @Test
    void axesThatDoNotCollapseAreNamed() {
        Tensor x = tensor(2, 3, 4);
        Tensor middle = tensor(3, 1);
        String message =
                assertThrows(IllegalArgumentException.class, () -> x.mul(middle).toArray()).getMessage();
        assertTrue(message.contains("mul: [2, 3, 4] and [3, 1]"), message);
        Tensor ends = tensor(2, 1, 4);
        message = assertThrows(IllegalArgumentException.class, () -> x.add(ends).toArray()).getMessage();
        assertTrue(message.contains("add: [2, 3, 4] and [2, 1, 4]"), message);
    }

    @Test
    void sumsOverOneAxis() {
        Tensor x = Tensor.of(Shape.of(2, 3), 1, 2, 3, 4, 5, 6);
        assertArrayEquals(new float[] {6, 15}, x.sum(-1).toArray());
        assertArrayEquals(new float[] {6, 15}, x.sum(1).toArray());
        assertArrayEquals(new float[] {5, 7, 9}, x.sum(0).toArray());
        assertArrayEquals(new float[] {5, 7, 9}, x.sum(-2).toArray());
        assertEquals(Shape.of(2), x.sum(-1).shape());
        assertEquals(Shape.of(3), x.sum(0).shape());
        assertEquals(Shape.scalar(), x.sum().shape());
        Tensor row = Tensor.of(1, 2, 3);
        assertEquals(6f, row.sum(0).item());
        assertEquals(6f, row.sum(-1).item());
    }

    @Test
    void sumsOfHigherRank() {
        Tensor x = tensor(2, 3, 4);
        float[] v = x.toArray();
        float[] last = new float[6];
        for (int i = 0; i < 24; i++) {
            last[i / 4] += v[i];
        }
        assertEquals(Shape.of(2, 3), x.sum(-1).shape());
        assertArrayEquals(last, x.sum(-1).toArray(), 1e-5f);
        float[] first = new float[12];
        for (int i = 0; i < 24; i++) {
            first[i % 12] += v[i];
        }
        assertEquals(Shape.of(3, 4), x.sum(0).shape());
        assertArrayEquals(first, x.sum(0).toArray(), 1e-5f);
    }

    @Test
    void sumsFeedFurtherOperationsAndGradientsComeBack() {
        // (sum(x * w, -1) - y)^2 by hand: p = (1*1 + 2*2, 3*1 + 4*2) = (5, 11), e = (4, 9)
        Tensor x = Tensor.of(Shape.of(2, 2), 1, 2, 3, 4).requiresGrad();
        Tensor w = Tensor.of(1, 2).requiresGrad();
        Tensor y = Tensor.of(1, 2).requiresGrad();
        Tensor loss = x.mul(w).sum(-1).sub(y).square().sum();
        loss.backward();
        assertEquals(16f + 81f, loss.item());
        assertArrayEquals(new float[] {8 * 1 + 18 * 3, 8 * 2 + 18 * 4}, w.grad().toArray());
        assertArrayEquals(new float[] {8, 16, 18, 36}, x.grad().toArray());
        assertArrayEquals(new float[] {-8, -18}, y.grad().toArray());
    }

    @Test
    void penaltyOnWeightsAsLongAsTheBatch() {
        // Three rows of three columns: only the use of w tells that it runs along columns.
        Tensor x = Tensor.of(Shape.of(3, 3), 1, 0, 0, 0, 1, 0, 0, 0, 1);
        Tensor w = Tensor.of(1, 2, 3).requiresGrad();
        Tensor loss = x.mul(w).sum(-1).square().sum().add(w.square().sum());
        loss.backward();
        assertEquals(28f, loss.item());
        assertArrayEquals(new float[] {4, 8, 12}, w.grad().toArray());
    }

    @Test
    void tensorsOfUnrelatedLengths() {
        Tensor a = Tensor.of(1, 2, 3, 4, 5).requiresGrad();
        Tensor b = Tensor.of(1, 2, 3).requiresGrad();
        Tensor loss = a.square().sum().mul(b.sum());
        loss.backward();
        assertEquals(55f * 6, loss.item());
        assertArrayEquals(new float[] {12, 24, 36, 48, 60}, a.grad().toArray());
        assertArrayEquals(new float[] {55, 55, 55}, b.grad().toArray());
    }

    @Test
    void meanDividesByTheNumberOfElements() {
        Tensor x = tensor(3, 5).requiresGrad();
        x.mean().backward();
        for (float g : x.grad().toArray()) {
            assertEquals(1f / 15, g);
        }
    }

    // --- all operations on one pair of shapes -----------------------------------------------------------

    private void check(int[] shapeA, int[] shapeB) {
        binary("add", shapeA, shapeB, Tensor::add, (a, b) -> a + b, (a, b) -> 1, (a, b) -> 1);
        binary("sub", shapeA, shapeB, Tensor::sub, (a, b) -> a - b, (a, b) -> 1, (a, b) -> -1);
        binary("mul", shapeA, shapeB, Tensor::mul, (a, b) -> a * b, (a, b) -> b, (a, b) -> a);
        binary("div", shapeA, shapeB, Tensor::div, (a, b) -> a / b, (a, b) -> 1 / b, (a, b) -> -a / (b * b));
        binary("rsub", shapeB, shapeA, Tensor::sub, (a, b) -> a - b, (a, b) -> 1, (a, b) -> -1);
    }

    private interface Scalar {
        double apply(double a, double b);
    }

    private void binary(
            String name, int[] shapeA, int[] shapeB, BinaryOperator<Tensor> op, Scalar value, Scalar byA, Scalar byB) {
        String what = name + " " + Arrays.toString(shapeA) + " " + Arrays.toString(shapeB);
        Tensor a = tensor(shapeA).requiresGrad();
        Tensor b = tensor(shapeB).requiresGrad();
        int[] shape = broadcast(shapeA, shapeB);
        Tensor out = op.apply(a, b);
        assertEquals(Shape.of(shape), out.shape(), what);
        Tensor upstream = tensor(shape);
        out.backward(upstream);
        float[] av = a.toArray();
        float[] bv = b.toArray();
        double[] expected = new double[product(shape)];
        double[] gradA = new double[av.length];
        double[] gradB = new double[bv.length];
        for (int i = 0; i < expected.length; i++) {
            int ia = position(shape, shapeA, i);
            int ib = position(shape, shapeB, i);
            expected[i] = value.apply(av[ia], bv[ib]);
            gradA[ia] += upstream.toArray()[i] * byA.apply(av[ia], bv[ib]);
            gradB[ib] += upstream.toArray()[i] * byB.apply(av[ia], bv[ib]);
        }
        close(what, expected, out.toArray());
        close(what + " gradient of a", gradA, a.grad().toArray());
        close(what + " gradient of b", gradB, b.grad().toArray());
    }

    private static void close(String what, double[] expected, float[] actual) {
        assertEquals(expected.length, actual.length, what);
        for (int i = 0; i < expected.length; i++) {
            assertEquals(expected[i], actual[i], 2e-5 * (1 + Math.abs(expected[i])), what + "[" + i + "]");
        }
    }

    /** Numbers between 0.5 and 2.5, so that quotients are tame. */
    private Tensor tensor(int... shape) {
        float[] values = new float[product(shape)];
        for (int i = 0; i < values.length; i++) {
            values[i] = 0.5f + 2 * random.nextFloat();
        }
        return Tensor.of(Shape.of(shape), values);
    }

    private static int product(int[] shape) {
        return Arrays.stream(shape).reduce(1, (x, y) -> x * y);
    }

    private static int[] broadcast(int[] a, int[] b) {
        int rank = Math.max(a.length, b.length);
        int[] shape = new int[rank];
        for (int k = 1; k <= rank; k++) {
            int x = k <= a.length ? a[a.length - k] : 1;
            int y = k <= b.length ? b[b.length - k] : 1;
            shape[rank - k] = Math.max(x, y);
        }
        return shape;
    }

    /** Where the operand's element for flat position {@code i} of the result stands. */
    private static int position(int[] shape, int[] operand, int i) {
        int at = 0;
        int step = 1;
        for (int k = 1; k <= shape.length; k++) {
            int index = i % shape[shape.length - k];
            i /= shape[shape.length - k];
            if (k <= operand.length) {
                int size = operand[operand.length - k];
                at += size == 1 ? 0 : index * step;
                step *= size;
            }
        }
        return at;
    }
}
