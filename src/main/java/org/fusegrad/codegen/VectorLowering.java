package org.fusegrad.codegen;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.fusegrad.codegen.Code.Type;
import org.fusegrad.codegen.Code.Value;
import org.fusegrad.codegen.Code.Var;
import org.fusegrad.fusion.Loop;
import org.fusegrad.fusion.Place;
import org.fusegrad.fusion.Sink;
import org.fusegrad.ir.Node;
import org.fusegrad.ir.Op;
import org.fusegrad.ir.Sums;
import org.fusegrad.simd.RowFold;

/**
 * The vector kernel: for any number of hardware lanes the same logical lanes, sixty-four to a contiguous
 * sum, as many accumulators as that takes.
 */
final class VectorLowering extends Lowering {
    private static final int PARTIAL = 16;
    /** Vectors per iteration of a loop without sums. */
    private static final int UNROLL = 4;
    /** Accumulators that a strip of columns keeps in registers. */
    private static final int STRIP_ACCUMULATORS = 8;
    /** Column operands that stay in registers over all rows. */
    private static final int HOISTED_COLUMNS = 12;

    private final int lanes;
    private final int vectors;
    private final Map<Node, Value> hoisted = new HashMap<>();
    private Var negativeZero;

    VectorLowering(Loop loop, List<String> slotNames, int lanes) {
        super(loop, slotNames);
        this.lanes = lanes;
        this.vectors = Sums.LANES / lanes;
    }

    /** Floats between the accumulators of neighbouring ways. */
    static int stride(int cols) {
        return Math.ceilDiv(cols, Sums.LANES) * Sums.LANES;
    }

    @Override
    Value constant(Node node) {
        return hoisted.computeIfAbsent(node, n -> {
            Var variable = fresh("c", Type.VECTOR);
            hoist(new Code.Set(variable, new Code.Broadcast(new Code.FloatLiteral(n.constant()))));
            return variable;
        });
    }

    private Value broadcastScalar(Node node, Place place) {
        Value known = hoisted.get(node);
        if (known == null) {
            Value value = new Code.Broadcast(scalar(place)); // declares its array first
            Var variable = fresh(node.op() == Op.INPUT ? array(place.slot()).name : node.op().text(), Type.VECTOR);
            hoist(new Code.Set(variable, value));
            hoisted.put(node, variable);
            return variable;
        }
        return known;
    }

    private Var negativeZero() {
        if (negativeZero == null) {
            negativeZero = fresh("negativeZero", Type.VECTOR);
            hoist(new Code.Set(negativeZero, new Code.Broadcast(new Code.FloatLiteral(-0.0f))));
        }
        return negativeZero;
    }

    @Override
    void scalars() {
        throw new AssertionError("single numbers need no vectors");
    }

    private static Value plus(Value a, Value b) {
        return new Code.Apply(Op.ADD, List.of(a, b));
    }

    private boolean hasSink(Class<? extends Sink> type) {
        return loop.sinks().stream().anyMatch(type::isInstance);
    }

    // --- neighbouring elements, sums in registers ----------------------------------------------------

    /*
     * acc0..3 = -0.0f;
     * for (; i < end; i += 64) { v0 = f(x[i..]); acc0 = acc0.add(v0); ... }   // vector loop
     * if (i < to) { m = inRange; acc0 = acc0.add(f(x[i..], m), m); } ...       // tail
     * target = tree(acc0..3)                                                   // reduce
     */
    @Override
    void flat() {
        Var i = let("i", Parameters.FROM);
        if (!hasSink(Sink.LaneSum.class)) {
            map(i);
            return;
        }
        Map<Sink, Var[]> accumulators = accumulators();
        Var end = let("end", wholeVectors(Sums.LANES));
        comment("vector loop");
        forLoop(i, end, Sums.LANES, () -> {
            for (int k = 0; k < vectors; k++) {
                flatVector(Code.add(i, new Code.Int(k * lanes)), null, k, accumulators);
            }
        });
        comment("tail");
        for (int k = 0; k < vectors; k++) {
            int vector = k;
            Value at = Code.add(i, new Code.Int(k * lanes));
            ifLess(at, Parameters.TO, () -> {
                Var mask = let("mask", new Code.InRange(at, Parameters.TO));
                flatVector(at, mask, vector, accumulators);
            });
        }
        comment("reduce");
        accumulators.forEach((sink, acc) -> putScalar(((Sink.LaneSum) sink).target(), reduce(acc)));
    }

