package org.fusegrad.codegen;

import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.fusegrad.codegen.Code.Value;
import org.fusegrad.codegen.Code.Var;
import org.fusegrad.fusion.Fold;
import org.fusegrad.fusion.Loop;
import org.fusegrad.fusion.Place;
import org.fusegrad.fusion.Sink;
import org.fusegrad.ir.Node;
import org.fusegrad.ir.Sums;

/**
 * Vector loops that reduce narrow rows over the batch. The rows that take turns lie one behind the other, and so do their accumulators; vectors go across the borders between
 * them, as if all were one row: three vectors for four rows of ten columns, not four. Row values are spread over the lanes of their rows by a permutation.
 */
final class NarrowColumnSumVectors extends VectorLowering {
    /** Accumulators of a strip, each with a permutation: as many as leave registers to all else. */
    private static final int STRIP_ACCUMULATORS = 8;
    /** Column operands, spread, that stay in registers. */
    private static final int MOST_COLUMNS = 8;
    /** Instructions for four rows: each vector has its own, some twenty bytes of bytecode each. */
    private static final int MOST_INSTRUCTIONS = 128;

    private final List<String> slotNames;
    private final int cols;
    /** Rows that take turns. */
    private final int ways;
    /** Whether this is one group of rows or less, under masks: what is left when others were added whole. */
    private final boolean rest;
    private final List<Fold> ends; // of the only tile, otherwise null

    NarrowColumnSumVectors(Loop loop, List<String> slotNames, int lanes) {
        this(loop, null, slotNames, lanes, false);
    }

    private NarrowColumnSumVectors(Loop loop, List<Fold> ends, List<String> slotNames, int lanes, boolean rest) {
        super(loop, slotNames, lanes);
        this.ends = ends;
        this.slotNames = slotNames;
        this.cols = loop.cols();
        this.ways = Sums.ways(cols);
        this.rest = rest;
    }

    /**
     * Whether that takes fewer vectors than row by row, what their columns share is spread from one vector, and it is not too much code. With fewer lanes than 16 a
     * permutation is dear beside a number that is loaded into all lanes: 1 910 instead of 1 765 ns for 1024 rows of 10 columns at 8 lanes, five vectors instead of eight.
     */
    static boolean suits(Loop loop, int lanes) {
        int cols = loop.cols();
        int ways = Sums.ways(cols);
        int parts = Math.ceilDiv(ways * cols, lanes);
        int byRow = ways * Math.ceilDiv(cols, lanes);
        boolean fewer = lanes == 16 ? parts < byRow : 2 * parts <= byRow;
        long columns = loop.loads().keySet().stream().filter(node -> node.extent().isCol()).count();
        boolean spread = columns == 0 || cols <= lanes && columns * parts <= MOST_COLUMNS;
        int instructions = parts * (Loop.cost(loop.body()) + loop.loads().size() + 2 * loop.sinks().size());
        return fewer && spread && instructions <= MOST_INSTRUCTIONS;
    }

    /** See {@link VectorLowering#ofOneTile}. */
    static NarrowColumnSumVectors ofOneTile(Loop loop, List<Fold> folds, List<String> slotNames, int lanes) {
        NarrowColumnSumVectors only = new NarrowColumnSumVectors(loop, folds, slotNames, lanes, false);
        return only.parts() <= only.strip() ? only : null;
    }

    @Override
    String name() {
        return super.name() + (rest ? "_rest" : ends != null ? OneTile.SUFFIX : "");
    }

    @Override
    List<Code.Method> helpers() {
        return rest ? List.of() : List.of(new NarrowColumnSumVectors(loop, null, slotNames, lanes, true).lower());
    }

    /** Vectors of the rows that take turns. */
    private int parts() {
        return Math.ceilDiv(ways * cols, lanes);
    }

    /** Of which so many have their accumulators in registers. */
    private int strip() {
        return Math.max(1, STRIP_ACCUMULATORS / loop.sinks().size());
    }

    /*
     * for each strip of the vectors of four rows {
     *     acc.. = accumulators[strip];
     *     for (; r < end; r += 4) acc.. += f(x[r..])
     *     accumulators[strip] = acc..;
     * }
     * for (; r < count; r += 4) rest(base, from + r, min(from + r + 4, to));
     *
     * and over the only tile, of one strip
     *
     * acc.. = -0.0f;
     * for (; r < end; r += 4) acc.. += f(x[r..])
     * if (r < count) { accumulators = acc..; for (; r < count; r += 4) rest(...); acc.. = accumulators; }
     * target = (acc[0..] + acc[10..]) + (acc[20..] + acc[30..]);
     */
    @Override
    void body() {
        int parts = parts();
        int strip = strip();
        Value end = rest ? null : let("end", Code.and(openRows(ways, parts * lanes), -ways));
        Var r = null;
        for (int first = 0; first < parts; first += strip) {
            r = strip(IntStream.range(first, Math.min(first + strip, parts)).toArray(), end);
        }
        if (!rest && ends == null) {
            rest(r);
        }
    }

    private void rest(Var r) {
        Value from = Code.add(Parameters.FROM, r);
        Value to = new Code.Min(Code.add(from, new Code.Int(ways)), Parameters.TO);
        comment("rest");
        forLoop(r, count(), ways, () -> emit(new Code.CallSelf(loop.name() + "_rest", Parameters.BASE, from, to)));
    }

