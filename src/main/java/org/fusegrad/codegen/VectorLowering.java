package org.fusegrad.codegen;

import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.fusegrad.codegen.Code.Type;
import org.fusegrad.codegen.Code.Value;
import org.fusegrad.codegen.Code.Var;
import org.fusegrad.fusion.Fold;
import org.fusegrad.fusion.Loop;
import org.fusegrad.fusion.Place;
import org.fusegrad.fusion.Sink;
import org.fusegrad.ir.Node;
import org.fusegrad.ir.Op;
import org.fusegrad.ir.Rare;
import org.fusegrad.ir.Reduction;
import org.fusegrad.ir.Sums;

/**
 * What vector loops have in common: for any number of hardware lanes the same logical lanes, sixty-four to
 * a contiguous sum, as many accumulators as that takes.
 */
abstract class VectorLowering extends Lowering {
    /** Column operands that stay in registers over all rows. */
    private static final int HOISTED_COLUMNS = 12;

    final int lanes;
    /** Vectors, and so accumulators, to a set of logical lanes. */
    final int vectors;
    private final Map<Node, Value> hoisted = new HashMap<>();
    private final Map<Integer, Value> constants = new HashMap<>();
    private final Map<Integer, Value> intConstants = new HashMap<>();
    private final Map<Integer, Var> columnMasks = new HashMap<>();
    private final Map<Integer, Var> highs = new HashMap<>();
    private final Map<Code.Shuffle, Var> indices = new HashMap<>();
    private final Map<Reduction, Var> identities = new HashMap<>();

    VectorLowering(Loop loop, List<String> slotNames, int lanes) {
        super(loop, slotNames);
        this.lanes = lanes;
        this.vectors = Sums.LANES / lanes;
    }

    /** As a part of a method, see {@link Lowering#Lowering(Loop, MethodBody, Value, Value)}. */
    VectorLowering(Loop loop, MethodBody method, Value base, Value origin, int lanes) {
        super(loop, method, base, origin);
        this.lanes = lanes;
        this.vectors = Sums.LANES / lanes;
    }

    /** The lowering for a loop's shape. */
    static Lowering of(Loop loop, List<String> slotNames, int lanes) {
        return switch (loop.shape()) {
            case SCALAR -> new ScalarLowering(loop, slotNames); // single numbers need no vectors
            case FLAT -> loop.reduces() ? new FlatSumVectors(loop, slotNames, lanes) : new TileVectors(loop, slotNames, lanes);
            case TILE -> new TileVectors(loop, slotNames, lanes);
            case ROW_SUMS -> NarrowRowSumVectors.suits(loop, lanes)
                    ? new NarrowRowSumVectors(loop, slotNames, lanes)
                    : new RowSumVectors(loop, slotNames, lanes);
            case COLUMN_SUMS -> NarrowColumnSumVectors.suits(loop, lanes)
                    ? new NarrowColumnSumVectors(loop, slotNames, lanes)
                    : new ColumnSumVectors(loop, slotNames, lanes);
        };
    }

    /**
     * The lowering of a loop that reduces over tiles for its pass's only tile.
     *
     * @param folds where the results of its reductions over the batch go
     * @return null where the reductions do not stay in registers
     */
    static Lowering ofOneTile(Loop loop, List<Fold> folds, List<String> slotNames, int lanes) {
        return switch (loop.shape()) {
            case TILE -> TileVectors.ofOneTile(loop, slotNames, lanes);
            case COLUMN_SUMS -> NarrowColumnSumVectors.suits(loop, lanes)
                    ? NarrowColumnSumVectors.ofOneTile(loop, folds, slotNames, lanes)
                    : new ColumnSumVectors(loop, folds, slotNames, lanes);
            case SCALAR, FLAT, ROW_SUMS -> null;
        };
    }

    @Override
    Value constant(float value) {
        return constants.computeIfAbsent(Float.floatToRawIntBits(value), bits -> {
            Var variable = fresh("c", Type.VECTOR);
            hoist(new Code.Set(variable, new Code.Broadcast(new Code.FloatLiteral(value))));
            return variable;
        });
    }

    @Override
    Value constant(int value) {
        return intConstants.computeIfAbsent(value, k -> {
            Var variable = fresh("k", Type.INTS);
            hoist(new Code.Set(variable, new Code.BroadcastInt(k)));
            return variable;
        });
    }

