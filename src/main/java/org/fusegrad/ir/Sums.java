package org.fusegrad.ir;

import java.util.Arrays;
import java.util.List;

/**
 * The definition of every float reduction: a function of shape and axis only, never of the hardware. Written for
 * reading, one obvious loop each; kernels must give the same bits. Sums and products have these orders; a maximum has
 * the same bits in any.
 *
 * <p>A matrix of one column is a row of numbers: its batch sum is a contiguous sum.
 *
 * <p>Accumulators start at the {@link Reduction#identity}, for sums -0.0f, so an absent element changes nothing.
 * Blocks are joined in index order in double and rounded once: an error far below that of one float
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

    /**
     * Floats in memory for the accumulators of a batch sum, in whole vectors of any machine: the last one may touch columns that are not there. Those of the rows that take
     * turns lie one behind the other, as the rows do.
     */
    public static int gathered(int cols) {
        return Math.ceilDiv(ways(cols) * cols, HALF) * HALF;
    }

    static double contiguous(Reduction reduction, int from, int count, double[]... x) {
        double total = reduction.identity();
        for (int block = 0; block < count; block += BLOCK) {
            float[] lane = identities(reduction, LANES);
            for (int i = block; i < Math.min(block + BLOCK, count); i++) {
                lane[i % LANES] = step(reduction, lane[i % LANES], from + i, x);
            }
            total = reduction.join(total, fold(reduction, lane));
        }
        return (float) total;
    }

    static double batch(Reduction reduction, int column, int rows, int cols, double[]... x) {
        int ways = ways(cols);
        double total = reduction.identity();
        for (int block = 0; block < rows; block += ROW_BLOCK) {
            float[] way = identities(reduction, 4);
            for (int r = block; r < Math.min(block + ROW_BLOCK, rows); r++) {
                way[r % ways] = step(reduction, way[r % ways], r * cols + column, x);
            }
            total = reduction.join(total, join(reduction, join(reduction, way[0], way[1]), join(reduction, way[2], way[3])));
        }
        return (float) total;
    }

    /** The fixed tree over lanes: the four accumulators, then halves of sixteen, eight, four and two. */
    private static float fold(Reduction reduction, float[] lane) {
        float[] t = new float[HALF];
        for (int j = 0; j < HALF; j++) {
            float low = join(reduction, lane[j], lane[HALF + j]);
            float high = join(reduction, lane[2 * HALF + j], lane[3 * HALF + j]);
            t[j] = join(reduction, low, high);
        }
        for (int half = HALF / 2; half > 0; half /= 2) {
            for (int j = 0; j < half; j++) {
                t[j] = join(reduction, t[j], t[j + half]);
            }
        }
        return t[0];
    }

    private static float step(Reduction reduction, float acc, int i, double[]... x) {
        List<Float> operands = x.length == 1 ? List.of((float) x[0][i]) : List.of((float) x[0][i], (float) x[1][i]);
        return reduction.step(FloatAlgebra.INSTANCE, acc, operands);
    }

    private static float join(Reduction reduction, float a, float b) {
        return reduction.ofParts().step(FloatAlgebra.INSTANCE, a, List.of(b));
    }

    private static float[] identities(Reduction reduction, int count) {
        float[] identities = new float[count];
        Arrays.fill(identities, reduction.identity());
        return identities;
    }
}
