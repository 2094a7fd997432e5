package org.fusegrad.benchmarks;

import static org.fusegrad.benchmarks.Lanes16.LANES;
import static org.fusegrad.benchmarks.Lanes16.S;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/** Reads an array as fast as it can be read: a sum in no particular order, with eight accumulators so that no addition waits for another. */
final class ReadVector {
    private ReadVector() {}

    static float sum(float[] x, int at, int n) {
        FloatVector a0 = FloatVector.zero(S), a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0, a6 = a0, a7 = a0;
        int i = at;
        // vector loop
        for (int bound = at + (n & -8 * LANES); i < bound; i += 8 * LANES) {
            a0 = a0.add(FloatVector.fromArray(S, x, i));
            a1 = a1.add(FloatVector.fromArray(S, x, i + LANES));
            a2 = a2.add(FloatVector.fromArray(S, x, i + 2 * LANES));
            a3 = a3.add(FloatVector.fromArray(S, x, i + 3 * LANES));
            a4 = a4.add(FloatVector.fromArray(S, x, i + 4 * LANES));
            a5 = a5.add(FloatVector.fromArray(S, x, i + 5 * LANES));
            a6 = a6.add(FloatVector.fromArray(S, x, i + 6 * LANES));
            a7 = a7.add(FloatVector.fromArray(S, x, i + 7 * LANES));
        }
        // reduce
        float sum = a0.add(a1).add(a2.add(a3)).add(a4.add(a5).add(a6.add(a7))).reduceLanes(VectorOperators.ADD);
        // tail
        for (; i < at + n; i++) {
            sum += x[i];
        }
        return sum;
    }
}
