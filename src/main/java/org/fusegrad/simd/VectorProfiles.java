package org.fusegrad.simd;

import java.util.concurrent.atomic.AtomicIntegerArray;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * Lets HotSpot's profiles see every kind of operation that kernels use, before any kernel has run often. Load only if {@link Lanes#AVAILABLE}.
 *
 * <p>All operations pass through a few methods that they share, such as {@code VectorOperators.opKind}. If a process has only added and multiplied when C2
 * compiles one of these by itself, C2 counts on one class of operator there. Then the first subtraction is an uncommon trap, four times in a row, noted with
 * the method for good. Each of its inlined calls counts them again: a kernel of 25 operations has 100, the {@code PerMethodTrapLimit}, and C2 trusts the
 * profile of no receiver in it any more. It asks vectors for their species instead of knowing it, and leaves them in objects. In a process of 25 kernels, half of
 * them became slower than their scalar twins and stayed on those. A profile that has seen two classes from the beginning counts on neither.
 */
public final class VectorProfiles {
    /** A method has a profile after some 200 calls and the time that C1 takes to compile it. */
    private static final int ROUNDS = 400;
    private static final int ROUNDS_AT_ONCE = 20;

    /** Rounds that were done, by lanes. */
    private static final AtomicIntegerArray DONE = new AtomicIntegerArray(17);

    /** So that nothing is computed in vain. */
    private static volatile float result;

    private VectorProfiles() {}

    /**
     * Shows some more of it, a few milliseconds, if that is needed; once for a process and a number of lanes, it takes some 200 of them.
     *
     * @return whether it has been shown enough
     */
    public static boolean show(int lanes) {
        if (DONE.get(lanes) >= ROUNDS) {
            return true;
        }
        VectorSpecies<Float> species = VectorSpecies.of(float.class, VectorShape.forBitSize(lanes * Float.SIZE));
        float[] array = new float[2 * lanes];
        for (int k = 0; k < ROUNDS_AT_ONCE; k++) {
            result = round(species, array, k % lanes);
        }
        return DONE.addAndGet(lanes, ROUNDS_AT_ONCE) >= ROUNDS;
    }

    /** @param part of the lanes for masks, and of the array for where vectors are, which may reach past its end */
    private static float round(VectorSpecies<Float> species, float[] array, int part) {
        VectorMask<Float> all = species.indexInRange(0, species.length());
        VectorMask<Float> first = species.indexInRange(0, part);
        VectorMask<Float> often = part == 0 ? VectorMask.fromLong(species, -1) : first;
        FloatVector a = FloatVector.fromArray(species, array, part);
        FloatVector b = FloatVector.broadcast(species, 2f);
        FloatVector c = FloatVector.fromArray(species, array, array.length - part, first);
        FloatVector d = FloatVector.fromArray(species, array, part, often);
        FloatVector exact = a.add(b).sub(c).mul(d).div(b).max(a).fma(b, c).neg().abs().sqrt();
        FloatVector masked = exact.add(b, first).sub(a, often).mul(b, all).lanewise(VectorOperators.NEG, often);
        FloatVector chosen = numbers(masked).blend(bits(masked, part), masks(a, masked));
        FloatVector moved = chosen.rearrange(VectorFacts.exchange(species, 1)).withLane(1, result);
        moved.intoArray(array, part);
        moved.intoArray(array, part, often);
        moved.intoArray(array, array.length - part, first);
        return moved.lane(0);
    }

    private static FloatVector numbers(FloatVector x) {
        return (FloatVector) x.reinterpretAsInts().convert(VectorOperators.I2F, 0);
    }

    private static FloatVector bits(FloatVector x, int part) {
        IntVector bits = x.reinterpretAsInts();
        IntVector other = IntVector.broadcast(bits.species(), part);
        IntVector sums = bits.add(other).sub(bits).and(other).or(bits).lanewise(VectorOperators.XOR, other).neg();
        return sums.lanewise(VectorOperators.LSHL, 1).lanewise(VectorOperators.ASHR, 2).lanewise(VectorOperators.LSHR, 3).reinterpretAsFloats();
    }

    private static VectorMask<Float> masks(FloatVector x, FloatVector y) {
        VectorMask<Float> less = x.compare(VectorOperators.LT, y);
        VectorMask<Float> notMore = x.compare(VectorOperators.LE, y);
        VectorMask<Float> equal = x.compare(VectorOperators.EQ, y);
        return less.allTrue() ? equal : less.or(notMore);
    }
}
