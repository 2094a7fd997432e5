package org.fusegrad;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.fusegrad.testing.Bits;
import org.fusegrad.testing.Jvm;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a compiled kernel promises its caller: mini-batches are offsets, gradients overwrite or add up. */
@Tag("matrix")
class CompiledStepTest {
    private final Expr x = Expr.input("x", Shape.batch(2));
    private final Expr y = Expr.input("y", Shape.batch());
    private final Expr w = Expr.parameter("w", Shape.of(2));
    private final Expr b = Expr.parameter("b", Shape.scalar());
    private final GradientKernel kernel = GradientKernel.compile(x.mul(w).sum(-1).add(b).sub(y).square().mean());

    private final float[] data = {1, 2, 3, 4, 5, 6, 7, 8};
    private final float[] targets = {1, 0, -1, 2};
    private final float[] weights = {0.5f, -0.25f};
    private final float[] bias = {0.125f};

    private Step bound(Step step, float[] gradW, float[] gradB) {
        return step.bind(x, data).bind(y, targets).bind(w, weights).bind(b, bias).gradient(w, gradW).gradient(b, gradB);
    }

    @Test
    void valuesByHand() {
        // p = 0.5*1 - 0.25*2 + 0.125 = 0.125, 0.625; e = -0.875, 0.625
        float[] gradW = new float[2];
        float[] gradB = new float[1];
        float loss = bound(kernel.newStep(), gradW, gradB).run(2);
        assertEquals((0.875f * 0.875f + 0.625f * 0.625f) / 2, loss);
        assertEquals(-0.875f * 1 + 0.625f * 3, gradW[0]);
        assertEquals(-0.875f * 2 + 0.625f * 4, gradW[1]);
        assertEquals(-0.875f + 0.625f, gradB[0]);
    }

    @Test
    void aMiniBatchIsAnOffset() {
        float[] gradW = new float[2];
        float[] gradB = new float[1];
        Step whole = bound(kernel.newStep(), gradW, gradB);
        float loss = whole.bind(x, data, 4).bind(y, targets, 2).run(2);
        float[] otherW = new float[2];
        float[] otherB = new float[1];
        float expected = bound(kernel.newStep(), otherW, otherB)
                .bind(x, new float[] {5, 6, 7, 8}).bind(y, new float[] {-1, 2}).run(2);
        assertEquals(expected, loss);
        Bits.same("w", otherW, gradW);
        Bits.same("b", otherB, gradB);
    }

    @Test
    void aMiniBatchIsTheRowsFromOneOn() {
        int rows = 40;
        int offset = 3;
        Random random = new Random(11);
        float[] features = new float[offset + 2 * rows];
        float[] wanted = new float[rows];
        for (int i = 0; i < features.length; i++) {
            features[i] = random.nextFloat() - 0.5f;
            wanted[i % rows] = random.nextFloat();
        }
        float[] gradW = new float[2];
        Step step = bound(kernel.newStep(), gradW, new float[1]).bind(x, features, offset).bind(y, wanted);
        for (int k = 0; k < 300; k++) { // forwards and backwards, shorter and longer
            int first = random.nextInt(rows);
            int count = 1 + random.nextInt(rows - first);
            float[] fresh = new float[2];
            Step alone = bound(kernel.newStep(), fresh, new float[1]).bind(x, features, offset + 2 * first).bind(y, wanted, first);
            Bits.same(count + " rows from " + first, alone.run(count), step.run(first, count));
            Bits.same(count + " rows from " + first, fresh, gradW);
        }
        Bits.same("bound anew", bound(kernel.newStep(), new float[2], new float[1]).run(1, 2), step.bind(x, data).bind(y, targets).run(1, 2));
    }

    /** A hot step that runs as it did last goes straight to its kernel, and no other run may. */
    @Test
    void aHotStepLooksAtWhatHasChanged() {
        if (!Jvm.interpretsVectors()) { // there it stays cold, and takes minutes to find that out
            kernel.warmUp();
        }
        int most = 40;
        Random random = new Random(12);
        float[][] features = new float[2][2 * most];
        for (int i = 0; i < 2 * most; i++) {
            features[0][i] = random.nextFloat() - 0.5f;
            features[1][i] = random.nextFloat() - 0.5f;
        }
        float[] wanted = new float[most];
        float[] gradW = new float[2];
        Step step = bound(kernel.newStep(), gradW, new float[1]).bind(x, features[0]).bind(y, wanted);
        int which = 0;
        int first = 0;
        int rows = 1;
        for (int k = 0; k < 500; k++) {
            switch (random.nextInt(6)) {
                case 0 -> rows = 1 + random.nextInt(most - first);
                case 1 -> first = random.nextInt(most - rows + 1);
                case 2 -> step.bind(x, features[which = 1 - which]);
                case 3 -> {
                    int[][] none = {{first, 0}, {first, -rows}, {-1, rows}, {-1, -1}, {first, most - first + 1}, {most, rows}, {-first - 1, 0}};
                    int[] bad = none[random.nextInt(none.length)];
                    assertThrows(IllegalArgumentException.class, () -> step.run(bad[0], bad[1]));
                }
                case 4 -> {
                    step.bind(y, new float[0]);
                    int from = first;
                    int count = rows;
                    assertThrows(IllegalArgumentException.class, () -> step.run(from, count));
                    step.bind(y, wanted);
                }
                default -> weights[random.nextInt(2)] = random.nextFloat();
            }
            float[] fresh = new float[2];
            Step alone = bound(kernel.newStep(), fresh, new float[1]).bind(x, features[which], 2 * first).bind(y, wanted, first);
            Bits.same(rows + " rows from " + first, alone.run(rows), step.run(first, rows));
            Bits.same(rows + " rows from " + first, fresh, gradW);
        }
    }

