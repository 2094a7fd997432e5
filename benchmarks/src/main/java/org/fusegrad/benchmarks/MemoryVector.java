package org.fusegrad.benchmarks;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** Memory as fast as the Vector API moves it, on vectors of the width that the JVM prefers here: what no step over as many bytes can beat. */
final class MemoryVector {
    private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = S.length();

    private MemoryVector() {}

    /**
     * A sum in no particular order, with six accumulators so that no addition waits for another. With eight loads an iteration, C2 begins with the last, which
     * the prefetchers of Zen 5 do not follow: a third more time out of its second level.
     */
    static float read(float[] x, int at, int n) {
        FloatVector a0 = FloatVector.zero(S), a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0;
        int i = at;
        // vector loop
        for (int bound = at + n / (6 * LANES) * (6 * LANES); i < bound; i += 6 * LANES) {
            a0 = a0.add(FloatVector.fromArray(S, x, i));
            a1 = a1.add(FloatVector.fromArray(S, x, i + LANES));
            a2 = a2.add(FloatVector.fromArray(S, x, i + 2 * LANES));
            a3 = a3.add(FloatVector.fromArray(S, x, i + 3 * LANES));
            a4 = a4.add(FloatVector.fromArray(S, x, i + 4 * LANES));
            a5 = a5.add(FloatVector.fromArray(S, x, i + 5 * LANES));
        }
        // reduce
        float sum = a0.add(a1).add(a2.add(a3)).add(a4.add(a5)).reduceLanes(VectorOperators.ADD);
        // tail
        for (; i < at + n; i++) {
            sum += x[i];
        }
        return sum;
    }

    /** {@code a[i] = b[i]}. */
    static void copy(float[] a, int aAt, float[] b, int bAt, int n) {
        int i = 0;
        // vector loop
        for (int bound = n & -4 * LANES; i < bound; i += 4 * LANES) {
            FloatVector.fromArray(S, b, bAt + i).intoArray(a, aAt + i);
            FloatVector.fromArray(S, b, bAt + i + LANES).intoArray(a, aAt + i + LANES);
            FloatVector.fromArray(S, b, bAt + i + 2 * LANES).intoArray(a, aAt + i + 2 * LANES);
            FloatVector.fromArray(S, b, bAt + i + 3 * LANES).intoArray(a, aAt + i + 3 * LANES);
        }
        // tail
        for (; i < n; i++) {
            a[aAt + i] = b[bAt + i];
        }
    }

    /** {@code a[i] = b[i] + s * c[i]}. */
    static void triad(float[] a, int aAt, float[] b, int bAt, float[] c, int cAt, float s, int n) {
        int i = 0;
        // vector loop
        for (int bound = n & -4 * LANES; i < bound; i += 4 * LANES) {
            FloatVector.fromArray(S, c, cAt + i).mul(s).add(FloatVector.fromArray(S, b, bAt + i)).intoArray(a, aAt + i);
            FloatVector.fromArray(S, c, cAt + i + LANES).mul(s).add(FloatVector.fromArray(S, b, bAt + i + LANES)).intoArray(a, aAt + i + LANES);
            FloatVector.fromArray(S, c, cAt + i + 2 * LANES).mul(s).add(FloatVector.fromArray(S, b, bAt + i + 2 * LANES)).intoArray(a, aAt + i + 2 * LANES);
            FloatVector.fromArray(S, c, cAt + i + 3 * LANES).mul(s).add(FloatVector.fromArray(S, b, bAt + i + 3 * LANES)).intoArray(a, aAt + i + 3 * LANES);
        }
        // tail
        for (; i < n; i++) {
            a[aAt + i] = b[bAt + i] + s * c[cAt + i];
        }
    }
}
