package org.fusegrad.ir;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A closed computation: its inputs, its outputs and the nodes between them, inputs before users.
 * Nodes that no output needs are not part of it.
 */
public final class Graph {

    /** A value the caller binds before a run. */
    public record Input(String name, Extent extent) {}

    /**
     * A value the run leaves behind.
     *
     * @param replaces the input that it is in place of, or -1: the caller binds both to the same elements of one
     *     array, and all that reads the input still sees the value from before the run
     */
    public record Output(String name, Node node, int replaces) {
        public Output(String name, Node node) {
            this(name, node, -1);
        }

        /** The new value of {@code input}, written over the old one. */
        public static Output inPlace(String name, Node node, Node input) {
            return new Output(name, node, input.inputIndex());
        }
    }

    private final List<Input> inputs;
    private final List<Output> outputs;
    private final List<Node> nodes;

    Graph(List<Input> inputs, List<Output> outputs) {
        this.inputs = List.copyOf(inputs);
        this.outputs = List.copyOf(outputs);
        this.nodes = reachable(this.outputs);
    }

    public List<Input> inputs() {
        return inputs;
    }

    public List<Output> outputs() {
        return outputs;
    }

    /** All nodes that an output needs, inputs before users. */
    public List<Node> nodes() {
        return nodes;
    }

    /** The text form; equal texts are equal graphs, so it also serves as a cache key. */
    @Override
    public String toString() {
        return GraphPrinter.text(this);
    }

    // Iterative: a chain of a thousand operations must not depend on the stack.
    private static List<Node> reachable(List<Output> outputs) {
        Set<Node> seen = new HashSet<>();
        Deque<Node> todo = new ArrayDeque<>();
        for (Output output : outputs) {
            todo.push(output.node());
        }
        List<Node> found = new ArrayList<>();
        while (!todo.isEmpty()) {
            Node node = todo.pop();
            if (seen.add(node)) {
                found.add(node);
                node.inputs().forEach(todo::push);
            }
        }
        // A builder numbers inputs before users, so creation order is a topological order.
        found.sort(Comparator.comparingInt(Node::id));
        return List.copyOf(found);
    }
}
