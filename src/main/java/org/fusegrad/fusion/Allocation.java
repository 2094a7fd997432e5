package org.fusegrad.fusion;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.fusegrad.ir.Graph;
import org.fusegrad.ir.Node;
import org.fusegrad.ir.Op;

/** Hands out array slots, and remembers which values stand where between passes. */
final class Allocation {
    private final Graph graph;
    private final int firstBuffer;
    private final List<Buffer> buffers = new ArrayList<>();
    private final Map<Node, Place> places = new HashMap<>();
    private final Map<Integer, Node> inputs = new HashMap<>();
    private final Map<Node, List<Place>> outputPlaces = new HashMap<>();
    private final List<Schedule.Count> counts = new ArrayList<>();
    private final Set<String> names = new HashSet<>();
    private final Set<Integer> staged;
    private final int scalars;
    private int scalarCount;
    private int totals;

    /** @param staged the outputs that are kept elsewhere until all loops have run, see {@link InPlace} */
    Allocation(Graph graph, Set<Integer> staged) {
        this.graph = graph;
        this.staged = staged;
        this.firstBuffer = graph.inputs().size() + graph.outputs().size();
        this.scalars = reserve(Buffer.Use.SCALARS, 0, 0);
        for (Node node : graph.nodes()) {
            if (node.op() == Op.INPUT) {
                inputs.put(node.inputIndex(), node);
                places.put(node, Place.whole(node.inputIndex()));
            } else if (node.op() == Op.COUNT) {
                Place place = scalar(node);
                counts.add(new Schedule.Count(node, place));
            } else if (node.op() == Op.COLUMN_INDEX) {
                places.put(node, Place.whole(reserve(Buffer.Use.COLUMN_INDEX, node.extent().cols(), 0)));
            }
        }
        for (int k = 0; k < graph.outputs().size(); k++) {
            if (!staged.contains(k)) {
                Node node = graph.outputs().get(k).node();
                outputPlaces.computeIfAbsent(node, n -> new ArrayList<>()).add(output(k));
            }
        }
    }

    /** Everything that can be read by a later pass so far. */
    Map<Node, Place> places() {
        return places;
    }

    void put(Node node, Place place) {
        places.put(node, place);
    }

    /** Where the caller wants a value as soon as it is there; empty when it is no output. */
    List<Place> outputsOf(Node node) {
        return outputPlaces.getOrDefault(node, List.of());
    }

    /** The caller's array for output {@code k}. */
    Place output(int k) {
        return Place.whole(graph.inputs().size() + k);
    }

    /** The input whose elements a store to {@code place} overwrites, or null. */
    Node replaced(Place place) {
        int output = place.slot() - graph.inputs().size();
        int input = output < 0 || output >= graph.outputs().size() ? -1 : graph.outputs().get(output).replaces();
        return input < 0 ? null : inputs.get(input);
    }

    /** The scalar of a node, in the caller's array when it is an output; given once, the same ever after. */
    Place scalar(Node node) {
        return places.computeIfAbsent(node, n -> {
            List<Place> outputs = outputsOf(n);
            return outputs.isEmpty() ? Place.scalar(scalars, scalarCount++) : outputs.getFirst();
        });
    }

    /** A whole value kept beyond its pass, in the caller's array when it is an output. */
    Place whole(Node node) {
        List<Place> outputs = outputsOf(node);
        if (!outputs.isEmpty()) {
            return outputs.getFirst();
        }
        return node.extent().batched()
                ? Place.whole(reserve(Buffer.Use.SAVED, 0, node.extent().cols()))
                : Place.whole(reserve(Buffer.Use.COLUMNS, node.extent().cols(), 0));
    }

    int reserve(Buffer.Use use, int fixed, int perRow) {
        int slot = firstBuffer + buffers.size();
        buffers.add(new Buffer(slot, use, fixed, perRow));
        return slot;
    }

    /** The first of {@code count} doubles. */
    int totals(int count) {
        int first = totals;
        totals += count;
        return first;
    }

    /** A method name that no other loop has: the operations at the end of what it computes. */
    String name(String stem) {
        String name = stem;
        for (int k = 2; !names.add(name); k++) {
            name = stem + "_" + k;
        }
        return name;
    }

    Schedule schedule(List<Pass> passes) {
        List<Schedule.ScalarOutput> scalarOutputs = new ArrayList<>();
        for (int k = 0; k < graph.outputs().size(); k++) {
            Node node = graph.outputs().get(k).node();
            Place place = output(k);
            if (node.extent().isScalar() && !places.get(node).equals(place)) {
                scalarOutputs.add(new Schedule.ScalarOutput(k, places.get(node)));
            }
        }
        // What is copied out of an input goes first: a later copy may be in place of it.
        scalarOutputs.sort(Comparator.comparing(output -> output.place().slot() >= graph.inputs().size()));
        buffers.set(scalars - firstBuffer, new Buffer(scalars, Buffer.Use.SCALARS, Math.max(scalarCount, 1), 0));
        return new Schedule(graph, List.copyOf(passes), List.copyOf(buffers), List.copyOf(counts), scalarOutputs, totals);
    }
}
