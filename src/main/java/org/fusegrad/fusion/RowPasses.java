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
import org.fusegrad.ir.Axis;
import org.fusegrad.ir.Extent;
import org.fusegrad.ir.Node;
import org.fusegrad.ir.Sums;

/**
 * Passes over rows and columns, a tile of rows at a time, so that what a column loop reads a second time
 * is still in the first-level cache.
 *
 * <p>Within a tile, turns alternate: column loops feed reductions of each row, row values are computed across the
 * rows of the tile, further column loops use those, and so on. Even turns hold row values, odd ones
 * columns.
 */
final class RowPasses {
    /** 64 lanes, and room for a full vector that starts at the last of them. */
    static final int LANES_SIZE = 80;
    /** Floats that a row leaves to be folded, at most: one vector. */
    static final int PARTIAL = 16;

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
        private final TileRows tile;

        Builder(List<Node> members, Collection<Node> roots) {
            this.members = members;
            this.roots = new LinkedHashSet<>(roots);
            for (Node node : members) {
                turn.put(node, turn(node));
                for (Node input : node.inputs()) {
                    users.computeIfAbsent(input, k -> new ArrayList<>()).add(node);
                }
            }
            postpone();
            this.tile = TileRows.of(bytesPerRow(), leastRows());
        }

        /** Values of rows that could be computed at once, but are needed later only, are computed where they are needed. */
        private void postpone() {
            for (Node node : members.reversed()) {
                if (node.walked().isRow() && !node.op().isReduction() && !roots.contains(node) && users.containsKey(node)) {
                    int needed = users.get(node).stream().mapToInt(turn::get).min().orElseThrow();
                    turn.merge(node, needed & -2, Math::max); // before the columns of an odd turn come the rows of an even one
                }
            }
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
            return new Pass(Pass.Kind.ROWS, Extent.ROW, tile.cached(), tile.most(), loops, folds);
        }

        /** When a value is computed: reductions with what they reduce, all else when it is needed first. */
        private int turn(Node node) {
            boolean row = node.walked().isRow();
            int t = row ? 0 : 1;
            for (Node input : node.inputs()) {
                Integer before = turn.get(input);
                if (before != null) {
                    boolean inputRow = input.extent().isRow();
                    int ready = input.op().axis() == Axis.COLUMNS || inputRow != row ? before + 1 : before;
                    t = Math.max(t, (ready % 2 == 0) == row ? ready : ready + 1);
                }
            }
            return t;
        }

        // --- rows ----------------------------------------------------------------------------------

