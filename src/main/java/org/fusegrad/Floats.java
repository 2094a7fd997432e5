package org.fusegrad;

import org.fusegrad.engine.AlignedArrays;

/**
 * Room for floats inside an array, placed for speed.
 *
 * @param array the array
 * @param offset where the room begins
 * @param length how many floats it holds
 */
public record Floats(float[] array, int offset, int length) {

    /**
     * Zeros whose first element begins a cache line when java runs with
     * {@code -XX:ObjectAlignmentInBytes=64}: vector loads then touch one line each instead of two. Without
     * the flag it is an array like any other.
     */
    public static Floats aligned(int length) {
        if (length < 0) {
            throw new IllegalArgumentException("length " + length);
        }
        return new Floats(AlignedArrays.allocate(length), AlignedArrays.LEAD, length);
    }

    /** A copy of {@code values}, aligned. */
    public static Floats copyOf(float... values) {
        Floats floats = aligned(values.length);
        System.arraycopy(values, 0, floats.array, floats.offset, values.length);
        return floats;
    }

    public float get(int index) {
        return array[offset + java.util.Objects.checkIndex(index, length)];
    }

    public void set(int index, float value) {
        array[offset + java.util.Objects.checkIndex(index, length)] = value;
    }

    /** The values, copied. */
    public float[] toArray() {
        return java.util.Arrays.copyOfRange(array, offset, offset + length);
    }
}
