package org.fusegrad.fusion;

/**
 * An array that loops hand values through.
 *
 * @param slot its position among the arrays a kernel is launched with
 * @param use what it holds
 * @param fixed floats it needs whatever the batch
 * @param perRow floats it needs for each row of the batch
 */
public record Buffer(int slot, Use use, int fixed, int perRow) {

    /** What a buffer holds. */
    public enum Use {
        /** Scalars between passes. */
        SCALARS,
        /** A value per column, between passes. */
        COLUMNS,
        /** The number of each column, filled when it is made. */
        COLUMN_INDEX,
        /** A residual: a batched value kept from one pass for a later one. */
        SAVED,
        /** A value of the current tile; stays in the first-level cache. */
        TILE,
        /** The 64 lanes of a contiguous reduction that runs on over tiles. */
        LANES,
        /** One partial vector per row of the tile, before its lanes are folded. */
        PARTIALS,
        /** The accumulators of a reduction over the batch. */
        ACCUMULATORS
    }

    public int size(int rows) {
        return Math.addExact(fixed, Math.multiplyExact(perRow, rows));
    }
}
