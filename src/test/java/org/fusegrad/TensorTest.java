package org.fusegrad;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.fusegrad.testing.Bits;
import org.junit.jupiter.api.Test;

/** What a tensor means: values as recorded, gradients that add up, as in PyTorch. */
class TensorTest {

    @Test
    void gradientIsNullBeforeTheFirstBackward() {
        Tensor w = Tensor.scalar(3).requiresGrad();
        Tensor loss = w.square();
        assertNull(w.grad());
        loss.backward();
        assertEquals(6f, w.grad().item());
    }

    @Test
    void gradientsAddUpUntilZeroed() {
        Tensor w = Tensor.of(1, 2).requiresGrad();
        for (int k = 1; k <= 3; k++) {
            w.square().sum().backward();
            assertArrayEquals(new float[] {2 * k, 4 * k}, w.grad().toArray());
        }
        w.zeroGrad();
        assertArrayEquals(new float[] {0, 0}, w.grad().toArray());
        w.square().sum().backward();
        assertArrayEquals(new float[] {2, 4}, w.grad().toArray());
    }

    @Test
    void backwardTwiceThroughOneRecordingAddsTwice() {
        Tensor w = Tensor.scalar(2).requiresGrad();
        Tensor loss = w.square();
        loss.backward();
        loss.backward();
        assertEquals(8f, w.grad().item());
    }

    @Test
    void gradientOfALeafByItself() {
        Tensor w = Tensor.scalar(2).requiresGrad();
        w.backward();
        assertEquals(1f, w.grad().item());
        w.backward(Tensor.scalar(5));
        assertEquals(6f, w.grad().item());
    }

    @Test
    void upstreamGradientWeighsEveryElement() {
        Tensor x = Tensor.of(Shape.of(2, 3), 1, 2, 3, 4, 5, 6).requiresGrad();
        Tensor w = Tensor.of(10, 20, 30).requiresGrad();
        x.mul(w).backward(Tensor.of(Shape.of(2, 3), 1, 0, -1, 2, 1, 0));
        assertArrayEquals(new float[] {10, 0, -30, 20, 20, 0}, x.grad().toArray());
        assertArrayEquals(new float[] {1 + 8, 5, -3}, w.grad().toArray());
    }

    @Test
    void oneOperandTwiceHasBothContributions() {
        Tensor x = Tensor.scalar(3).requiresGrad();
        x.mul(x).add(x).backward();
        assertEquals(7f, x.grad().item());
    }

    @Test
    void tensorsWithoutRequestHaveNoGradient() {
        Tensor x = Tensor.of(1, 2, 3);
        Tensor w = Tensor.scalar(2).requiresGrad();
        x.mul(w).sum().backward();
        assertNull(x.grad());
        assertEquals(6f, w.grad().item());
    }

    @Test
    void valueOfAResultIsKnownAfterBackwardToo() {
        Tensor w = Tensor.of(1, 2).requiresGrad();
        Tensor loss = w.square().sum();
        loss.backward();
        assertEquals(5f, loss.item());
        assertEquals(5f, loss.item());
    }

    @Test
    void everyOperationByHand() {
        Tensor a = Tensor.of(6, -8);
        Tensor b = Tensor.of(2, 4);
        assertArrayEquals(new float[] {8, -4}, a.add(b).toArray());
        assertArrayEquals(new float[] {4, -12}, a.sub(b).toArray());
        assertArrayEquals(new float[] {12, -32}, a.mul(b).toArray());
        assertArrayEquals(new float[] {3, -2}, a.div(b).toArray());
        assertArrayEquals(new float[] {-6, 8}, a.neg().toArray());
        assertArrayEquals(new float[] {36, 64}, a.square().toArray());
        assertArrayEquals(new float[] {7, -7}, a.add(1).toArray());
        assertArrayEquals(new float[] {5, -9}, a.sub(1).toArray());
        assertArrayEquals(new float[] {12, -16}, a.mul(2).toArray());
        assertArrayEquals(new float[] {3, -4}, a.div(2).toArray());
        assertEquals(-2f, a.sum().item());
        assertEquals(-1f, a.mean().item());
    }

    // --- values are what they were when they were recorded ------------------------------------------------

    @Test
    void descendLeavesRecordedExpressionsAlone() {
        Tensor w = Tensor.scalar(1).requiresGrad();
        Tensor before = w.mul(10);
        w.square().backward();
        w.descend(0.5f); // 1 - 0.5 * 2
        assertEquals(0f, w.item());
        assertEquals(10f, before.item(), "recorded before, computed after");
        assertEquals(0f, w.mul(10).item());
    }

    @Test
    void assignLeavesRecordedExpressionsAlone() {
        Tensor w = Tensor.of(1, 2).requiresGrad();
        Tensor before = w.mul(3).sum();
        w.assign(Tensor.of(5, 6));
        assertArrayEquals(new float[] {5, 6}, w.toArray());
        assertEquals(9f, before.item());
        before.backward();
        assertArrayEquals(new float[] {3, 3}, w.grad().toArray());
    }