    @Override
    void eachByItself(Var y, Value mask, Rare function, Value x) {
        Var each = let("each", x);
        for (int k = 0; k < lanes; k++) {
            assign(each, new Code.WithLane(each, k, call(function, new Code.Lane(each, k))));
        }
        assign(y, new Code.Select(y, each, mask));
    }

    final Value broadcastScalar(Node node, Place place) {
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

    /** What does not change over the loop, by node. */
    final Map<Node, Value> hoisted() {
        return hoisted;
    }

    /** What lanes hold that no element has reached. */
    final Var identity(Reduction reduction) {
        return identities.computeIfAbsent(reduction.ofParts(), parts -> {
            Var variable = fresh(parts == Reduction.MAX ? "negativeInfinity" : "negativeZero", Type.VECTOR);
            hoist(new Code.Set(variable, new Code.Broadcast(new Code.FloatLiteral(parts.identity()))));
            return variable;
        });
    }

    final boolean hasSink(Class<? extends Sink> type) {
        return loop.sinks().stream().anyMatch(type::isInstance);
    }

    /** The largest multiple of {@code step} that the launch holds. */
    final Value wholeVectors(int step) {
        return Code.and(count(), -step);
    }

    /**
     * The end of the rows whose last vector, though it reaches past the row, stays inside every array that
     * is read. Such a vector can be loaded without mask, and so without the two branches a masked load
     * takes to check its bounds: 10 columns take 0.9 ns a row with them.
     *
     * @param together rows that whole vectors cover together: those before the end's last multiple of so many have room
     * @param width floats that whole vectors cover from the first of them
     */
    final Value openRows(int together, int width) {
        Value end = count();
        for (Map.Entry<Node, Place> load : loop.loads().entrySet()) {
            Place place = load.getValue();
            if (load.getKey().extent().isFull() && !place.tiled()) {
                Value first = rowStart(place, new Code.Int(0), loop.cols());
                Value room = Code.sub(new Code.Length(array(place.slot())), Code.add(first, new Code.Int(width - together * loop.cols())));
                end = new Code.Min(end, new Code.IntOp('/', room, new Code.Int(loop.cols())));
            }
        }
        return end;
    }

    /** Empty accumulators of the reductions, in registers. */
    final Map<Sink.Reducing, Var[]> accumulators() {
        Map<Sink.Reducing, Var[]> all = new LinkedHashMap<>();
        for (Sink sink : loop.sinks()) {
            if (sink instanceof Sink.Reducing reducing) {
                Var[] acc = new Var[vectors];
                for (int k = 0; k < vectors; k++) {
                    acc[k] = let("acc", identity(reducing.reduction()));
                }
                all.put(reducing, acc);
            }
        }
        return all;
    }

    /** The accumulators of rows that take turns as one. */
    final Value joinWays(Reduction reduction, List<? extends Value> ways) {
        if (ways.size() == 1) {
            return ways.getFirst();
        }
        Value even = join(reduction, ways.get(0), ways.get(1));
        return join(reduction, even, join(reduction, ways.get(2), ways.get(3)));
    }

    /** Where the sums of a loop's columns go. */
    static Place target(List<Fold> folds, Sink.ColumnReduction sink) {
        return folds.stream().filter(fold -> fold.source().equals(sink.accumulators())).findFirst().orElseThrow().target();
    }

    /** Takes a vector of elements, those of the mask, into an accumulator. */
    final void accumulate(Sink.Reducing sink, Var accumulator, Values values, Value mask) {
        Value next = step(sink, accumulator, values);
        if (mask == null) {
            assign(accumulator, next);
        } else if (sink.reduction() == Reduction.SUM) { // the one step that hardware has a masked form of
            Value element = values.of(sink.node().input(0));
            assign(accumulator, new Code.Masked(Primitive.ADD, accumulator, element, mask));
        } else { // a lane without an element stays as it is: fma(0, 0, -0) would be +0
            assign(accumulator, new Code.Select(next, accumulator, mask));
        }
    }

    /**
     * Whether accumulators take turns, which makes a loop of one vector an iteration. C2 unrolls that, four times where there is little in it, so that four are back
     * in their places; and it checks the bounds of each array once ahead of the loop, not once for every vector. What it unrolls it reads in the order of memory,
     * and four vectors an iteration in any order, which no prefetcher follows. With fewer lanes than 16 a sum has more than
     * four, which would be moved about; and more than half of AVX-512's registers full of them would be moved through memory.
     */
    final boolean accumulatorsTurn(int reductions) {
        return vectors <= 4 && reductions * vectors <= 16;
    }

    /** The next element belongs to the next accumulator. */
    final void turn(Var[] accumulators) {
        if (accumulators.length == 1) {
            return;
        }
        Var first = let("turned", accumulators[0]);
        for (int k = 1; k < accumulators.length; k++) {
            assign(accumulators[k - 1], accumulators[k]);
        }
        assign(accumulators[accumulators.length - 1], first);
    }

    // --- rows and columns --------------------------------------------------------------------------

    /** The mask of vector {@code k} of {@code count} columns, or null where it is full. */
    final Value columnMask(int count, int k) {
        int live = count - k * lanes;
        if (live >= lanes) {
            return null;
        }
        return columnMasks.computeIfAbsent(live, n -> {
            Var mask = fresh("columns", Type.MASK);
            hoist(new Code.Set(mask, new Code.InRange(new Code.Int(0), new Code.Int(n))));
            return mask;
        });
    }

    /** What one row's loops read: its row values once, its columns where they stand. */
    final class RowReader {
        private final Value r;
        private final boolean open;
        private final int distance; // from the first of the rows that an iteration takes
        private final Map<Node, Value[]> columns;
        private final Map<Node, Value> rowValues = new HashMap<>();
        private final Map<Place, Value> starts = new HashMap<>();

        /**
         * Reads, at once, all that is the same for the whole row.
         *
         * @param columns the column operands that were loaded ahead, a value per vector
         * @param open whether the row's last vector may be read as a whole, see {@link #openRows}
         */
        RowReader(Value r, Map<Node, Value[]> columns, boolean open) {
            this.open = open;
            this.distance = 0;
            this.r = r;
            this.columns = columns;
            readRowValues();
            loop.loads().forEach((node, place) -> {
                if (node.extent().isFull()) {
                    start(place);
                }
            });
            for (Sink sink : loop.sinks()) {
                if (sink instanceof Sink.Store(Node v, Place place)) {
                    start(place);
                }
            }
        }

        /** The row {@code distance} rows after {@code first}, addressed from there. */
        RowReader(RowReader first, int distance) {
            this.r = Code.add(first.r, new Code.Int(distance));
            this.open = first.open;
            this.distance = distance;
            this.columns = first.columns;
            readRowValues();
            first.starts.forEach((place, start) ->
                    starts.put(place, Code.add(start, new Code.Int(distance * loop.cols()))));
        }

        private void readRowValues() {
            loop.loads().forEach((node, place) -> {
                if (node.extent().isRow()) {
                    Value value = new Code.Get(array(place.slot()), at(place, r));
                    rowValues.put(node, let(array(place.slot()).name + "Row", new Code.Broadcast(value)));
                }
            });
        }

        /** The index of the row's first column. */
        Value start(Place place) {
            return starts.computeIfAbsent(
                    place, p -> let(array(p.slot()).name + "Start", rowStart(p, r, loop.cols())));
        }

        /**
         * @param c the first column
         * @param k which vector of the columns that were loaded ahead
         */
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
                String name = array(place.slot()).name;
                if (node.extent().isCol()) {
                    return let(name, new Code.Load(array(place.slot()), column(place, c), mask));
                }
                Value at = Code.add(start(place), c);
                return let(name, new Code.Load(array(place.slot()), at, open ? null : mask));
            });
        }
    }

    /**
     * Column operands as they stand in vectors that go across the borders of rows.
     *
     * @param firsts where the vectors begin, in floats from the start of a row
     */
    final Map<Node, Value[]> spreadColumns(int cols, int... firsts) {
        Map<Node, Value[]> columns = new LinkedHashMap<>();
        loop.loads().forEach((node, place) -> {
            if (node.extent().isCol()) {
                String name = array(place.slot()).name;
                Value once = let(name, new Code.Load(array(place.slot()), column(place, new Code.Int(0)), columnMask(cols, 0)));
                columns.put(node, Arrays.stream(firsts)
                        .mapToObj(first -> let(name + "Columns", new Code.Rearrange(once, new Code.Shuffle(Code.Fact.COLUMNS, cols, first))))
                        .toArray(Value[]::new));
            }
        });
        return columns;
    }

    /** Loads column operands ahead of the rows, when they are few enough to stay in registers. */
    final Map<Node, Value[]> hoistColumns(Value c, int cols) {
        int perNode = Math.ceilDiv(cols, lanes);
        Map<Node, Value[]> columns = new LinkedHashMap<>();
        int budget = HOISTED_COLUMNS;
        for (Map.Entry<Node, Place> load : loop.loads().entrySet()) {
            Place place = load.getValue();
            if (load.getKey().extent().isCol() && perNode <= budget) {
                budget -= perNode;
                Value[] parts = new Value[perNode];
                for (int k = 0; k < perNode; k++) {
                    Value at = Code.add(column(place, c), new Code.Int(k * lanes));
                    Value mask = columnMask(cols, k);
                    Value part = new Code.Load(array(place.slot()), at, mask);
                    // Lanes without a column hold -0.0f, so that a product can leave them as they are.
                    parts[k] = let(array(place.slot()).name,
                            mask == null ? part : new Code.Select(part, identity(Reduction.SUM), mask));
                }
                columns.put(load.getKey(), parts);
            }
        }
        return columns;
    }

    /** What as many partials come to as there are lanes, from index {@code first} on. */
    final Value foldPartials(Sink.RowReduction sink, Value first) {
        Var partials = array(sink.partials().slot());
        return new RowTree(this, sink.reduction())
                .fold(row -> let("row", new Code.Load(partials, Code.add(first, new Code.Int(row * lanes)), null)));
    }

    /** The vector that is left to fold of a row of at most 64 columns. */
    final Value shortRow(RowReader row, Sink.RowReduction sink) {
        Map<Sink, Value[]> parts = shortBlock(row, new Code.Int(0), loop.cols());
        return new LaneTree(this, sink.reduction()).oneVector(parts.get(sink));
    }

    /** At most 64 columns: each vector is its own accumulator, and nothing is joined to the identity. */
    final Map<Sink, Value[]> shortBlock(RowReader row, Value from, int count) {
        int parts = Math.ceilDiv(count, lanes);
        Map<Sink, Value[]> reduced = new LinkedHashMap<>();
        loop.sinks().forEach(sink -> reduced.put(sink, new Value[parts]));
        for (int k = 0; k < parts; k++) {
            Value mask = columnMask(count, k);
            Value c = Code.add(from, new Code.Int(k * lanes));
            Values values = row.values(c, k, mask);
            for (Sink sink : loop.sinks()) {
                switch (sink) {
                    case Sink.Store(Node v, Place place) -> {
                        Value value = values.of(v);
                        emit(new Code.Put(array(place.slot()), Code.add(row.start(place), c), value, mask));
                    }
                    case Sink.Reducing reducing ->
                        reduced.get(sink)[k] = let("part", livePart(row, reducing, values, k, mask));
                }
            }
        }
        return reduced;
    }

    /** One vector's elements, with the identity in the lanes without a column. */
    private Value livePart(RowReader row, Sink.Reducing sink, Values values, int k, Value mask) {
        if (mask == null) {
            return first(sink, values);
        }
        // C2 lets a multiplication under a mask read memory, and no prefetcher follows those. Beyond the caches that took five times the time; every other row suffices.
        List<Node> factors = row.open && row.distance % 2 == 0 ? List.of() : factors(sink);
        for (int side = 0; side < factors.size(); side++) { // one instruction where a blend would be a second
            Value[] column = row.columns.get(factors.get(side));
            if (column != null) {
                return new Code.Masked(Primitive.MUL, column[k], values.of(factors.get(1 - side)), mask);
            }
        }
        return new Code.Select(first(sink, values), identity(sink.reduction()), mask);
    }

    /** The two factors, where it is products that are summed; otherwise none. */
    private List<Node> factors(Sink.Reducing sink) {
        Node value = sink.values().getFirst();
        return switch (sink.reduction()) {
            case DOT -> sink.values();
            case SUM -> value.op() == Op.MUL && !loop.loads().containsKey(value) ? value.inputs() : List.of();
            case MAX -> List.of();
        };
    }

    /** The lanes whose number has the bit {@code half}. */
    final Var high(int half) {
        return highs.computeIfAbsent(half, h -> {
            long bits = 0;
            for (int i = 0; i < lanes; i++) {
                if ((i & h) != 0) {
                    bits |= 1L << i;
                }
            }
            Var mask = fresh("high" + h + "_", Type.MASK);
            hoist(new Code.Set(mask, new Code.MaskBits(bits)));
            return mask;
        });
    }

    /** For {@link Code.RearrangeTwo}. */
    final Var indices(Code.Shuffle shuffle) {
        return indices.computeIfAbsent(shuffle, s -> {
            Var variable = fresh(s.fact().method(), Type.INTS);
            hoist(new Code.Set(variable, new Code.Indices(s)));
            return variable;
        });
    }
}