    private void map(Var i) {
        Var end = let("end", wholeVectors(UNROLL * lanes));
        comment("vector loop");
        forLoop(i, end, UNROLL * lanes, () -> {
            for (int k = 0; k < UNROLL; k++) {
                flatVector(Code.add(i, new Code.Int(k * lanes)), null, k, Map.of());
            }
        });
        comment("tail");
        forLoop(i, Parameters.TO, lanes, () -> {
            Var mask = let("mask", new Code.InRange(i, Parameters.TO));
            flatVector(i, mask, 0, Map.of());
        });
    }

    /** {@code from} plus the largest multiple of {@code step} that the range holds. */
    private static Value wholeVectors(int step) {
        return Code.add(Parameters.FROM, Code.and(Code.sub(Parameters.TO, Parameters.FROM), -step));
    }

    private Map<Sink, Var[]> accumulators() {
        Map<Sink, Var[]> all = new LinkedHashMap<>();
        for (Sink sink : loop.sinks()) {
            if (sink instanceof Sink.LaneSum || sink instanceof Sink.RowSum) {
                Var[] acc = new Var[vectors];
                for (int k = 0; k < vectors; k++) {
                    acc[k] = let("acc", negativeZero());
                }
                all.put(sink, acc);
            }
        }
        return all;
    }

    private void flatVector(Value at, Value mask, int k, Map<Sink, Var[]> accumulators) {
        Values values = elementValues(at, mask);
        for (Sink sink : loop.sinks()) {
            Value value = values.of(sink.value());
            if (sink instanceof Sink.Store(Node v, Place place)) {
                emit(new Code.Put(array(place.slot()), at(place, at), value, mask));
            } else {
                add(accumulators.get(sink)[k], value, mask);
            }
        }
    }

    private Values elementValues(Value at, Value mask) {
        return new Values(hoisted, (node, place) -> node.extent().isScalar()
                ? broadcastScalar(node, place)
                : let(array(place.slot()).name, new Code.Load(array(place.slot()), at(place, at), mask)));
    }

    private void add(Var accumulator, Value value, Value mask) {
        assign(accumulator, mask == null ? plus(accumulator, value) : new Code.MaskedAdd(accumulator, value, mask));
    }

    // --- neighbouring elements, sums in memory --------------------------------------------------------

    /* for (; i < end; i += lanes) { v = f(x[i..]); lanes[i & 63 ..] += v; } and a masked tail */
    @Override
    void tile() {
        Var i = let("i", Parameters.FROM);
        Var end = let("end", wholeVectors(lanes));
        comment("vector loop");
        forLoop(i, end, lanes, () -> tileVector(i, null));
        comment("tail");
        ifLess(i, Parameters.TO, () -> tileVector(i, let("mask", new Code.InRange(i, Parameters.TO))));
    }

    private void tileVector(Var i, Value mask) {
        Values values = elementValues(i, mask);
        for (Sink sink : loop.sinks()) {
            Value value = values.of(sink.value());
            switch (sink) {
                case Sink.Store(Node v, Place place) ->
                    emit(new Code.Put(array(place.slot()), at(place, i), value, mask));
                case Sink.LaneSum(Node v, Place lanesPlace, Place t) -> {
                    Var array = array(lanesPlace.slot());
                    Value lane = Code.add(offset(lanesPlace.slot()), Code.and(i, Sums.LANES - 1));
                    Var at = let("k", lane);
                    Var acc = let("acc", new Code.Load(array, at, null));
                    add(acc, value, mask);
                    emit(new Code.Put(array, at, acc, null));
                }
                case Sink.RowSum s -> throw new AssertionError(s);
                case Sink.ColumnSum s -> throw new AssertionError(s);
            }
        }
    }

    // --- row by row ------------------------------------------------------------------------------------

