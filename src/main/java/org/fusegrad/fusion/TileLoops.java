package org.fusegrad.fusion;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
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
        Groups groups = new Groups(splitter.split(body));
        List<Sink> pending = new ArrayList<>(sinks);
        for (int k = 0; k < groups.list.size(); k++) {
            int group = k;
            boolean last = k == groups.list.size() - 1;
            List<Sink> here = new ArrayList<>();
            for (Sink sink : pending) {
                boolean complete = groups.begins(sink, k) && !groups.computesAfter(sink, k);
                if (last || complete && !groups.readsAfter(replaced(sink, allocation), k)) {
                    here.add(sink);
                }
            }
            pending.removeAll(here);
            // What waited for the last read of an input is stored after that read.
            here.sort(Comparator.comparing(sink -> groups.begins(sink, group) && !groups.computes(sink, group)));
            Map<Node, Place> stored = new HashMap<>();
            for (Sink sink : here) {
                if (sink instanceof Sink.Store store && !store.value().op().isLeaf()) {
                    stored.put(store.value(), store.place());
                }
            }
            for (Node node : groups.list.get(k)) {
                // A sink that waits takes it too: its other operand is computed later, or it overwrites what is still read.
                boolean crosses = groups.readsAfter(node, k) || pending.stream().anyMatch(sink -> sink.values().contains(node));
                if (crosses && !stored.containsKey(node)) {
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

    /** The input that a sink stores in place of, which it must wait for until that is read; null if there is none. */
    private static Node replaced(Sink sink, Allocation allocation) {
        return sink instanceof Sink.Store store ? allocation.replaced(store.place()) : null;
    }

    /** Groups of operations, and by the number of a group, where nodes are computed and where they are read last. */
    private static final class Groups {
        final List<List<Node>> list;
        private final Map<Node, Integer> computed = new HashMap<>();
        private final Map<Node, Integer> lastRead = new HashMap<>();

        Groups(List<List<Node>> list) {
            this.list = list;
            for (int k = 0; k < list.size(); k++) {
                for (Node node : list.get(k)) {
                    computed.put(node, k);
                    for (Node input : node.inputs()) {
                        lastRead.put(input, k);
                    }
                }
            }
        }

        /** Whether a value of {@code sink} is computed in group k. */
        boolean computes(Sink sink, int k) {
            return anyComputed(sink, group -> group == k);
        }

        /** Whether one is, there or before. */
        boolean begins(Sink sink, int k) {
            return anyComputed(sink, group -> group <= k);
        }

        boolean computesAfter(Sink sink, int k) {
            return anyComputed(sink, group -> group > k);
        }

        private boolean anyComputed(Sink sink, IntPredicate where) {
            return sink.values().stream().anyMatch(value -> computed.containsKey(value) && where.test(computed.get(value)));
        }

        /** Whether an operation behind group k reads {@code node}. */
        boolean readsAfter(Node node, int k) {
            return lastRead.getOrDefault(node, 0) > k;
        }
    }
}
