package org.fusegrad.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.fusegrad.autodiff.Gradients;
import org.fusegrad.ir.Arithmetic;
import org.fusegrad.ir.Extent;
import org.fusegrad.ir.Graph;
import org.fusegrad.ir.GraphBuilder;
import org.fusegrad.ir.Interpreter;
import org.fusegrad.ir.Node;
import org.fusegrad.ir.Op;
import org.fusegrad.testing.Bits;
import org.fusegrad.testing.Golden;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Value and gradients of each operation at special numbers are PyTorch's, bit for bit, by every route. */
@Tag("matrix")
class GoldenOpsTest {

    @ParameterizedTest
    @EnumSource(names = {"ADD", "SUB", "MUL", "DIV", "MAXIMUM", "MINIMUM"})
    void binary(Op op) {
        float[] a = column("binary.tsv", op, 1);
        float[] b = column("binary.tsv", op, 2);
        assertEquals(32 * 32, a.length, "all pairs of 32 numbers");
        GraphBuilder g = new GraphBuilder();
        Node x = g.input("a", Extent.ROW);
        Node y = g.input("b", Extent.ROW);
        Node out = g.binary(op, x, y);
        check(withGradients(g, out, x, y), List.of(a, b),
                column("binary.tsv", op, 3), column("binary.tsv", op, 4), column("binary.tsv", op, 5));
    }

    @ParameterizedTest
    @EnumSource(names = {"NEG", "SQUARE", "ABS", "SQRT", "RECIPROCAL", "RELU"})
    void unary(Op op) {
        GraphBuilder g = new GraphBuilder();
        Node x = g.input("x", Extent.ROW);
        Node out = g.unary(op, x);
        check(withGradients(g, out, x), List.of(column("unary.tsv", op, 1)),
                column("unary.tsv", op, 2), column("unary.tsv", op, 3));
    }

    /**
     * Functions: near the true value, as {@link FunctionSweep} says for all floats, and so is PyTorch. Its gradients are
     * compositions in float; ours may differ from them by some roundings, relatively.
     */
    @ParameterizedTest
    @EnumSource(names = {"EXP", "EXPM1", "LOG", "LOG1P", "SIGMOID", "TANH", "SOFTPLUS", "ERF", "SIN", "COS"})
    void function(Op op) {
        GraphBuilder g = new GraphBuilder();
        Node x = g.input("x", Extent.ROW);
        Graph graph = withGradients(g, g.unary(op, x), x);
        float[] input = column("unary.tsv", op, 1);
        List<double[]> actual = new Interpreter(graph, Arithmetic.FLOAT).run(input.length, List.of(Parity.widen(input)));
        for (int k = 0; k < 2; k++) {
            float[] expected = column("unary.tsv", op, 2 + k);
            for (int i = 0; i < input.length; i++) {
                float value = (float) actual.get(k)[i];
                boolean same = Float.floatToIntBits(value) == Float.floatToIntBits(expected[i]);
                double tolerance = 8 * Math.ulp(Math.min(Math.abs(expected[i]), Float.MAX_VALUE));
                tolerance = k == 0 ? tolerance : Math.max(tolerance, 0x1p-22); // 1 - out * out near 1 has lost that
                assertTrue(same || Math.abs(value - expected[i]) <= tolerance,
                        op + (k == 0 ? "" : "'s gradient") + " at " + input[i] + ": " + value + ", PyTorch " + expected[i]);
            }
        }
        new Parity(graph).check("golden", input.length, List.of(input), true);
    }

    private static float[] column(String file, Op op, int column) {
        return Golden.column(file, op.text(), column);
    }

    private static Graph withGradients(GraphBuilder g, Node out, Node... wrt) {
        List<Node> gradients = Gradients.of(g, out, g.constant(1f), List.of(wrt));
        List<Graph.Output> outputs = new java.util.ArrayList<>(List.of(new Graph.Output("out", out)));
        gradients.forEach(gradient -> outputs.add(new Graph.Output("grad" + outputs.size(), gradient)));
        return g.build(outputs);
    }

    /** All rows of the file at once, as one batch. */
    private static void check(Graph graph, List<float[]> inputs, float[]... expected) {
        int rows = expected[0].length;
        List<double[]> wide = inputs.stream().map(Parity::widen).toList();
        List<double[]> actual = new Interpreter(graph, Arithmetic.FLOAT).run(rows, wide);
        for (int k = 0; k < expected.length; k++) {
            for (int i = 0; i < rows; i++) {
                StringBuilder what = new StringBuilder(graph.outputs().get(k).name()).append(" at");
                for (float[] input : inputs) {
                    what.append(' ').append(input[i]);
                }
                Bits.same(what.toString(), expected[k][i], (float) actual.get(k)[i]);
            }
        }
        new Parity(graph).check("golden", rows, inputs, true);
    }
}
