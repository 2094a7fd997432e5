package org.fusegrad.benchmarks;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * What the hand-written Vector API kernels share: vectors of 16 floats, and the tree over their lanes. The kernels are written for 512 bits;
 * on a narrower machine the same code gives the same bits, but slowly, so its times mean nothing there.
 *
 * <p>No method here or in the kernels takes or returns a vector. A helper that C2 has compiled by itself first may not be inlined any more, and then its vectors
 * are boxed: 6.8 us for 67 elements, against 35 ns. Between methods vectors pass through small arrays instead.
 */
final class Lanes16 {
    static final VectorSpecies<Float> S = FloatVector.SPECIES_512;
    static final int LANES = 16;

    /** Elements of a contiguous sum that are added in float. */
    static final int BLOCK = 4096;

    /** Rows of a sum over the batch that are added in float. */
    static final int ROW_BLOCK = 1024;

    // One step of the tree over two vectors u and v: u.blend(v, BIT).add(v.blend(u, BIT).rearrange(XOR)). Lanes whose bit is clear become
    // u[j] + u[j ^ bit], the others v[j] + v[j ^ bit]. Float addition is commutative, so it does not matter which of the two comes first.
    static final VectorMask<Float> BIT8 = lanesWith(8);
    static final VectorMask<Float> BIT4 = lanesWith(4);
    static final VectorMask<Float> BIT2 = lanesWith(2);
    static final VectorMask<Float> BIT1 = lanesWith(1);
    static final VectorShuffle<Float> XOR8 = VectorShuffle.fromOp(S, j -> j ^ 8);
    static final VectorShuffle<Float> XOR4 = VectorShuffle.fromOp(S, j -> j ^ 4);
    static final VectorShuffle<Float> XOR2 = VectorShuffle.fromOp(S, j -> j ^ 2);
    static final VectorShuffle<Float> XOR1 = VectorShuffle.fromOp(S, j -> j ^ 1);

    private Lanes16() {}

    /** Whether this machine has vectors of 512 bits. */
    static boolean supported() {
        return FloatVector.SPECIES_PREFERRED.vectorBitSize() >= S.vectorBitSize();
    }

    static VectorMask<Float> first(int count) {
        return S.indexInRange(0, count);
    }

    /** The sum of 64 lanes, four accumulators of 16 in order. */
    static float fold(float[] lanes, int at) {
        FloatVector sum = FloatVector.fromArray(S, lanes, at)
                .add(FloatVector.fromArray(S, lanes, at + LANES))
                .add(FloatVector.fromArray(S, lanes, at + 2 * LANES).add(FloatVector.fromArray(S, lanes, at + 3 * LANES)));
        sum = sum.add(sum.rearrange(XOR8));
        sum = sum.add(sum.rearrange(XOR4));
        sum = sum.add(sum.rearrange(XOR2));
        return sum.add(sum.rearrange(XOR1)).lane(0);
    }

    /** The sums of twice 64 lanes, their trees taken together: the bits of the first in the low half, of the second in the high half. */
    static long foldTwo(float[] lanes) {
        FloatVector u = FloatVector.fromArray(S, lanes, 0)
                .add(FloatVector.fromArray(S, lanes, LANES))
                .add(FloatVector.fromArray(S, lanes, 2 * LANES).add(FloatVector.fromArray(S, lanes, 3 * LANES)));
        FloatVector v = FloatVector.fromArray(S, lanes, 4 * LANES)
                .add(FloatVector.fromArray(S, lanes, 5 * LANES))
                .add(FloatVector.fromArray(S, lanes, 6 * LANES).add(FloatVector.fromArray(S, lanes, 7 * LANES)));
        FloatVector both = u.blend(v, BIT8).add(v.blend(u, BIT8).rearrange(XOR8));
        both = both.add(both.rearrange(XOR4));
        both = both.add(both.rearrange(XOR2));
        both = both.add(both.rearrange(XOR1));
        return pair(both.lane(0), both.lane(8));
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
}
