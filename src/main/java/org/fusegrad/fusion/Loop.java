package org.fusegrad.fusion;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.fusegrad.ir.Node;

/**
 * One generated method: a loop over elements that computes its sinks from values that are already there.
 *
 * @param name readable, unique in its schedule; it becomes the method's name in stack traces and profiles
 * @param shape the form of the loop
 * @param cols the columns of the values it walks; 1 where it walks neighbouring elements
 * @param most the elements (or rows) of one launch at most, of a flat loop those of one block
 * @param sinks what it leaves behind
 * @param loads the values it reads and where they stand; all else is computed in registers
 */
public record Loop(String name, Shape shape, int cols, int most, List<Sink> sinks, Map<Node, Place> loads) {

    /** The form of a loop. */
    public enum Shape {
        /** No loop: single numbers. */
        SCALAR,
        /** Neighbouring elements, reductions in registers. */
        FLAT,
        /** Neighbouring elements of a tile, reductions in memory. */
        TILE,
        /** Row by row, columns inside: reductions over columns, elementwise results. */
        ROW_SUMS,
        /** Columns by strips, rows inside: reductions over rows. */
        COLUMN_SUMS
    }

    /** The operations that {@code sinks} need computed, inputs before users, where {@code available} stands in memory. */
    static List<Node> bodyOf(List<Sink> sinks, Map<Node, Place> available) {
        return of("", Shape.TILE, 1, 1, sinks, available).body();
    }

    /** About how many instructions the operations take for one vector. */
    public static int cost(List<Node> body) {
        return body.stream().mapToInt(node -> node.op().cost()).sum();
    }

    /** Keeps only the loads that the sinks need, so that equal loops have equal descriptions. */
    static Loop of(
            String name, Shape shape, int cols, int most, List<Sink> sinks, Map<Node, Place> available) {
        Map<Node, Place> loads = new LinkedHashMap<>();
        for (Node node : reach(sinks, available)) {
            if (available.containsKey(node)) {
                loads.put(node, available.get(node));
            }
        }
        return new Loop(name, shape, cols, most, List.copyOf(sinks), loads);
    }

    /** Whether it walks rows and columns as they lie in memory, not row by row. */
    public boolean walksMemory() {
        return shape == Shape.TILE && cols > 1;
    }

    /** Whether a contiguous reduction is among its sinks. */
    public boolean reduces() {
        return sinks.stream().anyMatch(Sink.LaneReduction.class::isInstance);
    }

    /** The operations computed at each element, inputs before users. */
    public List<Node> body() {
        List<Node> body = new ArrayList<>();
        for (Node node : reach(sinks, loads)) {
            if (!loads.containsKey(node) && !node.op().isLeaf()) {
                body.add(node);
            }
        }
        return body;
    }

    private static List<Node> reach(List<Sink> sinks, Map<Node, Place> stop) {
        Set<Node> seen = new HashSet<>();
        List<Node> todo = new ArrayList<>();
        sinks.forEach(sink -> todo.addAll(sink.values()));
        while (!todo.isEmpty()) {
            Node node = todo.removeLast();
            if (seen.add(node) && !stop.containsKey(node)) {
                todo.addAll(node.inputs());
            }
        }
        List<Node> order = new ArrayList<>(seen);
        order.sort(Comparator.comparingInt(Node::id));
        return order;
    }
}
