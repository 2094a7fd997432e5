package org.fusegrad;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

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
