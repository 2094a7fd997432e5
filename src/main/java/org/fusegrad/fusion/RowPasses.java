package org.fusegrad.fusion;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.fusegrad.ir.Extent;
import org.fusegrad.ir.Node;
import org.fusegrad.ir.Op;
import org.fusegrad.ir.Sums;

/**
 * Passes over rows and columns, a tile of rows at a time, so that what a column loop reads a second time
 * is still in the first-level cache.
 *
 * <p>Within a tile, turns alternate: column loops feed sums of each row, row values are computed across the
 * rows of the tile, further column loops use those, and so on. Even turns hold row values, odd ones
 * columns.
 */
final class RowPasses {
    /** 64 lanes, and room for a full vector that starts at the last of them. */
    static final int LANES_SIZE = 80;
    /** Floats of one partial vector per row. */
    static final int PARTIAL = 16;

    /** What a tile may take of the first-level cache, which is 32 KB at least. */
    private static final int TILE_BYTES = 24 << 10;
    /** Rows too wide for that share the second level instead, in groups whose sums are folded together. */
    private static final int WIDE_TILE_BYTES = 128 << 10;
    private static final int MAX_ROWS = 512;
    private static final int FOLDED_ROWS = 16;
    /** A value that takes more operations than this is read back rather than computed again. */
    private static final int RECOMPUTE_LIMIT = 3;

    private final Allocation allocation;
    private final LoopSplitter splitter;

    RowPasses(Allocation allocation, LoopSplitter splitter) {
        this.allocation = allocation;
        this.splitter = splitter;
    }

    Pass pass(List<Node> members, Collection<Node> roots) {
        return new Builder(members, roots).build();
    }

    /** One pass under construction. */
    private final class Builder {
        private final List<Node> members;
        private final Set<Node> roots;
        private final Map<Node, Place> available = new HashMap<>(allocation.places());
        private final Map<Node, Place> lasting = new HashMap<>();
        private final Map<Node, Integer> turn = new HashMap<>();
        private final Map<Node, List<Node>> users = new HashMap<>();
        private final List<Loop> loops = new ArrayList<>();
        private final List<Fold> folds = new ArrayList<>();
        private final int tile;

        Builder(List<Node> members, Collection<Node> roots) {
            this.members = members;
            this.roots = new LinkedHashSet<>(roots);
            for (Node node : members) {
                turn.put(node, turn(node));
                for (Node input : node.inputs()) {
                    users.computeIfAbsent(input, k -> new ArrayList<>()).add(node);
                }
            }
            this.tile = tileRows();
        }

        Pass build() {
            TreeMap<Integer, List<Node>> byTurn = new TreeMap<>();
            for (Node node : members) {
                byTurn.computeIfAbsent(turn.get(node), t -> new ArrayList<>()).add(node);
            }
            for (Node root : roots) {
                if (root.op().isLeaf()) { // an input that is asked for as it is
                    byTurn.computeIfAbsent(root.extent().isRow() ? 0 : 1, t -> new ArrayList<>()).add(root);
                }
            }
            byTurn.forEach((t, nodes) -> {
                if (t % 2 == 0) {
                    addRowValues(t, nodes);
                } else {
                    addColumns(t, nodes);
                }
            });
            lasting.forEach(allocation::put);
            return new Pass(Pass.Kind.ROWS, Extent.ROW, tile, loops, folds);
        }

        /** When a value is computed: reductions with what they reduce, all else when it is needed first. */
        private int turn(Node node) {
            if (node.op().isReduction()) {
                Node input = node.input(0);
                int before = turn.getOrDefault(input, input.extent().isRow() ? 0 : 1);
                return input.op() == Op.SUM_COLUMNS && turn.containsKey(input) ? before + 1 : before;
            }
            boolean row = node.extent().isRow();
            int t = row ? 0 : 1;
            for (Node input : node.inputs()) {
                Integer before = turn.get(input);
                if (before != null) {
                    boolean inputRow = input.extent().isRow();
                    int ready = input.op() == Op.SUM_COLUMNS || inputRow != row ? before + 1 : before;
                    t = Math.max(t, (ready % 2 == 0) == row ? ready : ready + 1);
                }
            }
            return t;
        }

        // --- rows ----------------------------------------------------------------------------------

        private void addRowValues(int t, List<Node> nodes) {
            List<Sink> sinks = new ArrayList<>();
            for (Node node : nodes) {
                if (node.op() == Op.SUM) {
                    sinks.add(laneSum(node, node.input(0), 1));
                } else if (roots.contains(node)) {
                    sinks.addAll(stores(node));
                } else if (usedByLaterTurn(node, t)) {
                    sinks.add(new Sink.Store(node, tileBuffer(node)));
                }
            }
            addLoops(Loop.Shape.TILE, 1, sinks);
        }

