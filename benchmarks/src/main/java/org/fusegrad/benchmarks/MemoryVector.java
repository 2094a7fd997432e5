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
     * A sum in no particular order, from front to back by one vector an iteration, which C2 unrolls. Six accumulators take turns: no addition waits for another, and of the orders in
     * which C2 then loads, prefetchers follow this one best. Six vectors an iteration read 24 GB/s beyond the caches where this reads 33 (Zen 4), four accumulators that take turns 27.
     */
    static float read(float[] x, int at, int n) {
        FloatVector a0 = FloatVector.zero(S), a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0;
        int i = at;
        // vector loop
        for (int bound = at + n / LANES * LANES; i < bound; i += LANES) {
            FloatVector turned = FloatVector.fromArray(S, x, i).add(a0);
            a0 = a1;
            a1 = a2;
            a2 = a3;
            a3 = a4;
            a4 = a5;
            a5 = turned;
        }
        // reduce
        float sum = a0.add(a1).add(a2.add(a3)).add(a4.add(a5)).reduceLanes(VectorOperators.ADD);
        // tail
        for (; i < at + n; i++) {
            sum += x[i];
        }
        return sum;
    }

    /** The same of the four quarters at once: a prefetcher that asks for little ahead of one stream asks for as much ahead of each (Zen 5: 39 GB/s beyond the caches, in one stream 28). */
    static float readQuarters(float[] x, int at, int n) {
        FloatVector a0 = FloatVector.zero(S), a1 = a0, a2 = a0, a3 = a0;
        int quarter = n / 4 & -LANES;
        int at1 = at + quarter;
        int at2 = at1 + quarter;
        int at3 = at2 + quarter;
        // vector loop
        for (int i = 0; i < quarter; i += LANES) {
            a0 = a0.add(FloatVector.fromArray(S, x, at + i));
            a1 = a1.add(FloatVector.fromArray(S, x, at1 + i));
            a2 = a2.add(FloatVector.fromArray(S, x, at2 + i));
            a3 = a3.add(FloatVector.fromArray(S, x, at3 + i));
        }
        // reduce
        float sum = a0.add(a1).add(a2.add(a3)).reduceLanes(VectorOperators.ADD);
        // tail
        for (int i = at3 + quarter; i < at + n; i++) {
            sum += x[i];
        }
        return sum;
    }

    /** {@code a[i] = b[i]}; C2 unrolls this loop and the next. */
    static void copy(float[] a, int aAt, float[] b, int bAt, int n) {
        int i = 0;
        // vector loop
        for (int bound = n & -LANES; i < bound; i += LANES) {
            FloatVector.fromArray(S, b, bAt + i).intoArray(a, aAt + i);
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
        for (int bound = n & -LANES; i < bound; i += LANES) {
            FloatVector.fromArray(S, c, cAt + i).mul(s).add(FloatVector.fromArray(S, b, bAt + i)).intoArray(a, aAt + i);
        }
        // tail
        for (; i < n; i++) {
            a[aAt + i] = b[bAt + i] + s * c[cAt + i];
        }
    }
}