    /*
     * for (; r < to; r++) {
     *     for (; c < end; c += 64) acc0..3 += f(x[r, c..]);       // vector loop
     *     ...                                                     // tail, known when generated
     *     partials[r] = (acc0 + acc1) + (acc2 + acc3);
     * }
     * RowFold.fold(partials, sums)                                // reduce
     */
    @Override
    void rowSums() {
        int cols = loop.cols();
        boolean summing = hasSink(Sink.RowSum.class);
        int blocks = summing ? Math.ceilDiv(cols, Sums.BLOCK) : 1;
        Map<Node, Value[]> columns = cols <= Sums.LANES ? hoistColumns(new Code.Int(0), cols) : Map.of();
        Var r = let("r", Parameters.FROM);
        forLoop(r, Parameters.TO, 1, () -> {
            RowReader row = new RowReader(r, columns);
            Map<Sink, Var> partial = new HashMap<>();
            for (Sink sink : loop.sinks()) {
                if (sink instanceof Sink.RowSum(Node v, Place partials, Place t)) {
                    partial.put(sink, let("p", rowStart(tiled(partials), r, blocks * PARTIAL)));
                }
            }
            int whole = blocks > 1 ? cols / Sums.BLOCK * Sums.BLOCK : 0;
            if (whole > 0) {
                Var block = let("block", new Code.Int(0));
                forLoop(block, new Code.Int(whole), Sums.BLOCK, () -> {
                    Value end = Code.add(block, new Code.Int(Sums.BLOCK));
                    rowBlock(row, block, end, 0, partial);
                    partial.forEach((sink, p) -> assign(p, Code.add(p, new Code.Int(PARTIAL))));
                });
            }
            if (whole < cols) {
                int rest = cols - whole <= Sums.LANES ? cols - whole : (cols - whole) % Sums.LANES;
                rowBlock(row, new Code.Int(whole), new Code.Int(cols - rest), rest, partial);
            }
        });
        comment("reduce");
        for (Sink sink : loop.sinks()) {
            if (sink instanceof Sink.RowSum(Node v, Place partials, Place target)) {
                foldRows(partials, target, blocks);
            }
        }
    }

    private static Place tiled(Place partials) {
        return new Place(partials.slot(), 0, true);
    }

    private void foldRows(Place partials, Place target, int blocks) {
        Value rows = Code.sub(Parameters.TO, Parameters.FROM);
        Var p = array(partials.slot());
        Var pAt = offset(partials.slot());
        Value out = at(target, Parameters.FROM);
        String fold = "fold" + lanes;
        if (blocks == 1) {
            emit(new Code.Call(RowFold.class, fold, List.of(p, pAt, array(target.slot()), out, rows)));
        } else {
            Value parts = Code.mul(rows, blocks);
            emit(new Code.Call(RowFold.class, fold, List.of(p, pAt, p, pAt, parts)));
            emit(new Code.Call(
                    org.fusegrad.simd.Folds.class, "joinBlocks",
                    List.of(p, pAt, new Code.Int(blocks), array(target.slot()), out, rows)));
        }
    }

    /** One block of one row: whole sets of lanes in a loop, the rest (at most 64 columns) one by one. */
    private void rowBlock(RowReader row, Value from, Value end, int rest, Map<Sink, Var> partial) {
        boolean looping = !(from instanceof Code.Int(int f) && end instanceof Code.Int(int e) && f == e);
        int restVectors = Math.ceilDiv(rest, lanes);
        Map<Sink, Value[]> sums = new LinkedHashMap<>();
        if (looping) {
            Map<Sink, Var[]> accumulators = accumulators();
            Var c = let("c", from);
            comment("vector loop");
            forLoop(c, end, Sums.LANES, () -> {
                for (int k = 0; k < vectors; k++) {
                    Value at = Code.add(c, new Code.Int(k * lanes));
                    rowVector(row, at, k, null, accumulators, false);
                }
            });
            for (int k = 0; k < restVectors; k++) {
                rowVector(row, Code.add(end, new Code.Int(k * lanes)), k, restMask(rest, k), accumulators, false);
            }
            accumulators.forEach(sums::put);
        } else {
            // Few columns: each vector is its own accumulator, and nothing is added to -0.0f.
            Map<Sink, Var[]> accumulators = new LinkedHashMap<>();
            loop.sinks().forEach(sink -> accumulators.put(sink, new Var[restVectors]));
            for (int k = 0; k < restVectors; k++) {
                rowVector(row, Code.add(from, new Code.Int(k * lanes)), k, restMask(rest, k), accumulators, true);
            }
            accumulators.forEach(sums::put);
        }
        partial.forEach((sink, p) -> {
            Place partials = ((Sink.RowSum) sink).partials();
            Value[] sixteen = sixteen(sums.get(sink));
            for (int j = 0; j < sixteen.length; j++) {
                Value at = Code.add(p, new Code.Int(j * lanes));
                emit(new Code.Put(array(partials.slot()), at, sixteen[j], null));
            }
        });
    }

