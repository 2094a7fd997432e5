package org.fusegrad.codegen;

import java.util.List;
import java.util.Map;
import org.fusegrad.codegen.Code.Value;
import org.fusegrad.codegen.Code.Var;
import org.fusegrad.fusion.Loop;
import org.fusegrad.fusion.Place;
import org.fusegrad.fusion.Sink;
import org.fusegrad.ir.Node;
import org.fusegrad.ir.Rare;
import org.fusegrad.ir.Sums;
import org.fusegrad.simd.Folds;

/**
 * The scalar twin: one element at a time, lanes and accumulators in memory. It gives the bits of the
 * vector kernel without the Vector API, and while that is cold.
 */
class ScalarLowering extends Lowering {
    ScalarLowering(Loop loop, List<String> slotNames) {
        super(loop, slotNames);
    }

    @Override
    Value constant(float value) {
        return new Code.FloatLiteral(value);
    }

    @Override
    Value constant(int value) {
        return new Code.Int(value);
    }

    @Override
    void eachByItself(Var y, Value mask, Rare function, Value x) {
        assign(y, call(function, x));
    }

    @Override
    void body() {
        switch (loop.shape()) {
            case SCALAR -> scalars();
            case FLAT -> flat();
            case TILE -> elements();
            case ROW_SUMS -> rowSums();
            case COLUMN_SUMS -> columnSums();
        }
    }

    private void scalars() {
        Values values = new Values(Map.of(), (node, place) -> let(node.op().text(), scalar(place)));
        for (Sink sink : loop.sinks()) {
            putScalar(((Sink.Store) sink).place(), values.of(sink.values()).getFirst());
        }
    }

    private void flat() {
        if (!loop.reduces()) {
            forBlocks(Parameters.TO, loop.most(), this::elements);
            return;
        }
        ifLess(new Code.Int(Sums.BLOCK), Code.sub(Parameters.TO, Parameters.FROM), this::blockByBlock, this::block);
    }

    /*
     * Folds.clear(lanes, 0, min(to - from, 64), -0.0f);
     * for (; i < to; i++) { v = ...; out[i] = v; lanes[i & 63] += v; }
     * target = Folds.lanes(lanes, 0, to - from);
     */
    private void block() {
        for (Sink sink : loop.sinks()) {
            if (sink instanceof Sink.LaneReduction reduction) {
                clear(reduction, reduction.lanes(), new Code.Min(count(), new Code.Int(Sums.LANES)));
            }
        }
        elements();
        for (Sink sink : loop.sinks()) {
            if (sink instanceof Sink.LaneReduction reduction) {
                putScalar(reduction.target(), fold(reduction, reduction.lanes(), count()));
            }
        }
    }

    private void elements() {
        Var i = let("i", new Code.Int(0));
        forLoop(i, count(), 1, () -> {
            Values values = new Values(Map.of(), (node, place) -> node.extent().isScalar()
                    ? let(node.op().text(), scalar(place))
                    : let(node.op().text(), new Code.Get(array(place.slot()), at(place, i))));
            for (Sink sink : loop.sinks()) {
                switch (sink) {
                    case Sink.Store(Node v, Place place) -> {
                        Value value = values.of(v);
                        emit(new Code.Put(array(place.slot()), at(place, i), value, null));
                    }
                    case Sink.LaneReduction reduction -> {
                        Value lane = Code.and(Code.add(Parameters.FROM, i), Sums.LANES - 1);
                        accumulate(reduction, reduction.lanes(), lane, values);
                    }
                    case Sink.RowReduction r -> throw new AssertionError(r);
                    case Sink.ColumnReduction r -> throw new AssertionError(r);
                }
            }
        });
    }

    /*
     * for (; r < to; r++) {
     *     for each block of 4096 columns { clear lanes; for (; c < end; c++) lanes[c & 63] += v; fold; }
     * }
     */
    private void rowSums() {
        int cols = loop.cols();
        boolean reducing = loop.sinks().stream().anyMatch(sink -> sink instanceof Sink.RowReduction);
        Var r = let("r", new Code.Int(0));
        forLoop(r, count(), 1, () -> {
            int whole = reducing ? cols / Sums.BLOCK * Sums.BLOCK : 0;
            Var b = let("b", new Code.Int(0));
            if (whole > 0) {
                Var block = let("block", new Code.Int(0));
                forLoop(block, new Code.Int(whole), Sums.BLOCK, () -> {
                    rowBlock(r, block, Code.add(block, new Code.Int(Sums.BLOCK)), Sums.BLOCK, b);
                    assign(b, Code.add(b, new Code.Int(1)));
                });
            }
            if (whole < cols) {
                rowBlock(r, new Code.Int(whole), new Code.Int(cols), cols - whole, b);
            }
            int blocks = Math.ceilDiv(cols, Sums.BLOCK);
            for (Sink sink : loop.sinks()) {
                if (sink instanceof Sink.RowReduction row) {
                    Place partials = row.partials();
                    emit(new Code.Call(folds(row.reduction()), "joinBlocks", List.of(
                            array(partials.slot()), joinedBlocks(partials), new Code.Int(blocks),
                            array(row.target().slot()), at(row.target(), r), new Code.Int(1))));
                }
            }
        });
    }