    @Test
    void gradientsOfRowsGoWhereTheRowsAre() {
        Expr z = Expr.parameter("z", Shape.batch(2));
        GradientKernel squares = GradientKernel.compile(z.square().sum());
        float[] values = {1, 2, 3, 4, 5, 6};
        float[] grad = {9, 9, 9, 9, 9, 9, 9};
        assertEquals(9 + 16, squares.newStep().bind(z, values).gradient(z, grad, 1).run(1, 1));
        assertArrayEquals(new float[] {9, 9, 9, 6, 8, 9, 9}, grad);
    }

    @Test
    void rowsOfSeveralVectorsMoveTogether() {
        Expr z = Expr.parameter("z", Shape.batch(3, 2));
        Expr s = Expr.input("s", Shape.batch(1, 1));
        GradientKernel scaled = GradientKernel.compile(z.mul(s).sum());
        float[] values = {1, 2, 3, 4, 5, 6, 10, 20, 30, 40, 50, 60};
        float[] grad = new float[12];
        assertEquals(3 * 210, scaled.newStep().bind(z, values).bind(s, new float[] {2, 3}).gradient(z, grad).run(1, 1));
        assertArrayEquals(new float[] {0, 0, 0, 0, 0, 0, 3, 3, 3, 3, 3, 3}, grad);
    }

    @Test
    void theNumberOfRowsMayChangeFromRunToRun() {
        float[] features = new float[16];
        float[] wanted = new float[8];
        for (int i = 0; i < 16; i++) {
            features[i] = i * 0.25f - 1;
            wanted[i / 2] = 2 - i;
        }
        float[] gradW = new float[2];
        Step step = bound(kernel.newStep(), gradW, new float[1]).bind(x, features).bind(y, wanted);
        for (int first = 1; first <= 8; first++) {
            for (int second = 1; second <= 8; second++) {
                step.run(first);
                float loss = step.run(second);
                float[] fresh = new float[2];
                Step alone = bound(kernel.newStep(), fresh, new float[1]).bind(x, features).bind(y, wanted);
                Bits.same(second + " rows after " + first, alone.run(second), loss);
                Bits.same(second + " rows after " + first, fresh, gradW);
            }
        }
    }

    @Test
    void stepsOverwriteAndAccumulatingStepsAdd() {
        float[] once = new float[2];
        float[] onceB = new float[1];
        bound(kernel.newStep(), once, onceB).run(4);
        float[] twice = {100, 200};
        float[] twiceB = {300};
        Step adding = bound(kernel.newAccumulatingStep(), twice, twiceB);
        adding.run(4);
        adding.run(4);
        Bits.same("w", new float[] {100 + once[0] + once[0], 200 + once[1] + once[1]}, twice);
        Bits.same("b", new float[] {300 + onceB[0] + onceB[0]}, twiceB);
        float[] over = {100, 200};
        bound(kernel.newStep(), over, new float[1]).run(4);
        Bits.same("w", once, over);
    }

    @Test
    void accumulatingInPlaceIsRightForLargeGradientsToo() {
        Expr elementwise = Expr.parameter("v", Shape.batch(2));
        GradientKernel square = GradientKernel.compile(elementwise.square().mul(x).sum());
        float[] grad = {1, 1, 1, 1, 1, 1, 1, 1};
        Step step = square.newAccumulatingStep().bind(elementwise, data).bind(x, data).gradient(elementwise, grad);
        step.run(4);
        step.run(4);
        for (int i = 0; i < 8; i++) {
            assertEquals(1 + 4 * data[i] * data[i], grad[i]);
        }
    }

    @Test
    void weightsAreReadAfreshInEveryRun() {
        float[] gradW = new float[2];
        Step step = bound(kernel.newStep(), gradW, new float[1]);
        float before = step.run(4);
        weights[0] = 3;
        float after = step.run(4);
        assertTrue(before != after);
        assertEquals(after, bound(kernel.newStep(), new float[2], new float[1]).run(4));
    }

    @Test
    void namesBindLikeExpressions() {
        float[] gradW = new float[3];
        float[] gradB = new float[1];
        float loss = kernel.newStep().bind("x", data, 0).bind("y", targets, 0).bind("w", weights, 0).bind("b", bias, 0)
                .gradient("w", gradW, 1).gradient("b", gradB, 0).run(4);
        float[] expected = new float[2];
        assertEquals(bound(kernel.newStep(), expected, new float[1]).run(4), loss);
        Bits.same("w", new float[] {0, expected[0], expected[1]}, gradW);
    }

