package org.fusegrad.engine;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.fusegrad.ir.Arithmetic;
import org.fusegrad.ir.Extent;
import org.fusegrad.ir.Graph;
import org.fusegrad.ir.GraphBuilder;
import org.fusegrad.ir.Interpreter;
import org.fusegrad.ir.Node;
import org.fusegrad.ir.Op;
import org.fusegrad.ir.Reduction;
import org.fusegrad.ir.Sums;

/**
 * How far float arithmetic may be from exact: one rounding per operation, and for a sum one per addition that an element
 * goes through, each at most half an ulp of its result; a product that is added by FMA is not rounded. Bounds grow through the graph with the size of the terms.
 */
public final class ErrorBound {
    /** Half an ulp, relative to the result. */
    private static final double ROUNDING = 0x1p-24;
    /** Half an ulp of a subnormal. */
    private static final double UNDERFLOW = 0x1p-150;

    private final Graph graph;
    private final int rows;
    private final Map<Node, double[]> values = new HashMap<>();
    private final Map<Node, double[]> bounds = new HashMap<>();

    private ErrorBound(Graph graph, int rows) {
        this.graph = graph;
        this.rows = rows;
    }

    /** For each output, how far each element may be from the interpreter's in double. */
    public static List<double[]> of(Graph graph, int rows, List<double[]> inputs) {
        ErrorBound bound = new ErrorBound(graph, rows);
        for (Node node : graph.nodes()) {
            bound.values.put(node, bound.value(node, inputs));
            bound.bounds.put(node, bound.bound(node));
        }
        return graph.outputs().stream().map(output -> bound.bounds.get(output.node())).toList();
    }

    /** The exact value, by the interpreter on a graph of this one node. */
    private double[] value(Node node, List<double[]> inputs) {
        if (node.op() == Op.INPUT) {
            return inputs.get(node.inputIndex());
        }
        GraphBuilder g = new GraphBuilder();
        List<Node> in = node.inputs().stream().map(n -> g.input("", n.extent())).toList();
        Node alone = switch (node.op()) {
            case INPUT -> throw new AssertionError();
            case CONSTANT -> g.constant(node.constant());
            case COLUMN_INDEX -> g.columnIndex(node.extent().cols());
            case COUNT -> g.count(new Extent(true, node.multiple()));
            case EXPAND -> g.expand(in.getFirst(), node.extent());
            case SUM, SUM_COLUMNS, SUM_ROWS, DOT, DOT_COLUMNS, DOT_ROWS, MAX, MAX_COLUMNS, MAX_ROWS ->
                g.reduce(node.op().reduction(), node.op().axis(), in.toArray(Node[]::new));
            case POW -> g.pow(in.getFirst(), node.exponent());
            case WHERE -> g.where(in.get(0), in.get(1), in.get(2));
            default -> in.size() == 1 ? g.unary(node.op(), in.getFirst()) : g.binary(node.op(), in.get(0), in.get(1));
        };
        Graph one = g.build(List.of(new Graph.Output("value", alone)));
        return new Interpreter(one, Arithmetic.DOUBLE).run(rows, node.inputs().stream().map(values::get).toList()).getFirst();
    }

