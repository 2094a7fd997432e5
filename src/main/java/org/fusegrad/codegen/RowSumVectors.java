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
 * otherwise through a buffer. Either way a group of rows is folded before the next one is read, so that the folding of one goes on while the
 * rows of the next arrive from memory.
 */
final class RowSumVectors extends VectorLowering {
    /** Operations and loads, over all vectors of as many rows as a vector has lanes, that may stand in a loop's body. */
    static final int MOST_TOGETHER = 64;

    /** Rows that go through the buffer together: a loop over fewer, at 8 lanes, takes longer to begin and end than to run. */
    private static final int BUFFERED_ROWS = 16;
    /**
     * Rows of at most 64 columns an iteration of the loop that goes through the buffer. In a loop over groups C2 makes three loops of the rows of each, whose 24 load
     * instructions go through memory in steps that change: 1024 rows of 64 columns came out of the second level at 120 bytes a ns, and at 134 by one loop of 16 load
     * instructions (Zen 5), where the step takes 3 370 ns instead of 3 510.
     */
    private static final int ROWS_AN_ITERATION = 4;
    /** Operations and loads of so many rows at most; rows of more go a group at a time. */
    private static final int MOST_AN_ITERATION = 32;
    /** Reductions whose folds may stand in the loop that reads the rows: each is up to 900 bytes of the 8 000 that HotSpot compiles. */
    private static final int MOST_FOLDS = 2;

    private final List<String> slotNames;
    private final List<Code.Method> helpers = new ArrayList<>();
    private final int cols;
    /** Whether these are the rows that are left when groups of them were folded. */
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

    /** As a part of a method that has a loop over rows, each of which calls {@link #buffered}; the first of them is row {@code origin}. */
    RowSumVectors(Loop loop, MethodBody method, Value origin, int lanes) {
        super(loop, method, origin, origin, lanes);
        this.slotNames = List.of(); // no methods of its own
        this.cols = loop.cols();
        this.rest = false;
    }

    /** The same for a few rows, under another name. */
    static RowSumVectors rest(Loop loop, List<String> slotNames, int lanes) {
        return new RowSumVectors(loop, slotNames, lanes, true);
    }

    @Override
    String name() {
        return rest ? super.name() + "_rest" : super.name();
    }

    private boolean isShort() {
        boolean one = loop.sinks().size() == 1 && loop.sinks().getFirst() instanceof Sink.RowReduction;
        return one && rowsFit(lanes, MOST_TOGETHER);
    }

    /** Whether a loop's body may have so many rows, with so many operations and loads at most. */
    private boolean rowsFit(int rows, int most) {
        int perRow = Math.ceilDiv(cols, lanes) * (1 + Loop.cost(loop.body()));
        return cols <= Sums.LANES && rows * perRow <= most;
    }

    @Override
    List<Code.Method> helpers() {
        return helpers;
    }

    @Override
    void body() {
        boolean inRegisters = isShort();
        int group = inRegisters ? lanes : BUFFERED_ROWS;
        long folds = loop.sinks().stream().filter(Sink.RowReduction.class::isInstance).count();
        if (!rest && folds > 0 && folds <= MOST_FOLDS && cols <= Sums.BLOCK && loop.most() >= group) {
            groups(group, inRegisters);
        } else {
            throughPartials();
        }
    }

    // --- groups of rows ------------------------------------------------------------------------------

    /*
     * for (; group < end; group += rows) { ... }
     * rest(base, from + group, to);       // as any rows
     */
    private void groups(int rows, boolean inRegisters) {
        Map<Node, Value[]> columns = columns();
        Value whole = ragged() ? openRows(1, Math.ceilDiv(cols, lanes) * lanes) : count();
        Var group = let("group", new Code.Int(0));
        Var end = let("end", Code.and(whole, -rows));
        comment("vector loop");
        if (inRegisters) {
            forLoop(group, end, rows, () -> inRegisters(group, columns, (Sink.RowReduction) loop.sinks().getFirst()));
        } else if (rowsFit(ROWS_AN_ITERATION, MOST_AN_ITERATION)) {
            forLoop(group, end, ROWS_AN_ITERATION, () -> buffered(group, ROWS_AN_ITERATION, columns, () -> { }));
        } else {
            forLoop(group, end, rows, () -> rowByRow(group, columns));
        }
        RowSumVectors others = rest(loop, slotNames, lanes);
        helpers.add(others.lower());
        helpers.addAll(others.helpers());
        comment("rest");
        ifLess(group, count(), () ->
                emit(new Code.CallSelf(others.name(), Parameters.BASE, Code.add(Parameters.FROM, group), Parameters.TO)));
    }