    /** What one row's blocks came to stands behind its 64 lanes. */
    private Value joinedBlocks(Place partials) {
        return Code.add(offset(partials.slot()), new Code.Int(Sums.LANES));
    }

    private void rowBlock(Var r, Value from, Value to, int count, Var b) {
        for (Sink sink : loop.sinks()) {
            if (sink instanceof Sink.RowReduction row) {
                clear(row, row.partials(), new Code.Int(Math.min(count, Sums.LANES)));
            }
        }
        Var c = let("c", from);
        forLoop(c, to, 1, () -> {
            Values values = rowValues(r, c);
            for (Sink sink : loop.sinks()) {
                switch (sink) {
                    case Sink.Store(Node v, Place place) -> {
                        Value value = values.of(v);
                        emit(new Code.Put(array(place.slot()), Code.add(rowStart(place, r, loop.cols()), c), value, null));
                    }
                    case Sink.RowReduction row -> accumulate(row, row.partials(), Code.and(c, Sums.LANES - 1), values);
                    case Sink.LaneReduction l -> throw new AssertionError(l);
                    case Sink.ColumnReduction l -> throw new AssertionError(l);
                }
            }
        });
        for (Sink sink : loop.sinks()) {
            if (sink instanceof Sink.RowReduction row) {
                Value block = fold(row, row.partials(), new Code.Int(count));
                Value at = Code.add(joinedBlocks(row.partials()), b);
                emit(new Code.Put(array(row.partials().slot()), at, block, null));
            }
        }
    }

    /* for (; r < to; r++) for (; c < cols; c++) acc[(r & 3) * cols + c] += v; */
    private void columnSums() {
        int cols = loop.cols();
        int ways = Sums.ways(cols);
        Var r = let("r", new Code.Int(0));
        forLoop(r, count(), 1, () -> {
            Var way = let("way", Code.mul(Code.and(r, ways - 1), cols));
            Var c = let("c", new Code.Int(0));
            forLoop(c, new Code.Int(cols), 1, () -> {
                Values values = rowValues(r, c);
                for (Sink sink : loop.sinks()) {
                    var reduction = (Sink.ColumnReduction) sink;
                    accumulate(reduction, reduction.accumulators(), Code.add(way, c), values);
                }
            });
        });
    }

    private Values rowValues(Var r, Var c) {
        return new Values(Map.of(), (node, place) -> {
            Value index;
            if (node.extent().isScalar()) {
                return let(node.op().text(), scalar(place));
            } else if (node.extent().isRow()) {
                index = at(place, r);
            } else if (node.extent().isCol()) {
                index = column(place, c);
            } else {
                index = Code.add(rowStart(place, r, loop.cols()), c);
            }
            return let(node.op().text(), new Code.Get(array(place.slot()), index));
        });
    }

    private void clear(Sink.Reducing sink, Place lanes, Value count) {
        Value identity = new Code.FloatLiteral(sink.reduction().identity());
        emit(new Code.Call(Folds.class, "clear", List.of(array(lanes.slot()), offset(lanes.slot()), count, identity)));
    }

    private Value fold(Sink.Reducing sink, Place lanes, Value live) {
        List<Value> arguments = List.of(array(lanes.slot()), offset(lanes.slot()), live);
        return new Code.CallFloat(folds(sink.reduction()), "lanes", arguments);
    }

    private void accumulate(Sink.Reducing sink, Place lanes, Value lane, Values values) {
        values.of(sink.values());
        Var index = let("k", Code.add(offset(lanes.slot()), lane));
        Var old = let("old", new Code.Get(array(lanes.slot()), index));
        emit(new Code.Put(array(lanes.slot()), index, step(sink, old, values), null));
    }
}
