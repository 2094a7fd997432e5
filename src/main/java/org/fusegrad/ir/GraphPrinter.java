package org.fusegrad.ir;

import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.StringJoiner;

/** Graphs as text, one node a line, and as DOT for Graphviz. */
public final class GraphPrinter {
    private GraphPrinter() {}

    /**
     * One line per node, numbered in order: {@code %3 sub [rows] %2 %1}. Then the inputs that no node reads, which are bound
     * all the same, and the outputs.
     */
    public static String text(Graph graph) {
        Map<Node, Integer> number = numbers(graph);
        StringBuilder out = new StringBuilder();
        for (Node node : graph.nodes()) {
            out.append('%').append(number.get(node)).append(' ').append(node.op().text());
            out.append(' ').append(node.extent()).append(detail(graph, node));
            for (Node input : node.inputs()) {
                out.append(" %").append(number.get(input));
            }
            out.append('\n');
        }
        BitSet read = new BitSet();
        graph.nodes().stream().filter(node -> node.op() == Op.INPUT).forEach(node -> read.set(node.inputIndex()));
        for (int k = read.nextClearBit(0); k < graph.inputs().size(); k = read.nextClearBit(k + 1)) {
            Graph.Input input = graph.inputs().get(k);
            out.append("unread ").append(input.extent()).append(' ').append(input.name()).append('#').append(k).append('\n');
        }
        for (Graph.Output output : graph.outputs()) {
            out.append("return ").append(output.name()).append(" %").append(number.get(output.node()));
            if (output.replaces() >= 0) {
                out.append(" in place of #").append(output.replaces());
            }
            out.append('\n');
        }
        return out.toString();
    }

    /** The graph as a DOT digraph. */
    public static String dot(Graph graph) {
        Map<Node, Integer> number = numbers(graph);
        StringBuilder out = new StringBuilder("digraph fusegrad {\n  node [shape=box];\n");
        for (Node node : graph.nodes()) {
            out.append("  n").append(number.get(node)).append(" [label=\"").append(node.op().text());
            out.append(escape(detail(graph, node))).append("\\n").append(node.extent()).append("\"];\n");
            for (Node input : node.inputs()) {
                out.append("  n").append(number.get(input)).append(" -> n").append(number.get(node)).append(";\n");
            }
        }
        int k = 0;
        for (Graph.Output output : graph.outputs()) {
            out.append("  out").append(k).append(" [shape=oval, label=\"").append(escape(output.name()));
            out.append("\"];\n  n").append(number.get(output.node())).append(" -> out").append(k++).append(";\n");
        }
        return out.append("}\n").toString();
    }

    /** A one-line rendering such as {@code sum(square(sub(mul(x, w), y)))}, cut at {@code limit} characters. */
    public static String expression(Graph graph, Node node, int limit) {
        StringBuilder out = new StringBuilder();
        append(graph, node, limit, out);
        return out.length() <= limit ? out.toString() : out.substring(0, limit);
    }

    private static void append(Graph graph, Node node, int limit, StringBuilder out) {
        if (out.length() > limit) {
            return;
        }
        if (node.op() == Op.INPUT) {
            out.append(graph.inputs().get(node.inputIndex()).name());
            return;
        }
        if (node.op() == Op.CONSTANT) {
            out.append(node.constant());
            return;
        }
        out.append(node.op().text()).append('(');
        String separator = "";
        for (Node input : node.inputs()) {
            out.append(separator);
            append(graph, input, limit, out);
            separator = ", ";
        }
        out.append(')');
    }

    private static Map<Node, Integer> numbers(Graph graph) {
        Map<Node, Integer> number = new HashMap<>();
        for (Node node : graph.nodes()) {
            number.put(node, number.size());
        }
        return number;
    }

    private static String detail(Graph graph, Node node) {
        return switch (node.op()) {
            case INPUT -> " " + graph.inputs().get(node.inputIndex()).name() + "#" + node.inputIndex();
            case CONSTANT -> " " + node.constant() + detailBits(node.constant());
            case COUNT -> " rows*" + node.multiple();
            case ADD, SUB, MUL, DIV, NEG, SQUARE, ABS, SQRT, RECIPROCAL, RELU, EXP, EXPM1, LOG, LOG1P, SIGMOID, TANH,
                    SOFTPLUS, SILU, GELU, ERF, SIN, COS, POW, MAXIMUM, MINIMUM, LESS, LESS_EQUAL, EQUAL, WHERE, DETACH,
                    EXPAND, COLUMN_INDEX, SUM, SUM_COLUMNS, SUM_ROWS, DOT, DOT_COLUMNS, DOT_ROWS,
                    MAX, MAX_COLUMNS, MAX_ROWS -> "";
        };
    }

    // NaN has many bit patterns with one text; the text must tell constants apart.
    private static String detailBits(float value) {
        return Float.isNaN(value) ? ":" + Integer.toHexString(Float.floatToRawIntBits(value)) : "";
    }

    private static String escape(String text) {
        StringJoiner escaped = new StringJoiner("");
        for (char c : text.toCharArray()) {
            escaped.add(c == '"' || c == '\\' ? "\\" + c : String.valueOf(c));
        }
        return escaped.toString();
    }
}
