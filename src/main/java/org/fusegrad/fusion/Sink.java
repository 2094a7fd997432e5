package org.fusegrad.fusion;

import java.util.List;
import org.fusegrad.ir.Node;
import org.fusegrad.ir.Reduction;

/** What a loop leaves behind: the reason it exists. */
public sealed interface Sink {

    /** The values that are computed at each element. */
    List<Node> values();

    /** Writes every element. */
    record Store(Node value, Place place) implements Sink {
        @Override
        public List<Node> values() {
            return List.of(value);
        }
    }

    /** Takes every element into accumulators. */
    sealed interface Reducing extends Sink {

        /** The reduction; its operands are what is computed at each element. */
        Node node();

        @Override
        default List<Node> values() {
            return node().inputs();
        }

        default Reduction reduction() {
            return node().op().reduction();
        }
    }

    /**
     * Takes every element into the lanes of a contiguous reduction. A flat loop keeps the lanes in registers and
     * leaves the block's result in {@code target}; a tiled one keeps them in {@code lanes}.
     */
    record LaneReduction(Node node, Place lanes, Place target) implements Reducing {}

    /** The contiguous reduction of each row, through one partial vector per row. */
    record RowReduction(Node node, Place partials, Place target) implements Reducing {}

    /** Takes every row into the accumulators of a reduction over the batch. */
    record ColumnReduction(Node node, Place accumulators) implements Reducing {}
}
