package org.fusegrad;

import static org.fusegrad.testing.Misuse.fails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Misuse of steps: arrays that are not there, do not fit or overlap. A step that fails writes nothing. */
class BadStepTest {
    private static final float SENTINEL = -77;

    private final Expr x = Expr.input("x", Shape.batch(3));
    private final Expr y = Expr.input("y", Shape.batch());
    private final Expr w = Expr.parameter("w", Shape.of(3));
    private final Expr b = Expr.parameter("b", Shape.scalar());
    private final Expr loss = x.mul(w).sum(-1).add(b).sub(y).square().mean();
    private final GradientKernel kernel = GradientKernel.compile(loss, w, b);

    private final float[] data = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    private final float[] targets = {1, 2, 3};
    private final float[] weights = {0.1f, 0.2f, 0.3f};
    private final float[] bias = {0.5f};
    private final float[] grads = sentinels();

    @Test
    void unknownInputs() {
        Step step = kernel.newStep();
        Expr z = Expr.input("z", Shape.batch());
        for (Executable action : List.<Executable>of(() -> step.bind(z, targets), () -> step.bind("z", targets, 0))) {
            String message = assertThrows(IllegalArgumentException.class, action).getMessage();
            assertTrue(message.startsWith("bind: z is not among ["), message);
            for (String name : List.of("x", "w", "b", "y")) {
                assertTrue(message.substring(20).contains(name), message);
            }
        }
        fails(IllegalArgumentException.class, "gradient: x is not among [w, b]", () -> step.gradient(x, grads));
        Step onlyW = GradientKernel.compile(loss, w).newStep();
        fails(IllegalArgumentException.class, "gradient: b is not among [w]", () -> onlyW.gradient(b, grads));
    }

    @Test
    void offsetsOutsideTheArray() {
        Step step = kernel.newStep();
        fails(IndexOutOfBoundsException.class, "input x of shape [batch, 3]: offset -1 in an array of 9",
                () -> step.bind(x, data, -1));
        fails(IndexOutOfBoundsException.class, "input y of shape [batch]: offset 4 in an array of 3",
                () -> step.bind(y, targets, 4));
        fails(IndexOutOfBoundsException.class, "the gradient of w of shape [3]: offset 10 in an array of 9",
                () -> step.gradient(w, grads, 10));
    }

    /** Everything bound but nothing run. */
    private Step bound() {
        return kernel.newStep().bind(x, data).bind(y, targets).bind(w, weights).bind(b, bias)
                .gradient(w, grads, 0).gradient(b, grads, 8);
    }

    private void writesNothing(Class<? extends Throwable> type, String message, Step step, int rows) {
        float[] before = weights.clone();
        fails(type, message, () -> step.run(rows));
        assertArrayEquals(sentinels(), grads);
        assertArrayEquals(before, weights);
    }

    @Test
    void noRows() {
        writesNothing(IllegalArgumentException.class, "run: 0 rows; a batch has at least one", bound(), 0);
        writesNothing(IllegalArgumentException.class, "run: -3 rows; a batch has at least one", bound(), -3);
        fails(IllegalStateException.class, "run: this kernel has a batch; say how many rows", () -> bound().run());
        Step single = GradientKernel.compile(b.square()).newStep().bind(b, bias).gradient(b, grads);
        writesNothing(IllegalArgumentException.class, "run: this kernel has no batch, but 2 rows were given", single, 2);
    }

    @Test
    void arraysThatAreTooShort() {
        writesNothing(IllegalArgumentException.class,
                "run: input x of shape [batch, 3] with 4 rows needs 12 floats from offset 0, the array has 9",
                bound().bind(y, data), 4);
        writesNothing(IllegalArgumentException.class,
                "run: input x of shape [batch, 3] with 3 rows needs 9 floats from offset 1, the array has 9",
                bound().bind(x, data, 1), 3);
        writesNothing(IllegalArgumentException.class,
                "run: input y of shape [batch] with 2 rows needs 2 floats from offset 2, the array has 3",
                bound().bind(y, targets, 2), 2);
        writesNothing(IllegalArgumentException.class,
                "run: the gradient of w of shape [3] with 2 rows needs 3 floats from offset 7, the array has 9",
                bound().gradient(w, grads, 7), 2);
    }

    @Test
    void rowsThatAreNotThere() {
        rows(IllegalArgumentException.class, "run: rows from -1 on; the first row is 0", bound(), -1, 2);
        rows(IllegalArgumentException.class, "run: 0 rows; a batch has at least one", bound(), 1, 0);
        rows(IllegalArgumentException.class,
                "run: input x of shape [batch, 3] with rows 2 to 3 needs 12 floats from offset 0, the array has 9", bound().bind(y, data), 2, 2);
        rows(IllegalArgumentException.class,
                "run: input y of shape [batch] with rows 2147483647 to 2147483648 ends beyond index 2130706431", bound(), Integer.MAX_VALUE, 2);
        Step single = GradientKernel.compile(b.square()).newStep().bind(b, bias).gradient(b, grads);
        rows(IllegalArgumentException.class, "run: this kernel has no batch, but rows 1 to 1 were given", single, 1, 1);
    }

