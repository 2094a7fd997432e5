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
import org.fusegrad.ir.Reduction;
import org.fusegrad.ir.Sums;

/**
 * Vector loops over neighbouring elements: one flat loop with its reductions in registers, or one of several
 * over a tile, with its reductions in memory.
 */
final class ElementVectors extends VectorLowering {
    /**
     * Vectors whose loads all come before the first of their stores. A load waits for an earlier store to an address with the same low 12 bits; so a loop that
     * stores one or two vectors ahead of where it loads, page apart from page, takes each vector only after the one before: a chain of 64 operations in eight loops
     * took 1.2 to 1.8 times as long with every tenth place of its arrays. In groups of four there is enough to do meanwhile.
     */
    private static final int GROUP = 4;
    /**
     * Blocks of one call at most. The more, the less stands between their loops for the core to look past: two arrays of 16 384 elements took 53 ns longer a block
     * when each was a launch of its own, a sixth. But a call is not left before its end, if C2's code becomes invalid in it.
     */
    private static final int BLOCKS = 16;
    /**
     * What is computed for a block of one vector without accumulators at most: a method more to compile, which pays where the end of the sums takes longer than
     * the operations. When it stood in the loop's own method, a chain of 16 operations and their gradients took ten times as long.
     */
    private static final int SHORT_OPS = 8;
    /**
     * What is computed at most where vectors go in groups: a long function's code cannot stand in a tile's loop for each of them, and the registers are few that
     * could keep its values.
     */
    private static final int GROUP_OPS = 24;
    /** As many vectors to an iteration take half as many operations. */
    private static final int MANY_VECTORS = 16;

    /**
     * What stands in a method of its own. Access under a mask has a path that checks single lanes and throws. Where HotSpot has seen too little of that path, C2
     * compiles its calls, and what lives across a call it keeps in memory: accumulators, and a function's constants, which it then loads again for every vector.
     */
    private enum Part {
        /** All of it, or what chooses among the others. */
        ALL(""),
        /** What is left of a loop without accumulators. */
        TAIL("_tail"),
        /** A block of at most one vector. */
        SHORT("_short"),
        /** Several blocks. */
        BLOCKS("_blocks"),
        /** Elements without reductions. */
        MAP("_map"),
        /** A block of whole sets. */
        WHOLE("_whole"),
        /** A block that ends within a set. */
        RAGGED("_ragged");

        final String suffix;

        Part(String suffix) {
            this.suffix = suffix;
        }
    }

    private final List<String> slotNames;
    private final Part part;
    private final List<Code.Method> helpers = new ArrayList<>();
    private final List<Code.Put> stores = new ArrayList<>(); // of the group so far

    ElementVectors(Loop loop, List<String> slotNames, int lanes) {
        this(loop, slotNames, lanes, Part.ALL);
    }

    private ElementVectors(Loop loop, List<String> slotNames, int lanes, Part part) {
        super(loop, slotNames, lanes);
        this.slotNames = slotNames;
        this.part = part;
    }

    @Override
    String name() {
        return loop.name() + part.suffix;
    }

    @Override
    List<Code.Method> helpers() {
        return helpers;
    }

    @Override
    void body() {
        switch (part) {
            case TAIL -> maskedVectors();
            case SHORT -> oneVector();
            case WHOLE, RAGGED -> block().forEach((sink, result) -> putScalar(sink.target(), result));
            case BLOCKS -> blocks();
            case MAP -> map();
            case ALL -> {
                if (loop.shape() == Loop.Shape.FLAT) {
                    flat();
                } else {
                    tile();
                }
            }
        }
    }

    /** Calls a method of its own for the elements from {@code first} on. */
    private void call(Part other, Value first) {
        call(other, first, Parameters.TO);
    }

    private void call(Part other, Value first, Value end) {
        ElementVectors lowering = new ElementVectors(loop, slotNames, lanes, other);
        helpers.add(lowering.lower());
        helpers.addAll(lowering.helpers());
        emit(new Code.CallSelf(lowering.name(), Parameters.BASE, first, end));
    }

    // --- neighbouring elements, reductions in registers ----------------------------------------------------

    /*
     * if (count <= lanes) short(); else if (count > 4096) sumOfBlocks; else if (count % 64 < 1) whole(); else ragged();
     *
     * short:
     * targets = tree(f(x[0..], inRange))                                      // one vector is the whole block
     *
     * whole, ragged:
     * acc0..3 = -0.0f;
     * for (; i < end; i += lanes) { acc0 = f(x[i..]).add(acc0); turn(acc0..3); } // vector loop, or
     * for (; i < end; i += 64) { acc0 = f(x[i..]).add(acc0); acc1 = f(x[i + lanes..]).add(acc1); ... }
     * if (i < count) { m = inRange; acc0 = acc0.add(f(x[i..], m), m); } ...   // tail, of ragged only
     * targets = tree(acc0..3)                                                 // reduce
     *
     * sumOfBlocks, in double:
     * for (block = from; block < end; block += 16 * 4096) { blocks(block, min(block + 16 * 4096, end)); totals += results[0..15]; }
     * if (end < to) { itself(end, to); totals += targets; }
     * targets = totals
     *
     * blocks:
     * for (block = from; block < to; block += 4096) { as whole; results[(block - from) / 4096] = tree(acc0..3); }
     */
    private void flat() {
        if (!loop.reduces()) {
            int most = loop.most();
            forBlocks(Parameters.TO, most, () -> call(Part.MAP, origin(), new Code.Min(Code.add(origin(), new Code.Int(most)), Parameters.TO)));
            return;
        }
        ifLess(new Code.Int(Sums.BLOCK), Code.sub(Parameters.TO, Parameters.FROM), this::sumOfBlocks, this::oneBlock);
    }

