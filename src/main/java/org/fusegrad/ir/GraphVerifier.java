package org.fusegrad.ir;

import java.util.HashSet;
import java.util.Set;

/** Checks what every graph must satisfy; run after each pass in tests and under {@code assert}. */
public final class GraphVerifier {
    private GraphVerifier() {}

    /**
     * @return true, so that it can stand in an {@code assert}
     * @throws IllegalStateException naming the node that is wrong
     */
    public static boolean verify(Graph graph) {
        Set<Node> before = new HashSet<>();
        for (Node node : graph.nodes()) {
            check(before.containsAll(node.inputs()), node, "comes before one of its inputs");
            check(node.inputs().size() == node.op().arity(), node, "has the wrong number of inputs");
            check(node.extent().equals(expectedExtent(graph, node)), node, "has the wrong extent");
            before.add(node);
        }
        Set<Integer> replaced = new HashSet<>();
        for (Graph.Output output : graph.outputs()) {
            check(before.contains(output.node()), output.node(), "is an output but not in the graph");
            checkInPlace(graph, output, replaced);
        }
        return true;
    }

    private static void checkInPlace(Graph graph, Graph.Output output, Set<Integer> replaced) {
        if (output.replaces() >= 0) {
            Extent old = graph.inputs().get(output.replaces()).extent();
            check(output.node().extent().equals(old), output.node(), "is in place of an input of another extent");
            check(output.node().op().isElementwise(), output.node(), "is in place of an input but no elementwise result");
            check(replaced.add(output.replaces()), output.node(), "is in place of an input that has been replaced");
        }
    }

    private static Extent expectedExtent(Graph graph, Node node) {
        return switch (node.op()) {
            case INPUT -> graph.inputs().get(node.inputIndex()).extent();
            case CONSTANT, COUNT, SUM, DOT, MAX -> Extent.SCALAR;
            case COLUMN_INDEX -> node.extent().isCol() ? node.extent() : null;
            case ADD, SUB, MUL, DIV, NEG, SQUARE, ABS, SQRT, RECIPROCAL, RELU, EXP, EXPM1, LOG, LOG1P, SIGMOID, TANH,
                    SOFTPLUS, SILU, GELU, ERF, SIN, COS, MAXIMUM, MINIMUM, LESS, LESS_EQUAL, EQUAL, WHERE, DETACH ->
                broadcast(node);
            case POW -> node.input(1).op() == Op.CONSTANT ? node.input(0).extent() : null;
            case EXPAND -> node.input(0).extent().broadcastsTo(node.extent()) ? node.extent() : null;
            case SUM_COLUMNS, DOT_COLUMNS, MAX_COLUMNS -> node.walked().isFull() ? Extent.ROW : null;
            case SUM_ROWS, DOT_ROWS, MAX_ROWS -> node.walked().isFull() ? Extent.col(node.walked().cols()) : null;
        };
    }

    private static Extent broadcast(Node node) {
        Extent extent = node.input(0).extent();
        for (Node input : node.inputs()) {
            extent = extent == null ? null : Extent.broadcast(extent, input.extent());
        }
        return extent;
    }

    private static void check(boolean holds, Node node, String wrong) {
        if (!holds) {
            throw new IllegalStateException(node + " " + wrong);
        }
    }
}
