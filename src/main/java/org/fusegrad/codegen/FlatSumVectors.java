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

/** A flat vector loop with contiguous reductions, in registers over each block. */
final class FlatSumVectors extends ElementVectors {
    /**
     * Blocks of one call at most, in the second-level cache. The more, the less stands between their loops for the core to look past: two arrays of 16 384 elements took
     * 53 ns longer a block when each was a launch of its own, a sixth. But a call is not left before its end, if C2's code becomes invalid in it.
     */
    private static final int BLOCKS = 16;
    /**
     * Beyond so many floats, 1 MB, each block is a call. From the third level that takes no longer; from memory 2^24 elements of two arrays took 4.3 ms so, and 4.6 to 5.9
     * by the loop within a loop.
     */
    private static final int CACHED_FLOATS = 1 << 18;
    /**
     * What short loops compute at most. They have a method for a block of one vector without accumulators, which pays where the end of the sums takes longer than
     * the operations: when it stood in the loop's own method, a chain of 16 operations and their gradients took ten times as long. And four vectors of theirs make no
     * large method.
     */
    private static final int SHORT_OPS = 8;
    /** Operations and reductions of a loop that C2 unrolls although it has four vectors an iteration. */
    private static final int UNROLLED_OPS = 6;

    private enum Part {
        /** What chooses among the others. */
        ALL(""),
        /** A block of at most one vector. */
        SHORT("_short"),
        /** What calls them for more elements than a block has; apart, as its arrays would be looked up for the smallest step too. */
        JOINED("_joined"),
        /** Several whole blocks. */
        BLOCKS("_blocks"),
        /** A block of whole sets. */
        WHOLE("_whole"),
        /** A block that ends within a set. */
        RAGGED("_ragged");

        final String suffix;

        Part(String suffix) {
            this.suffix = suffix;
        }
    }

    private final Part part;

    FlatSumVectors(Loop loop, List<String> slotNames, int lanes) {
        this(loop, slotNames, lanes, Part.ALL);
    }

    private FlatSumVectors(Loop loop, List<String> slotNames, int lanes, Part part) {
        super(loop, slotNames, lanes, part.suffix);
        this.part = part;
    }

    /*
     * if (count <= lanes) short(); else if (count > 4096) joined(); else if (count % 64 < 1) whole(); else ragged();
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
     * joined, in double:
     * for (block = from; block < end; block += 16 * 4096) { blocks(block, min(block + 16 * 4096, end)); totals += results[0..15]; } // in the second level
     * if (end < to) { itself(end, to); totals += targets; }
     * for (block = from; block < to; block += 4096) { itself(block, min(block + 4096, to)); totals += targets; }                    // or beyond it
     * targets = totals
     *
     * blocks:
     * for (block = from; block < to; block += 4096) { as whole, see turningLoses; results[(block - from) / 4096] = tree(acc0..3); }
     */
    @Override
    void body() {
        switch (part) {
            case ALL -> ifLess(new Code.Int(Sums.BLOCK), Code.sub(Parameters.TO, Parameters.FROM), () -> call(Part.JOINED), this::oneBlock);
            case JOINED -> sumOfBlocks();
            case SHORT -> oneVector();
            case BLOCKS -> blocks();
            case WHOLE, RAGGED -> block().forEach((sink, result) -> putScalar(sink.target(), result));
        }
    }

    private void call(Part other) {
        call(other, Parameters.FROM, Parameters.TO);
    }

    private void call(Part other, Value first, Value end) {
        call(new FlatSumVectors(loop, slotNames, lanes, other), first, end);
    }

    private void oneBlock() {
        if (isShort()) {
            ifLess(count(), new Code.Int(lanes + 1), () -> call(Part.SHORT), this::wholeOrRagged);
        } else {
            wholeOrRagged();
        }
    }

    private boolean isShort() {
        return Loop.cost(loop.body()) <= SHORT_OPS;
    }

    private void wholeOrRagged() {
        Var left = let("left", Code.and(count(), Sums.LANES - 1));
        ifLess(left, new Code.Int(1), () -> call(Part.WHOLE), () -> call(Part.RAGGED));
    }

    private void sumOfBlocks() {
        Value cached = new Code.Int(CACHED_FLOATS / arrays());
        ifLess(cached, Code.sub(Parameters.TO, Parameters.FROM), this::blockByBlock, this::severalBlocksACall);
    }

    private void severalBlocksACall() {
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

    /** Those of which every element takes one. */
    private int arrays() {
        long read = loop.loads().keySet().stream().filter(node -> !node.extent().isScalar()).count();
        long written = loop.sinks().stream().filter(Sink.Store.class::isInstance).count();
        return (int) Math.max(1, read + written);
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

    /** One vector of lanes for each reduction to its result. */
    private Map<Sink.LaneReduction, Value> results(Map<Sink.Reducing, Value> vectorOfEach) {
        Map<Sink.LaneReduction, Value> all = new LinkedHashMap<>();
        vectorOfEach.forEach((sink, vector) -> all.put((Sink.LaneReduction) sink, new LaneTree(this, sink.reduction()).fold(vector)));
        return all;
    }

    private Map<Sink.LaneReduction, Value> block() {
        Map<Sink.Reducing, Var[]> accumulators = accumulators();
        Var i = let("i", new Code.Int(0));
        Var end = let("end", wholeVectors(Sums.LANES));
        comment("vector loop");
        if (accumulatorsTurn(accumulators.size()) && !turningLoses()) {
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

    /**
     * Whether a set an iteration beats accumulators that turn. Within the loop over blocks C2 makes eight vectors of one that turns, and reads lines 0, 4, 1, 5, 2, 6, 3, 7,
     * which the second level is slow to deliver: 65 536 elements of two arrays took 4 200 ns instead of 2 800 on a Zen 5. Loops that store gain nothing; and those that four
     * vectors make no longer than C2's LoopUnrollLimit of 60 nodes become sixteen, in a worse order.
     */
    private boolean turningLoses() {
        return part == Part.BLOCKS && isShort() && !hasSink(Sink.Store.class) && Loop.cost(loop.body()) + loop.sinks().size() > UNROLLED_OPS;
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
}
