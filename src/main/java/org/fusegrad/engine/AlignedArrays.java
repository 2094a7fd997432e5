package org.fusegrad.engine;

/**
 * Float arrays whose element {@link #LEAD} begins a cache line, when objects do
 * ({@code -XX:ObjectAlignmentInBytes=64}): an array's header is 16 bytes, twelve floats fill the line.
 */
public final class AlignedArrays {
    /** Unused floats in front. */
    public static final int LEAD = 12;
    /** Room behind, so that a full vector may touch the last elements. */
    private static final int TRAIL = 16;

    private AlignedArrays() {}

    /** An array that holds {@code length} floats from {@link #LEAD} on. */
    public static float[] allocate(int length) {
        return new float[Math.addExact(length, LEAD + TRAIL)];
    }
}
