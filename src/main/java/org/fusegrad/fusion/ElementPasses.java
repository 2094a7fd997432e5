package org.fusegrad.fusion;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.fusegrad.ir.Extent;
import org.fusegrad.ir.Node;
import org.fusegrad.ir.Op;
import org.fusegrad.ir.Sums;

/**
 * Passes over neighbouring elements, where no value is broadcast along an axis: one flat loop with its
 * sums in registers or, when that would be too long, several over tiles.
 */
final class ElementPasses {
    /** Elements per tile; ten such buffers fit a first-level cache of 48 KB. */
    static final int TILE = 1024;
    /** Elements per launch of a loop without sums. */
    static final int FLAT = 1 << 16;
    /** More sums than this do not fit the registers of a flat loop. */
    private static final int SUMS_PER_LOOP = 4;

    private final Allocation allocation;
    private final LoopSplitter splitter;
    private final int opsPerLoop;

    ElementPasses(Allocation allocation, LoopSplitter splitter, int opsPerLoop) {
        this.allocation = allocation;
        this.splitter = splitter;
        this.opsPerLoop = opsPerLoop;
    }

    /**
     * @param index what the pass walks over
     * @param roots sums over the index, and values of its extent that must be stored
     */
    Pass pass(Extent index, Collection<Node> roots) {
        Map<Node, Place> before = new HashMap<>(allocation.places());
        List<Sink> stores = new ArrayList<>();
        List<Node> sums = new ArrayList<>();
        for (Node root : roots) {
            if (root.op() == Op.SUM && index.equals(root.input(0).extent())) {
                sums.add(root);
            } else {
                stores.addAll(stores(root));
            }
        }
        List<Sink> probe = new ArrayList<>(stores);
        sums.forEach(sum -> probe.add(new Sink.LaneSum(sum.input(0), null, null)));
        List<Node> body = Loop.bodyOf(probe, before);
        boolean oneLoop = Loop.cost(body) <= opsPerLoop && sums.size() <= SUMS_PER_LOOP;
        return oneLoop ? flat(index, stores, sums, before) : tiled(index, stores, sums, body, before);
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

    private Pass flat(Extent index, List<Sink> stores, List<Node> sums, Map<Node, Place> before) {
        List<Sink> sinks = new ArrayList<>(stores);
        List<Fold> folds = new ArrayList<>();
        for (Node sum : sums) {
            Place target = allocation.scalar(sum);
            // Vectors keep the lanes in registers; the scalar twin needs them in memory.
            Place lanes = Place.whole(allocation.reserve(Buffer.Use.LANES, RowPasses.LANES_SIZE, 0));
            sinks.add(new Sink.LaneSum(sum.input(0), lanes, target));
            folds.add(new Fold(Fold.Kind.BLOCKS, target, target, 1, allocation.totals(1)));
        }
        Loop loop = Loop.of(allocation.name(stem(sinks)), Loop.Shape.FLAT, 1, mostElements(sums), sinks, before);
        return new Pass(Pass.Kind.FLAT, index, 0, List.of(loop), folds);
    }

    /** A launch ends with the block of its sums; without sums it may as well be longer. */
    private static int mostElements(List<Node> sums) {
        return sums.isEmpty() ? FLAT : Sums.BLOCK;
    }

    private Pass tiled(Extent index, List<Sink> stores, List<Node> sums, List<Node> body, Map<Node, Place> before) {
        Map<Node, Place> available = new HashMap<>(before);
        List<Sink> sinks = new ArrayList<>(stores);
        List<Fold> folds = new ArrayList<>();
        for (Node sum : sums) {
            Place lanes = Place.whole(allocation.reserve(Buffer.Use.LANES, RowPasses.LANES_SIZE, 0));
            Place target = allocation.scalar(sum);
            sinks.add(new Sink.LaneSum(sum.input(0), lanes, target));
            folds.add(new Fold(Fold.Kind.LANES, lanes, target, 1, allocation.totals(1)));
        }
        List<Loop> loops = TileLoops.split(
                allocation, splitter, Loop.Shape.TILE, 1, TILE, sinks, body, available);
        return new Pass(Pass.Kind.TILED, index, TILE, loops, folds);
    }

    /** A readable name: what the loop's sinks are. */
    static String stem(List<Sink> sinks) {
        StringBuilder name = new StringBuilder();
        Set<String> parts = new HashSet<>();
        for (Sink sink : sinks) {
            String part = switch (sink) {
                case Sink.Store s -> s.value().op().text();
                case Sink.LaneSum s -> "sum_" + s.value().op().text();
                case Sink.RowSum s -> "row_sum_" + s.value().op().text();
                case Sink.ColumnSum s -> "column_sum_" + s.value().op().text();
            };
            if (name.length() < 48 && parts.add(part)) {
                name.append(name.isEmpty() ? "" : "_").append(part);
            }
        }
        return name.toString();
    }

    static {
        assert Sums.BLOCK % TILE == 0 : "blocks of a sum must end with a tile";
    }
}
