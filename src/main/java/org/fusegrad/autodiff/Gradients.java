package org.fusegrad.autodiff;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import org.fusegrad.ir.Extent;
import org.fusegrad.ir.GraphBuilder;
import org.fusegrad.ir.Node;

/** Reverse-mode differentiation, graph in, graph out: the backward pass is nodes like any other. */
public final class Gradients {
    private Gradients() {}

    /**
     * Adds the nodes that compute {@code d(output . outBar) / d(wrt)}.
     *
     * @param outBar the cotangent of {@code output}, broadcast to its extent
     * @param wrt the nodes to differentiate by
     * @return one gradient per node of {@code wrt}, of its extent; zeros where the output does not depend on it
     */
    public static List<Node> of(GraphBuilder g, Node output, Node outBar, List<Node> wrt) {
        Set<Node> active = dependents(output, wrt);
        Map<Node, Node> cotangents = new HashMap<>();
        cotangents.put(output, outBar);
        // Users have larger ids than their inputs: the largest id has all its contributions.
        PriorityQueue<Node> todo = new PriorityQueue<>(Comparator.comparingInt(Node::id).reversed());
        todo.add(output);
        while (!todo.isEmpty()) {
            Node node = todo.poll();
            if (!active.contains(node)) {
                continue;
            }
            List<Node> contributions = VjpRules.contributions(g, node, cotangents.get(node));
            for (int k = 0; k < contributions.size(); k++) {
                Node operand = node.input(k);
                if (active.contains(operand) && VjpRules.passes(node, k)) {
                    Node part = toOperand(g, node, operand, contributions.get(k));
                    Node old = cotangents.get(operand);
                    cotangents.put(operand, old == null ? part : g.add(old, part));
                    if (old == null) {
                        todo.add(operand);
                    }
                }
            }
        }
        List<Node> gradients = new ArrayList<>();
        for (Node leaf : wrt) {
            Node gradient = cotangents.getOrDefault(leaf, g.constant(0f));
            gradients.add(g.expand(gradient, leaf.extent()));
        }
        return gradients;
    }

    private static Node toOperand(GraphBuilder g, Node node, Node operand, Node contribution) {
        if (!node.op().isElementwise()) {
            return contribution; // a reduction's operand is larger: what comes to it is of its extent, or broadcasts to it
        }
        Extent from = node.extent();
        return g.sumTo(contribution, from, operand.extent());
    }

    /** The nodes on a path from {@code wrt} to {@code output}: the others need no cotangent. */
    private static Set<Node> dependents(Node output, List<Node> wrt) {
        Set<Node> reachable = new HashSet<>();
        List<Node> order = new ArrayList<>();
        List<Node> todo = new ArrayList<>(List.of(output));
        while (!todo.isEmpty()) {
            Node node = todo.removeLast();
            if (reachable.add(node)) {
                order.add(node);
                todo.addAll(node.inputs());
            }
        }
        order.sort(Comparator.comparingInt(Node::id));
        Set<Node> active = new HashSet<>(wrt);
        for (Node node : order) {
            for (int k = 0; k < node.inputs().size(); k++) {
                if (active.contains(node.input(k)) && VjpRules.passes(node, k)) {
                    active.add(node);
                }
            }
        }
        active.retainAll(reachable);
        return active;
    }
}
