package org.fusegrad.simd;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * Folds one partial vector of sixteen lanes per row into one sum per row, sixteen (eight, four) rows at a
 * time: a step exchanges halves between the vectors of two rows and adds, so that all lanes stay busy and
 * sums come out in row order. The additions are those of {@link Folds#partial}, operands exchanged at
 * most, which no bit of a sum depends on.
 */
public final class RowFold {
    private static final int PARTIAL = 16;

    private static final VectorSpecies<Float> S16 = FloatVector.SPECIES_512;
    private static final VectorSpecies<Float> S8 = FloatVector.SPECIES_256;
    private static final VectorSpecies<Float> S4 = FloatVector.SPECIES_128;

    private static final VectorShuffle<Float> X16_8 = VectorFacts.exchange(S16, 8);
    private static final VectorShuffle<Float> X16_4 = VectorFacts.exchange(S16, 4);
    private static final VectorShuffle<Float> X16_2 = VectorFacts.exchange(S16, 2);
    private static final VectorShuffle<Float> X16_1 = VectorFacts.exchange(S16, 1);
    private static final VectorMask<Float> M16_8 = high(S16, 8);
    private static final VectorMask<Float> M16_4 = high(S16, 4);
    private static final VectorMask<Float> M16_2 = high(S16, 2);
    private static final VectorMask<Float> M16_1 = high(S16, 1);

    private static final VectorShuffle<Float> X8_4 = VectorFacts.exchange(S8, 4);
    private static final VectorShuffle<Float> X8_2 = VectorFacts.exchange(S8, 2);
    private static final VectorShuffle<Float> X8_1 = VectorFacts.exchange(S8, 1);
    private static final VectorMask<Float> M8_4 = high(S8, 4);
    private static final VectorMask<Float> M8_2 = high(S8, 2);
    private static final VectorMask<Float> M8_1 = high(S8, 1);

    private static final VectorShuffle<Float> X4_2 = VectorFacts.exchange(S4, 2);
    private static final VectorShuffle<Float> X4_1 = VectorFacts.exchange(S4, 1);
    private static final VectorMask<Float> M4_2 = high(S4, 2);
    private static final VectorMask<Float> M4_1 = high(S4, 1);

    private RowFold() {}

    /** The lanes whose index has the bit {@code half}: the upper one of each pair of groups. */
    private static VectorMask<Float> high(VectorSpecies<Float> species, int half) {
        boolean[] bits = new boolean[species.length()];
        for (int i = 0; i < bits.length; i++) {
            bits[i] = (i & half) != 0;
        }
        return VectorMask.fromArray(species, bits, 0);
    }

    /** [rows][16] partials at {@code from} to [rows] sums at {@code to}, with vectors of sixteen lanes. */
    public static void fold16(float[] p, int from, float[] out, int to, int rows) {
        int r = 0;
        for (; r + 16 <= rows; r += 16) {
            int at = from + r * PARTIAL;
            FloatVector a0 = join16(pair8(p, at, 0), pair8(p, at, 4));
            FloatVector a1 = join16(pair8(p, at, 1), pair8(p, at, 5));
            FloatVector a2 = join16(pair8(p, at, 2), pair8(p, at, 6));
            FloatVector a3 = join16(pair8(p, at, 3), pair8(p, at, 7));
            FloatVector b0 = join(a0, a2, M16_2, X16_2);
            FloatVector b1 = join(a1, a3, M16_2, X16_2);
            join(b0, b1, M16_1, X16_1).intoArray(out, to + r);
        }
        foldRest(p, from, out, to, r, rows);
    }

    private static FloatVector pair8(float[] p, int at, int row) {
        FloatVector low = FloatVector.fromArray(S16, p, at + row * PARTIAL);
        FloatVector high = FloatVector.fromArray(S16, p, at + (row + 8) * PARTIAL);
        return join(low, high, M16_8, X16_8);
    }

    private static FloatVector join16(FloatVector a, FloatVector b) {
        return join(a, b, M16_4, X16_4);
    }

    /** As {@link #fold16}, with vectors of eight lanes. */
    public static void fold8(float[] p, int from, float[] out, int to, int rows) {
        int r = 0;
        for (; r + 8 <= rows; r += 8) {
            int at = from + r * PARTIAL;
            FloatVector a0 = join(halves8(p, at, 0), halves8(p, at, 4), M8_4, X8_4);
            FloatVector a1 = join(halves8(p, at, 1), halves8(p, at, 5), M8_4, X8_4);
            FloatVector a2 = join(halves8(p, at, 2), halves8(p, at, 6), M8_4, X8_4);
            FloatVector a3 = join(halves8(p, at, 3), halves8(p, at, 7), M8_4, X8_4);
            FloatVector b0 = join(a0, a2, M8_2, X8_2);
            FloatVector b1 = join(a1, a3, M8_2, X8_2);
            join(b0, b1, M8_1, X8_1).intoArray(out, to + r);
        }
        foldRest(p, from, out, to, r, rows);
    }

    private static FloatVector halves8(float[] p, int at, int row) {
        int i = at + row * PARTIAL;
        return FloatVector.fromArray(S8, p, i).add(FloatVector.fromArray(S8, p, i + 8));
    }

    /** As {@link #fold16}, with vectors of four lanes. */
    public static void fold4(float[] p, int from, float[] out, int to, int rows) {
        int r = 0;
        for (; r + 4 <= rows; r += 4) {
            int at = from + r * PARTIAL;
            FloatVector b0 = join(quarters4(p, at, 0), quarters4(p, at, 2), M4_2, X4_2);
            FloatVector b1 = join(quarters4(p, at, 1), quarters4(p, at, 3), M4_2, X4_2);
            join(b0, b1, M4_1, X4_1).intoArray(out, to + r);
        }
        foldRest(p, from, out, to, r, rows);
    }

    private static FloatVector quarters4(float[] p, int at, int row) {
        int i = at + row * PARTIAL;
        FloatVector even = FloatVector.fromArray(S4, p, i).add(FloatVector.fromArray(S4, p, i + 8));
        FloatVector odd = FloatVector.fromArray(S4, p, i + 4).add(FloatVector.fromArray(S4, p, i + 12));
        return even.add(odd);
    }

    /** Low groups of {@code a} and high groups of {@code b}, each with its other half added. */
    private static FloatVector join(FloatVector a, FloatVector b, VectorMask<Float> high, VectorShuffle<Float> x) {
        FloatVector kept = a.blend(b, high);
        FloatVector other = b.blend(a, high).rearrange(x);
        return kept.add(other);
    }

    private static void foldRest(float[] p, int from, float[] out, int to, int done, int rows) {
        for (int r = done; r < rows; r++) {
            out[to + r] = Folds.partial(p, from + r * PARTIAL, PARTIAL);
        }
    }
}
