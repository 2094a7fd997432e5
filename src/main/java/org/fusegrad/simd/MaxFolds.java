package org.fusegrad.simd;

/** Scalar ends of maxima, as {@link Folds} has those of sums. No order of them changes a bit. */
public final class MaxFolds {
    private MaxFolds() {}

    /** The largest of the lanes that {@code live} elements reached. */
    public static float lanes(float[] a, int at, int live) {
        return partial(a, at, Math.min(live, Folds.LANES));
    }

    /** The largest of {@code live} neighbouring floats. */
    private static float partial(float[] a, int at, int live) {
        float largest = a[at];
        for (int j = 1; j < live; j++) {
            largest = Math.max(largest, a[at + j]);
        }
        return largest;
    }

    /** Joins the blocks of rows longer than one. */
    public static void joinBlocks(float[] maxima, int from, int blocks, float[] out, int to, int rows) {
        for (int r = 0; r < rows; r++) {
            out[to + r] = partial(maxima, from + r * blocks, blocks);
        }
    }

    /** Joins one more block of columns. */
    public static void join(double[] totals, int total, float[] block, int at, int cols) {
        for (int c = 0; c < cols; c++) {
            totals[total + c] = Math.max(totals[total + c], block[at + c]);
        }
    }

    /** One block's maximum of each column from its accumulators, {@code cols} floats apart; {@code out} may be where the first of them are. */
    public static void columns(float[] a, int at, int cols, int ways, float[] out, int to) {
        for (int c = 0; c < cols; c++) {
            float largest = a[at + c];
            for (int w = 1; w < ways; w++) {
                largest = Math.max(largest, a[at + w * cols + c]);
            }
            out[to + c] = largest;
        }
    }
}
