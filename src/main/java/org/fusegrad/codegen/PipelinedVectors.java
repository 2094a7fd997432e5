package org.fusegrad.codegen;

import java.util.List;
import java.util.Map;
import org.fusegrad.codegen.Code.Value;
import org.fusegrad.codegen.Code.Var;
import org.fusegrad.fusion.Loop;
import org.fusegrad.fusion.Pass;
import org.fusegrad.fusion.Place;
import org.fusegrad.fusion.Sink;
import org.fusegrad.ir.Node;

/**
 * The last loop of a pass on one tile and the first loop on the next, four rows of each at a time.
 *
 * <p>The first loop waits for memory, the last one computes on what is in the cache already. One after the
 * other they add up; side by side the processor overlaps them, which nothing else in Java can ask for: there
 * is no prefetch instruction.
 */
final class PipelinedVectors extends ColumnSumVectors {
    /** Rows that must follow the second tile, so that no vector of it reaches past the arrays. */
    static final int ROWS_BEHIND = 16;

    private final Loop next;
    private final Sink.RowSum sum;

    private PipelinedVectors(Loop loop, Loop next, List<String> slotNames, int lanes) {
        super(loop, slotNames, lanes);
        this.next = next;
        this.sum = (Sink.RowSum) next.sinks().getFirst();
    }

    /** The lowering for a pass, or null where its loops do not fit together. */
    static Lowering of(Pass pass, List<String> slotNames, int lanes) {
        if (pass.kind() != Pass.Kind.ROWS || pass.loops().size() < 2 || pass.tile() % lanes > 0) {
            return null;
        }
        Loop first = pass.loops().getFirst();
        Loop last = pass.loops().getLast();
        boolean fit = first.shape() == Loop.Shape.ROW_SUMS
                && RowSumVectors.isShort(first, lanes)
                && first.loads().values().stream().noneMatch(Place::tiled)
                && last.shape() == Loop.Shape.COLUMN_SUMS
                && stripColumns(last, lanes) >= last.cols()
                && !last.loads().containsValue(((Sink.RowSum) first.sinks().getFirst()).target());
        return fit ? new PipelinedVectors(last, first, slotNames, lanes) : null;
    }

    @Override
    String name() {
        return loop.name() + "_and_" + next.name();
    }

    /*
     * for (; r < to; r += 4) {
     *     acc.. += f(x[r..r+3]);                                  // column sums of this tile
     *     partials[..] = RowTree.begin(g(x[r+n..r+n+3]));         // row sums of the next, n rows on
     * }
     */
    @Override
    void body() {
        Value zero = new Code.Int(0);
        Map<Node, Value[]> columns = hoistColumns(loop, zero, loop.cols());
        Map<Node, Value[]> nextColumns = hoistColumns(next, zero, next.cols());
        Map<Sink, Var[][]> accumulators = load(zero, loop.cols());
        RowTree tree = new RowTree(this, lanes);
        Var n = let("n", Code.sub(Parameters.TO, Parameters.FROM));
        Var p = let("p", offset(sum.partials().slot()));
        Var r = let("r", Parameters.FROM);
        comment("vector loop");
        forLoop(r, Parameters.TO, 4, () -> {
            fourRows(new RowReader(loop, r, columns, true), zero, loop.cols(), accumulators);
            fourRows(new RowReader(next, Code.add(r, n), nextColumns, true), tree, p, sum);
        });
        store(zero, accumulators);
        emit(new Code.CallSelf(
                RowFoldLowering.name(next, 0), Parameters.TO, Parameters.TO, Code.add(Parameters.TO, n)));
    }
}
