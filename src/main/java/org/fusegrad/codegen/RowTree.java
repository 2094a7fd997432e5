package org.fusegrad.codegen;

import java.util.ArrayList;
import java.util.List;
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
    private final VectorLowering code;
    private final LaneTree tree;
    private final int lanes;

    RowTree(VectorLowering code, Reduction reduction) {
        this.code = code;
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

    /** The first steps for four neighbouring rows: one vector, from which {@link #finish} goes on. */
    Value begin(IntFunction<Value> row) {
        Value first = tree.join(row.apply(0), row.apply(1), lanes / 2);
        Value second = tree.join(row.apply(2), row.apply(3), lanes / 2);
        return tree.join(first, second, lanes / 4);
    }

    /**
     * The last steps for the vectors of neighbouring fours of rows. Neighbours were joined first, which puts
     * the low bits of a row's number into the high bits of a lane's: the order is turned round at the end.
     *
     * @param four emits the vector of the k-th four rows
     * @return one vector, row j's in lane j
     */
    Value finish(IntFunction<Value> four) {
        List<Value> parts = new ArrayList<>();
        for (int k = 0; k < lanes / 4; k++) {
            parts.add(four.apply(k));
        }
        for (int half = lanes / 8; half > 0; half /= 2) {
            List<Value> next = new ArrayList<>();
            for (int k = 0; k < parts.size(); k += 2) {
                next.add(tree.join(parts.get(k), parts.get(k + 1), half));
            }
            parts = next;
        }
        return code.let("sums", new Code.BitReversal(parts.getFirst()));
    }
}