    private void oneBlock() {
        if (Loop.cost(loop.body()) <= SHORT_OPS) {
            ifLess(count(), new Code.Int(lanes + 1), () -> call(Part.SHORT, Parameters.FROM), this::wholeOrRagged);
        } else {
            wholeOrRagged();
        }
    }

    private void wholeOrRagged() {
        Var left = let("left", Code.and(count(), Sums.LANES - 1));
        ifLess(left, new Code.Int(1), () -> call(Part.WHOLE, Parameters.FROM), () -> call(Part.RAGGED, Parameters.FROM));
    }

    private void sumOfBlocks() {
        Map<Sink.LaneReduction, Var> totals = totals();
        Value whole = Code.and(Code.sub(Parameters.TO, Parameters.FROM), -Sums.BLOCK);
        Var end = let("wholeBlocks", Code.add(Parameters.FROM, whole));
        forBlocks(end, BLOCKS * Sums.BLOCK, () -> {
            Var last = let("last", new Code.Min(Code.add(origin(), new Code.Int(BLOCKS * Sums.BLOCK)), end));
            call(Part.BLOCKS, origin(), last);
            Var b = let("b", new Code.Int(0));
            forLoop(b, numberOfBlocks(Code.sub(last, origin())), 1, () -> totals.forEach((sink, total) -> join(total, sink, blockResult(sink, b))));
        });
        ifLess(end, Parameters.TO, () -> {
            emit(new Code.CallSelf(loop.name(), Parameters.BASE, end, Parameters.TO));
            totals.forEach((sink, total) -> join(total, sink, scalar(sink.target())));
        });
        totals.forEach((sink, total) -> putScalar(sink.target(), new Code.Round(total)));
    }

    private void blocks() {
        forBlocks(Parameters.TO, Sums.BLOCK, () -> block().forEach((sink, result) -> {
            Code.Get place = blockResult(sink, numberOfBlocks(Code.sub(origin(), Parameters.FROM)));
            emit(new Code.Put(place.array(), place.index(), result, null));
        }));
    }

    private static Value numberOfBlocks(Value elements) {
        return new Code.IntOp('/', elements, new Code.Int(Sums.BLOCK));
    }

    /** What a block came to: it stands where the scalar twin has its lanes. */
    private Code.Get blockResult(Sink.LaneReduction sink, Value block) {
        int slot = sink.lanes().slot();
        return new Code.Get(array(slot), Code.add(offset(slot), block));
    }

    /** All other lanes are absent, so only the last steps of the tree have anything to join. */
    private void oneVector() {
        Value i = new Code.Int(0);
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
        results(parts).forEach((sink, result) -> putScalar(sink.target(), result));
    }

    /** One vector of lanes for each reduction to its result: those that are joined alike share a tree. */
    private Map<Sink.LaneReduction, Value> results(Map<Sink.Reducing, Value> vectorOfEach) {
        Map<Sink.LaneReduction, Value> all = new LinkedHashMap<>();
        for (Reduction parts : Reduction.PARTS) {
            List<Sink.Reducing> alike =
                    vectorOfEach.keySet().stream().filter(sink -> sink.reduction().ofParts() == parts).toList();
            List<Value> results = new LaneTree(this, parts).fold(alike.stream().map(vectorOfEach::get).toList());
            for (int k = 0; k < alike.size(); k++) {
                all.put((Sink.LaneReduction) alike.get(k), results.get(k));
            }
        }
        return all;
    }

    private Map<Sink.LaneReduction, Value> block() {
        Map<Sink.Reducing, Var[]> accumulators = accumulators();
        Var i = let("i", new Code.Int(0));
        Var end = let("end", wholeVectors(Sums.LANES));
        comment("vector loop");
        if (accumulatorsTurn(accumulators.size())) {
            forLoop(i, end, lanes, () -> {
                flatVector(i, null, 0, accumulators);
                accumulators.values().forEach(this::turn);
            });
        } else {
            forLoop(i, end, Sums.LANES, () -> {
                for (int k = 0; k < vectors; k++) {
                    flatVector(Code.add(i, new Code.Int(k * lanes)), null, k, accumulators);
                }
            });
        }
        if (part == Part.RAGGED) {
            comment("tail");
            for (int k = 0; k < vectors; k++) {
                int vector = k;
                Value at = Code.add(i, new Code.Int(k * lanes));
                ifLess(at, count(), () -> {
                    Var mask = let("mask", new Code.InRange(at, count()));
                    flatVector(at, mask, vector, accumulators);
                });
            }
        }
        comment("reduce");
        Map<Sink.Reducing, Value> vectorOfEach = new LinkedHashMap<>();
        accumulators.forEach((sink, acc) -> vectorOfEach.put(sink, new LaneTree(this, sink.reduction()).oneVector(acc)));
        return results(vectorOfEach);
    }

