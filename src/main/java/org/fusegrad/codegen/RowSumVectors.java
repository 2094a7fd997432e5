package org.fusegrad.codegen;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.fusegrad.codegen.Code.Value;
import org.fusegrad.codegen.Code.Var;
import org.fusegrad.fusion.Loop;
import org.fusegrad.fusion.Place;
import org.fusegrad.fusion.Sink;
import org.fusegrad.ir.Node;
import org.fusegrad.ir.Sums;

/**
 * Vector loops row by row: reductions of each row over its columns, and elementwise results.
 *
 * <p>A row leaves one vector; those of many rows are folded together (see {@link RowTree}). Where rows are short and little is computed, four are begun to fold in registers.
 */
final class RowSumVectors extends VectorLowering {
    /** Operations, over all vectors of a row, that may stand four times in a loop's body. */
    private static final int SHORT_ROW_OPS = 12;

    private final List<String> slotNames;
    private final List<Code.Method> helpers = new ArrayList<>();
    private final int cols;

    RowSumVectors(Loop loop, List<String> slotNames, int lanes) {
        super(loop, slotNames, lanes);
        this.slotNames = slotNames;
        this.cols = loop.cols();
    }

    /** Whether rows are so short, and so little is computed, that four are handled at once. */
    private boolean isShort() {
        int perRow = Math.ceilDiv(cols, lanes) * (1 + Loop.cost(loop.body()));
        boolean one = loop.sinks().size() == 1 && loop.sinks().getFirst() instanceof Sink.RowReduction;
        return one && cols <= Sums.LANES && perRow <= SHORT_ROW_OPS;
    }

    @Override
    List<Code.Method> helpers() {
        return helpers;
    }

    @Override
    void body() {
        if (isShort()) {
            byFours((Sink.RowReduction) loop.sinks().getFirst());
        } else {
            throughPartials();
        }
    }

    // --- short rows ----------------------------------------------------------------------------------

    /*
     * for (; r < end; r += 4) { partials[r / 4] = RowTree.begin(f(x[r..])); }  // vector loop
     * for (; r < to; r++) { partial = f(x[r]); sums[r] = Folds.partial(...); } // tail
     * for (; ...; r += lanes) { sums[r..] = RowTree.finish(partials); }        // reduce, see RowFoldLowering
     *
     * Four rows: sixteen would stay in registers to the end, but in so long a loop C2 keeps the bounds check
     * of every load, and C1 gives up.
     */
    private void byFours(Sink.RowReduction sink) {
        Map<Node, Value[]> columns = hoistColumns(new Code.Int(0), cols);
        RowTree tree = new RowTree(this, sink.reduction());
        Var r = let("r", new Code.Int(0));
        Var p = let("p", offset(sink.partials().slot()));
        Var partials = array(sink.partials().slot());
        comment("vector loop");
        if (cols % lanes > 0) {
            Value open = openRows(Math.ceilDiv(cols, lanes) * lanes);
            fours(r, let("open", Code.and(open, -4)), true, p, tree, columns, sink);
        }
        fours(r, let("end", wholeVectors(4)), false, p, tree, columns, sink);
        RowFoldLowering fold = new RowFoldLowering(loop, slotNames, lanes, sink, 1, 0, true);
        helpers.add(fold.lower());
        emit(new Code.CallSelf(fold.name()));
        comment("tail");
        forLoop(r, count(), 1, () -> {
            Value at = offset(sink.partials().slot());
            emit(new Code.Put(partials, at, shortRow(new RowReader(r, columns, false), sink), null));
            Value folded = new Code.CallFloat(folds(sink.reduction()), "partial", List.of(partials, at, new Code.Int(lanes)));
            emit(new Code.Put(array(sink.target().slot()), at(sink.target(), r), folded, null));
        });
    }

    private void fours(
            Var r, Value end, boolean open, Var p, RowTree tree, Map<Node, Value[]> columns, Sink.RowReduction sink) {
        forLoop(r, end, 4, () -> fourRows(new RowReader(r, columns, open), tree, p, sink));
    }

    // --- any rows ------------------------------------------------------------------------------------

