package org.fusegrad.simd;

import java.util.concurrent.atomic.AtomicIntegerArray;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * Lets HotSpot's profiles see every kind of arithmetic before any kernel has run often. Load only if {@link Lanes#AVAILABLE}.
 *
 * <p>All arithmetic passes through a few methods that it shares, such as {@code VectorOperators.opKind}. If a process has only added and multiplied when C2
 * compiles one of these by itself, C2 counts on one class of operator there. Then the first subtraction is an uncommon trap, four times in a row, noted with
 * the method for good. Each of its inlined calls counts them again: a kernel of 25 operations has 100, the {@code PerMethodTrapLimit}, and C2 trusts the
 * profile of no receiver in it any more. It asks vectors for their species instead of knowing it, and leaves them in objects. In a process of 25 kernels, half of
 * them became slower than their scalar twins and stayed on those. A profile that has seen two classes from the beginning counts on neither.
 *
 * <p>Arithmetic only: to show conversions, masks and comparisons as well left functions such as {@code tanh} with vectors in objects, where theirs was the first kernel
 * of a process.
 */
public final class VectorProfiles {
    /** A method has a profile after some 200 calls and the time that C1 takes to compile it. */
    private static final int ROUNDS = 400;
    private static final int ROUNDS_AT_ONCE = 20;

    /** Rounds that were done, by lanes. */
    private static final AtomicIntegerArray DONE = new AtomicIntegerArray(Lanes.SUPPORTED.getLast() + 1);

    /** So that nothing is computed in vain. */
    private static volatile float result;

    private VectorProfiles() {}

    /**
     * Shows some more of it, a few milliseconds, if that is needed, which it is once in a process for a number of lanes.
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

    private static float round(VectorSpecies<Float> species, float[] array, int part) {
        FloatVector a = FloatVector.fromArray(species, array, part);
        FloatVector b = FloatVector.broadcast(species, 2f);
        FloatVector sum = a.add(b).sub(a).mul(b).div(b).max(a).fma(b, a).neg().abs().sqrt();
        sum.intoArray(array, part);
        return sum.lane(0);
    }
}
