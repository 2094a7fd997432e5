package org.fusegrad.codegen;

/** The loops of one schedule, compiled. Implementations are generated, stateless and shared by threads. */
public interface Kernel {
    /**
     * Runs one loop over a range; nothing is checked.
     *
     * @param loop its number in the schedule: its loops in order, then its overlaps, which do several whole tiles
     * @param a the arrays, by slot
     * @param o their offsets
     * @param base the first element (or row) of the current tile
     * @param from the first element (or row) to do
     * @param to the end of the range
     */
    void launch(int loop, float[][] a, int[] o, int base, int from, int to);

    /**
     * Runs all loops over a batch of at most {@link KernelCompiler#stepRows} rows, and ends its sums.
     *
     * @param a the arrays, by slot
     * @param o their offsets
     */
    void step(float[][] a, int[] o, int rows);
}
