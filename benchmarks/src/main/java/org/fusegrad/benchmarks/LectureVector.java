package org.fusegrad.benchmarks;

import static org.fusegrad.benchmarks.VectorLanes.BLOCK;
import static org.fusegrad.benchmarks.VectorLanes.LANES;
import static org.fusegrad.benchmarks.VectorLanes.S;
import static org.fusegrad.benchmarks.VectorLanes.SPAN;
import static org.fusegrad.benchmarks.VectorLanes.WAYS;
import static org.fusegrad.benchmarks.VectorLanes.first;
import static org.fusegrad.benchmarks.VectorLanes.fold;
import static org.fusegrad.benchmarks.VectorLanes.foldTwo;
import static org.fusegrad.benchmarks.VectorLanes.high;
import static org.fusegrad.benchmarks.VectorLanes.low;
import static org.fusegrad.benchmarks.VectorLanes.pair;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/** {@code sum((x*w - y)^2)} and its gradient for w, written by hand with the Vector API; the bits of the numeric contract. Not thread-safe. */
final class LectureVector {
    /** Up to this many elements no vector pays: lanes 4 to 63 are absent, and what is left of the tree is one line. */
    private static final int TINY = 4;

    private final float[] lanes = new float[2 * SPAN];

    /** w a scalar: one gradient, in {@code dw[dwAt]}. Returns the loss. */
    float scalar(float[] x, int xAt, float[] y, int yAt, float w, float[] dw, int dwAt, int n) {
        if (n <= BLOCK) {
            long sums = n <= TINY ? tinyScalar(x, xAt, y, yAt, w, n) : blockScalar(x, xAt, y, yAt, w, n);
            dw[dwAt] = high(sums);
            return low(sums);
        }
        double losses = -0.0;
        double gradients = -0.0;
        for (int i = 0; i < n; i += BLOCK) {
            long sums = blockScalar(x, xAt + i, y, yAt + i, w, Math.min(BLOCK, n - i));
            losses += low(sums);
            gradients += high(sums);
        }
        dw[dwAt] = (float) gradients;
        return (float) losses;
    }

    private static long tinyScalar(float[] x, int xAt, float[] y, int yAt, float w, int n) {
        float x0 = x[xAt];
        float e0 = x0 * w - y[yAt];
        float loss = e0 * e0;
        float grad = 2 * e0 * x0;
        if (n > 2) {
            float x2 = x[xAt + 2];
            float e2 = x2 * w - y[yAt + 2];
            loss += e2 * e2;
            grad += 2 * e2 * x2;
        }
        if (n > 1) {
            float x1 = x[xAt + 1];
            float e1 = x1 * w - y[yAt + 1];
            float oddLoss = e1 * e1;
            float oddGrad = 2 * e1 * x1;
            if (n > 3) {
                float x3 = x[xAt + 3];
                float e3 = x3 * w - y[yAt + 3];
                oddLoss += e3 * e3;
                oddGrad += 2 * e3 * x3;
            }
            loss += oddLoss;
            grad += oddGrad;
        }
        return pair(loss, grad);
    }