    /* sums[group..] = RowTree.fold(f(x[group]), f(x[group + 1]), ...); */
    private void inRegisters(Var group, Map<Node, Value[]> columns, Sink.RowReduction sink) {
        RowReader first = new RowReader(group, columns, true);
        Value sums = new RowTree(this, sink.reduction()).fold(j -> shortRow(j == 0 ? first : new RowReader(first, j), sink));
        emit(new Code.Put(array(sink.target().slot()), at(sink.target(), group), sums, null));
    }

    /**
     * So many rows from {@code r} on, through the buffer. Of four:
     * {@code partials[r & 12] = f(x[r]); ... partials[(r & 12) + 3] = f(x[r + 3]); if ((r & 12) > 11) { sums[r & -16..] = RowTree.fold(partials[0..]); }}
     *
     * @param beside emits what else is done: before they are folded, since it may read where their sums will stand
     */
    final void buffered(Var r, int rows, Map<Node, Value[]> columns, Runnable beside) {
        int last = BUFFERED_ROWS - rows;
        Var buffered = let("buffered", Code.and(r, last));
        RowReader first = new RowReader(r, columns, ragged());
        for (int k = 0; k < rows; k++) {
            row(k == 0 ? first : new RowReader(first, k), Code.add(buffered, new Code.Int(k)), 1);
        }
        beside.run();
        ifLess(new Code.Int(last - 1), buffered, () -> fold(Code.and(r, -BUFFERED_ROWS)));
    }

    /*
     * for (r = group; r < group + 16; r++) partials[r - group] = f(x[r]);
     * sums[group..] = RowTree.fold(partials[0..]); ...
     */
    private void rowByRow(Var group, Map<Node, Value[]> columns) {
        Var r = let("r", group);
        forLoop(r, let("stop", Code.add(group, new Code.Int(BUFFERED_ROWS))), 1, () -> row(new RowReader(r, columns, ragged()), Code.sub(r, group), 1));
        fold(group);
    }

    /** The rows in the buffer to their sums. */
    private void fold(Value group) {
        for (Sink sink : loop.sinks()) {
            if (sink instanceof Sink.RowReduction reduction) {
                for (int k = 0; k < BUFFERED_ROWS; k += lanes) {
                    Value sums = foldPartials(reduction, Code.add(offset(reduction.partials().slot()), new Code.Int(k * lanes)));
                    Value to = Code.add(at(reduction.target(), group), new Code.Int(k));
                    emit(new Code.Put(array(reduction.target().slot()), to, sums, null));
                }
            }
        }
    }

    /** Whether the last vector of a row is not full, and a row not so long that this hardly matters. */
    private boolean ragged() {
        return cols < Sums.LANES && cols % lanes > 0;
    }

    /** The column operands that all rows share, where they fit into registers. */
    Map<Node, Value[]> columns() {
        return cols <= Sums.LANES ? hoistColumns(new Code.Int(0), cols) : Map.of();
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
        Map<Node, Value[]> columns = reducing ? columns() : Map.of();
        Var r = let("r", new Code.Int(0));
        if (reducing && ragged()) {
            Value open = let("open", openRows(1, Math.ceilDiv(cols, lanes) * lanes));
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

    /** All columns of a row, which leave vector {@code r} of the partials. */
    private void row(RowReader row, Value r, int blocks) {
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
        if (accumulatorsTurn(accumulators.size())) {
            forLoop(c, end, lanes, () -> {
                vector(row, c, 0, null, accumulators);
                accumulators.values().forEach(this::turn);
            });
        } else {
            forLoop(c, end, Sums.LANES, () -> {
                for (int k = 0; k < vectors; k++) {
                    vector(row, Code.add(c, new Code.Int(k * lanes)), k, null, accumulators);
                }
            });
        }
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
