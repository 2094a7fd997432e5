package org.fusegrad.codegen;

import java.util.ArrayList;
import java.util.HashMap;
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
import org.fusegrad.simd.Folds;

/**
 * Vector loops row by row: sums of each row over its columns, and elementwise results.
 *
 * <p>A row leaves a partial vector of sixteen lanes; the partials of many rows are folded together (see
 * {@link RowTree}). Where rows are short and little is computed, four are begun to fold in registers.
 */
final class RowSumVectors extends VectorLowering {
    /** Operations, over all vectors of a row, that may stand four times in a loop's body. */
    private static final int SHORT_ROW_OPS = 12;
    /** Accumulators that hide the latency of an addition; a row of sixteen-lane vectors has only four. */
    private static final int ENOUGH_ACCUMULATORS = 8;

    private final List<String> slotNames;
    private final List<Code.Method> helpers = new ArrayList<>();
    private final int cols;

    RowSumVectors(Loop loop, List<String> slotNames, int lanes) {
        super(loop, slotNames, lanes);
        this.slotNames = slotNames;
        this.cols = loop.cols();
    }

    /** Whether rows are so short, and so little is computed, that four are handled at once. */
    static boolean isShort(Loop loop, int lanes) {
        int perRow = Math.ceilDiv(loop.cols(), lanes) * (1 + loop.body().size());
        boolean oneSum = loop.sinks().size() == 1 && loop.sinks().getFirst() instanceof Sink.RowSum;
        return oneSum && loop.cols() <= Sums.LANES && perRow <= SHORT_ROW_OPS;
    }

    @Override
    List<Code.Method> helpers() {
        return helpers;
    }

