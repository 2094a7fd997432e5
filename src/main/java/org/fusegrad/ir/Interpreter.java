package org.fusegrad.ir;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * The meaning of a graph: every node in order, each into an array of its own. In
 * {@link Arithmetic#FLOAT} it defines the bits that every kernel must give; in {@link Arithmetic#DOUBLE}
 * it is the oracle for accuracy and gradient checks.
 */
public final class Interpreter {
    private final Graph graph;
    private final Arithmetic arithmetic;

    public Interpreter(Graph graph, Arithmetic arithmetic) {
        this.graph = graph;
        this.arithmetic = arithmetic;
    }

    /**
     * @param rows the rows of the batch
     * @param inputs one row-major array per input of the graph, of its extent's count
     * @return one array per output
     */
    public List<double[]> run(int rows, List<double[]> inputs) {
        Map<Node, double[]> values = new HashMap<>();
        for (Node node : graph.nodes()) {
            values.put(node, evaluate(node, rows, inputs, values));
        }
        List<double[]> outputs = new ArrayList<>();
        for (Graph.Output output : graph.outputs()) {
            outputs.add(values.get(output.node()));
        }
        return outputs;
    }

    private double[] evaluate(Node node, int rows, List<double[]> inputs, Map<Node, double[]> values) {
        if (node.op().isElementwise()) {
            return elementwise(node, rows, values);
        }
        if (node.op().isReduction()) {
            return reduce(node, rows, values);
        }
        return switch (node.op()) {
            case INPUT -> inputs.get(node.inputIndex());
            case CONSTANT -> new double[] {node.constant()};
            case COUNT -> new double[] {arithmetic.round((double) rows * node.multiple())};
            case COLUMN_INDEX -> IntStream.range(0, node.extent().cols()).asDoubleStream().toArray();
            default -> throw new AssertionError(node);
        };
    }

    private double[] elementwise(Node node, int rows, Map<Node, double[]> values) {
        Extent extent = node.extent();
        double[] operands = new double[node.inputs().size()];
        double[] out = new double[extent.count(rows)];
        for (int i = 0; i < out.length; i++) {
            for (int k = 0; k < operands.length; k++) {
                Node input = node.input(k);
                operands[k] = values.get(input)[position(input.extent(), i, extent.cols())];
            }
            out[i] = arithmetic.apply(node, operands);
        }
        return out;
    }

    /** Where an operand's element for flat position {@code i} of the result stands. */
    private static int position(Extent operand, int i, int cols) {
        int row = operand.batched() ? i / cols : 0;
        int column = operand.cols() > 1 ? i % cols : 0;
        return row * operand.cols() + column;
    }

    private double[] reduce(Node node, int rows, Map<Node, double[]> values) {
        Reduction reduction = node.op().reduction();
        Extent walked = node.walked();
        int cols = walked.cols();
        double[][] x = new double[node.inputs().size()][];
        for (int k = 0; k < x.length; k++) {
            x[k] = broadcast(values.get(node.input(k)), node.input(k).extent(), walked, rows);
        }
        double[] out = new double[node.extent().count(rows)];
        for (int i = 0; i < out.length; i++) {
            out[i] = switch (node.op().axis()) {
                case ALL -> arithmetic.contiguous(reduction, 0, walked.count(rows), x);
                case COLUMNS -> arithmetic.contiguous(reduction, i * cols, cols, x);
                case ROWS -> arithmetic.batch(reduction, i, rows, cols, x);
            };
        }
        return out;
    }

    private static double[] broadcast(double[] values, Extent from, Extent to, int rows) {
        if (from.equals(to)) {
            return values;
        }
        double[] out = new double[to.count(rows)];
        for (int i = 0; i < out.length; i++) {
            out[i] = values[position(from, i, to.cols())];
        }
        return out;
    }
}
