package org.fusegrad.fusion;

import java.util.List;
import org.fusegrad.ir.Extent;

/**
 * One walk over memory.
 *
 * @param kind how it walks
 * @param index the extent it walks over; its elements, for a flat pass and a tiled one without columns
 * @param tile rows (or elements) that all loops see before the next tile is taken, where a cache holds the batch; 0 for a pass of one loop
 * @param mostTile rows (or elements) of the largest tile that the pass has room for
 * @param loops in order
 * @param folds the reductions over tiles that end in this pass; a flat loop ends its own
 */
public record Pass(Kind kind, Extent index, int tile, int mostTile, List<Loop> loops, List<Fold> folds) {

    /** How a pass walks. */
    public enum Kind {
        /** No memory: single numbers. */
        SCALAR,
        /** One loop over all elements. */
        FLAT,
        /** Several loops over a tile of elements at a time. */
        TILED,
        /** Several loops over a tile of rows at a time. */
        ROWS
    }

    /** Its last loop and its first one over the next tile, where they may be one loop; otherwise null. */
    public Overlap overlap() {
        return Overlap.of(this);
    }
}
