package org.fusegrad.benchmarks;

import static org.fusegrad.benchmarks.Lanes16.BLOCK;
import static org.fusegrad.benchmarks.Lanes16.LANES;
import static org.fusegrad.benchmarks.Lanes16.S;
import static org.fusegrad.benchmarks.Lanes16.first;
import static org.fusegrad.benchmarks.Lanes16.fold;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/** {@code sum((x*w - y)^2)} alone, written by hand with the Vector API; the bits of the numeric contract. Not thread-safe. */
final class ForwardVector {
    private final float[] lanes = new float[4 * LANES];

    /** w a scalar. */
    float scalar(float[] x, int xAt, float[] y, int yAt, float w, int n) {
        if (n <= BLOCK) {
            return blockScalar(x, xAt, y, yAt, w, n);
        }
        double losses = -0.0;
        for (int i = 0; i < n; i += BLOCK) {
            losses += blockScalar(x, xAt + i, y, yAt + i, w, Math.min(BLOCK, n - i));
        }
        return (float) losses;
    }

    private float blockScalar(float[] x, int xAt, float[] y, int yAt, float w, int n) {
        FloatVector ws = FloatVector.broadcast(S, w);
        FloatVector l0 = FloatVector.broadcast(S, -0.0f), l1 = l0, l2 = l0, l3 = l0;
        int i = 0;
        // vector loop
        for (int bound = n & -4 * LANES; i < bound; i += 4 * LANES) {
            FloatVector e0 = FloatVector.fromArray(S, x, xAt + i).mul(ws).sub(FloatVector.fromArray(S, y, yAt + i));
            FloatVector e1 = FloatVector.fromArray(S, x, xAt + i + LANES).mul(ws).sub(FloatVector.fromArray(S, y, yAt + i + LANES));
            FloatVector e2 = FloatVector.fromArray(S, x, xAt + i + 2 * LANES).mul(ws).sub(FloatVector.fromArray(S, y, yAt + i + 2 * LANES));
            FloatVector e3 = FloatVector.fromArray(S, x, xAt + i + 3 * LANES).mul(ws).sub(FloatVector.fromArray(S, y, yAt + i + 3 * LANES));
            l0 = l0.add(e0.mul(e0));
            l1 = l1.add(e1.mul(e1));
            l2 = l2.add(e2.mul(e2));
            l3 = l3.add(e3.mul(e3));
        }
        l0.intoArray(lanes, 0);
        l1.intoArray(lanes, LANES);
        l2.intoArray(lanes, 2 * LANES);
        l3.intoArray(lanes, 3 * LANES);
        // tail: vector k still belongs to accumulator k
        for (int k = 0; i < n; i += LANES, k += LANES) {
            VectorMask<Float> mask = first(n - i);
            FloatVector e = FloatVector.fromArray(S, x, xAt + i, mask).mul(ws).sub(FloatVector.fromArray(S, y, yAt + i, mask));
            FloatVector.fromArray(S, lanes, k).add(e.mul(e), mask).intoArray(lanes, k);
        }
        return fold(lanes, 0);
    }

    /** w one float per element. */
    float elementwise(float[] x, int xAt, float[] y, int yAt, float[] w, int wAt, int n) {
        if (n <= BLOCK) {
            return blockElementwise(x, xAt, y, yAt, w, wAt, n);
        }
        double losses = -0.0;
        for (int i = 0; i < n; i += BLOCK) {
            losses += blockElementwise(x, xAt + i, y, yAt + i, w, wAt + i, Math.min(BLOCK, n - i));
        }
        return (float) losses;
    }

    private float blockElementwise(float[] x, int xAt, float[] y, int yAt, float[] w, int wAt, int n) {
        FloatVector l0 = FloatVector.broadcast(S, -0.0f), l1 = l0, l2 = l0, l3 = l0;
        int i = 0;
        // vector loop
        for (int bound = n & -4 * LANES; i < bound; i += 4 * LANES) {
            FloatVector p0 = FloatVector.fromArray(S, x, xAt + i).mul(FloatVector.fromArray(S, w, wAt + i));
            FloatVector p1 = FloatVector.fromArray(S, x, xAt + i + LANES).mul(FloatVector.fromArray(S, w, wAt + i + LANES));
            FloatVector p2 = FloatVector.fromArray(S, x, xAt + i + 2 * LANES).mul(FloatVector.fromArray(S, w, wAt + i + 2 * LANES));
            FloatVector p3 = FloatVector.fromArray(S, x, xAt + i + 3 * LANES).mul(FloatVector.fromArray(S, w, wAt + i + 3 * LANES));
            FloatVector e0 = p0.sub(FloatVector.fromArray(S, y, yAt + i));
            FloatVector e1 = p1.sub(FloatVector.fromArray(S, y, yAt + i + LANES));
            FloatVector e2 = p2.sub(FloatVector.fromArray(S, y, yAt + i + 2 * LANES));
            FloatVector e3 = p3.sub(FloatVector.fromArray(S, y, yAt + i + 3 * LANES));
            l0 = l0.add(e0.mul(e0));
            l1 = l1.add(e1.mul(e1));
            l2 = l2.add(e2.mul(e2));
            l3 = l3.add(e3.mul(e3));
        }
        l0.intoArray(lanes, 0);
        l1.intoArray(lanes, LANES);
        l2.intoArray(lanes, 2 * LANES);
        l3.intoArray(lanes, 3 * LANES);
        // tail
        for (int k = 0; i < n; i += LANES, k += LANES) {
            VectorMask<Float> mask = first(n - i);
            FloatVector p = FloatVector.fromArray(S, x, xAt + i, mask).mul(FloatVector.fromArray(S, w, wAt + i, mask));
            FloatVector e = p.sub(FloatVector.fromArray(S, y, yAt + i, mask));
            FloatVector.fromArray(S, lanes, k).add(e.mul(e), mask).intoArray(lanes, k);
        }
        return fold(lanes, 0);
    }
}