    @Test
    void alignedBlocksBindLikeArrays() {
        Floats features = Floats.copyOf(data);
        Floats gradW = Floats.aligned(2);
        float loss = bound(kernel.newStep(), new float[2], new float[1]).bind(x, features).gradient(w, gradW).run(4);
        float[] expected = new float[2];
        assertEquals(bound(kernel.newStep(), expected, new float[1]).run(4), loss);
        Bits.same("w", expected, gradW.toArray());
    }

    @Test
    void largeBlocksBeginInDifferentQuartersOfAPage() {
        Set<Integer> quarters = new TreeSet<>();
        for (int k = 0; k < 4; k++) {
            Floats block = Floats.aligned(1024);
            quarters.add(block.offset() % 1024);
            assertEquals(0, (block.offset() + 4) % 16, "a cache line, behind a header of four floats");
            assertTrue(block.offset() + 1024 + 16 <= block.array().length, "room for a vector behind the last element");
            assertEquals(12, Floats.aligned(1023).offset(), "small blocks");
        }
        assertEquals(Set.of(12, 268, 524, 780), quarters);
    }

    @Test
    void tensorsAndKernelsGiveTheSameBits() {
        Tensor weight = Tensor.of(weights).requiresGrad();
        Tensor offset = Tensor.scalar(bias[0]).requiresGrad();
        Tensor loss = Tensor.of(Shape.of(4, 2), data).mul(weight).sum(-1).add(offset).sub(Tensor.of(targets)).square().mean();
        loss.backward();
        float[] gradW = new float[2];
        float[] gradB = new float[1];
        Bits.same("loss", bound(kernel.newStep(), gradW, gradB).run(4), loss.item());
        Bits.same("w", gradW, weight.grad().toArray());
        Bits.same("b", gradB[0], offset.grad().item());
    }

    @Test
    void someGradientsOnly() {
        float[] all = new float[2];
        bound(kernel.newStep(), all, new float[1]).run(4);
        GradientKernel onlyW = GradientKernel.compile(x.mul(w).sum(-1).add(b).sub(y).square().mean(), w);
        float[] gradW = new float[2];
        onlyW.newStep().bind(x, data).bind(y, targets).bind(w, weights).bind(b, bias).gradient(w, gradW).run(4);
        Bits.same("w", all, gradW);
    }

    @Test
    void batchesOfHigherRank() {
        Expr cube = Expr.input("cube", Shape.batch(2, 3));
        Expr filter = Expr.parameter("filter", Shape.of(2, 3));
        float[] values = {1, 2, 3, 4, 5, 6, -1, -2, -3, -4, -5, -6};
        float[] grad = new float[6];
        float loss = GradientKernel.compile(cube.mul(filter).square().sum())
                .newStep().bind(cube, values).bind(filter, new float[] {1, 1, 1, 1, 1, 2}).gradient(filter, grad).run(2);
        assertEquals(2 * (1 + 4 + 9 + 16 + 25 + 144), loss);
        Bits.same("filter", new float[] {4, 16, 36, 64, 100, 2 * 2 * 36 * 2}, grad);
    }

    /** The leading axis runs along the rows here too, though nobody says how many there are. */
    @Test
    void fixedShapesWithoutABatch() {
        Expr v = Expr.parameter("v", Shape.of(4));
        float[] grad = new float[4];
        Step squares = GradientKernel.compile(v.square().sum()).newStep().gradient(v, grad);
        assertEquals(30, squares.bind(v, new float[] {1, 2, 3, 4}).run());
        Bits.same("v", new float[] {2, 4, 6, 8}, grad);
        Expr m = Expr.parameter("m", Shape.of(3, 2));
        float[] matrixGrad = new float[6];
        Step products = GradientKernel.compile(m.mul(w).sum(-1).square().sum(), m).newStep()
                .bind(w, new float[] {1, 2}).gradient(m, matrixGrad);
        assertEquals(1 + 4 + 9, products.bind(m, new float[] {1, 0, 0, 1, 1, 1}).run());
        Bits.same("m", new float[] {2, 4, 4, 8, 6, 12}, matrixGrad);
    }

    @Test
    void sumOverTheBatchAxis() {
        Expr total = x.mul(w).sum(0); // [2]
        float[] gradW = new float[2];
        float loss = GradientKernel.compile(total.square().sum())
                .newStep().bind(x, data).bind(w, new float[] {1, 2}).gradient(w, gradW).run(4);
        assertEquals(16f * 16 + 40f * 40, loss);
        Bits.same("w", new float[] {2 * 16 * 16, 2 * 40 * 20}, gradW);
    }

    @Test
    void everyFormPrints() {
        assertTrue(kernel.plan().contains("passes over the batch: 1, saved between passes: 0"), kernel.plan());
        assertTrue(kernel.graph().contains("return grad_w"), kernel.graph());
        assertTrue(kernel.dot().startsWith("digraph"), kernel.dot());
        assertTrue(kernel.source().contains("static void row_sum_mul("), kernel.source());
    }
}
