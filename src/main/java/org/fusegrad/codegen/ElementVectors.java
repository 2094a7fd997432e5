package org.fusegrad.codegen;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.fusegrad.codegen.Code.Value;
import org.fusegrad.codegen.Code.Var;
import org.fusegrad.fusion.Loop;
import org.fusegrad.fusion.Place;
import org.fusegrad.fusion.Sink;
import org.fusegrad.ir.Node;
import org.fusegrad.ir.Reduction;
import org.fusegrad.ir.Sums;

/**
 * Vector loops over neighbouring elements: one flat loop with its reductions in registers, or one of several
 * over a tile, with its reductions in memory.
 */
final class ElementVectors extends VectorLowering {
    /** Vectors per iteration of a loop without reductions. */
    private static final int UNROLL = 4;

    ElementVectors(Loop loop, List<String> slotNames, int lanes) {
        super(loop, slotNames, lanes);
    }

    @Override
    void body() {
        if (loop.shape() == Loop.Shape.FLAT) {
            flat();
        } else {
            tile();
        }
    }

    // --- neighbouring elements, reductions in registers ----------------------------------------------------

    /*
     * if (count <= lanes) { targets = tree(f(x[0..], inRange)); return; }     // one vector is the whole block
     * acc0..3 = -0.0f;
     * for (; i < end; i += 64) { v0 = f(x[i..]); acc0 = acc0.add(v0); ... }   // vector loop
     * if (i < count) { m = inRange; acc0 = acc0.add(f(x[i..], m), m); } ...   // tail
     * targets = tree(acc0..3)                                                 // reduce
     */
    private void flat() {
        Var i = let("i", new Code.Int(0));
        if (!hasSink(Sink.LaneReduction.class)) {
            map(i);
            return;
        }
        ifLess(count(), new Code.Int(lanes + 1), () -> oneVector(i), () -> block(i));
    }

    /** All other lanes are absent, so only the last steps of the tree have anything to join. */
    private void oneVector(Var i) {
        Var mask = let("mask", new Code.InRange(i, count()));
        Values values = elementValues(i, mask);
        Map<Sink.Reducing, Value> parts = new LinkedHashMap<>();
        for (Sink sink : loop.sinks()) {
            switch (sink) {
                case Sink.Store(Node v, Place place) -> {
                    Value value = values.of(v);
                    emit(new Code.Put(array(place.slot()), at(place, i), value, mask));
                }
                case Sink.Reducing reducing -> {
                    Value first = first(reducing, values);
                    parts.put(reducing, let("part", new Code.Select(first, identity(reducing.reduction()), mask)));
                }
            }
        }
        putResults(parts);
    }

    /** One vector of lanes for each reduction to its result: those that are joined alike share a tree. */
    private void putResults(Map<Sink.Reducing, Value> vectorOfEach) {
        for (Reduction parts : Reduction.PARTS) {
            List<Sink.Reducing> alike =
                    vectorOfEach.keySet().stream().filter(sink -> sink.reduction().ofParts() == parts).toList();
            List<Value> results = new LaneTree(this, parts).fold(alike.stream().map(vectorOfEach::get).toList());
            for (int k = 0; k < alike.size(); k++) {
                putScalar(((Sink.LaneReduction) alike.get(k)).target(), results.get(k));
            }
        }
    }

    private void block(Var i) {
        Map<Sink.Reducing, Var[]> accumulators = accumulators();
        Var end = let("end", wholeVectors(Sums.LANES));
        comment("vector loop");
        forLoop(i, end, Sums.LANES, () -> {
            for (int k = 0; k < vectors; k++) {
                flatVector(Code.add(i, new Code.Int(k * lanes)), null, k, accumulators);
            }
        });
        comment("tail");
        ifLess(i, count(), () -> {
            for (int k = 0; k < vectors; k++) {
                int vector = k;
                Value at = Code.add(i, new Code.Int(k * lanes));
                ifLess(at, count(), () -> {
                    Var mask = let("mask", new Code.InRange(at, count()));
                    flatVector(at, mask, vector, accumulators);
                });
            }
        });
        comment("reduce");
        Map<Sink.Reducing, Value> vectorOfEach = new LinkedHashMap<>();
        accumulators.forEach((sink, acc) -> vectorOfEach.put(sink, new LaneTree(this, sink.reduction()).oneVector(acc)));
        putResults(vectorOfEach);
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
        forLoop(i, count(), lanes, () -> {
            Var mask = let("mask", new Code.InRange(i, count()));
            flatVector(i, mask, 0, Map.of());
        });
    }

    private void flatVector(Value at, Value mask, int k, Map<Sink.Reducing, Var[]> accumulators) {
        Values values = elementValues(at, mask);
        for (Sink sink : loop.sinks()) {
            switch (sink) {
                case Sink.Store(Node v, Place place) -> {
                    Value value = values.of(v);
                    emit(new Code.Put(array(place.slot()), at(place, at), value, mask));
                }
                case Sink.Reducing reducing -> accumulate(reducing, accumulators.get(reducing)[k], values, mask);
            }
        }
    }

    private Values elementValues(Value at, Value mask) {
        return new Values(hoisted(), (node, place) -> node.extent().isScalar()
                ? broadcastScalar(node, place)
                : let(array(place.slot()).name, new Code.Load(array(place.slot()), at(place, at), mask)));
    }

    // --- neighbouring elements, reductions in memory --------------------------------------------------------

    /* for (; i < end; i += lanes) { v = f(x[i..]); lanes[i & 63 ..] += v; } and a masked tail */
    private void tile() {
        Var i = let("i", new Code.Int(0));
        Var end = let("end", wholeVectors(lanes));
        comment("vector loop");
        forLoop(i, end, lanes, () -> tileVector(i, null));
        comment("tail");
        ifLess(i, count(), () -> tileVector(i, let("mask", new Code.InRange(i, count()))));
    }

    private void tileVector(Var i, Value mask) {
        Values values = elementValues(i, mask);
        for (Sink sink : loop.sinks()) {
            switch (sink) {
                case Sink.Store(Node v, Place place) -> {
                    Value value = values.of(v);
                    emit(new Code.Put(array(place.slot()), at(place, i), value, mask));
                }
                case Sink.LaneReduction reduction -> {
                    values.of(reduction.values());
                    int slot = reduction.lanes().slot();
                    Var array = array(slot);
                    Value lane = Code.add(offset(slot), Code.and(Code.add(Parameters.FROM, i), Sums.LANES - 1));
                    Var at = let("k", lane);
                    Var acc = let("acc", new Code.Load(array, at, null));
                    accumulate(reduction, acc, values, mask);
                    emit(new Code.Put(array, at, acc, null));
                }
                case Sink.RowReduction r -> throw new AssertionError(r);
                case Sink.ColumnReduction r -> throw new AssertionError(r);
            }
        }
    }
}