    /** The mask of the last vector of a row, or null where it is full. */
    private Value restMask(int rest, int k) {
        int live = rest - k * lanes;
        return live >= lanes ? null : columnMask(live);
    }

    private final Map<Integer, Var> columnMasks = new HashMap<>();

    private Var columnMask(int live) {
        return columnMasks.computeIfAbsent(live, n -> {
            Var mask = fresh("columns", Type.MASK);
            hoist(new Code.Set(mask, new Code.InRange(new Code.Int(0), new Code.Int(n))));
            return mask;
        });
    }

    private void rowVector(
            RowReader row, Value c, int k, Value mask, Map<Sink, Var[]> accumulators, boolean first) {
        Values values = row.values(c, k, mask);
        for (Sink sink : loop.sinks()) {
            Value value = values.of(sink.value());
            if (sink instanceof Sink.Store(Node v, Place place)) {
                Value at = Code.add(row.start(place), c);
                emit(new Code.Put(array(place.slot()), at, value, mask));
            } else if (first) {
                Value live = mask == null ? value : new Code.Select(value, negativeZero(), mask);
                accumulators.get(sink)[k] = let("part", live);
            } else {
                add(accumulators.get(sink)[k], value, mask);
            }
        }
    }

    /** What one row's loops read: its row values once, its columns where they stand. */
    private final class RowReader {
        private final Value r;
        private final Map<Node, Value[]> columns;
        private final Map<Node, Value> rowValues = new HashMap<>();
        private final Map<Place, Var> starts = new HashMap<>();

        /** Reads, at once, all that is the same for the whole row. */
        RowReader(Value r, Map<Node, Value[]> columns) {
            this.r = r;
            this.columns = columns;
            loop.loads().forEach((node, place) -> {
                if (node.extent().isRow()) {
                    Value value = new Code.Get(array(place.slot()), at(place, r));
                    rowValues.put(node, let(array(place.slot()).name + "Row", new Code.Broadcast(value)));
                } else if (node.extent().isFull()) {
                    start(place);
                }
            });
            for (Sink sink : loop.sinks()) {
                if (sink instanceof Sink.Store(Node v, Place place)) {
                    start(place);
                }
            }
        }

        Var start(Place place) {
            return starts.computeIfAbsent(
                    place, p -> let(array(p.slot()).name + "Start", rowStart(p, r, loop.cols())));
        }

        Values values(Value c, int k, Value mask) {
            Map<Node, Value> known = new HashMap<>(hoisted);
            known.putAll(rowValues);
            return new Values(known, (node, place) -> {
                if (node.extent().isScalar()) {
                    return broadcastScalar(node, place);
                }
                if (columns.containsKey(node)) {
                    return columns.get(node)[k];
                }
                Value at = node.extent().isCol() ? at(place, c) : Code.add(start(place), c);
                return let(array(place.slot()).name, new Code.Load(array(place.slot()), at, mask));
            });
        }
    }

    /** Loads column operands ahead of the rows, when they are few enough to stay in registers. */
    private Map<Node, Value[]> hoistColumns(Value c, int cols) {
        int perNode = Math.ceilDiv(cols, lanes);
        Map<Node, Value[]> columns = new LinkedHashMap<>();
        int budget = HOISTED_COLUMNS;
        for (Map.Entry<Node, Place> load : loop.loads().entrySet()) {
            Place place = load.getValue();
            if (load.getKey().extent().isCol() && perNode <= budget) {
                budget -= perNode;
                Value[] parts = new Value[perNode];
                for (int k = 0; k < perNode; k++) {
                    Value at = Code.add(at(place, c), new Code.Int(k * lanes));
                    Value load1 = new Code.Load(array(place.slot()), at, restMask(cols, k));
                    parts[k] = let(array(place.slot()).name, load1);
                }
                columns.put(load.getKey(), parts);
            }
        }
        return columns;
    }

    // --- columns by strips -------------------------------------------------------------------------------

    /*
     * for (; c < end; c += strip) {
     *     acc.. = accumulators[c..];
     *     for (; r < to; r += 4) acc.. += f(x[r, c..]), rows in order or in turns
     *     accumulators[c..] = acc..;
     * }
     */
    @Override
    void columnSums() {
        int cols = loop.cols();
        int ways = Sums.ways(cols);
        int strip = Math.clamp(STRIP_ACCUMULATORS / (ways * loop.sinks().size()), 1, 4);
        int width = strip * lanes;
        int whole = cols / width;
        if (whole > 1) {
            Var c = let("c", new Code.Int(0));
            forLoop(c, new Code.Int(whole * width), width, () -> strip(c, width, ways));
        } else if (whole == 1) {
            strip(new Code.Int(0), width, ways);
        }
        if (whole * width < cols) {
            strip(new Code.Int(whole * width), cols - whole * width, ways);
        }
    }

