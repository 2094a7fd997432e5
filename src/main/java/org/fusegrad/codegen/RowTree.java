package org.fusegrad.codegen;

import java.util.function.IntFunction;
import org.fusegrad.codegen.Code.Value;
import org.fusegrad.ir.Reduction;

/**
 * Folds the vectors of as many rows as a vector has lanes into one vector of their results, by the steps of a
 * {@link LaneTree}, so that all lanes stay busy and the results come out in row order.
 *
 * <p>Generated in full, because C2 stops inlining a library's own helpers in a method this dense, where it
 * never stops at the Vector API's: called helpers cost 17 ns a row instead of 1.
 */
final class RowTree {
    private final LaneTree tree;
    private final int lanes;

    RowTree(VectorLowering code, Reduction reduction) {
        this.tree = new LaneTree(code, reduction);
        this.lanes = code.lanes;
    }

    /**
     * @param row emits the vector of one row
     * @return one vector, row j's in lane j
     */
    Value fold(IntFunction<Value> row) {
        return fold(row, 0, 1);
    }

    /** The rows {@code first}, {@code first + step}, ...: depth first, so that few vectors live at once. */
    private Value fold(IntFunction<Value> row, int first, int step) {
        if (step == lanes) {
            return row.apply(first);
        }
        return tree.join(fold(row, first, 2 * step), fold(row, first + step, 2 * step), step);
    }
}
