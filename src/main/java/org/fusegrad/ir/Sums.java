package org.fusegrad.ir;

/**
 * The definition of every float sum: a function of shape and axis only, never of the hardware. Written for
 * reading, one obvious loop each; kernels must give the same bits.
 *
 * <p>A matrix of one column is a row of numbers: its batch sum is a contiguous sum.
 *
 * <p>Accumulators start at -0.0f, the identity of IEEE addition, so an absent element changes nothing.
 * Parts are added in index order in double and rounded once: an error far below that of one float
 * addition, whatever the length.
 */
public final class Sums {
    /** Elements of a contiguous sum that share a set of lanes. */
    public static final int BLOCK = 4096;
    /** Logical lanes of a contiguous sum: four accumulators of sixteen, on every machine. */
    public static final int LANES = 64;
    /** Rows of a batch sum that share accumulators. */
    public static final int ROW_BLOCK = 1024;

    private static final int HALF = 16;

    private Sums() {}

    /**
     * Accumulators per column of a batch sum. A narrow matrix has too few columns to hide the latency of
     * an addition, so its rows take turns between four accumulators; a wide one has enough.
     */
    public static int ways(int cols) {
        return cols <= 32 ? 4 : 1;
    }

    /** Columns rounded up to whole vectors of any machine: the last one may touch columns that are not there. */
    public static int padded(int cols) {
        return Math.ceilDiv(cols, HALF) * HALF;
    }

    static double contiguous(double[] values, int from, int count) {
        double total = -0.0;
        for (int block = 0; block < count; block += BLOCK) {
            float[] lane = negativeZeros(LANES);
            for (int i = block; i < Math.min(block + BLOCK, count); i++) {
                lane[i % LANES] += (float) values[from + i];
            }
            total += fold(lane);
        }
        return (float) total;
    }

    static double batch(double[] values, int column, int rows, int cols) {
        int ways = ways(cols);
        double total = -0.0;
        for (int block = 0; block < rows; block += ROW_BLOCK) {
            float[] way = negativeZeros(4);
            for (int r = block; r < Math.min(block + ROW_BLOCK, rows); r++) {
                way[r % ways] += (float) values[r * cols + column];
            }
            total += (way[0] + way[1]) + (way[2] + way[3]);
        }
        return (float) total;
    }

    /** The fixed tree over lanes: the four accumulators, then halves of sixteen, eight, four and two. */
    private static float fold(float[] lane) {
        float[] t = new float[HALF];
        for (int j = 0; j < HALF; j++) {
            t[j] = (lane[j] + lane[HALF + j]) + (lane[2 * HALF + j] + lane[3 * HALF + j]);
        }
        for (int half = HALF / 2; half > 0; half /= 2) {
            for (int j = 0; j < half; j++) {
                t[j] += t[j + half];
            }
        }
        return t[0];
    }

    private static float[] negativeZeros(int count) {
        float[] zeros = new float[count];
        java.util.Arrays.fill(zeros, -0.0f);
        return zeros;
    }
}
