package org.fusegrad.fusion;

import org.fusegrad.ir.Sums;

/**
 * How the running part of a sum over the batch is ended at each block of its definition.
 *
 * @param kind which definition
 * @param source lanes or accumulators
 * @param target where the finished sum goes
 * @param cols columns of a batch sum; elements per row of a contiguous sum
 * @param total index of the first double that collects blocks
 */
public record Fold(Kind kind, Place source, Place target, int cols, int total) {

    /** The floats in memory that gather the sum. */
    public int gathered() {
        return switch (kind) {
            case BLOCKS -> 0;
            case LANES -> Sums.LANES;
            case COLUMNS -> Sums.ways(cols) * Sums.padded(cols);
        };
    }

    /** Which definition of a sum. */
    public enum Kind {
        /** A flat loop leaves each block's sum in the target itself. */
        BLOCKS,
        /** 64 lanes in memory. */
        LANES,
        /** Accumulators per column. */
        COLUMNS
    }
}