    /*
     * for (; i < end; i += 4 * lanes) { v0 = f(x[i..]); v1 = f(x[i + lanes..]); ... y[i..] = v0; y[i + lanes..] = v1; ... }
     * if (i < count) tail();
     */
    private void map() {
        int ops = Loop.cost(loop.body());
        Var i = let("i", new Code.Int(0));
        Var end = let("end", wholeVectors(GROUP * lanes));
        comment("vector loop");
        forLoop(i, end, GROUP * lanes, () -> {
            for (int k = 0; k < GROUP; k++) {
                Value at = Code.add(i, new Code.Int(k * lanes));
                tileVector(at, laneOf(at), null);
                if (ops > GROUP_OPS || k == GROUP - 1) {
                    storeGroup();
                }
            }
        });
        tail(i);
    }

    private void tail(Var i) {
        comment("tail");
        ifLess(i, count(), () -> call(Part.TAIL, Code.add(origin(), i)));
    }

    /* for (; i < count; i += lanes) { m = inRange; y[i..] = f(x[i..], m) } */
    private void maskedVectors() {
        Var i = let("i", new Code.Int(0));
        forLoop(i, count(), lanes, () -> {
            Var mask = let("mask", new Code.InRange(i, count()));
            tileVector(i, laneOf(i), mask);
            storeGroup();
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

    private void tile() {
        boolean reduces = loop.reduces();
        int ops = Loop.cost(loop.body());
        if (!reduces && ops <= GROUP_OPS) {
            map();
            return;
        }
        Var i = let("i", new Code.Int(0));
        boolean firstLaneIsKnown = reduces && !loop.walksMemory();
        // A tile of few wide rows is shorter than a vector.
        if (firstLaneIsKnown && loop.most() >= lanes && ops <= (vectors < MANY_VECTORS ? GROUP_OPS : GROUP_OPS / 2)) {
            sets(i);
        }
        singleVectors(i);
    }

    /* for (; i < end; i += lanes) { v = f(x[i..]); lanes[(from + i) & 63 ..] += v; } and a masked tail */
    private void singleVectors(Var i) {
        Var end = let("end", wholeVectors(lanes));
        comment("vectors");
        forLoop(i, end, lanes, () -> {
            tileVector(i, laneOf(i), null);
            storeGroup();
        });
        tail(i);
    }

    private static Value laneOf(Value i) {
        return Code.and(Code.add(Parameters.FROM, i), Sums.LANES - 1);
    }

    /*
     * A launch begins at a whole tile, so the first lane is known, or the same for all of it:
     * for (; i < end; i += 64) { lanes[0..] += f(x[i..]); lanes[16..] += f(x[i + 16..]); ... }
     */
    private void sets(Var i) {
        int set = Math.min(loop.most(), Sums.LANES);
        Value first = set == Sums.LANES ? new Code.Int(0) : let("lane", laneOf(new Code.Int(0)));
        Var end = let("end", wholeVectors(set));
        comment("vector loop");
        forLoop(i, end, set, () -> {
            for (int k = 0; k < set; k += lanes) {
                tileVector(Code.add(i, new Code.Int(k)), Code.add(first, new Code.Int(k)), null);
                if (stores.size() >= GROUP * loop.sinks().size()) {
                    storeGroup();
                }
            }
            storeGroup();
        });
    }

    /** Stores what the vectors since the last group gave. */
    private void storeGroup() {
        stores.forEach(this::emit);
        stores.clear();
    }

    /** All but the stores, which {@link #storeGroup} emits. */
    private void tileVector(Value i, Value lane, Value mask) {
        Values values = elementValues(i, mask);
        for (Sink sink : loop.sinks()) {
            switch (sink) {
                case Sink.Store(Node v, Place place) -> {
                    Value value = values.of(v);
                    stores.add(new Code.Put(array(place.slot()), at(place, i), value, mask));
                }
                case Sink.LaneReduction reduction -> {
                    values.of(reduction.values());
                    int slot = reduction.lanes().slot();
                    Var array = array(slot);
                    Var at = let("k", Code.add(offset(slot), lane));
                    Var acc = let("acc", new Code.Load(array, at, null));
                    accumulate(reduction, acc, values, mask);
                    stores.add(new Code.Put(array, at, acc, null));
                }
                case Sink.RowReduction r -> throw new AssertionError(r);
                case Sink.ColumnReduction r -> throw new AssertionError(r);
            }
        }
    }
}
