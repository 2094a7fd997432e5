package org.fusegrad.benchmarks;

import static org.fusegrad.benchmarks.VectorLanes.BLOCK;
import static org.fusegrad.benchmarks.VectorLanes.LANES;
import static org.fusegrad.benchmarks.VectorLanes.S;
import static org.fusegrad.benchmarks.VectorLanes.SPAN;
import static org.fusegrad.benchmarks.VectorLanes.WAYS;
import static org.fusegrad.benchmarks.VectorLanes.first;
import static org.fusegrad.benchmarks.VectorLanes.fold;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * The chain, written by hand with the Vector API; the bits of the numeric contract. Each operation waits for the one before it, so a whole span goes through
 * the rounds together. Not thread-safe.
 */
final class ChainVector {
    private final float[] constants;
    private final float[] lanes = new float[SPAN];

    ChainVector(float[] constants) {
        this.constants = constants;
    }

    /** Returns the loss. */
    float step(float[] x, int xAt, float[] y, int yAt, float[] w, int wAt, float[] dw, int dwAt, int n) {
        if (n <= BLOCK) {
            return block(x, xAt, y, yAt, w, wAt, dw, dwAt, n);
        }
        double losses = -0.0;
        for (int i = 0; i < n; i += BLOCK) {
            losses += block(x, xAt + i, y, yAt + i, w, wAt + i, dw, dwAt + i, Math.min(BLOCK, n - i));
        }
        return (float) losses;
    }

    private float block(float[] x, int xAt, float[] y, int yAt, float[] w, int wAt, float[] dw, int dwAt, int n) {
        Arrays.fill(lanes, -0.0f);
        int whole = n & -SPAN;
        forward(x, xAt, y, yAt, w, wAt, dw, dwAt, whole);
        backward(x, xAt, dw, dwAt, whole);
        if (whole < n) {
            tail(x, xAt + whole, y, yAt + whole, w, wAt + whole, dw, dwAt + whole, n - whole);
        }
        return fold(lanes, 0);
    }

