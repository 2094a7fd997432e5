package org.fusegrad.fusion;

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
