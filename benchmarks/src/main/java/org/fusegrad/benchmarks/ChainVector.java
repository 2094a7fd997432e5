package org.fusegrad.benchmarks;

import static org.fusegrad.benchmarks.Lanes16.BLOCK;
import static org.fusegrad.benchmarks.Lanes16.LANES;
import static org.fusegrad.benchmarks.Lanes16.S;
import static org.fusegrad.benchmarks.Lanes16.first;
import static org.fusegrad.benchmarks.Lanes16.fold;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * The chain, written by hand with the Vector API; the bits of the numeric contract. Each operation waits for the one before it, so four vectors go through
 * the rounds together. Not thread-safe.
 */
final class ChainVector {
    private final float[] constants;
    private final float[] lanes = new float[4 * LANES];

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
        float[] cs = constants;
        Arrays.fill(lanes, -0.0f);
        int i = 0;
        // vector loop
        for (int bound = n & -4 * LANES; i < bound; i += 4 * LANES) {
            FloatVector x0 = FloatVector.fromArray(S, x, xAt + i);
            FloatVector x1 = FloatVector.fromArray(S, x, xAt + i + LANES);
            FloatVector x2 = FloatVector.fromArray(S, x, xAt + i + 2 * LANES);
            FloatVector x3 = FloatVector.fromArray(S, x, xAt + i + 3 * LANES);
            FloatVector y0 = FloatVector.fromArray(S, y, yAt + i);
            FloatVector y1 = FloatVector.fromArray(S, y, yAt + i + LANES);
            FloatVector y2 = FloatVector.fromArray(S, y, yAt + i + 2 * LANES);
            FloatVector y3 = FloatVector.fromArray(S, y, yAt + i + 3 * LANES);
            FloatVector v0 = FloatVector.fromArray(S, w, wAt + i);
            FloatVector v1 = FloatVector.fromArray(S, w, wAt + i + LANES);
            FloatVector v2 = FloatVector.fromArray(S, w, wAt + i + 2 * LANES);
            FloatVector v3 = FloatVector.fromArray(S, w, wAt + i + 3 * LANES);
            for (int k = 0; k < cs.length; k++) {
                FloatVector c = FloatVector.broadcast(S, cs[k]);
                v0 = v0.mul(x0).add(y0).mul(c).sub(x0);
                v1 = v1.mul(x1).add(y1).mul(c).sub(x1);
                v2 = v2.mul(x2).add(y2).mul(c).sub(x2);
                v3 = v3.mul(x3).add(y3).mul(c).sub(x3);
            }
            FloatVector.fromArray(S, lanes, 0).add(v0.mul(v0)).intoArray(lanes, 0);
            FloatVector.fromArray(S, lanes, LANES).add(v1.mul(v1)).intoArray(lanes, LANES);
            FloatVector.fromArray(S, lanes, 2 * LANES).add(v2.mul(v2)).intoArray(lanes, 2 * LANES);
            FloatVector.fromArray(S, lanes, 3 * LANES).add(v3.mul(v3)).intoArray(lanes, 3 * LANES);
            FloatVector g0 = v0.add(v0);
            FloatVector g1 = v1.add(v1);
            FloatVector g2 = v2.add(v2);
            FloatVector g3 = v3.add(v3);
            for (int k = cs.length - 1; k >= 0; k--) {
                FloatVector c = FloatVector.broadcast(S, cs[k]);
                g0 = g0.mul(c).mul(x0);
                g1 = g1.mul(c).mul(x1);
                g2 = g2.mul(c).mul(x2);
                g3 = g3.mul(c).mul(x3);
            }
            g0.intoArray(dw, dwAt + i);
            g1.intoArray(dw, dwAt + i + LANES);
            g2.intoArray(dw, dwAt + i + 2 * LANES);
            g3.intoArray(dw, dwAt + i + 3 * LANES);
        }
        if (i < n) {
            tail(x, xAt + i, y, yAt + i, w, wAt + i, dw, dwAt + i, n - i);
        }
        return fold(lanes, 0);
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