    @Override
    void body() {
        if (isShort(loop, lanes)) {
            byFours((Sink.RowSum) loop.sinks().getFirst());
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
    private void byFours(Sink.RowSum sum) {
        Map<Node, Value[]> columns = hoistColumns(loop, new Code.Int(0), cols);
        RowTree tree = new RowTree(this, lanes);
        Var r = let("r", Parameters.FROM);
        Var p = let("p", offset(sum.partials().slot()));
        Var partials = array(sum.partials().slot());
        comment("vector loop");
        if (cols % lanes > 0) {
            Value open = openRows(Math.ceilDiv(cols, lanes) * lanes);
            fours(r, let("open", whole(4, open)), true, p, tree, columns, sum);
        }
        fours(r, let("end", wholeVectors(4)), false, p, tree, columns, sum);
        RowFoldLowering fold = new RowFoldLowering(loop, slotNames, lanes, sum, 1, 0, true);
        helpers.add(fold.lower());
        emit(new Code.CallSelf(fold.name(), Parameters.BASE, Parameters.FROM, Parameters.TO));
        comment("tail");
        forLoop(r, Parameters.TO, 1, () -> {
            Value at = offset(sum.partials().slot());
            store(partials, at, shortRow(new RowReader(loop, r, columns, false), sum));
            Value folded = new Code.CallFloat(Folds.class, "partial", List.of(partials, at, new Code.Int(PARTIAL)));
            emit(new Code.Put(array(sum.target().slot()), at(sum.target(), r), folded, null));
        });
    }

    private void fours(
            Var r, Value end, boolean open, Var p, RowTree tree, Map<Node, Value[]> columns, Sink.RowSum sum) {
        forLoop(r, end, 4, () -> fourRows(new RowReader(loop, r, columns, open), tree, p, sum));
    }

    // --- any rows ------------------------------------------------------------------------------------

    /*
     * for (; r < to; r++) {
     *     for (; c < end; c += 64) acc0..3 += f(x[r, c..]);       // vector loop
     *     ...                                                     // tail, known when generated
     *     partials[r] = (acc0 + acc1) + (acc2 + acc3);
     * }
     * fold(partials)                                              // reduce, see RowFoldLowering
     */
    private void throughPartials() {
        boolean summing = hasSink(Sink.RowSum.class);
        int blocks = summing ? Math.ceilDiv(cols, Sums.BLOCK) : 1;
        long sums = loop.sinks().stream().filter(Sink.RowSum.class::isInstance).count();
        boolean pairs = cols > Sums.LANES && blocks == 1 && sums * vectors * 2 <= ENOUGH_ACCUMULATORS && sums > 0;
        Map<Node, Value[]> columns = cols <= Sums.LANES ? hoistColumns(loop, new Code.Int(0), cols) : Map.of();
        Var r = let("r", Parameters.FROM);
        if (pairs) {
            comment("two rows at a time share what is read by columns");
            forLoop(r, let("end", wholeVectors(2)), 2, () -> {
                RowReader first = new RowReader(loop, r, columns, false);
                rows(List.of(first, new RowReader(first, 1)), r, blocks);
            });
        }
        if (cols < Sums.LANES && cols % lanes > 0) {
            Value open = let("open", openRows(Math.ceilDiv(cols, lanes) * lanes));
            forLoop(r, open, 1, () -> rows(List.of(new RowReader(loop, r, columns, true)), r, blocks));
        }
        forLoop(r, Parameters.TO, 1, () -> rows(List.of(new RowReader(loop, r, columns, false)), r, blocks));
        comment("reduce");
        for (Sink sink : loop.sinks()) {
            if (sink instanceof Sink.RowSum sum) {
                Code.Method fold = new RowFoldLowering(loop, slotNames, lanes, sum, blocks, helpers.size(), false).lower();
                helpers.add(fold);
                emit(new Code.CallSelf(fold.name(), Parameters.BASE, Parameters.FROM, Parameters.TO));
            }
        }
    }

    /** All columns of one or two neighbouring rows, the first of them row {@code r}. */
    private void rows(List<RowReader> rows, Var r, int blocks) {
        Map<Sink, Var> partial = new HashMap<>();
        for (Sink sink : loop.sinks()) {
            if (sink instanceof Sink.RowSum(Node v, Place partials, Place t)) {
                Place tiled = new Place(partials.slot(), 0, true);
                partial.put(sink, let("p", rowStart(tiled, r, blocks * PARTIAL)));
            }
        }
        int whole = blocks > 1 ? cols / Sums.BLOCK * Sums.BLOCK : 0;
        if (whole > 0) {
            Var block = let("block", new Code.Int(0));
            forLoop(block, new Code.Int(whole), Sums.BLOCK, () -> {
                storePartials(partial, longBlock(rows, block, Code.add(block, new Code.Int(Sums.BLOCK)), 0));
                partial.forEach((sink, p) -> assign(p, Code.add(p, new Code.Int(PARTIAL))));
            });
        }
        int rest = cols - whole;
        if (rest > Sums.LANES) {
            int tail = rest % Sums.LANES;
            storePartials(partial, longBlock(rows, new Code.Int(whole), new Code.Int(cols - tail), tail));
        } else if (rest > 0) {
            List<Map<Sink, Value[]>> sums = new ArrayList<>();
            rows.forEach(row -> sums.add(shortBlock(row, new Code.Int(whole), rest)));
            storePartials(partial, sums);
        }
    }

    private void storePartials(Map<Sink, Var> partial, List<Map<Sink, Value[]>> sums) {
        partial.forEach((sink, p) -> {
            Var array = array(((Sink.RowSum) sink).partials().slot());
            for (int j = 0; j < sums.size(); j++) {
                store(array, Code.add(p, new Code.Int(j * PARTIAL)), sixteen(sums.get(j).get(sink)));
            }
        });
    }

    private void store(Var array, Value at, Value[] sixteen) {
        for (int j = 0; j < sixteen.length; j++) {
            emit(new Code.Put(array, Code.add(at, new Code.Int(j * lanes)), sixteen[j], null));
        }
    }

    /** Whole sets of lanes in a loop, then a tail of fewer than 64 columns. */
    private List<Map<Sink, Value[]>> longBlock(List<RowReader> rows, Value from, Value end, int tail) {
        List<Map<Sink, Var[]>> accumulators = new ArrayList<>();
        rows.forEach(row -> accumulators.add(accumulators()));
        Var c = let("c", from);
        comment("vector loop");
        forLoop(c, end, Sums.LANES, () -> {
            for (int k = 0; k < vectors; k++) {
                vector(rows, Code.add(c, new Code.Int(k * lanes)), k, null, accumulators);
            }
        });
        for (int k = 0; k * lanes < tail; k++) {
            vector(rows, Code.add(end, new Code.Int(k * lanes)), k, columnMask(tail, k), accumulators);
        }
        List<Map<Sink, Value[]>> sums = new ArrayList<>();
        accumulators.forEach(acc -> sums.add(new HashMap<>(acc)));
        return sums;
    }

    private void vector(List<RowReader> rows, Value c, int k, Value mask, List<Map<Sink, Var[]>> accumulators) {
        Map<Node, Value> shared = new HashMap<>();
        for (int j = 0; j < rows.size(); j++) {
            Values values = rows.get(j).values(c, k, mask, shared);
            for (Sink sink : loop.sinks()) {
                Value value = values.of(sink.value());
                if (sink instanceof Sink.Store(Node v, Place place)) {
                    emit(new Code.Put(array(place.slot()), Code.add(rows.get(j).start(place), c), value, mask));
                } else {
                    add(accumulators.get(j).get(sink)[k], value, mask);
                }
            }
        }
    }
}
