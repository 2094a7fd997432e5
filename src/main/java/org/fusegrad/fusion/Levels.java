package org.fusegrad.fusion;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.fusegrad.ir.Axis;
import org.fusegrad.ir.Graph;
import org.fusegrad.ir.Node;

/**
 * Which walk over the batch computes what. A value that depends on a reduction of the whole batch must wait
 * for the next walk; all else shares one. A batched value that a later walk needs is either saved or
 * computed again.
 */
final class Levels {
    /** A longer chain is saved: reading one array back is cheaper than reading several and computing. */
    private static final int RECOMPUTE_LIMIT = 8;

    private final Map<Node, Integer> level = new HashMap<>();
    private final List<Set<Node>> roots = new ArrayList<>();
    private final List<Set<Node>> members = new ArrayList<>();
    private final Set<Node> saved = new LinkedHashSet<>();

    Levels(Graph graph) {
        int max = 0;
        for (Node node : graph.nodes()) {
            int own = 0;
            for (Node input : node.inputs()) {
                own = Math.max(own, level.get(input) + (input.reducesBatch() ? 1 : 0));
            }
            level.put(node, own);
            max = Math.max(max, own);
        }
        delayUnbatched(graph);
        for (int p = 0; p <= max; p++) {
            roots.add(new LinkedHashSet<>());
            members.add(Set.of());
        }
        for (Node node : graph.nodes()) {
            if (node.reducesBatch()) {
                roots.get(level.get(node)).add(node);
            }
        }
        Set<Node> outputs = new LinkedHashSet<>();
        for (Graph.Output output : graph.outputs()) {
            if (output.node().extent().batched()) {
                outputs.add(output.node());
                roots.get(level.get(output.node())).add(output.node());
            }
        }
        for (int p = max; p >= 0; p--) {
            members.set(p, close(p, outputs));
        }
    }

    /** What no row takes part in waits until it is needed, and so can share a loop with what needs it. */
    private void delayUnbatched(Graph graph) {
        Map<Node, Integer> firstUse = new HashMap<>();
        for (Node node : graph.nodes().reversed()) {
            boolean waits = !node.op().isLeaf() && !node.extent().batched() && !node.reducesBatch();
            if (waits && firstUse.containsKey(node)) {
                level.put(node, firstUse.get(node));
            }
            node.inputs().forEach(input -> firstUse.merge(input, level.get(node), Math::min));
        }
    }

    int count() {
        return roots.size();
    }

    int of(Node node) {
        return level.get(node);
    }

    /** What walk {@code p} must leave behind: reductions over the batch, batched outputs, saved values. */
    Set<Node> roots(int p) {
        return roots.get(p);
    }

    /** The batched values that walk {@code p} computes, inputs before users. */
    Set<Node> members(int p) {
        return members.get(p);
    }

    /** The batched values kept for a later walk. */
    Set<Node> saved() {
        return saved;
    }

    private Set<Node> close(int p, Set<Node> outputs) {
        Set<Node> seen = new LinkedHashSet<>();
        List<Node> todo = new ArrayList<>(roots.get(p));
        while (!todo.isEmpty()) {
            Node node = todo.removeLast();
            boolean batched = node.extent().batched() || node.reducesBatch();
            if (!batched || node.op().isLeaf() || seen.contains(node)) {
                continue;
            }
            if (level.get(node) < p && (outputs.contains(node) || worthSaving(node))) {
                if (!outputs.contains(node)) {
                    saved.add(node);
                }
                roots.get(level.get(node)).add(node);
                continue;
            }
            seen.add(node);
            todo.addAll(node.inputs());
        }
        List<Node> order = new ArrayList<>(seen);
        order.sort(Comparator.comparingInt(Node::id));
        return new LinkedHashSet<>(order);
    }

    /** A row value that took a walk over columns is one float per row; anything long is cheaper to read. */
    private static boolean worthSaving(Node node) {
        if (node.extent().isRow() && coneReducesColumns(node)) {
            return true;
        }
        return coneSize(node) > RECOMPUTE_LIMIT;
    }

    private static boolean coneReducesColumns(Node node) {
        return cone(node).stream().anyMatch(n -> n.op().axis() == Axis.COLUMNS);
    }

    private static int coneSize(Node node) {
        int size = 0;
        for (Node n : cone(node)) {
            if (n.op().axis() != Axis.COLUMNS) {
                size += n.op().cost();
            }
        }
        return size;
    }

    /** The batched operations behind a value, up to leaves and reductions of rows. */
    private static Set<Node> cone(Node root) {
        Set<Node> seen = new LinkedHashSet<>();
        List<Node> todo = new ArrayList<>(List.of(root));
        while (!todo.isEmpty()) {
            Node node = todo.removeLast();
            if (node.extent().batched() && !node.op().isLeaf() && seen.add(node) && node.op().axis() != Axis.COLUMNS) {
                todo.addAll(node.inputs());
            }
        }
        return seen;
    }
}
