package org.fusegrad.simd;

import java.util.Arrays;

/**
 * Scalar ends of sums: what turns lanes and accumulators into numbers. The vector kernels have the same
 * trees in registers.
 */
public final class Folds {
    /** Lanes of a contiguous sum. */
    public static final int LANES = 64;
    private static final int PARTIAL = 16;

    private Folds() {}

    /** Sets {@code count} lanes or accumulators to the identity of a reduction. */
    public static void clear(float[] lanes, int from, int count, float identity) {
        Arrays.fill(lanes, from, from + count, identity);
    }

    /**
     * Folds the lanes that {@code live} elements reached by the fixed tree and leaves them undefined. Those
     * beyond hold nothing; that they are not read changes no bit, because they would be -0.0f.
     */
    public static float lanes(float[] a, int at, int live) {
        if (live > PARTIAL) {
            if (live < LANES) {
                clear(a, at + live, LANES - live, -0.0f);
            }
            for (int j = 0; j < PARTIAL; j++) {
                a[at + j] = (a[at + j] + a[at + 16 + j]) + (a[at + 32 + j] + a[at + 48 + j]);
            }
        }
        return partial(a, at, Math.min(live, PARTIAL));
    }

    /** Folds sixteen lanes or fewer, of which the first {@code live} hold something. */
    private static float partial(float[] a, int at, int live) {
        if (live >= PARTIAL) {
            return eight(
                    a[at] + a[at + 8], a[at + 1] + a[at + 9], a[at + 2] + a[at + 10], a[at + 3] + a[at + 11],
                    a[at + 4] + a[at + 12], a[at + 5] + a[at + 13], a[at + 6] + a[at + 14], a[at + 7] + a[at + 15]);
        }
        if (live == 8) {
            return eight(a[at], a[at + 1], a[at + 2], a[at + 3], a[at + 4], a[at + 5], a[at + 6], a[at + 7]);
        }
        for (int half = PARTIAL / 2; half > 0; half /= 2) {
            for (int j = 0; j < half && j + half < live; j++) {
                a[at + j] += a[at + j + half];
            }
        }
        return a[at];
    }

    // Written out: a step of a small batch ends with a few of these, and as loops each takes 30 ns.
    private static float eight(float l0, float l1, float l2, float l3, float l4, float l5, float l6, float l7) {
        return ((l0 + l4) + (l2 + l6)) + ((l1 + l5) + (l3 + l7));
    }

    /** Joins the blocks of rows longer than one: in index order, in double, rounded once. */
    public static void joinBlocks(float[] sums, int from, int blocks, float[] out, int to, int rows) {
        for (int r = 0; r < rows; r++) {
            double total = sums[from + r * blocks];
            for (int b = 1; b < blocks; b++) {
                total += sums[from + r * blocks + b];
            }
            out[to + r] = (float) total;
        }
    }

    /** Joins one more block of columns: a loop for each way of joining, none of which calls a method for each column. */
    public static void join(double[] totals, int total, float[] block, int at, int cols) {
        for (int c = 0; c < cols; c++) {
            totals[total + c] += block[at + c];
        }
    }

    /** One block's sum of each column from its accumulators, {@code cols} floats apart; {@code out} may be where the first of them are. */
    public static void columns(float[] a, int at, int cols, int ways, float[] out, int to) {
        for (int c = 0; c < cols; c++) {
            int k = at + c;
            out[to + c] = ways == 1 ? a[k] : (a[k] + a[k + cols]) + (a[k + 2 * cols] + a[k + 3 * cols]);
        }
    }
}