    @Test
    void assignTakesAValueComputedFromTheTensorItself() {
        Tensor w = Tensor.of(1, 2).requiresGrad();
        w.assign(w.mul(2).sub(1));
        assertArrayEquals(new float[] {1, 3}, w.toArray());
    }

    @Test
    void oneLossMayUseATensorBeforeAndAfterItChanged() {
        Tensor w = Tensor.scalar(2).requiresGrad();
        w.mul(3).backward();
        Tensor early = w.square(); // w = 2
        w.descend(1); // 2 - 3
        Tensor late = w.mul(10); // w = -1
        Tensor loss = early.add(late);
        loss.backward();
        assertEquals(4f - 10f, loss.item());
        assertEquals(3f + 4f + 10f, w.grad().item());
    }

    @Test
    void aTensorUsedBeforeAndAfterWithoutAGradientYet() {
        Tensor w = Tensor.scalar(2).requiresGrad();
        Tensor early = w.square();
        w.assign(Tensor.scalar(5));
        early.mul(w).backward(); // 4 * 5
        assertEquals(2 * 2 * 5 + 4f, w.grad().item());
    }

    @Test
    void callersArraysAreCopied() {
        float[] values = {1, 2};
        Tensor x = Tensor.of(values);
        values[0] = 9;
        x.toArray()[1] = 9;
        assertArrayEquals(new float[] {1, 2}, x.toArray());
        Tensor w = Tensor.of(1, 2).requiresGrad();
        w.sum().backward();
        Tensor grad = w.grad();
        w.sum().backward();
        assertArrayEquals(new float[] {1, 1}, grad.toArray(), "a gradient taken out stays as it was");
    }

    // --- requests ------------------------------------------------------------------------------------------

    @Test
    void requiresGradOfAResultIsRefused() {
        Tensor result = Tensor.scalar(1).mul(2);
        String message = assertThrows(IllegalStateException.class, result::requiresGrad).getMessage();
        assertTrue(message.startsWith("requiresGrad: mul("), message);
        result.item();
        assertThrows(IllegalStateException.class, () -> Tensor.scalar(1).requiresGrad().mul(2).requiresGrad());
    }

    @Test
    void requiresGradHoldsFromThenOn() {
        Tensor w = Tensor.scalar(3);
        Tensor before = w.mul(2);
        w.requiresGrad();
        assertThrows(IllegalStateException.class, before::backward);
        w.mul(2).backward();
        assertEquals(2f, w.grad().item());
    }

    @Test
    void itemIsOfOneElementWhateverTheRank() {
        assertEquals(4f, Tensor.of(Shape.of(1, 1), 4).item());
        assertThrows(IllegalStateException.class, () -> Tensor.of(1, 2).item());
    }

    // --- over time -----------------------------------------------------------------------------------------

    @Test
    void runningAverageDoesNotRememberItsPast() {
        Tensor average = Tensor.scalar(0);
        for (int k = 0; k < 20_000; k++) {
            average = average.mul(0.9f).add(0.1f);
            average.item();
            assertTrue(average.toString().length() < 60, () -> "grew in some round");
        }
        assertEquals(1f, average.item(), 1e-5f);
    }

    @Test
    void aDeepRecordingDoesNotDependOnTheStack() {
        Tensor w = Tensor.scalar(1).requiresGrad();
        Tensor sum = w;
        for (int k = 0; k < 3000; k++) {
            sum = sum.add(w);
        }
        sum.backward();
        assertEquals(3001f, sum.item());
        assertEquals(3001f, w.grad().item());
    }

    @Test
    void twoThreadsWithTensorsOfTheirOwnDoNotDisturbEachOther() throws InterruptedException {
        float[] alone = train(1);
        List<float[]> results = new ArrayList<>();
        List<Thread> threads = new ArrayList<>();
        for (int k = 0; k < 4; k++) {
            threads.add(Thread.ofPlatform().start(() -> {
                for (int round = 0; round < 20; round++) {
                    float[] weights = train(1);
                    synchronized (results) {
                        results.add(weights);
                    }
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertEquals(80, results.size());
        results.forEach(weights -> Bits.same("weights", alone, weights));
    }

    private static float[] train(float start) {
        Tensor x = Tensor.of(Shape.of(4, 3), 1, 2, 3, -1, 0, 2, 0.5f, 1, 1, 3, -2, 1);
        Tensor y = Tensor.of(6, 1, 2, 3);
        Tensor w = Tensor.of(start, start, start).requiresGrad();
        Tensor b = Tensor.scalar(0).requiresGrad();
        for (int k = 0; k < 50; k++) {
            x.mul(w).sum(-1).add(b).sub(y).square().mean().backward();
            w.descend(0.02f);
            b.descend(0.02f);
            w.zeroGrad();
            b.zeroGrad();
        }
        float[] weights = java.util.Arrays.copyOf(w.toArray(), 4);
        weights[3] = b.item();
        return weights;
    }
}
