package org.fusegrad.fusion;

import org.fusegrad.ir.Reduction;
import org.fusegrad.ir.Sums;

/**
 * How the running part of a reduction over the batch is ended at each block of its definition.
 *
 * @param kind which definition
 * @param reduction what joins blocks
 * @param source lanes or accumulators
 * @param target where the finished value goes
 * @param cols columns of a reduction over the batch; elements per row of a contiguous one
 * @param total index of the first double that collects blocks
 */
public record Fold(Kind kind, Reduction reduction, Place source, Place target, int cols, int total) {

    /** The floats in memory that gather the reduction. */
    public int gathered() {
        return switch (kind) {
            case LANES -> Sums.LANES;
            case COLUMNS -> Sums.gathered(cols);
        };
    }

    /** Which definition of a reduction. */
    public enum Kind {
        /** 64 lanes in memory. */
        LANES,
        /** Accumulators per column. */
        COLUMNS
    }
}