        private boolean usedByLaterTurn(Node node, int t) {
            return users.getOrDefault(node, List.of()).stream().anyMatch(user -> turn.get(user) > t);
        }

        // --- columns -------------------------------------------------------------------------------

        private void addColumns(int t, List<Node> nodes) {
            TreeMap<Integer, List<Node>> byCols = new TreeMap<>();
            for (Node node : nodes) {
                Extent walked = node.op().isReduction() ? node.input(0).extent() : node.extent();
                byCols.computeIfAbsent(walked.cols(), c -> new ArrayList<>()).add(node);
            }
            byCols.forEach((cols, group) -> addColumns(t, cols, group));
        }

        private void addColumns(int t, int cols, List<Node> nodes) {
            List<Sink> longValues = new ArrayList<>();
            for (Node node : nodes) {
                if (node.op() == Op.SUM_COLUMNS && isLong(node.input(0))) {
                    addToTile(longValues, node.input(0));
                }
            }
            addLoops(Loop.Shape.ROW_SUMS, cols, longValues);
            List<Sink> rowSinks = new ArrayList<>();
            List<Node> flatSums = new ArrayList<>();
            List<Node> columnSums = new ArrayList<>();
            for (Node node : nodes) {
                switch (node.op()) {
                    case SUM_COLUMNS -> rowSinks.add(rowSum(node, cols));
                    case SUM_ROWS -> columnSums.add(node);
                    case SUM -> flatSums.add(node);
                    default -> {
                        if (roots.contains(node)) {
                            rowSinks.addAll(stores(node));
                        } else if (isExpensive(node) && usedByLaterTurn(node, t)) {
                            rowSinks.add(new Sink.Store(node, tileBuffer(node)));
                        }
                    }
                }
            }
            // A contiguous sum over rows and columns runs along memory: it takes its values from a tile.
            for (Node sum : flatSums) {
                addToTile(rowSinks, sum.input(0));
            }
            // Where both kinds of loop need the same long computation, the second reads it back.
            for (Node sum : columnSums) {
                boolean tooLong = isLong(sum.input(0));
                if (tooLong || !rowSinks.isEmpty() && isExpensive(sum.input(0))) {
                    addToTile(rowSinks, sum.input(0));
                }
            }
            addLoops(Loop.Shape.ROW_SUMS, cols, rowSinks);
            for (Node node : nodes) {
                if (node.op() == Op.SUM_COLUMNS) {
                    addLoops(Loop.Shape.TILE, 1, furtherOutputs(node));
                }
            }
            addFlatSums(flatSums, cols);
            addColumnSums(columnSums, cols);
        }

        private void addToTile(List<Sink> sinks, Node node) {
            boolean there = available.containsKey(node)
                    || sinks.stream().anyMatch(s -> s instanceof Sink.Store && s.value() == node);
            if (!there) {
                sinks.add(new Sink.Store(node, tileBuffer(node)));
            }
        }

        private void addFlatSums(List<Node> sums, int cols) {
            if (!sums.isEmpty()) {
                List<Sink> sinks = new ArrayList<>();
                sums.forEach(sum -> sinks.add(laneSum(sum, sum.input(0), cols)));
                String name = allocation.name(ElementPasses.stem(sinks));
                loops.add(Loop.of(name, Loop.Shape.TILE, cols, Sums.BLOCK, sinks, available));
            }
        }

        private void addColumnSums(List<Node> sums, int cols) {
            if (sums.isEmpty()) {
                return;
            }
            List<Sink> sinks = new ArrayList<>();
            int ways = Sums.ways(cols);
            for (Node sum : sums) {
                int size = ways * Sums.padded(cols);
                Place accumulators = Place.whole(allocation.reserve(Buffer.Use.ACCUMULATORS, size, 0));
                sinks.add(new Sink.ColumnSum(sum.input(0), accumulators));
                Place target = allocation.whole(sum);
                lasting.put(sum, target);
                folds.add(new Fold(Fold.Kind.COLUMNS, accumulators, target, cols, allocation.totals(cols)));
            }
            String name = allocation.name(ElementPasses.stem(sinks));
            loops.add(Loop.of(name, Loop.Shape.COLUMN_SUMS, cols, tile, sinks, available));
        }

        // --- sinks ---------------------------------------------------------------------------------