    private long blockScalar(float[] x, int xAt, float[] y, int yAt, float w, int n) {
        FloatVector ws = FloatVector.broadcast(S, w);
        FloatVector l0 = FloatVector.broadcast(S, -0.0f), l1 = l0, l2 = l0, l3 = l0, l4 = l0, l5 = l0, l6 = l0, l7 = l0;
        FloatVector g0 = l0, g1 = l0, g2 = l0, g3 = l0, g4 = l0, g5 = l0, g6 = l0, g7 = l0;
        int i = 0;
        // vector loop
        for (int bound = n & -SPAN; i < bound; i += SPAN) {
            FloatVector x0 = FloatVector.fromArray(S, x, xAt + i);
            FloatVector e0 = x0.mul(ws).sub(FloatVector.fromArray(S, y, yAt + i));
            l0 = l0.add(e0.mul(e0));
            g0 = g0.add(e0.add(e0).mul(x0));
            FloatVector x1 = FloatVector.fromArray(S, x, xAt + i + LANES);
            FloatVector e1 = x1.mul(ws).sub(FloatVector.fromArray(S, y, yAt + i + LANES));
            l1 = l1.add(e1.mul(e1));
            g1 = g1.add(e1.add(e1).mul(x1));
            FloatVector x2 = FloatVector.fromArray(S, x, xAt + i + 2 * LANES);
            FloatVector e2 = x2.mul(ws).sub(FloatVector.fromArray(S, y, yAt + i + 2 * LANES));
            l2 = l2.add(e2.mul(e2));
            g2 = g2.add(e2.add(e2).mul(x2));
            FloatVector x3 = FloatVector.fromArray(S, x, xAt + i + 3 * LANES);
            FloatVector e3 = x3.mul(ws).sub(FloatVector.fromArray(S, y, yAt + i + 3 * LANES));
            l3 = l3.add(e3.mul(e3));
            g3 = g3.add(e3.add(e3).mul(x3));
            if (WAYS == 8) {
                FloatVector x4 = FloatVector.fromArray(S, x, xAt + i + 4 * LANES);
                FloatVector e4 = x4.mul(ws).sub(FloatVector.fromArray(S, y, yAt + i + 4 * LANES));
                l4 = l4.add(e4.mul(e4));
                g4 = g4.add(e4.add(e4).mul(x4));
                FloatVector x5 = FloatVector.fromArray(S, x, xAt + i + 5 * LANES);
                FloatVector e5 = x5.mul(ws).sub(FloatVector.fromArray(S, y, yAt + i + 5 * LANES));
                l5 = l5.add(e5.mul(e5));
                g5 = g5.add(e5.add(e5).mul(x5));
                FloatVector x6 = FloatVector.fromArray(S, x, xAt + i + 6 * LANES);
                FloatVector e6 = x6.mul(ws).sub(FloatVector.fromArray(S, y, yAt + i + 6 * LANES));
                l6 = l6.add(e6.mul(e6));
                g6 = g6.add(e6.add(e6).mul(x6));
                FloatVector x7 = FloatVector.fromArray(S, x, xAt + i + 7 * LANES);
                FloatVector e7 = x7.mul(ws).sub(FloatVector.fromArray(S, y, yAt + i + 7 * LANES));
                l7 = l7.add(e7.mul(e7));
                g7 = g7.add(e7.add(e7).mul(x7));
            }
        }
        l0.intoArray(lanes, 0);
        g0.intoArray(lanes, SPAN);
        l1.intoArray(lanes, LANES);
        g1.intoArray(lanes, SPAN + LANES);
        l2.intoArray(lanes, 2 * LANES);
        g2.intoArray(lanes, SPAN + 2 * LANES);
        l3.intoArray(lanes, 3 * LANES);
        g3.intoArray(lanes, SPAN + 3 * LANES);
        if (WAYS == 8) {
            l4.intoArray(lanes, 4 * LANES);
            g4.intoArray(lanes, SPAN + 4 * LANES);
            l5.intoArray(lanes, 5 * LANES);
            g5.intoArray(lanes, SPAN + 5 * LANES);
            l6.intoArray(lanes, 6 * LANES);
            g6.intoArray(lanes, SPAN + 6 * LANES);
            l7.intoArray(lanes, 7 * LANES);
            g7.intoArray(lanes, SPAN + 7 * LANES);
        }
        if (i < n) {
            tailScalar(x, xAt + i, y, yAt + i, w, n - i);
        }
        return foldTwo(lanes);
    }

    /**
     * The last 1 to 63 elements of a block: vector k still belongs to accumulator k. A method of its own, because with it the block has more
     * Vector API calls than C1 has virtual registers for, and what C1 gives up on may stay without C2 for good.
     */
    private void tailScalar(float[] x, int xAt, float[] y, int yAt, float w, int n) {
        for (int k = 0; k < n; k += LANES) {
            VectorMask<Float> mask = first(n - k);
            FloatVector xs = FloatVector.fromArray(S, x, xAt + k, mask);
            FloatVector e = xs.mul(w).sub(FloatVector.fromArray(S, y, yAt + k, mask));
            FloatVector.fromArray(S, lanes, k).add(e.mul(e), mask).intoArray(lanes, k);
            FloatVector.fromArray(S, lanes, SPAN + k).add(e.add(e).mul(xs), mask).intoArray(lanes, SPAN + k);
        }
    }

    /** w one float per element, and so is its gradient. Returns the loss. */
    float elementwise(float[] x, int xAt, float[] y, int yAt, float[] w, int wAt, float[] dw, int dwAt, int n) {
        if (n <= TINY) {
            return tinyElementwise(x, xAt, y, yAt, w, wAt, dw, dwAt, n);
        }
        if (n <= BLOCK) {
            return blockElementwise(x, xAt, y, yAt, w, wAt, dw, dwAt, n);
        }
        double losses = -0.0;
        for (int i = 0; i < n; i += BLOCK) {
            losses += blockElementwise(x, xAt + i, y, yAt + i, w, wAt + i, dw, dwAt + i, Math.min(BLOCK, n - i));
        }
        return (float) losses;
    }

    private static float tinyElementwise(float[] x, int xAt, float[] y, int yAt, float[] w, int wAt, float[] dw, int dwAt, int n) {
        float even = -0.0f;
        float odd = -0.0f;
        for (int i = 0; i < n; i++) {
            float e = x[xAt + i] * w[wAt + i] - y[yAt + i];
            dw[dwAt + i] = 2 * e * x[xAt + i];
            if ((i & 1) == 0) {
                even += e * e;
            } else {
                odd += e * e;
            }
        }
        return even + odd;
    }

