package org.fusegrad.codegen;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.fusegrad.codegen.Code.Value;
import org.fusegrad.codegen.Code.Var;
import org.fusegrad.fusion.Loop;
import org.fusegrad.fusion.Place;
import org.fusegrad.fusion.Sink;
import org.fusegrad.ir.Node;
import org.fusegrad.ir.Rare;
import org.fusegrad.ir.Sums;

/** A flat vector loop without reductions, or one of several over a tile, with its reductions in memory. */
final class TileVectors extends ElementVectors {
    /**
     * Vectors whose loads all come before the first of their stores. A load waits for an earlier store to an address with the same low 12 bits; so a loop that
     * stores one or two vectors ahead of where it loads, page apart from page, takes each vector only after the one before: a chain of 64 operations in eight loops
     * took 1.2 to 1.8 times as long with every tenth place of its arrays. In groups of four there is enough to do meanwhile.
     */
    private static final int GROUP = 4;
    /**
     * What is computed at most where vectors go in groups: a long function's code cannot stand in a tile's loop for each of them, and the registers are few that
     * could keep its values.
     */
    private static final int GROUP_OPS = 24;
    /** Vectors that sums keep in registers: all that there are without AVX-512, and half of those with it. */
    private static final int MOST_ACCUMULATORS = 16;
    /** As many vectors to an iteration take half as many operations. */
    private static final int MANY_VECTORS = 16;
    /** Of a loop over so many elements C2 makes two, one within the other, as more than 1000 iterations (LoopStripMiningIter) of four vectors. */
    private static final int STRIPS = 1 << 16;

    private enum Part {
        /** A loop over a tile, or what calls the others. */
        ALL(""),
        /** Some of the elements of a flat loop. */
        MAP("_map"),
        /** What is left from the first vector on that has an argument whose function is computed by itself. */
        REST("_rest"),
        /** What is left, under masks. */
        TAIL("_tail"),
        /** A loop over the only tile of its pass. */
        ONLY(OneTile.SUFFIX);

        final String suffix;

        Part(String suffix) {
            this.suffix = suffix;
        }
    }

    private final Part part;
    private final List<Code.Put> stores = new ArrayList<>(); // of the group so far
    private Value group; // the first element of the group
    private Map<Sink.Reducing, Var[]> registers; // accumulators that are not in memory, of the only tile

    TileVectors(Loop loop, List<String> slotNames, int lanes) {
        this(loop, slotNames, lanes, Part.ALL);
    }

    private TileVectors(Loop loop, List<String> slotNames, int lanes, Part part) {
        super(loop, slotNames, lanes, part.suffix);
        this.part = part;
    }

    /** See {@link VectorLowering#ofOneTile}. */
    static TileVectors ofOneTile(Loop loop, List<String> slotNames, int lanes) {
        TileVectors only = new TileVectors(loop, slotNames, lanes, Part.ONLY);
        long reductions = loop.sinks().stream().filter(Sink.LaneReduction.class::isInstance).count();
        // Each operation stands there for every vector of a set of lanes, and once more for all but one behind the sets.
        boolean suits = !loop.walksMemory() && loop.most() >= lanes && reductions * only.vectors <= MOST_ACCUMULATORS
                && Loop.cost(loop.body()) * only.vectors <= GROUP_OPS * GROUP && loop.body().stream().noneMatch(node -> Rare.isIn(node.op()));
        return suits ? only : null;
    }

    @Override
    void body() {
        switch (part) {
            case MAP -> map();
            case REST -> singleVectors(let("i", new Code.Int(0)));
            case TAIL -> maskedVectors();
            case ONLY -> onlyTile();
            case ALL -> {
                if (isOneVector()) {
                    oneVector();
                } else if (loop.shape() == Loop.Shape.FLAT) {
                    flat();
                } else {
                    tile();
                }
            }
        }
    }

    private void call(Part other, Value first, Value end) {
        call(new TileVectors(loop, slotNames, lanes, other), first, end);
    }

    /** Whether a flat loop never has more: it walks all of a value without batch. */
    private boolean isOneVector() {
        return loop.shape() == Loop.Shape.FLAT && loop.most() <= lanes;
    }

    private void oneVector() {
        Value first = new Code.Int(0);
        tileVector(first, first, columnMask(loop.most(), 0));
        storeGroup();
    }