    private double[] bound(Node node) {
        double[] value = values.get(node);
        double[] bound = new double[value.length];
        for (int i = 0; i < bound.length; i++) {
            bound[i] = switch (node.op()) {
                case INPUT, CONSTANT, COLUMN_INDEX -> 0;
                case COUNT -> rounded(value[i], 0);
                case ADD, SUB -> rounded(value[i], error(node, 0, i) + error(node, 1, i));
                case MUL -> rounded(value[i], product(node, 0, 1, i));
                case SQUARE -> rounded(value[i], product(node, 0, 0, i));
                case DIV -> rounded(value[i], quotient(node, i));
                case NEG, EXPAND, DETACH, ABS, RELU -> error(node, 0, i);
                case SQRT, RECIPROCAL, EXP, EXPM1, LOG, LOG1P, SIGMOID, TANH, SOFTPLUS, SILU, GELU, ERF, POW ->
                    function(node, value[i], i);
                case SIN, COS -> function(value[i], error(node, 0, i)); // of slope 1 at most
                case MAXIMUM, MINIMUM -> Math.max(error(node, 0, i), error(node, 1, i));
                case LESS, LESS_EQUAL, EQUAL -> {
                    double distance = Math.abs(operand(values, node, 0, i) - operand(values, node, 1, i));
                    double errors = error(node, 0, i) + error(node, 1, i);
                    yield errors == 0 || distance > errors ? 0 : 1; // it may have gone either way
                }
                case WHERE -> error(node, 0, i) > 0
                        ? Double.POSITIVE_INFINITY
                        : error(node, operand(values, node, 0, i) != 0 ? 1 : 2, i);
                case SUM, DOT, MAX -> reduced(node, 0, 1, node.walked().count(rows), Sums.BLOCK / Sums.LANES + 6);
                case SUM_COLUMNS, DOT_COLUMNS, MAX_COLUMNS -> {
                    int cols = node.walked().cols();
                    yield reduced(node, i * cols, 1, cols, Sums.BLOCK / Sums.LANES + 6);
                }
                case SUM_ROWS, DOT_ROWS, MAX_ROWS -> {
                    int cols = node.walked().cols();
                    yield reduced(node, i, cols, rows, Sums.ROW_BLOCK / Sums.ways(cols) + 2);
                }
            };
        }
        return bound;
    }

    /** Two ulp of its own, and as much as it differs over the range of its operand; they are all monotone or nearly so. */
    private double function(Node node, double value, int i) {
        double x = operand(values, node, 0, i);
        double dx = error(node, 0, i);
        double differs = 0;
        for (double at = -1; at <= 1; at += 0.25) {
            double[] operands = new double[node.inputs().size()];
            operands[0] = x + at * dx;
            if (node.op() == Op.POW) {
                operands[1] = node.exponent();
            }
            double y = Arithmetic.DOUBLE.apply(node, operands);
            differs = Math.max(differs, Math.abs(y - value));
        }
        if (Double.isNaN(differs)) {
            return Double.POSITIVE_INFINITY; // a pole or the end of the domain is within reach
        }
        return function(value, 1.5 * differs);
    }

    private static double function(double value, double error) {
        return error + 4 * (Math.abs(value) + error) * ROUNDING + 4 * UNDERFLOW;
    }

    private static double rounded(double value, double error) {
        return error + (Math.abs(value) + error) * ROUNDING + UNDERFLOW;
    }

    private double product(Node node, int a, int b, int i) {
        double x = Math.abs(operand(values, node, a, i));
        double y = Math.abs(operand(values, node, b, i));
        double dx = error(node, a, i);
        double dy = error(node, b, i);
        return x * dy + y * dx + dx * dy;
    }

    private double quotient(Node node, int i) {
        double x = Math.abs(operand(values, node, 0, i));
        double y = Math.abs(operand(values, node, 1, i));
        double dy = error(node, 1, i);
        double least = y - dy; // the divisor may be as small as that
        return least > 0 ? (error(node, 0, i) + x / y * dy) / least : Double.POSITIVE_INFINITY;
    }

    /** A block has that many additions; those between blocks are in double, and the total is rounded. */
    private double reduced(Node node, int from, int step, int count, int additions) {
        double errors = 0;
        double sizes = 0;
        double largest = 0;
        for (int k = 0; k < count; k++) {
            int i = from + k * step;
            boolean products = node.op().reduction() == Reduction.DOT;
            double error = products ? product(node, 0, 1, i) : error(node, 0, i);
            double value = operand(values, node, 0, i) * (products ? operand(values, node, 1, i) : 1);
            errors += error;
            sizes += Math.abs(value) + error;
            largest = Math.max(largest, error);
        }
        if (node.op().reduction() == Reduction.MAX) {
            return largest;
        }
        // (1 + ROUNDING)^n - 1 <= n * ROUNDING * 1.01 for the few hundred of any block; one more for the total.
        return errors + sizes * (additions + 1) * ROUNDING * 1.01 + UNDERFLOW * count;
    }

    private double error(Node node, int k, int i) {
        return operand(bounds, node, k, i);
    }

    private static double operand(Map<Node, double[]> map, Node node, int k, int i) {
        Extent from = node.input(k).extent();
        int cols = node.walked().cols();
        int row = from.batched() ? i / cols : 0;
        int column = from.cols() > 1 ? i % cols : 0;
        return map.get(node.input(k))[row * from.cols() + column];
    }
}