    private float blockElementwise(float[] x, int xAt, float[] y, int yAt, float[] w, int wAt, float[] dw, int dwAt, int n) {
        FloatVector l0 = FloatVector.broadcast(S, -0.0f), l1 = l0, l2 = l0, l3 = l0, l4 = l0, l5 = l0, l6 = l0, l7 = l0;
        int i = 0;
        // vector loop
        for (int bound = n & -SPAN; i < bound; i += SPAN) {
            FloatVector x0 = FloatVector.fromArray(S, x, xAt + i);
            FloatVector e0 = x0.mul(FloatVector.fromArray(S, w, wAt + i)).sub(FloatVector.fromArray(S, y, yAt + i));
            e0.add(e0).mul(x0).intoArray(dw, dwAt + i);
            l0 = l0.add(e0.mul(e0));
            FloatVector x1 = FloatVector.fromArray(S, x, xAt + i + LANES);
            FloatVector e1 = x1.mul(FloatVector.fromArray(S, w, wAt + i + LANES)).sub(FloatVector.fromArray(S, y, yAt + i + LANES));
            e1.add(e1).mul(x1).intoArray(dw, dwAt + i + LANES);
            l1 = l1.add(e1.mul(e1));
            FloatVector x2 = FloatVector.fromArray(S, x, xAt + i + 2 * LANES);
            FloatVector e2 = x2.mul(FloatVector.fromArray(S, w, wAt + i + 2 * LANES)).sub(FloatVector.fromArray(S, y, yAt + i + 2 * LANES));
            e2.add(e2).mul(x2).intoArray(dw, dwAt + i + 2 * LANES);
            l2 = l2.add(e2.mul(e2));
            FloatVector x3 = FloatVector.fromArray(S, x, xAt + i + 3 * LANES);
            FloatVector e3 = x3.mul(FloatVector.fromArray(S, w, wAt + i + 3 * LANES)).sub(FloatVector.fromArray(S, y, yAt + i + 3 * LANES));
            e3.add(e3).mul(x3).intoArray(dw, dwAt + i + 3 * LANES);
            l3 = l3.add(e3.mul(e3));
            if (WAYS == 8) {
                FloatVector x4 = FloatVector.fromArray(S, x, xAt + i + 4 * LANES);
                FloatVector e4 = x4.mul(FloatVector.fromArray(S, w, wAt + i + 4 * LANES)).sub(FloatVector.fromArray(S, y, yAt + i + 4 * LANES));
                e4.add(e4).mul(x4).intoArray(dw, dwAt + i + 4 * LANES);
                l4 = l4.add(e4.mul(e4));
                FloatVector x5 = FloatVector.fromArray(S, x, xAt + i + 5 * LANES);
                FloatVector e5 = x5.mul(FloatVector.fromArray(S, w, wAt + i + 5 * LANES)).sub(FloatVector.fromArray(S, y, yAt + i + 5 * LANES));
                e5.add(e5).mul(x5).intoArray(dw, dwAt + i + 5 * LANES);
                l5 = l5.add(e5.mul(e5));
                FloatVector x6 = FloatVector.fromArray(S, x, xAt + i + 6 * LANES);
                FloatVector e6 = x6.mul(FloatVector.fromArray(S, w, wAt + i + 6 * LANES)).sub(FloatVector.fromArray(S, y, yAt + i + 6 * LANES));
                e6.add(e6).mul(x6).intoArray(dw, dwAt + i + 6 * LANES);
                l6 = l6.add(e6.mul(e6));
                FloatVector x7 = FloatVector.fromArray(S, x, xAt + i + 7 * LANES);
                FloatVector e7 = x7.mul(FloatVector.fromArray(S, w, wAt + i + 7 * LANES)).sub(FloatVector.fromArray(S, y, yAt + i + 7 * LANES));
                e7.add(e7).mul(x7).intoArray(dw, dwAt + i + 7 * LANES);
                l7 = l7.add(e7.mul(e7));
            }
        }
        l0.intoArray(lanes, 0);
        l1.intoArray(lanes, LANES);
        l2.intoArray(lanes, 2 * LANES);
        l3.intoArray(lanes, 3 * LANES);
        if (WAYS == 8) {
            l4.intoArray(lanes, 4 * LANES);
            l5.intoArray(lanes, 5 * LANES);
            l6.intoArray(lanes, 6 * LANES);
            l7.intoArray(lanes, 7 * LANES);
        }
        if (i < n) {
            tailElementwise(x, xAt + i, y, yAt + i, w, wAt + i, dw, dwAt + i, n - i);
        }
        return fold(lanes, 0);
    }

    private void tailElementwise(float[] x, int xAt, float[] y, int yAt, float[] w, int wAt, float[] dw, int dwAt, int n) {
        for (int k = 0; k < n; k += LANES) {
            VectorMask<Float> mask = first(n - k);
            FloatVector xs = FloatVector.fromArray(S, x, xAt + k, mask);
            FloatVector e = xs.mul(FloatVector.fromArray(S, w, wAt + k, mask)).sub(FloatVector.fromArray(S, y, yAt + k, mask));
            e.add(e).mul(xs).intoArray(dw, dwAt + k, mask);
            FloatVector.fromArray(S, lanes, k).add(e.mul(e), mask).intoArray(lanes, k);
        }
    }
}