    /* for (block = from; block < to; block += 65536) map(block, min(block + 65536, to)); */
    private void flat() {
        int most = loop.most();
        forBlocks(Parameters.TO, most, () -> call(Part.MAP, origin(), new Code.Min(Code.add(origin(), new Code.Int(most)), Parameters.TO)));
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
        ifLess(i, count(), () -> call(Part.TAIL, Code.add(Parameters.FROM, i), Parameters.TO));
    }

    /** A loop that may be left has its constants in registers only where it stands within another. */
    @Override
    int countLimit() {
        boolean left = loop.body().stream().anyMatch(node -> Rare.isIn(node.op()));
        return left ? Math.max(loop.most(), STRIPS) : loop.most();
    }

    /**
     * Leaves the loop to a method that goes on from where nothing is stored yet. It calls the function; and a loop with a call in it keeps its constants in
     * memory, which takes sine and cosine half as long again.
     */
    @Override
    void eachByItself(Var y, Value mask, Rare function, Value x) {
        if (part == Part.REST || part == Part.TAIL || isOneVector()) {
            super.eachByItself(y, mask, function, x);
            return;
        }
        call(Part.REST, Code.add(Parameters.FROM, group), Parameters.TO);
        emit(new Code.Return());
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

    /*
     * for (; i < end; i += 64) { acc0 += f(x[i..]); acc1 += f(x[i + 16..]); ... }
     * if (i + 15 < count) acc0 += f(x[i..]);
     * if (i + 31 < count) acc1 += f(x[i + 16..]); ...
     * if (0 < left) { lanes.. = acc..; tail(count & -16); acc.. = lanes..; }
     * targets = tree(acc0..3)
     */
    private void onlyTile() {
        registers = accumulators();
        Var i = let("i", new Code.Int(0));
        sets(i);
        comment("vectors");
        for (int k = 0; k < vectors - 1; k++) {
            vectorOfSet(i, k);
        }
        comment("tail");
        Var left = let("left", Code.and(count(), lanes - 1));
        ifLess(new Code.Int(0), left, () -> {
            eachRegister((acc, memory) -> emit(new Code.Put(memory.array(), memory.index(), acc, null)));
            call(Part.TAIL, Code.add(Parameters.FROM, wholeVectors(lanes)), Parameters.TO);
            eachRegister(this::assign);
        });
        comment("reduce");
        registers.forEach((sink, acc) -> {
            LaneTree tree = new LaneTree(this, sink.reduction());
            putScalar(((Sink.LaneReduction) sink).target(), tree.fold(tree.oneVector(acc)));
        });
    }

    /**
     * Of less than a set of lanes vector {@code k}, if it is a whole one. None stands within the condition of another: there C2 may check the bounds of all with the first of
     * them, as if all were there, and fail, with what that means for all vectors (see {@link ClassWriter}).
     */
    private void vectorOfSet(Var i, int k) {
        Value first = new Code.Int(k * lanes);
        ifLess(Code.add(i, new Code.Int((k + 1) * lanes - 1)), count(), () -> {
            tileVector(Code.add(i, first), first, null);
            storeGroup();
        });
    }

    /** Does something with each accumulator and its place in memory. */
    private void eachRegister(BiConsumer<Var, Code.Load> body) {
        registers.forEach((sink, acc) -> {
            int slot = ((Sink.LaneReduction) sink).lanes().slot();
            for (int k = 0; k < vectors; k++) {
                body.accept(acc[k], new Code.Load(array(slot), Code.add(offset(slot), new Code.Int(k * lanes)), null));
            }
        });
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
        Value first = set == Sums.LANES || part == Part.ONLY ? new Code.Int(0) : let("lane", laneOf(new Code.Int(0)));
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
        if (stores.isEmpty()) {
            group = i;
        }
        Values values = elementValues(i, mask);
        for (Sink sink : loop.sinks()) {
            switch (sink) {
                case Sink.Store(Node v, Place place) -> {
                    Value value = values.of(v);
                    stores.add(new Code.Put(array(place.slot()), at(place, i), value, mask));
                }
                case Sink.LaneReduction reduction when part == Part.ONLY ->
                    accumulate(reduction, registers.get(reduction)[((Code.Int) lane).value() / lanes], values, mask);
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
