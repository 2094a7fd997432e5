package org.fusegrad.fusion;

import org.fusegrad.ir.Node;

/** What a loop leaves behind: the reason it exists. */
public sealed interface Sink {

    /** The value that is computed at each element. */
    Node value();

    /** Writes every element. */
    record Store(Node value, Place place) implements Sink {}

    /**
     * Adds every element into the lanes of a contiguous sum. A flat loop keeps the lanes in registers and
     * leaves the block's sum in {@code target}; a tiled one keeps them in {@code lanes}.
     */
    record LaneSum(Node value, Place lanes, Place target) implements Sink {}

    /** The contiguous sum of each row, through one partial vector per row. */
    record RowSum(Node value, Place partials, Place target) implements Sink {}

    /** Adds every row into the accumulators of a batch sum. */
    record ColumnSum(Node value, Place accumulators) implements Sink {}
}
