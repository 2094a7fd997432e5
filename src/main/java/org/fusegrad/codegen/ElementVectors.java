package org.fusegrad.codegen;

import java.util.ArrayList;
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
 * Vector loops over neighbouring elements: one flat loop with its sums in registers, or one of several
 * over a tile, with its sums in memory.
 */
final class ElementVectors extends VectorLowering {
    /** Vectors per iteration of a loop without sums. */
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

    // --- neighbouring elements, sums in registers ----------------------------------------------------

    /*
     * if (count <= lanes) { targets = tree(f(x[0..], inRange)); return; }     // one vector is the whole block
     * acc0..3 = -0.0f;
     * for (; i < end; i += 64) { v0 = f(x[i..]); acc0 = acc0.add(v0); ... }   // vector loop
     * if (i < count) { m = inRange; acc0 = acc0.add(f(x[i..], m), m); } ...   // tail
     * targets = tree(acc0..3)                                                 // reduce
     */
    private void flat() {
        Var i = let("i", new Code.Int(0));
        if (!hasSink(Sink.LaneSum.class)) {
            map(i);
            return;
        }
        ifLess(count(), new Code.Int(lanes + 1), () -> oneVector(i), () -> block(i));
    }

    /** All other lanes are absent, so only the last steps of the tree have anything to add. */
    private void oneVector(Var i) {
        Var mask = let("mask", new Code.InRange(i, count()));
        Values values = elementValues(i, mask);
        List<Sink.LaneSum> sums = new ArrayList<>();
        List<Value> parts = new ArrayList<>();
        for (Sink sink : loop.sinks()) {
            Value value = values.of(sink.value());
            if (sink instanceof Sink.LaneSum sum) {
                sums.add(sum);
                parts.add(let("part", new Code.Select(value, negativeZero(), mask)));
            } else {
                emit(new Code.Put(array(((Sink.Store) sink).place().slot()), at(((Sink.Store) sink).place(), i), value, mask));
            }
        }
        putSums(sums, fold(parts));
    }

    private void putSums(List<Sink.LaneSum> sums, List<Value> results) {
        for (int k = 0; k < sums.size(); k++) {
            putScalar(sums.get(k).target(), results.get(k));
        }
    }

    private void block(Var i) {
        Map<Sink, Var[]> accumulators = accumulators();
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
        putSums(accumulators.keySet().stream().map(Sink.LaneSum.class::cast).toList(),
                reduce(List.copyOf(accumulators.values())));
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
        return new Values(hoisted(), (node, place) -> node.extent().isScalar()
                ? broadcastScalar(node, place)
                : let(array(place.slot()).name, new Code.Load(array(place.slot()), at(place, at), mask)));
    }

    // --- neighbouring elements, sums in memory --------------------------------------------------------

    private void tile() {
        Var i = let("i", new Code.Int(0));
        if (hasSink(Sink.LaneSum.class) && !loop.walksMemory()) {
            sets(i);
        } else {
            singleVectors(i);
        }
    }

    /* for (; i < end; i += lanes) { v = f(x[i..]); lanes[(from + i) & 63 ..] += v; } and a masked tail */
    private void singleVectors(Var i) {
        Var end = let("end", wholeVectors(lanes));
        comment("vector loop");
        forLoop(i, end, lanes, () -> tileVector(i, laneOf(i), null));
        comment("tail");
        ifLess(i, count(), () -> tileVector(i, laneOf(i), let("mask", new Code.InRange(i, count()))));
    }

    private static Value laneOf(Value i) {
        return Code.and(Code.add(Parameters.FROM, i), Sums.LANES - 1);
    }

    /*
     * A launch begins at a whole tile, so the first lane is known, or the same for all of it:
     * for (; i < end; i += 64) { lanes[0..] += f(x[i..]); lanes[16..] += f(x[i + 16..]); ... }
     * and a masked tail, vector by vector
     */
    private void sets(Var i) {
        int set = Math.min(loop.most(), Sums.LANES);
        Value first = set == Sums.LANES ? new Code.Int(0) : let("lane", laneOf(new Code.Int(0)));
        Var end = let("end", wholeVectors(set));
        comment("vector loop");
        forLoop(i, end, set, () -> {
            for (int k = 0; k < set; k += lanes) {
                tileVector(Code.add(i, new Code.Int(k)), Code.add(first, new Code.Int(k)), null);
            }
        });
        comment("tail");
        ifLess(i, count(), () -> {
            for (int k = 0; k < set; k += lanes) {
                Value at = Code.add(i, new Code.Int(k));
                Value lane = Code.add(first, new Code.Int(k));
                ifLess(at, count(), () -> tileVector(at, lane, let("mask", new Code.InRange(at, count()))));
            }
        });
    }

    private void tileVector(Value i, Value lane, Value mask) {
        Values values = elementValues(i, mask);
        for (Sink sink : loop.sinks()) {
            Value value = values.of(sink.value());
            switch (sink) {
                case Sink.Store(Node v, Place place) ->
                    emit(new Code.Put(array(place.slot()), at(place, i), value, mask));
                case Sink.LaneSum(Node v, Place lanesPlace, Place t) -> {
                    Var array = array(lanesPlace.slot());
                    Var at = let("k", Code.add(offset(lanesPlace.slot()), lane));
                    Var acc = let("acc", new Code.Load(array, at, null));
                    add(acc, value, mask);
                    emit(new Code.Put(array, at, acc, null));
                }
                case Sink.RowSum s -> throw new AssertionError(s);
                case Sink.ColumnSum s -> throw new AssertionError(s);
            }
        }
    }
}
