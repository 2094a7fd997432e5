package org.fusegrad.fusion;

import java.util.List;
import org.fusegrad.ir.Sums;

/**
 * The last loop over a tile and the first one over the next tile as one loop, a row of each at a time (software pipelining): the next rows arrive from a cache
 * beyond the first while the core adds up these, which are in the first, and there is a loop less to begin and to end.
 *
 * <p>1024 rows of 64 columns take 2 800 ns so instead of 3 200 (Zen 5), and 2 700 in C. More than a row of each at a time take longer: 2 850 by two, 2 950 by four, 5 000 by eight.
 *
 * @param between the other loops over a tile, which come before
 * @param columns the sums of a tile's columns
 * @param rows the sums of the next tile's rows
 */
public record Overlap(List<Loop> between, Loop columns, Loop rows) {
    /** Fewer columns are summed by several rows at a time. */
    private static final int LEAST_COLS = 33;
    /** Operations and loads for a vector of each at most, of which all accumulators and column operands stay in registers. */
    private static final int MOST_OPS = 6;

    /** Of a pass by rows, or null where the two loops cannot be one, or had better not. */
    static Overlap of(Pass pass) {
        boolean oneSize = pass.tile() == pass.mostTile(); // of all whole tiles, which the loop has as a constant
        List<Loop> loops = pass.loops();
        if (pass.kind() != Pass.Kind.ROWS || loops.size() < 2 || loops.stream().anyMatch(Loop::walksMemory) || !oneSize) {
            return null;
        }
        Overlap overlap = new Overlap(loops.subList(1, loops.size() - 1), loops.getLast(), loops.getFirst());
        return overlap.isOfSums() && overlap.isShort() ? overlap : null;
    }

    private boolean isOfSums() {
        return rows.shape() == Loop.Shape.ROW_SUMS && rows.sinks().size() == 1 && rows.sinks().getFirst() instanceof Sink.RowReduction
                && columns.shape() == Loop.Shape.COLUMN_SUMS && columns.sinks().size() == 1;
    }

    private boolean isShort() {
        int cols = rows.cols();
        return cols == columns.cols() && cols >= LEAST_COLS && cols <= Sums.LANES
                && 2 + Loop.cost(rows.body()) + Loop.cost(columns.body()) <= MOST_OPS;
    }

    public String name() {
        return columns.name() + "_with_" + rows.name();
    }

    /** The name of what walks from tile to tile. */
    public String tiles() {
        return name() + "_tiles";
    }

    /** The rows that a batch must have from a tile's first on: both tiles, and one that a last vector may reach into. */
    public int rows(int tile) {
        return 2 * tile + (rows.cols() % RowPasses.PARTIAL == 0 ? 0 : 1);
    }
}