    /*
     * for (; r < to; r++) {
     *     for (; c < end; c += 64) acc0..3 += f(x[r, c..]);       // vector loop
     *     ...                                                     // tail, known when generated
     *     partials[r] = LaneTree.oneVector(acc0..3);
     * }
     * fold(partials)                                              // reduce, see RowFoldLowering
     */
    private void throughPartials() {
        boolean reducing = hasSink(Sink.RowReduction.class);
        int blocks = reducing ? Math.ceilDiv(cols, Sums.BLOCK) : 1;
        Map<Node, Value[]> columns = reducing && cols <= Sums.LANES ? hoistColumns(new Code.Int(0), cols) : Map.of();
        Var r = let("r", new Code.Int(0));
        if (reducing && cols < Sums.LANES && cols % lanes > 0) {
            Value open = let("open", openRows(Math.ceilDiv(cols, lanes) * lanes));
            forLoop(r, open, 1, () -> row(new RowReader(r, columns, true), r, blocks));
        }
        forLoop(r, count(), 1, () -> row(new RowReader(r, columns, false), r, blocks));
        comment("reduce");
        for (Sink sink : loop.sinks()) {
            if (sink instanceof Sink.RowReduction row) {
                Code.Method fold = new RowFoldLowering(loop, slotNames, lanes, row, blocks, helpers.size(), false).lower();
                helpers.add(fold);
                emit(new Code.CallSelf(fold.name()));
            }
        }
    }

    /** All columns of row {@code r}. */
    private void row(RowReader row, Var r, int blocks) {
        Map<Sink.RowReduction, Var> partial = new LinkedHashMap<>();
        for (Sink sink : loop.sinks()) {
            if (sink instanceof Sink.RowReduction reduction) {
                Place tiled = new Place(reduction.partials().slot(), 0, true);
                partial.put(reduction, let("p", rowStart(tiled, r, blocks * lanes)));
            }
        }
        int whole = blocks > 1 ? cols / Sums.BLOCK * Sums.BLOCK : 0;
        if (whole > 0) {
            Var block = let("block", new Code.Int(0));
            forLoop(block, new Code.Int(whole), Sums.BLOCK, () -> {
                storePartials(partial, longBlock(row, block, Code.add(block, new Code.Int(Sums.BLOCK)), 0));
                partial.forEach((sink, p) -> assign(p, Code.add(p, new Code.Int(lanes))));
            });
        }
        int rest = cols - whole;
        if (!hasSink(Sink.RowReduction.class)) {
            stores(row);
        } else if (rest > Sums.LANES) {
            int tail = rest % Sums.LANES;
            storePartials(partial, longBlock(row, new Code.Int(whole), new Code.Int(cols - tail), tail));
        } else if (rest > 0) {
            storePartials(partial, shortBlock(row, new Code.Int(whole), rest));
        }
    }

    /** Without sums nothing needs four accumulators, and what is computed may be long: a vector at a time. */
    private void stores(RowReader row) {
        int whole = cols / lanes * lanes;
        if (whole > 0) {
            Var c = let("c", new Code.Int(0));
            comment("vector loop");
            forLoop(c, new Code.Int(whole), lanes, () -> vector(row, c, 0, null, Map.of()));
        }
        if (whole < cols) {
            comment("tail");
            vector(row, new Code.Int(whole), 0, columnMask(cols - whole, 0), Map.of());
        }
    }

    private void storePartials(Map<Sink.RowReduction, Var> partial, Map<? extends Sink, ? extends Value[]> reduced) {
        partial.forEach((sink, p) -> {
            Value left = new LaneTree(this, sink.reduction()).oneVector(reduced.get(sink));
            emit(new Code.Put(array(sink.partials().slot()), p, left, null));
        });
    }

    /** Whole sets of lanes in a loop, then a tail of fewer than 64 columns. */
    private Map<Sink.Reducing, Var[]> longBlock(RowReader row, Value from, Value end, int tail) {
        Map<Sink.Reducing, Var[]> accumulators = accumulators();
        Var c = let("c", from);
        comment("vector loop");
        forLoop(c, end, Sums.LANES, () -> {
            for (int k = 0; k < vectors; k++) {
                vector(row, Code.add(c, new Code.Int(k * lanes)), k, null, accumulators);
            }
        });
        for (int k = 0; k * lanes < tail; k++) {
            vector(row, Code.add(end, new Code.Int(k * lanes)), k, columnMask(tail, k), accumulators);
        }
        return accumulators;
    }

    private void vector(RowReader row, Value c, int k, Value mask, Map<Sink.Reducing, Var[]> accumulators) {
        Values values = row.values(c, k, mask);
        for (Sink sink : loop.sinks()) {
            switch (sink) {
                case Sink.Store(Node v, Place place) -> {
                    Value value = values.of(v);
                    emit(new Code.Put(array(place.slot()), Code.add(row.start(place), c), value, mask));
                }
                case Sink.Reducing reducing -> accumulate(reducing, accumulators.get(reducing)[k], values, mask);
            }
        }
    }
}