        private List<Sink> stores(Node root) {
            List<Sink> stores = new ArrayList<>();
            List<Place> outputs = allocation.outputsOf(root);
            for (Place place : outputs.isEmpty() ? List.of(allocation.whole(root)) : outputs) {
                stores.add(new Sink.Store(root, place));
            }
            if (!root.op().isLeaf()) {
                lasting.put(root, ((Sink.Store) stores.getFirst()).place());
            }
            return stores;
        }

        /** A row sum is left in the first of its outputs; the others get a copy. */
        private List<Sink> furtherOutputs(Node node) {
            List<Sink> copies = new ArrayList<>();
            allocation.outputsOf(node).stream().skip(1).forEach(place -> copies.add(new Sink.Store(node, place)));
            return copies;
        }

        private Sink laneSum(Node sum, Node value, int perRow) {
            Place lanes = Place.whole(allocation.reserve(Buffer.Use.LANES, LANES_SIZE, 0));
            Place target = allocation.scalar(sum);
            folds.add(new Fold(Fold.Kind.LANES, lanes, target, perRow, allocation.totals(1)));
            return new Sink.LaneSum(value, lanes, target);
        }

        private Sink rowSum(Node sum, int cols) {
            int blocks = Math.ceilDiv(cols, Sums.BLOCK);
            // The scalar twin keeps the lanes of one row here, and the sums of its blocks behind them.
            int size = Math.max(tile * blocks, PARTIAL) * PARTIAL + blocks;
            Place partials = Place.whole(allocation.reserve(Buffer.Use.PARTIALS, size, 0));
            Place target = roots.contains(sum) ? allocation.whole(sum) : tileBuffer(sum);
            if (roots.contains(sum)) {
                lasting.put(sum, target);
            }
            return new Sink.RowSum(sum.input(0), partials, target);
        }

        private Place tileBuffer(Node node) {
            return Place.tile(allocation.reserve(Buffer.Use.TILE, tile * node.extent().cols(), 0));
        }

        // --- loops ---------------------------------------------------------------------------------

        private void addLoops(Loop.Shape shape, int cols, List<Sink> sinks) {
            if (sinks.isEmpty()) {
                return;
            }
            List<Node> body = Loop.bodyOf(sinks, available);
            loops.addAll(TileLoops.split(allocation, splitter, shape, cols, tile, sinks, body, available));
            for (Node node : members) {
                if (node.op() == Op.SUM_COLUMNS && !available.containsKey(node)) {
                    for (Sink sink : sinks) {
                        if (sink instanceof Sink.RowSum sum && sum.value() == node.input(0)) {
                            available.put(node, sum.target());
                        }
                    }
                }
            }
        }

        /** Whether computing a value again would take long; what is computed once per row does not count. */
        private boolean isExpensive(Node value) {
            return Loop.cost(body(value).stream().filter(node -> node.extent().isFull()).toList()) > RECOMPUTE_LIMIT;
        }

        /** Whether computing a value takes more code than a loop that sums can hold. */
        private boolean isLong(Node value) {
            return Loop.cost(body(value)) > Fuser.OPS_PER_LOOP / 2;
        }

        private List<Node> body(Node value) {
            return Loop.bodyOf(List.of(new Sink.Store(value, null)), available);
        }

        // --- tile size -----------------------------------------------------------------------------

        private int tileRows() {
            Set<Node> streams = new HashSet<>();
            long least = 1;
            for (Node node : members) {
                if (node.op() == Op.SUM && node.input(0).extent().isFull()) {
                    least = Math.max(least, FOLDED_ROWS); // lanes must begin at a whole vector in every tile
                } else if (node.op() == Op.SUM_ROWS) {
                    least = Math.max(least, Sums.ways(node.extent().cols())); // rows take turns from the first
                }
                for (Node input : node.inputs()) {
                    boolean fromMemory = input.op().isLeaf() || !turn.containsKey(input);
                    if (input.extent().isFull() && fromMemory) {
                        streams.add(input);
                    }
                }
                if (node.extent().isFull() && (roots.contains(node) || isExpensive(node))) {
                    streams.add(node);
                }
            }
            long bytesPerRow = 4;
            for (Node stream : streams) {
                bytesPerRow += 4L * stream.extent().cols();
            }
            long rows = TILE_BYTES / bytesPerRow;
            if (rows < FOLDED_ROWS) {
                rows = Math.min(FOLDED_ROWS, WIDE_TILE_BYTES / bytesPerRow);
            }
            return (int) Long.highestOneBit(Math.clamp(rows, least, MAX_ROWS));
        }
    }
}
