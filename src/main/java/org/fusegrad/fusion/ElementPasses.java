package org.fusegrad.fusion;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.fusegrad.ir.Axis;
import org.fusegrad.ir.Extent;
import org.fusegrad.ir.Node;
import org.fusegrad.ir.Sums;

/**
 * Passes over neighbouring elements, where no value is broadcast along an axis: one flat loop with its
 * reductions in registers or, when that would be too long, several over tiles.
 */
final class ElementPasses {
    /** Elements per tile; ten such buffers fit a first-level cache of 48 KB. */
    static final int TILE = 1024;
    /** Elements of a flat loop without reductions that are addressed from one index. */
    static final int FLAT = 1 << 16;
    /** More reductions than this do not fit the registers of a flat loop. */
    private static final int REDUCTIONS_PER_LOOP = 4;

    private final Allocation allocation;
    private final LoopSplitter splitter;

    ElementPasses(Allocation allocation, LoopSplitter splitter) {
        this.allocation = allocation;
        this.splitter = splitter;
    }

    /**
     * @param index what the pass walks over
     * @param roots reductions over the index, and values of its extent that must be stored
     */
    Pass pass(Extent index, Collection<Node> roots) {
        Map<Node, Place> before = new HashMap<>(allocation.places());
        List<Sink> stores = new ArrayList<>();
        List<Node> reductions = new ArrayList<>();
        for (Node root : roots) {
            if (root.op().axis() == Axis.ALL && index.equals(root.walked())) {
                reductions.add(root);
            } else {
                stores.addAll(stores(root));
            }
        }
        List<Sink> probe = new ArrayList<>(stores);
        reductions.forEach(node -> probe.add(new Sink.LaneReduction(node, null, null)));
        List<Node> body = Loop.bodyOf(probe, before);
        boolean oneLoop = splitter.fits(body) && reductions.size() <= REDUCTIONS_PER_LOOP;
        return oneLoop ? flat(index, stores, reductions, before) : tiled(index, stores, reductions, body, before);
    }

    private List<Sink> stores(Node root) {
        List<Sink> stores = new ArrayList<>();
        for (Place place : allocation.outputsOf(root)) {
            stores.add(new Sink.Store(root, place));
        }
        if (stores.isEmpty()) {
            stores.add(new Sink.Store(root, allocation.whole(root)));
        }
        if (!root.op().isLeaf()) {
            allocation.put(root, ((Sink.Store) stores.getFirst()).place());
        }
        return stores;
    }

    private Pass flat(Extent index, List<Sink> stores, List<Node> reductions, Map<Node, Place> before) {
        List<Sink> sinks = new ArrayList<>(stores);
        for (Node node : reductions) {
            // Vectors keep the lanes in registers; the scalar twin needs them in memory.
            Place lanes = Place.whole(allocation.reserve(Buffer.Use.LANES, RowPasses.LANES_SIZE, 0));
            sinks.add(new Sink.LaneReduction(node, lanes, allocation.scalar(node)));
        }
        Loop loop = Loop.of(allocation.name(stem(sinks)), Loop.Shape.FLAT, 1, mostElements(index, reductions), sinks, before);
        return new Pass(Pass.Kind.FLAT, index, 0, 0, List.of(loop), List.of());
    }

    /** Reductions have blocks of their own; without any they may as well be longer, but not than all there is. */
    private static int mostElements(Extent index, List<Node> reductions) {
        if (!reductions.isEmpty()) {
            return Sums.BLOCK;
        }
        return index.batched() ? FLAT : Math.min(FLAT, index.cols());
    }

    private Pass tiled(Extent index, List<Sink> stores, List<Node> reductions, List<Node> body, Map<Node, Place> before) {
        Map<Node, Place> available = new HashMap<>(before);
        List<Sink> sinks = new ArrayList<>(stores);
        List<Fold> folds = new ArrayList<>();
        for (Node node : reductions) {
            Place lanes = Place.whole(allocation.reserve(Buffer.Use.LANES, RowPasses.LANES_SIZE, 0));
            Place target = allocation.scalar(node);
            sinks.add(new Sink.LaneReduction(node, lanes, target));
            folds.add(new Fold(Fold.Kind.LANES, node.op().reduction(), lanes, target, 1, allocation.totals(1)));
        }
        List<Loop> loops = TileLoops.split(
                allocation, splitter, Loop.Shape.TILE, 1, TILE, sinks, body, available);
        return new Pass(Pass.Kind.TILED, index, TILE, TILE, loops, folds);
    }

    /** A readable name: what the loop's sinks are. */
    static String stem(List<Sink> sinks) {
        StringBuilder name = new StringBuilder();
        Set<String> parts = new HashSet<>();
        for (Sink sink : sinks) {
            String part = switch (sink) {
                case Sink.Store s -> s.value().op().text();
                case Sink.LaneReduction r -> stem(r);
                case Sink.RowReduction r -> "row_" + stem(r);
                case Sink.ColumnReduction r -> "column_" + stem(r);
            };
            if (name.length() < 48 && parts.add(part)) {
                name.append(name.isEmpty() ? "" : "_").append(part);
            }
        }
        return name.toString();
    }

    private static String stem(Sink.Reducing sink) {
        return sink.reduction().text() + "_" + String.join("_", sink.values().stream().map(v -> v.op().text()).toList());
    }

    static {
        assert Sums.BLOCK % TILE == 0 : "blocks of a reduction must end with a tile";
    }
}