    /** As it is, and after a run that was in order. */
    private void rows(Class<? extends Throwable> type, String message, Step step, int first, int rows) {
        fails(type, message, () -> step.run(first, rows));
        assertArrayEquals(sentinels(), grads);
        step.run(1);
        float[] after = grads.clone();
        fails(type, message, () -> step.run(first, rows));
        assertArrayEquals(after, grads);
        System.arraycopy(sentinels(), 0, grads, 0, grads.length);
    }

    @Test
    void moreRowsThanAnArrayCanHold() {
        writesNothing(IllegalArgumentException.class,
                "run: 1431655766 rows of 3 elements are too many", bound(), 1431655766); // 2 modulo 2^32
    }

    @Test
    void moreElementsThanAnArrayCouldHoldBetweenOperandsThatFit() {
        int rows = 65536;
        int cols = 32768;
        Expr u = Expr.parameter("u", Shape.batch(1));
        Expr v = Expr.parameter("v", Shape.of(cols));
        float[] gradU = new float[rows];
        float[] gradV = new float[cols];
        Arrays.fill(gradU, SENTINEL);
        Arrays.fill(gradV, SENTINEL);
        Step step = GradientKernel.compile(u.mul(v).sum()).newStep()
                .bind(u, new float[rows]).bind(v, new float[cols]).gradient(u, gradU).gradient(v, gradV);
        fails(IllegalArgumentException.class, "run: 65536 rows of 32768 elements are too many", () -> step.run(rows));
        assertEquals(SENTINEL, gradU[0]);
        assertEquals(SENTINEL, gradV[0]);
    }

    @Test
    void somethingNotBound() {
        writesNothing(IllegalStateException.class, "run: input y of shape [batch] is not bound",
                kernel.newStep().bind(x, data).bind(w, weights).bind(b, bias).gradient(w, grads).gradient(b, grads, 8), 2);
        writesNothing(IllegalStateException.class, "run: the gradient of b of shape [] is not bound",
                kernel.newStep().bind(x, data).bind(y, targets).bind(w, weights).bind(b, bias).gradient(w, grads), 2);
    }

    @Test
    void gradientsOverOtherArrays() {
        writesNothing(IllegalArgumentException.class, "run: the gradient of w overlaps input w",
                bound().gradient(w, weights), 2);
        writesNothing(IllegalArgumentException.class, "run: the gradient of b overlaps the gradient of w",
                bound().gradient(b, grads, 2), 2);
        writesNothing(IllegalArgumentException.class, "run: the gradient of w overlaps input x",
                bound().gradient(w, data, 5), 2);
        assertArrayEquals(new float[] {1, 2, 3, 4, 5, 6, 7, 8, 9}, data);
    }

    @Test
    void neighboursInOneArrayDoNotOverlap() {
        float[] all = new float[16];
        System.arraycopy(weights, 0, all, 0, 3);
        Step step = bound().bind(w, all, 0).gradient(w, all, 3).gradient(b, all, 6);
        assertEquals(bound().run(3), step.run(3));
        assertArrayEquals(Arrays.copyOf(grads, 3), Arrays.copyOfRange(all, 3, 6));
    }

    @Test
    void aStepThatFailedRunsWhenItIsPutRight() {
        float expected = bound().run(3);
        Step step = bound().bind(y, targets, 2);
        assertThrows(IllegalArgumentException.class, () -> step.run(3));
        assertEquals(expected, step.bind(y, targets).run(3));
        assertThrows(IllegalArgumentException.class, () -> step.run(4));
        assertEquals(expected, step.run(3));
    }

    @Test
    void nullsAreNamed() {
        Step step = kernel.newStep();
        fails(NullPointerException.class, "input", () -> step.bind((Expr) null, data));
        fails(NullPointerException.class, "input x: the array is null", () -> step.bind(x, (float[]) null));
        fails(NullPointerException.class, "the gradient of w: the array is null", () -> step.gradient(w, (float[]) null));
        fails(NullPointerException.class, "bind: floats for x", () -> step.bind(x, (Floats) null));
    }

    @Test
    void blocksOfFloats() {
        fails(IllegalArgumentException.class, "length -1", () -> Floats.aligned(-1));
        Floats block = Floats.copyOf(1, 2);
        assertThrows(IndexOutOfBoundsException.class, () -> block.get(2));
        assertThrows(IndexOutOfBoundsException.class, () -> block.set(-1, 0));
    }

    private static float[] sentinels() {
        float[] array = new float[9];
        Arrays.fill(array, SENTINEL);
        return array;
    }
}