    /** Leaves v in the place of the gradient: both ways in one method are more Vector API calls than C1 has virtual registers for. */
    private void forward(float[] x, int xAt, float[] y, int yAt, float[] w, int wAt, float[] dw, int dwAt, int n) {
        float[] cs = constants;
        // The second half of a span, where that is more than four vectors.
        FloatVector x4 = FloatVector.zero(S), x5 = x4, x6 = x4, x7 = x4;
        FloatVector y4 = x4, y5 = x4, y6 = x4, y7 = x4;
        FloatVector v4 = x4, v5 = x4, v6 = x4, v7 = x4;
        for (int i = 0; i < n; i += SPAN) {
            FloatVector x0 = FloatVector.fromArray(S, x, xAt + i);
            FloatVector y0 = FloatVector.fromArray(S, y, yAt + i);
            FloatVector v0 = FloatVector.fromArray(S, w, wAt + i);
            FloatVector x1 = FloatVector.fromArray(S, x, xAt + i + LANES);
            FloatVector y1 = FloatVector.fromArray(S, y, yAt + i + LANES);
            FloatVector v1 = FloatVector.fromArray(S, w, wAt + i + LANES);
            FloatVector x2 = FloatVector.fromArray(S, x, xAt + i + 2 * LANES);
            FloatVector y2 = FloatVector.fromArray(S, y, yAt + i + 2 * LANES);
            FloatVector v2 = FloatVector.fromArray(S, w, wAt + i + 2 * LANES);
            FloatVector x3 = FloatVector.fromArray(S, x, xAt + i + 3 * LANES);
            FloatVector y3 = FloatVector.fromArray(S, y, yAt + i + 3 * LANES);
            FloatVector v3 = FloatVector.fromArray(S, w, wAt + i + 3 * LANES);
            if (WAYS == 8) {
                x4 = FloatVector.fromArray(S, x, xAt + i + 4 * LANES);
                y4 = FloatVector.fromArray(S, y, yAt + i + 4 * LANES);
                v4 = FloatVector.fromArray(S, w, wAt + i + 4 * LANES);
                x5 = FloatVector.fromArray(S, x, xAt + i + 5 * LANES);
                y5 = FloatVector.fromArray(S, y, yAt + i + 5 * LANES);
                v5 = FloatVector.fromArray(S, w, wAt + i + 5 * LANES);
                x6 = FloatVector.fromArray(S, x, xAt + i + 6 * LANES);
                y6 = FloatVector.fromArray(S, y, yAt + i + 6 * LANES);
                v6 = FloatVector.fromArray(S, w, wAt + i + 6 * LANES);
                x7 = FloatVector.fromArray(S, x, xAt + i + 7 * LANES);
                y7 = FloatVector.fromArray(S, y, yAt + i + 7 * LANES);
                v7 = FloatVector.fromArray(S, w, wAt + i + 7 * LANES);
            }
            for (int k = 0; k < cs.length; k++) {
                FloatVector c = FloatVector.broadcast(S, cs[k]);
                v0 = v0.mul(x0).add(y0).mul(c).sub(x0);
                v1 = v1.mul(x1).add(y1).mul(c).sub(x1);
                v2 = v2.mul(x2).add(y2).mul(c).sub(x2);
                v3 = v3.mul(x3).add(y3).mul(c).sub(x3);
                if (WAYS == 8) {
                    v4 = v4.mul(x4).add(y4).mul(c).sub(x4);
                    v5 = v5.mul(x5).add(y5).mul(c).sub(x5);
                    v6 = v6.mul(x6).add(y6).mul(c).sub(x6);
                    v7 = v7.mul(x7).add(y7).mul(c).sub(x7);
                }
            }
            v0.intoArray(dw, dwAt + i);
            v1.intoArray(dw, dwAt + i + LANES);
            v2.intoArray(dw, dwAt + i + 2 * LANES);
            v3.intoArray(dw, dwAt + i + 3 * LANES);
            if (WAYS == 8) {
                v4.intoArray(dw, dwAt + i + 4 * LANES);
                v5.intoArray(dw, dwAt + i + 5 * LANES);
                v6.intoArray(dw, dwAt + i + 6 * LANES);
                v7.intoArray(dw, dwAt + i + 7 * LANES);
            }
        }
    }

