package org.fusegrad.benchmarks;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;
import org.fusegrad.Fusegrad;

/**
 * What the hand-written Vector API kernels share: vectors of 16 floats or of 8, whichever the generated kernels have, and the sums of the numeric contract in
 * them. A contiguous sum has 64 logical lanes, which are four accumulators or eight; the kernels name eight, and leave out the last four where vectors have
 * 16 lanes. On a machine without such vectors the same code gives the same bits, but slowly, so its times mean nothing there.
 *
 * <p>No method here or in the kernels takes or returns a vector. A helper that C2 has compiled by itself first may not be inlined any more, and then its vectors
 * are boxed: 6.8 us for 67 elements, against 35 ns. Between methods vectors pass through small arrays instead.
 */
final class VectorLanes {
    static final VectorSpecies<Float> S = Fusegrad.lanes() == 16 ? FloatVector.SPECIES_512 : FloatVector.SPECIES_256;

    /** 16 or 8. */
    static final int LANES = S.length();

    /** Logical lanes of a contiguous sum: element i of a block goes to lane i mod 64. */
    static final int SPAN = 64;

    /** Accumulators of a contiguous sum: 4 or 8. */
    static final int WAYS = SPAN / LANES;

    /** Elements of a contiguous sum that are added in float. */
    static final int BLOCK = 4096;

    /** Rows of a sum over the batch that are added in float. */
    static final int ROW_BLOCK = 1024;

    // One step of the tree over two vectors u and v: u.blend(v, BIT).add(v.blend(u, BIT).rearrange(XOR)). Lanes whose bit is clear become
    // u[j] + u[j ^ bit], the others v[j] + v[j ^ bit]. Float addition is commutative, so it does not matter which of the two comes first. Bit 8 is for
    // vectors of 16 lanes.
    static final VectorMask<Float> BIT8 = lanesWith(8);
    static final VectorMask<Float> BIT4 = lanesWith(4);
    static final VectorMask<Float> BIT2 = lanesWith(2);
    static final VectorMask<Float> BIT1 = lanesWith(1);
    static final VectorShuffle<Float> XOR8 = exchanged(8);
    static final VectorShuffle<Float> XOR4 = exchanged(4);
    static final VectorShuffle<Float> XOR2 = exchanged(2);
    static final VectorShuffle<Float> XOR1 = exchanged(1);

    private VectorLanes() {}

    /** Whether this machine has such vectors. */
    static boolean supported() {
        return FloatVector.SPECIES_PREFERRED.length() >= LANES;
    }

    static VectorMask<Float> first(int count) {
        return S.indexInRange(0, count);
    }

    /** The sum of 64 lanes: the tree over whole vectors, then over the lanes of one. */
    static float fold(float[] lanes, int at) {
        FloatVector sum = FloatVector.fromArray(S, lanes, at)
                .add(FloatVector.fromArray(S, lanes, at + 16))
                .add(FloatVector.fromArray(S, lanes, at + 32).add(FloatVector.fromArray(S, lanes, at + 48)));
        if (LANES == 16) {
            sum = sum.add(sum.rearrange(XOR8));
        } else {
            sum = sum.add(FloatVector.fromArray(S, lanes, at + 8)
                    .add(FloatVector.fromArray(S, lanes, at + 24))
                    .add(FloatVector.fromArray(S, lanes, at + 40).add(FloatVector.fromArray(S, lanes, at + 56))));
        }
        sum = sum.add(sum.rearrange(XOR4));
        sum = sum.add(sum.rearrange(XOR2));
        return sum.add(sum.rearrange(XOR1)).lane(0);
    }

    /** The sums of twice 64 lanes, their trees taken together: the bits of the first in the low half, of the second in the high half. */
    static long foldTwo(float[] lanes) {
        FloatVector u = FloatVector.fromArray(S, lanes, 0)
                .add(FloatVector.fromArray(S, lanes, 16))
                .add(FloatVector.fromArray(S, lanes, 32).add(FloatVector.fromArray(S, lanes, 48)));
        FloatVector v = FloatVector.fromArray(S, lanes, 64)
                .add(FloatVector.fromArray(S, lanes, 80))
                .add(FloatVector.fromArray(S, lanes, 96).add(FloatVector.fromArray(S, lanes, 112)));
        FloatVector both;
        if (LANES == 16) {
            both = u.blend(v, BIT8).add(v.blend(u, BIT8).rearrange(XOR8));
            both = both.add(both.rearrange(XOR4));
        } else {
            u = u.add(FloatVector.fromArray(S, lanes, 8)
                    .add(FloatVector.fromArray(S, lanes, 24))
                    .add(FloatVector.fromArray(S, lanes, 40).add(FloatVector.fromArray(S, lanes, 56))));
            v = v.add(FloatVector.fromArray(S, lanes, 72)
                    .add(FloatVector.fromArray(S, lanes, 88))
                    .add(FloatVector.fromArray(S, lanes, 104).add(FloatVector.fromArray(S, lanes, 120))));
            both = u.blend(v, BIT4).add(v.blend(u, BIT4).rearrange(XOR4));
        }
        both = both.add(both.rearrange(XOR2));
        both = both.add(both.rearrange(XOR1));
        return pair(both.lane(0), both.lane(LANES / 2));
    }

    static long pair(float low, float high) {
        return Float.floatToRawIntBits(low) & 0xffff_ffffL | (long) Float.floatToRawIntBits(high) << 32;
    }

    static float low(long pair) {
        return Float.intBitsToFloat((int) pair);
    }

    static float high(long pair) {
        return Float.intBitsToFloat((int) (pair >> 32));
    }

    private static VectorMask<Float> lanesWith(int bit) {
        boolean[] set = new boolean[LANES];
        for (int j = 0; j < LANES; j++) {
            set[j] = (j & bit) != 0;
        }
        return VectorMask.fromArray(S, set, 0);
    }

    private static VectorShuffle<Float> exchanged(int bit) {
        return VectorShuffle.fromOp(S, j -> (j ^ bit) & LANES - 1);
    }
}