    private void strip(Value c, int width, int ways) {
        int parts = Math.ceilDiv(width, lanes);
        int stride = stride(loop.cols());
        Map<Node, Value[]> columns = hoistColumns(c, width);
        Map<Sink, Var[][]> accumulators = new LinkedHashMap<>();
        for (Sink sink : loop.sinks()) {
            Place place = ((Sink.ColumnSum) sink).accumulators();
            Var[][] acc = new Var[ways][parts];
            for (int w = 0; w < ways; w++) {
                for (int k = 0; k < parts; k++) {
                    Value at = Code.add(at(place, c), new Code.Int(w * stride + k * lanes));
                    acc[w][k] = let("acc", new Code.Load(array(place.slot()), at, null));
                }
            }
            accumulators.put(sink, acc);
        }
        Var r = let("r", Parameters.FROM);
        Var end = let("end", wholeVectors(4));
        forLoop(r, end, 4, () -> {
            for (int j = 0; j < 4; j++) {
                stripRow(Code.add(r, new Code.Int(j)), c, width, columns, accumulators, j % ways);
            }
        });
        if (ways == 1) {
            forLoop(r, Parameters.TO, 1, () -> stripRow(r, c, width, columns, accumulators, 0));
        } else {
            for (int j = 0; j < 3; j++) {
                int way = j;
                Value row = Code.add(r, new Code.Int(j));
                ifLess(row, Parameters.TO, () -> stripRow(row, c, width, columns, accumulators, way));
            }
        }
        accumulators.forEach((sink, acc) -> {
            Place place = ((Sink.ColumnSum) sink).accumulators();
            for (int w = 0; w < ways; w++) {
                for (int k = 0; k < parts; k++) {
                    Value at = Code.add(at(place, c), new Code.Int(w * stride + k * lanes));
                    emit(new Code.Put(array(place.slot()), at, acc[w][k], null));
                }
            }
        });
    }

    private void stripRow(
            Value r, Value c, int width, Map<Node, Value[]> columns, Map<Sink, Var[][]> accumulators, int way) {
        RowReader row = new RowReader(r, columns);
        for (int k = 0; k < Math.ceilDiv(width, lanes); k++) {
            Value at = Code.add(c, new Code.Int(k * lanes));
            // Lanes beyond the last column gather nothing that is read, so no mask is needed on the sum.
            Values values = row.values(at, k, restMask(width, k));
            for (Sink sink : loop.sinks()) {
                assign(accumulators.get(sink)[way][k], plus(accumulators.get(sink)[way][k], values.of(sink.value())));
            }
        }
    }

    // --- trees --------------------------------------------------------------------------------------------

    /** Four accumulators of sixteen to one; an absent one holds nothing. */
    private Value[] sixteen(Value[] acc) {
        int perSixteen = PARTIAL / lanes;
        Value[] sums = new Value[perSixteen];
        for (int j = 0; j < perSixteen; j++) {
            List<Value> four = new ArrayList<>();
            for (int q = 0; q < 4; q++) {
                int k = q * perSixteen + j;
                four.add(k < acc.length ? acc[k] : null);
            }
            Value sum = join(join(four.get(0), four.get(1)), join(four.get(2), four.get(3)));
            sums[j] = sum == null ? negativeZero() : sum;
        }
        return sums;
    }

    private Value join(Value a, Value b) {
        if (a == null || b == null) {
            return a == null ? b : a;
        }
        return let("t", plus(a, b));
    }

    /** The fixed tree over all lanes, to one float. */
    private Value reduce(Value[] acc) {
        Value[] parts = sixteen(acc);
        for (int size = parts.length; size > 1; size /= 2) {
            for (int j = 0; j < size / 2; j++) {
                parts[j] = let("t", plus(parts[j], parts[j + size / 2]));
            }
        }
        Value sum = parts[0];
        for (int half = lanes / 2; half > 0; half /= 2) {
            sum = let("t", plus(sum, let("exchanged", new Code.Exchange(sum, half))));
        }
        return new Code.FirstLane(sum);
    }
}
