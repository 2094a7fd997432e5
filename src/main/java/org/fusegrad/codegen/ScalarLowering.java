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
    Value eachByItself(Rare function, Value x, Value usual, Value mask) {
        return call(function, x);
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
            putScalar(((Sink.Store) sink).place(), values.of(sink.value()));
        }
    }

    /*
     * Folds.clear(lanes, 0, min(to - from, 64));
     * for (; i < to; i++) { v = ...; out[i] = v; lanes[i & 63] += v; }
     * target = Folds.lanes(lanes, 0, to - from);
     */
    private void flat() {
        for (Sink sink : loop.sinks()) {
            if (sink instanceof Sink.LaneSum(Node v, Place lanes, Place t)) {
                Value reached = new Code.Min(count(), new Code.Int(Sums.LANES));
                emit(new Code.Call(Folds.class, "clear", List.of(array(lanes.slot()), offset(lanes.slot()), reached)));
            }
        }
        elements();
        for (Sink sink : loop.sinks()) {
            if (sink instanceof Sink.LaneSum(Node v, Place lanes, Place target)) {
                putScalar(target, fold(lanes, count()));
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
                Value value = values.of(sink.value());
                switch (sink) {
                    case Sink.Store(Node v, Place place) ->
                        emit(new Code.Put(array(place.slot()), at(place, i), value, null));
                    case Sink.LaneSum(Node v, Place lanes, Place target) ->
                        accumulate(lanes, Code.and(Code.add(Parameters.FROM, i), Sums.LANES - 1), value);
                    case Sink.RowSum s -> throw new AssertionError(s);
                    case Sink.ColumnSum s -> throw new AssertionError(s);
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
        boolean summing = loop.sinks().stream().anyMatch(sink -> sink instanceof Sink.RowSum);
        Var r = let("r", new Code.Int(0));
        forLoop(r, count(), 1, () -> {
            int whole = summing ? cols / Sums.BLOCK * Sums.BLOCK : 0;
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
                if (sink instanceof Sink.RowSum(Node v, Place partials, Place target)) {
                    emit(new Code.Call(Folds.class, "joinBlocks", List.of(
                            array(partials.slot()), blockSums(partials), new Code.Int(blocks),
                            array(target.slot()), at(target, r), new Code.Int(1))));
                }
            }
        });
    }

    /** The sums of one row's blocks stand behind its 64 lanes. */
    private Value blockSums(Place partials) {
        return Code.add(offset(partials.slot()), new Code.Int(Sums.LANES));
    }

    private void rowBlock(Var r, Value from, Value to, int count, Var b) {
        for (Sink sink : loop.sinks()) {
            if (sink instanceof Sink.RowSum(Node v, Place partials, Place t)) {
                emit(new Code.Call(Folds.class, "clear", List.of(
                        array(partials.slot()), offset(partials.slot()), new Code.Int(Math.min(count, Sums.LANES)))));
            }
        }
        Var c = let("c", from);
        forLoop(c, to, 1, () -> {
            Values values = rowValues(r, c);
            for (Sink sink : loop.sinks()) {
                Value value = values.of(sink.value());
                switch (sink) {
                    case Sink.Store(Node v, Place place) -> emit(new Code.Put(
                            array(place.slot()), Code.add(rowStart(place, r, loop.cols()), c), value, null));
                    case Sink.RowSum(Node v, Place partials, Place t) ->
                        accumulate(partials, Code.and(c, Sums.LANES - 1), value);
                    case Sink.LaneSum s -> throw new AssertionError(s);
                    case Sink.ColumnSum s -> throw new AssertionError(s);
                }
            }
        });
        for (Sink sink : loop.sinks()) {
            if (sink instanceof Sink.RowSum(Node v, Place partials, Place t)) {
                Value sum = fold(partials, new Code.Int(count));
                emit(new Code.Put(array(partials.slot()), Code.add(blockSums(partials), b), sum, null));
            }
        }
    }

    /* for (; r < to; r++) for (; c < cols; c++) acc[(r & 3) * stride + c] += v; */
    private void columnSums() {
        int cols = loop.cols();
        int ways = Sums.ways(cols);
        Var r = let("r", new Code.Int(0));
        forLoop(r, count(), 1, () -> {
            Var way = let("way", Code.mul(Code.and(r, ways - 1), Sums.padded(cols)));
            Var c = let("c", new Code.Int(0));
            forLoop(c, new Code.Int(cols), 1, () -> {
                Values values = rowValues(r, c);
                for (Sink sink : loop.sinks()) {
                    var sum = (Sink.ColumnSum) sink;
                    accumulate(sum.accumulators(), Code.add(way, c), values.of(sum.value()));
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

    private Value fold(Place lanes, Value live) {
        return new Code.CallFloat(Folds.class, "lanes", List.of(array(lanes.slot()), offset(lanes.slot()), live));
    }

    private void accumulate(Place lanes, Value lane, Value value) {
        Var index = let("k", Code.add(offset(lanes.slot()), lane));
        Var old = let("old", new Code.Get(array(lanes.slot()), index));
        Value sum = new Code.Apply(Primitive.ADD, List.of(old, value));
        emit(new Code.Put(array(lanes.slot()), index, sum, null));
    }
}