        private void addRowValues(int t, List<Node> nodes) {
            List<Sink> sinks = new ArrayList<>();
            for (Node node : nodes) {
                if (node.op().isReduction()) {
                    sinks.add(laneReduction(node, 1));
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
                byCols.computeIfAbsent(node.walked().cols(), c -> new ArrayList<>()).add(node);
            }
            byCols.forEach((cols, group) -> addColumns(t, cols, group));
        }

        private void addColumns(int t, int cols, List<Node> nodes) {
            List<Sink> rowSinks = new ArrayList<>();
            List<Node> flatReductions = new ArrayList<>();
            List<Node> columnReductions = new ArrayList<>();
            for (Node node : nodes) {
                if (node.op().isReduction()) {
                    switch (node.op().axis()) {
                        case ALL -> flatReductions.add(node);
                        case COLUMNS -> rowSinks.add(rowReduction(node, cols));
                        case ROWS -> columnReductions.add(node);
                    }
                } else if (roots.contains(node)) {
                    rowSinks.addAll(stores(node));
                } else if (isExpensive(node) && usedByLaterTurn(node, t)) {
                    rowSinks.add(new Sink.Store(node, tileBuffer(node)));
                }
            }
            // A contiguous reduction over rows and columns runs along memory: it takes its values from a tile.
            for (Node reduction : flatReductions) {
                reduction.inputs().forEach(value -> addToTile(rowSinks, value));
            }
            // Where both kinds of loop need the same long computation, the second reads it back.
            for (Node reduction : columnReductions) {
                for (Node value : reduction.inputs()) {
                    boolean tooLong = isLong(value);
                    if (tooLong || !rowSinks.isEmpty() && isExpensive(value)) {
                        addToTile(rowSinks, value);
                    }
                }
            }
            addRows(cols, rowSinks);
            for (Node node : nodes) {
                if (node.op().axis() == Axis.COLUMNS) {
                    addLoops(Loop.Shape.TILE, 1, furtherOutputs(node));
                }
            }
            addFlatReductions(flatReductions, cols);
            addColumnReductions(columnReductions, cols);
        }

        /** A loop that reduces computes several vectors at once: values that take much code have loops before it. */
        private void addRows(int cols, List<Sink> sinks) {
            if (sinks.stream().anyMatch(Sink.RowReduction.class::isInstance)) {
                List<Sink> before = new ArrayList<>(sinks.stream()
                        .filter(sink -> sink instanceof Sink.Store(Node value, Place place) && isLong(value))
                        .toList());
                sinks.removeAll(before);
                for (Sink sink : sinks) {
                    sink.values().stream().filter(this::isLong).forEach(value -> addToTile(before, value));
                }
                addLoops(Loop.Shape.ROW_SUMS, cols, before);
            }
            addLoops(Loop.Shape.ROW_SUMS, cols, sinks);
        }

        private void addToTile(List<Sink> sinks, Node node) {
            boolean there = available.containsKey(node)
                    || sinks.stream().anyMatch(s -> s instanceof Sink.Store store && store.value() == node);
            if (!there) {
                sinks.add(new Sink.Store(node, tileBuffer(node)));
            }
        }

        private void addFlatReductions(List<Node> reductions, int cols) {
            if (!reductions.isEmpty()) {
                List<Sink> sinks = new ArrayList<>();
                reductions.forEach(node -> sinks.add(laneReduction(node, cols)));
                String name = allocation.name(ElementPasses.stem(sinks));
                loops.add(Loop.of(name, Loop.Shape.TILE, cols, Sums.BLOCK, sinks, available));
            }
        }

        private void addColumnReductions(List<Node> reductions, int cols) {
            if (reductions.isEmpty()) {
                return;
            }
            List<Sink> sinks = new ArrayList<>();
            for (Node node : reductions) {
                Place accumulators = Place.whole(allocation.reserve(Buffer.Use.ACCUMULATORS, Sums.gathered(cols), 0));
                sinks.add(new Sink.ColumnReduction(node, accumulators));
                Place target = allocation.whole(node);
                lasting.put(node, target);
                int total = allocation.totals(cols);
                folds.add(new Fold(Fold.Kind.COLUMNS, node.op().reduction(), accumulators, target, cols, total));
            }
            String name = allocation.name(ElementPasses.stem(sinks));
            loops.add(Loop.of(name, Loop.Shape.COLUMN_SUMS, cols, tile.most(), sinks, available));
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

        /** What a row is reduced to is left in the first of its outputs; the others get a copy. */
        private List<Sink> furtherOutputs(Node node) {
            List<Sink> copies = new ArrayList<>();
            allocation.outputsOf(node).stream().skip(1).forEach(place -> copies.add(new Sink.Store(node, place)));
            return copies;
        }

        private Sink laneReduction(Node node, int perRow) {
            Place lanes = Place.whole(allocation.reserve(Buffer.Use.LANES, LANES_SIZE, 0));
            Place target = allocation.scalar(node);
            folds.add(new Fold(Fold.Kind.LANES, node.op().reduction(), lanes, target, perRow, allocation.totals(1)));
            return new Sink.LaneReduction(node, lanes, target);
        }

        private Sink rowReduction(Node node, int cols) {
            int blocks = Math.ceilDiv(cols, Sums.BLOCK);
            // The scalar twin keeps the lanes of one row here, and what its blocks came to behind them.
            int size = Math.ceilDiv(tile.most() * blocks, PARTIAL) * PARTIAL * PARTIAL + blocks;
            Place partials = Place.whole(allocation.reserve(Buffer.Use.PARTIALS, size, 0));
            Place target = roots.contains(node) ? allocation.whole(node) : tileBuffer(node);
            if (roots.contains(node)) {
                lasting.put(node, target);
            }
            return new Sink.RowReduction(node, partials, target);
        }

        private Place tileBuffer(Node node) {
            return Place.tile(allocation.reserve(Buffer.Use.TILE, tile.most() * node.extent().cols(), 0));
        }

        // --- loops ---------------------------------------------------------------------------------

        private void addLoops(Loop.Shape shape, int cols, List<Sink> sinks) {
            if (sinks.isEmpty()) {
                return;
            }
            List<Node> body = Loop.bodyOf(sinks, available);
            loops.addAll(TileLoops.split(allocation, splitter, shape, cols, tile.most(), sinks, body, available));
            for (Sink sink : sinks) {
                if (sink instanceof Sink.RowReduction row) {
                    available.put(row.node(), row.target());
                }
            }
        }

        /** Whether computing a value again would take long; what is computed once per row does not count. */
        private boolean isExpensive(Node value) {
            return Loop.cost(body(value).stream().filter(node -> node.extent().isFull()).toList()) > RECOMPUTE_LIMIT;
        }

        /** Whether computing a value takes more code than a loop that reduces can hold. */
        private boolean isLong(Node value) {
            return Loop.cost(body(value)) > splitter.limit() / 2;
        }

        private List<Node> body(Node value) {
            return Loop.bodyOf(List.of(new Sink.Store(value, null)), available);
        }

        // --- tile size -----------------------------------------------------------------------------

        private int leastRows() {
            int least = 1;
            for (Node node : members) {
                if (node.op().axis() == Axis.ALL && node.walked().isFull()) {
                    least = Math.max(least, TileRows.FOLDED); // lanes must begin at a whole vector in every tile
                } else if (node.op().axis() == Axis.ROWS) {
                    least = Math.max(least, Sums.ways(node.extent().cols())); // rows take turns from the first
                }
            }
            return least;
        }

        /** What a row takes of a cache. */
        private long bytesPerRow() {
            Set<Node> streams = new HashSet<>();
            for (Node node : members) {
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
            long bytes = 4;
            for (Node stream : streams) {
                bytes += 4L * stream.extent().cols();
            }
            return bytes;
        }
    }
}
