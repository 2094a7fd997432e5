package org.fusegrad.benchmarks;

import static org.fusegrad.benchmarks.VectorLanes.BLOCK;
import static org.fusegrad.benchmarks.VectorLanes.LANES;
import static org.fusegrad.benchmarks.VectorLanes.S;
import static org.fusegrad.benchmarks.VectorLanes.SPAN;
import static org.fusegrad.benchmarks.VectorLanes.WAYS;
import static org.fusegrad.benchmarks.VectorLanes.first;
import static org.fusegrad.benchmarks.VectorLanes.fold;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/** {@code sum((x*w - y)^2)} alone, written by hand with the Vector API; the bits of the numeric contract. Not thread-safe. */
final class ForwardVector {
    private final float[] lanes = new float[SPAN];

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
        FloatVector l0 = FloatVector.broadcast(S, -0.0f), l1 = l0, l2 = l0, l3 = l0, l4 = l0, l5 = l0, l6 = l0, l7 = l0;
        int i = 0;
        // vector loop
        for (int bound = n & -SPAN; i < bound; i += SPAN) {
            FloatVector e0 = FloatVector.fromArray(S, x, xAt + i).mul(ws).sub(FloatVector.fromArray(S, y, yAt + i));
            l0 = l0.add(e0.mul(e0));
            FloatVector e1 = FloatVector.fromArray(S, x, xAt + i + LANES).mul(ws).sub(FloatVector.fromArray(S, y, yAt + i + LANES));
            l1 = l1.add(e1.mul(e1));
            FloatVector e2 = FloatVector.fromArray(S, x, xAt + i + 2 * LANES).mul(ws).sub(FloatVector.fromArray(S, y, yAt + i + 2 * LANES));
            l2 = l2.add(e2.mul(e2));
            FloatVector e3 = FloatVector.fromArray(S, x, xAt + i + 3 * LANES).mul(ws).sub(FloatVector.fromArray(S, y, yAt + i + 3 * LANES));
            l3 = l3.add(e3.mul(e3));
            if (WAYS == 8) {
                FloatVector e4 = FloatVector.fromArray(S, x, xAt + i + 4 * LANES).mul(ws).sub(FloatVector.fromArray(S, y, yAt + i + 4 * LANES));
                l4 = l4.add(e4.mul(e4));
                FloatVector e5 = FloatVector.fromArray(S, x, xAt + i + 5 * LANES).mul(ws).sub(FloatVector.fromArray(S, y, yAt + i + 5 * LANES));
                l5 = l5.add(e5.mul(e5));
                FloatVector e6 = FloatVector.fromArray(S, x, xAt + i + 6 * LANES).mul(ws).sub(FloatVector.fromArray(S, y, yAt + i + 6 * LANES));
                l6 = l6.add(e6.mul(e6));
                FloatVector e7 = FloatVector.fromArray(S, x, xAt + i + 7 * LANES).mul(ws).sub(FloatVector.fromArray(S, y, yAt + i + 7 * LANES));
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
            tailScalar(x, xAt + i, y, yAt + i, w, n - i);
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
        FloatVector l0 = FloatVector.broadcast(S, -0.0f), l1 = l0, l2 = l0, l3 = l0, l4 = l0, l5 = l0, l6 = l0, l7 = l0;
        int i = 0;
        // vector loop
        for (int bound = n & -SPAN; i < bound; i += SPAN) {
            FloatVector p0 = FloatVector.fromArray(S, x, xAt + i).mul(FloatVector.fromArray(S, w, wAt + i));
            FloatVector e0 = p0.sub(FloatVector.fromArray(S, y, yAt + i));
            l0 = l0.add(e0.mul(e0));
            FloatVector p1 = FloatVector.fromArray(S, x, xAt + i + LANES).mul(FloatVector.fromArray(S, w, wAt + i + LANES));
            FloatVector e1 = p1.sub(FloatVector.fromArray(S, y, yAt + i + LANES));
            l1 = l1.add(e1.mul(e1));
            FloatVector p2 = FloatVector.fromArray(S, x, xAt + i + 2 * LANES).mul(FloatVector.fromArray(S, w, wAt + i + 2 * LANES));
            FloatVector e2 = p2.sub(FloatVector.fromArray(S, y, yAt + i + 2 * LANES));
            l2 = l2.add(e2.mul(e2));
            FloatVector p3 = FloatVector.fromArray(S, x, xAt + i + 3 * LANES).mul(FloatVector.fromArray(S, w, wAt + i + 3 * LANES));
            FloatVector e3 = p3.sub(FloatVector.fromArray(S, y, yAt + i + 3 * LANES));
            l3 = l3.add(e3.mul(e3));
            if (WAYS == 8) {
                FloatVector p4 = FloatVector.fromArray(S, x, xAt + i + 4 * LANES).mul(FloatVector.fromArray(S, w, wAt + i + 4 * LANES));
                FloatVector e4 = p4.sub(FloatVector.fromArray(S, y, yAt + i + 4 * LANES));
                l4 = l4.add(e4.mul(e4));
                FloatVector p5 = FloatVector.fromArray(S, x, xAt + i + 5 * LANES).mul(FloatVector.fromArray(S, w, wAt + i + 5 * LANES));
                FloatVector e5 = p5.sub(FloatVector.fromArray(S, y, yAt + i + 5 * LANES));
                l5 = l5.add(e5.mul(e5));
                FloatVector p6 = FloatVector.fromArray(S, x, xAt + i + 6 * LANES).mul(FloatVector.fromArray(S, w, wAt + i + 6 * LANES));
                FloatVector e6 = p6.sub(FloatVector.fromArray(S, y, yAt + i + 6 * LANES));
                l6 = l6.add(e6.mul(e6));
                FloatVector p7 = FloatVector.fromArray(S, x, xAt + i + 7 * LANES).mul(FloatVector.fromArray(S, w, wAt + i + 7 * LANES));
                FloatVector e7 = p7.sub(FloatVector.fromArray(S, y, yAt + i + 7 * LANES));
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
            tailElementwise(x, xAt + i, y, yAt + i, w, wAt + i, n - i);
        }
        return fold(lanes, 0);
    }

    /** The last 1 to 63 elements of a block: vector k still belongs to accumulator k. A method of its own for the sake of C1, as in {@link LectureVector}. */
    private void tailScalar(float[] x, int xAt, float[] y, int yAt, float w, int n) {
        for (int k = 0; k < n; k += LANES) {
            VectorMask<Float> mask = first(n - k);
            FloatVector e = FloatVector.fromArray(S, x, xAt + k, mask).mul(w).sub(FloatVector.fromArray(S, y, yAt + k, mask));
            FloatVector.fromArray(S, lanes, k).add(e.mul(e), mask).intoArray(lanes, k);
        }
    }

    private void tailElementwise(float[] x, int xAt, float[] y, int yAt, float[] w, int wAt, int n) {
        for (int k = 0; k < n; k += LANES) {
            VectorMask<Float> mask = first(n - k);
            FloatVector p = FloatVector.fromArray(S, x, xAt + k, mask).mul(FloatVector.fromArray(S, w, wAt + k, mask));
            FloatVector e = p.sub(FloatVector.fromArray(S, y, yAt + k, mask));
            FloatVector.fromArray(S, lanes, k).add(e.mul(e), mask).intoArray(lanes, k);
        }
    }
}