    private void backward(float[] x, int xAt, float[] dw, int dwAt, int n) {
        float[] cs = constants;
        FloatVector x4 = FloatVector.zero(S), x5 = x4, x6 = x4, x7 = x4;
        FloatVector g4 = x4, g5 = x4, g6 = x4, g7 = x4;
        for (int i = 0; i < n; i += SPAN) {
            FloatVector x0 = FloatVector.fromArray(S, x, xAt + i);
            FloatVector g0 = FloatVector.fromArray(S, dw, dwAt + i);
            FloatVector.fromArray(S, lanes, 0).add(g0.mul(g0)).intoArray(lanes, 0);
            g0 = g0.add(g0);
            FloatVector x1 = FloatVector.fromArray(S, x, xAt + i + LANES);
            FloatVector g1 = FloatVector.fromArray(S, dw, dwAt + i + LANES);
            FloatVector.fromArray(S, lanes, LANES).add(g1.mul(g1)).intoArray(lanes, LANES);
            g1 = g1.add(g1);
            FloatVector x2 = FloatVector.fromArray(S, x, xAt + i + 2 * LANES);
            FloatVector g2 = FloatVector.fromArray(S, dw, dwAt + i + 2 * LANES);
            FloatVector.fromArray(S, lanes, 2 * LANES).add(g2.mul(g2)).intoArray(lanes, 2 * LANES);
            g2 = g2.add(g2);
            FloatVector x3 = FloatVector.fromArray(S, x, xAt + i + 3 * LANES);
            FloatVector g3 = FloatVector.fromArray(S, dw, dwAt + i + 3 * LANES);
            FloatVector.fromArray(S, lanes, 3 * LANES).add(g3.mul(g3)).intoArray(lanes, 3 * LANES);
            g3 = g3.add(g3);
            if (WAYS == 8) {
                x4 = FloatVector.fromArray(S, x, xAt + i + 4 * LANES);
                g4 = FloatVector.fromArray(S, dw, dwAt + i + 4 * LANES);
                FloatVector.fromArray(S, lanes, 4 * LANES).add(g4.mul(g4)).intoArray(lanes, 4 * LANES);
                g4 = g4.add(g4);
                x5 = FloatVector.fromArray(S, x, xAt + i + 5 * LANES);
                g5 = FloatVector.fromArray(S, dw, dwAt + i + 5 * LANES);
                FloatVector.fromArray(S, lanes, 5 * LANES).add(g5.mul(g5)).intoArray(lanes, 5 * LANES);
                g5 = g5.add(g5);
                x6 = FloatVector.fromArray(S, x, xAt + i + 6 * LANES);
                g6 = FloatVector.fromArray(S, dw, dwAt + i + 6 * LANES);
                FloatVector.fromArray(S, lanes, 6 * LANES).add(g6.mul(g6)).intoArray(lanes, 6 * LANES);
                g6 = g6.add(g6);
                x7 = FloatVector.fromArray(S, x, xAt + i + 7 * LANES);
                g7 = FloatVector.fromArray(S, dw, dwAt + i + 7 * LANES);
                FloatVector.fromArray(S, lanes, 7 * LANES).add(g7.mul(g7)).intoArray(lanes, 7 * LANES);
                g7 = g7.add(g7);
            }
            for (int k = cs.length - 1; k >= 0; k--) {
                FloatVector c = FloatVector.broadcast(S, cs[k]);
                g0 = g0.mul(c).mul(x0);
                g1 = g1.mul(c).mul(x1);
                g2 = g2.mul(c).mul(x2);
                g3 = g3.mul(c).mul(x3);
                if (WAYS == 8) {
                    g4 = g4.mul(c).mul(x4);
                    g5 = g5.mul(c).mul(x5);
                    g6 = g6.mul(c).mul(x6);
                    g7 = g7.mul(c).mul(x7);
                }
            }
            g0.intoArray(dw, dwAt + i);
            g1.intoArray(dw, dwAt + i + LANES);
            g2.intoArray(dw, dwAt + i + 2 * LANES);
            g3.intoArray(dw, dwAt + i + 3 * LANES);
            if (WAYS == 8) {
                g4.intoArray(dw, dwAt + i + 4 * LANES);
                g5.intoArray(dw, dwAt + i + 5 * LANES);
                g6.intoArray(dw, dwAt + i + 6 * LANES);
                g7.intoArray(dw, dwAt + i + 7 * LANES);
            }
        }
    }

    /** The last 1 to 63 elements of a block: vector k still belongs to accumulator k. */
    private void tail(float[] x, int xAt, float[] y, int yAt, float[] w, int wAt, float[] dw, int dwAt, int n) {
        float[] cs = constants;
        for (int at = 0; at < n; at += LANES) {
            VectorMask<Float> mask = first(n - at);
            FloatVector xs = FloatVector.fromArray(S, x, xAt + at, mask);
            FloatVector ys = FloatVector.fromArray(S, y, yAt + at, mask);
            FloatVector v = FloatVector.fromArray(S, w, wAt + at, mask);
            for (int k = 0; k < cs.length; k++) {
                v = v.mul(xs).add(ys).mul(cs[k]).sub(xs);
            }
            FloatVector.fromArray(S, lanes, at).add(v.mul(v), mask).intoArray(lanes, at);
            FloatVector g = v.add(v);
            for (int k = cs.length - 1; k >= 0; k--) {
                g = g.mul(cs[k]).mul(xs);
            }
            g.intoArray(dw, dwAt + at, mask);
        }
    }
}