    /** @return the rows that it has done, or nothing of a rest */
    private Var strip(int[] parts, Value end) {
        Map<Node, Value[]> columns = spreadColumns(cols, Arrays.stream(parts).map(part -> part * lanes).toArray());
        Map<Sink, Var[]> accumulators = new LinkedHashMap<>();
        for (Sink sink : loop.sinks()) {
            Sink.ColumnReduction reduction = (Sink.ColumnReduction) sink;
            accumulators.put(sink, Arrays.stream(parts)
                    .mapToObj(part -> let("acc", ends == null ? inMemory(reduction, part) : identity(reduction.reduction())))
                    .toArray(Var[]::new));
        }
        Var r = rest ? null : let("r", new Code.Int(0));
        if (rest) { // no loop: of accumulators around one C2 knows too little to add to them under a mask
            group(new Code.Int(0), parts, columns, accumulators);
        } else {
            comment("vector loop");
            forLoop(r, end, ways, () -> group(r, parts, columns, accumulators));
        }
        if (ends == null) {
            store(parts, accumulators);
        } else {
            ifLess(r, count(), () -> {
                store(parts, accumulators);
                rest(r);
                accumulators.forEach((sink, acc) -> {
                    for (int k = 0; k < acc.length; k++) {
                        assign(acc[k], inMemory((Sink.ColumnReduction) sink, parts[k]));
                    }
                });
            });
            accumulators.forEach((sink, acc) -> put((Sink.ColumnReduction) sink, acc));
        }
        return r;
    }

    private Code.Load inMemory(Sink.ColumnReduction sink, int part) {
        Place place = sink.accumulators();
        return new Code.Load(array(place.slot()), column(place, new Code.Int(part * lanes)), null);
    }

    private void store(int[] parts, Map<Sink, Var[]> accumulators) {
        accumulators.forEach((sink, acc) -> {
            for (int k = 0; k < parts.length; k++) {
                Code.Load place = inMemory((Sink.ColumnReduction) sink, parts[k]);
                emit(new Code.Put(place.array(), place.index(), acc[k], null));
            }
        });
    }

    /** What the columns come to; the vector under a mask first, see {@link PassEndVectors}. */
    private void put(Sink.ColumnReduction sink, Var[] acc) {
        Place target = target(ends, sink);
        for (int k = Math.ceilDiv(cols, lanes) - 1; k >= 0; k--) {
            int first = k * lanes;
            List<Value> together = IntStream.range(0, ways).mapToObj(way -> lanesFrom(acc, way * cols + first)).toList();
            Value sum = let(sink.reduction().ofParts().text(), joinWays(sink.reduction(), together));
            emit(new Code.Put(array(target.slot()), column(target, new Code.Int(first)), sum, columnMask(cols, k)));
        }
    }

    /** A vector's lanes from number {@code first} on of several. */
    private Value lanesFrom(Var[] vectors, int first) {
        Var low = vectors[first / lanes];
        int behind = first % lanes;
        Var high = vectors[Math.min(first / lanes + 1, vectors.length - 1)];
        return behind == 0 ? low : let("way", new Code.RearrangeTwo(new Code.Indices(new Code.Shuffle(Code.Fact.BEHIND, behind)), low, high));
    }

    /**
     * As many rows as take turns, from row {@code r} on. Lanes beyond the last of their columns gather nothing that is read. Of a tile's row values just theirs are loaded: a load of more
     * than one store left, as the loop before does of other four rows, waits until both are in the cache.
     */
    private void group(Value r, int[] parts, Map<Node, Value[]> columns, Map<Sink, Var[]> accumulators) {
        Value elements = rest ? let("elements", Code.mul(count(), cols)) : null;
        Map<Node, Value> rowValues = new LinkedHashMap<>();
        Map<Node, Value> starts = new HashMap<>();
        loop.loads().forEach((node, place) -> {
            String name = array(place.slot()).name;
            if (node.extent().isRow()) {
                rowValues.put(node, let(name + "Rows", rest && !place.tiled()
                        ? new Code.Load(array(place.slot()), at(place, r), new Code.InRange(new Code.Int(0), count()))
                        : new Code.LoadFirst(array(place.slot()), at(place, r), ways)));
            } else if (node.extent().isFull()) {
                starts.put(node, let(name + "Start", rowStart(place, r, cols)));
            }
        });
        for (int k = 0; k < parts.length; k++) {
            int vector = k;
            int part = parts[k];
            Value c = new Code.Int(part * lanes);
            Value mask = rest ? let("mask", new Code.InRange(c, elements)) : null;
            Map<Node, Value> known = new HashMap<>(hoisted());
            rowValues.forEach((node, value) -> known.put(node, let("spread", new Code.Rearrange(value, new Code.Shuffle(Code.Fact.ROWS, ways, cols, part * lanes)))));
            columns.forEach((node, values) -> known.put(node, values[vector]));
            Values values = new Values(known, (node, place) -> node.extent().isScalar()
                    ? broadcastScalar(node, place)
                    : let(array(place.slot()).name, new Code.Load(array(place.slot()), Code.add(starts.get(node), c), mask)));
            for (Sink sink : loop.sinks()) {
                accumulate((Sink.ColumnReduction) sink, accumulators.get(sink)[k], values, mask);
            }
        }
    }
}
