package org.fusegrad.fusion;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.fusegrad.ir.Node;

/** Cuts the work on one tile into loops of limited length that hand values on through tile buffers. */
final class TileLoops {
    private TileLoops() {}

    /**
     * @param sinks all that must be left behind, none of them a reduction over the batch
     * @param body the operations the sinks need
     * @param available where values stand; grows by those that are stored in tiles or by sinks
     */
    static List<Loop> split(
            Allocation allocation,
            LoopSplitter splitter,
            Loop.Shape shape,
            int cols,
            int tile,
            List<Sink> sinks,
            List<Node> body,
            Map<Node, Place> available) {
        List<Loop> loops = new ArrayList<>();
        List<List<Node>> groups = splitter.split(body);
        List<Sink> pending = new ArrayList<>(sinks);
        Set<Node> computed = new HashSet<>();
        for (int k = 0; k < groups.size(); k++) {
            boolean last = k == groups.size() - 1;
            List<List<Node>> later = groups.subList(k + 1, groups.size());
            computed.addAll(groups.get(k));
            List<Sink> here = new ArrayList<>();
            for (Sink sink : pending) {
                boolean begun = sink.values().stream().anyMatch(computed::contains);
                boolean computedLater = later.stream().anyMatch(g -> sink.values().stream().anyMatch(g::contains));
                if (last || begun && !computedLater && !overwritesInputOf(later, sink, allocation)) {
                    here.add(sink);
                }
            }
            pending.removeAll(here);
            Set<Node> group = new HashSet<>(groups.get(k));
            // What waited for the last read of an input is stored after that read.
            here.sort(Comparator.comparing(sink -> waited(sink, computed, group)));
            Map<Node, Place> stored = new HashMap<>();
            for (Sink sink : here) {
                if (sink instanceof Sink.Store store && !store.value().op().isLeaf()) {
                    stored.put(store.value(), store.place());
                }
            }
            Set<Node> crossing = LoopSplitter.crossing(groups.get(k), later);
            for (Sink sink : pending) { // a product's other operand is computed later, or a store in place waits
                sink.values().stream().filter(group::contains).forEach(crossing::add);
            }
            for (Node node : crossing) {
                if (!stored.containsKey(node)) {
                    Place place = Place.tile(allocation.reserve(Buffer.Use.TILE, tile * cols, 0));
                    here.add(new Sink.Store(node, place));
                    stored.put(node, place);
                }
            }
            if (!here.isEmpty()) {
                loops.add(Loop.of(allocation.name(ElementPasses.stem(here)), shape, cols, tile, here, available));
            }
            available.putAll(stored);
        }
        return loops;
    }

    private static boolean waited(Sink sink, Set<Node> computed, Set<Node> group) {
        return sink.values().stream().anyMatch(computed::contains) && sink.values().stream().noneMatch(group::contains);
    }

    /** Whether a store in place of an input must wait, because {@code later} groups read that input. */
    private static boolean overwritesInputOf(List<List<Node>> later, Sink sink, Allocation allocation) {
        Node replaced = sink instanceof Sink.Store store ? allocation.replaced(store.place()) : null;
        return replaced != null
                && later.stream().flatMap(List::stream).anyMatch(node -> node.inputs().contains(replaced));
    }
}
