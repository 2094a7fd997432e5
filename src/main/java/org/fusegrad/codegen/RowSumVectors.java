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
 * <p>A row leaves one vector, and as many rows as it has lanes are folded together (see {@link RowTree}): in registers where rows are short and little is computed,
 * otherwise through a buffer.
 */
final class RowSumVectors extends VectorLowering {
    /** Operations and loads, over all vectors of as many rows as a vector has lanes, that may stand in a loop's body. */
    private static final int MOST_TOGETHER = 64;

    private final List<String> slotNames;
    private final List<Code.Method> helpers = new ArrayList<>();
    private final int cols;
    /** Whether this is what is left when rows were folded in registers. */
    private final boolean rest;

    RowSumVectors(Loop loop, List<String> slotNames, int lanes) {
        this(loop, slotNames, lanes, false);
    }

    private RowSumVectors(Loop loop, List<String> slotNames, int lanes, boolean rest) {
        super(loop, slotNames, lanes);
        this.slotNames = slotNames;
        this.cols = loop.cols();
        this.rest = rest;
    }

    @Override
    String name() {
        return rest ? super.name() + "_rest" : super.name();
    }

    private boolean isShort() {
        int perRow = Math.ceilDiv(cols, lanes) * (1 + Loop.cost(loop.body()));
        boolean one = loop.sinks().size() == 1 && loop.sinks().getFirst() instanceof Sink.RowReduction;
        return one && cols <= Sums.LANES && lanes * perRow <= MOST_TOGETHER;
    }

    @Override
    List<Code.Method> helpers() {
        return helpers;
    }

    @Override
    void body() {
        if (isShort() && !rest) {
            inRegisters((Sink.RowReduction) loop.sinks().getFirst());
        } else {
            throughPartials();
        }
    }

    // --- short rows ----------------------------------------------------------------------------------

    /*
     * for (; r < end; r += lanes) { sums[r..] = RowTree.fold(f(x[r]), f(x[r + 1]), ...); } // vector loop
     * rest(base, from + r, to);                                                            // as any rows
     */
    private void inRegisters(Sink.RowReduction sink) {
        Map<Node, Value[]> columns = hoistColumns(new Code.Int(0), cols);
        RowTree tree = new RowTree(this, sink.reduction());
        Value whole = cols % lanes > 0 ? openRows(Math.ceilDiv(cols, lanes) * lanes) : count();
        Var r = let("r", new Code.Int(0));
        comment("vector loop");
        forLoop(r, let("end", Code.and(whole, -lanes)), lanes, () -> {
            RowReader first = new RowReader(r, columns, true);
            Value sums = tree.fold(j -> shortRow(j == 0 ? first : new RowReader(first, j), sink));
            emit(new Code.Put(array(sink.target().slot()), at(sink.target(), r), sums, null));
        });
        RowSumVectors others = new RowSumVectors(loop, slotNames, lanes, true);
        helpers.add(others.lower());
        helpers.addAll(others.helpers());
        comment("rest");
        ifLess(r, count(), () ->
                emit(new Code.CallSelf(others.name(), Parameters.BASE, Code.add(Parameters.FROM, r), Parameters.TO)));
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
                Code.Method fold = new RowFoldLowering(loop, slotNames, lanes, row, blocks, helpers.size()).lower();
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
                partial.put(reduction, let("p", Code.add(offset(reduction.partials().slot()), Code.mul(r, blocks * lanes))));
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
