package org.fusegrad.engine;

import java.util.stream.IntStream;
import org.fusegrad.ir.Sums;
import org.fusegrad.testing.Jvm;

/** The batch lengths at which a kernel can go wrong: around vectors, tails, tiles and the blocks of sums. */
final class Sizes {
    /** Every remainder after 0 to 4 whole sets of lanes, and a little more. */
    private static final int EVERY = 4 * Sums.LANES + 3;

    private static final int[] BORDERS = {
        Sums.ROW_BLOCK - 1, Sums.ROW_BLOCK, Sums.ROW_BLOCK + 1,
        Sums.BLOCK - 1, Sums.BLOCK, Sums.BLOCK + 1,
        2 * Sums.BLOCK - 1, 2 * Sums.BLOCK, 2 * Sums.BLOCK + 1
    };
    private static final int[] FEW = {1, 2, 3, 4, 5, 8, 15, 16, 17, 63, 64, 65, 130, 1100};
    private static final int[] FEWER = {1, 2, 5, 17, 67};
    private static final int[] SAMPLE = {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 47, 63, 64, 65, 127, 129, 200, 255, 259};

    private Sizes() {}

    /** 1 to 259: every remainder; without a compiler, the more likely ones to go wrong. */
    static int[] every() {
        return Jvm.isInterpreted() ? SAMPLE : IntStream.rangeClosed(1, EVERY).toArray();
    }

    /** Around the ends of the blocks that sums are defined by. */
    static int[] borders() {
        return Jvm.isInterpreted() ? new int[] {Sums.BLOCK + 1} : BORDERS;
    }

    /** Around what one call of a flat loop takes: sixteen blocks, or as many elements without sums. The last is more than any takes several blocks a call of. */
    static int[] callBorders() {
        int call = 16 * Sums.BLOCK;
        return Jvm.isInterpreted()
                ? new int[] {call + Sums.BLOCK + 1}
                : new int[] {call - 1, call, call + 1, call + Sums.BLOCK, call + Sums.BLOCK + 70, 2 * call + 3 * Sums.BLOCK - 5, 4 * call + 3 * Sums.BLOCK + 5};
    }

    /** {@link #borders}, for rows of several columns. */
    static int[] rowBorders() {
        return Jvm.isInterpreted() ? new int[] {Sums.ROW_BLOCK + 1} : BORDERS;
    }

    /** A handful, for kernels of many columns: the last is more rows than two tiles of any kernel. */
    static int[] few() {
        return Jvm.isInterpreted() ? FEWER : FEW;
    }
}
