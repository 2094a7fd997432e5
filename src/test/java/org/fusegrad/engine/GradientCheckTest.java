package org.fusegrad.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import org.fusegrad.autodiff.Gradients;
import org.fusegrad.ir.Arithmetic;
import org.fusegrad.ir.Axis;
import org.fusegrad.ir.Extent;
import org.fusegrad.ir.Graph;
import org.fusegrad.ir.GraphBuilder;
import org.fusegrad.ir.GraphVerifier;
import org.fusegrad.ir.Interpreter;
import org.fusegrad.ir.Node;
import org.fusegrad.ir.Op;
import org.fusegrad.ir.Reduction;
import org.junit.jupiter.api.Test;

/** Gradients agree with central differences, both computed in double by the interpreter. */
class GradientCheckTest {
    private static final int ROWS = 4;
    private static final int COLS = 3;
    private static final Extent[] EXTENTS = {Extent.full(COLS), Extent.ROW, Extent.col(COLS), Extent.SCALAR};
    private static final double TOLERANCE = 1e-6;

    /** {@code add} and so on, at every pair of extents, so that every broadcast is undone too. */
    @Test
    void binaryRules() {
        binary("add", GraphBuilder::add);
        binary("sub", GraphBuilder::sub);
        binary("mul", GraphBuilder::mul);
        binary("div", GraphBuilder::div);
        binary("maximum", (g, a, b) -> g.binary(Op.MAXIMUM, a, b));
        binary("minimum", (g, a, b) -> g.binary(Op.MINIMUM, a, b));
        binary("where", (g, a, b) -> g.where(g.binary(Op.LESS, a, b), g.square(a), g.mul(a, b)));
    }

    private interface Binary {
        Node apply(GraphBuilder g, Node a, Node b);
    }

    private static void binary(String name, Binary op) {
        for (Extent a : EXTENTS) {
            for (Extent b : EXTENTS) {
                check(name + " " + a + " " + b, List.of(a, b), (g, in) -> op.apply(g, in.get(0), in.get(1)));
            }
        }
    }

    @Test
    void noGradientGoesThroughWhatIsDetached() {
        GraphBuilder g = new GraphBuilder();
        Node x = g.input("x", Extent.ROW);
        Node loss = g.sum(g.mul(x, g.unary(Op.DETACH, g.square(x))));
        Graph graph = g.build(List.of(
                new Graph.Output("grad", Gradients.of(g, loss, g.constant(1), List.of(x)).getFirst())));
        double[] gradient = new Interpreter(graph, Arithmetic.DOUBLE).run(1, List.of(new double[] {3})).getFirst();
        assertEquals(9, gradient[0]); // 27 with the past of the square
    }

    @Test
    void anOperandTwice() {
        for (Extent a : EXTENTS) {
            check("x * x", List.of(a), (g, in) -> g.mul(in.getFirst(), in.getFirst()));
            check("x / (x * x)", List.of(a), (g, in) -> g.div(in.getFirst(), g.mul(in.getFirst(), in.getFirst())));
        }
    }

    @Test
    void unaryRules() {
        for (Extent a : EXTENTS) {
            check("neg " + a, List.of(a), (g, in) -> g.neg(in.getFirst()));
            check("square " + a, List.of(a), (g, in) -> g.square(in.getFirst()));
            for (Op op : List.of(Op.ABS, Op.RECIPROCAL, Op.RELU, Op.EXP, Op.EXPM1, Op.SIGMOID, Op.TANH, Op.SOFTPLUS,
                    Op.SILU, Op.GELU, Op.ERF)) {
                check(op + " " + a, List.of(a), (g, in) -> g.unary(op, in.getFirst()));
            }
            for (Op op : List.of(Op.SQRT, Op.LOG, Op.LOG1P)) { // of positive numbers
                check(op + " " + a, List.of(a), (g, in) -> g.unary(op, g.square(in.getFirst())));
            }
        }
    }

    @Test
    void sumRules() {
        for (Extent a : EXTENTS) {
            check("sum " + a, List.of(a), (g, in) -> g.square(g.sum(in.getFirst())));
            check("sum_columns " + a, List.of(a), (g, in) -> g.square(g.sumColumns(in.getFirst())));
            check("sum_rows " + a, List.of(a), (g, in) -> g.square(g.sumRows(in.getFirst())));
            check("mean " + a, List.of(a), (g, in) -> g.square(g.div(g.sum(in.getFirst()), g.count(a))));
        }
    }

    @Test
    void maximumRules() {
        for (Extent a : EXTENTS) {
            for (Axis axis : Axis.values()) {
                check("max " + a + " " + axis, List.of(a), (g, in) ->
                        g.square(g.reduce(Reduction.MAX, axis, in.getFirst())));
            }
        }
    }

    @Test
    void dotRules() {
        for (Axis axis : Axis.values()) {
            binary("dot " + axis, (g, a, b) -> g.square(g.reduce(Reduction.DOT, axis, a, b)));
            binary("dot of one " + axis, (g, a, b) -> g.mul(g.reduce(Reduction.DOT, axis, a, a), b));
        }
    }

    @Test
    void expandRule() {
        for (Extent from : EXTENTS) {
            for (Extent to : EXTENTS) {
                if (from.broadcastsTo(to)) {
                    check("expand " + from + " " + to, List.of(from), (g, in) -> g.square(g.expand(in.getFirst(), to)));
                }
            }
        }
    }

    @Test
    void rulesSeeEveryUse() {
        check("three uses", List.of(Extent.full(COLS), Extent.col(COLS)), (g, in) -> {
            Node e = g.sumColumns(g.mul(in.get(0), in.get(1)));
            return g.add(g.add(g.mul(e, in.get(1)), g.div(in.get(0), g.sum(in.get(1)))), g.square(in.get(1)));
        });
    }

    @Test
    void whatTheOutputDoesNotDependOnHasAGradientOfZeros() {
        GraphBuilder g = new GraphBuilder();
        Node x = g.input("x", Extent.ROW);
        Node unused = g.input("unused", Extent.col(COLS));
        Node loss = g.sum(x);
        Graph graph = g.build(List.of(
                new Graph.Output("grad", Gradients.of(g, loss, g.constant(1), List.of(unused)).getFirst())));
        List<double[]> inputs = List.of(new double[ROWS], new double[COLS]);
        double[] gradient = new Interpreter(graph, Arithmetic.DOUBLE).run(ROWS, inputs).getFirst();
        assertEquals(COLS, gradient.length);
        for (double value : gradient) {
            assertEquals(0, value);
        }
    }

    @Test
    void randomGraphs() {
        long seed = Long.getLong("fusegrad.test.seed", 77L);
        int graphs = Integer.getInteger("fusegrad.test.graphs", 300);
        for (int k = 0; k < graphs; k++, seed++) {
            checkRandom("-Dfusegrad.test.seed=" + seed, Numbers.plain(seed));
        }
    }

    private static void checkRandom(String what, Numbers numbers) {
        Graph graph = RandomGraphs.nextSmooth(numbers.random());
        assertTrue(GraphVerifier.verify(graph), what);
        checkGradients(what + "\n" + graph, graph, numbers);
    }

    // --- checking -----------------------------------------------------------------------------------------

    /** The gradients of {@code sum(f(inputs) * weights)} by all inputs, so that no element counts as another. */
    private static void check(String what, List<Extent> extents, BiFunction<GraphBuilder, List<Node>, Node> f) {
        GraphBuilder g = new GraphBuilder();
        List<Node> inputs = new ArrayList<>();
        extents.forEach(extent -> inputs.add(g.input("v" + inputs.size(), extent)));
        Node value = f.apply(g, inputs);
        Node weights = g.input("weights", value.extent());
        Node loss = g.sum(g.mul(value, weights));
        List<Graph.Output> outputs = new ArrayList<>(List.of(new Graph.Output("loss", loss)));
        List<Node> gradients = Gradients.of(g, loss, g.constant(1), inputs);
        for (int k = 0; k < inputs.size(); k++) {
            outputs.add(new Graph.Output("grad_v" + k, gradients.get(k)));
        }
        checkGradients(what, g.build(outputs), Numbers.plain(what.hashCode()));
    }

    /** Outputs named grad_NAME are the gradients of output 0 by input NAME. */
    private static void checkGradients(String what, Graph graph, Numbers numbers) {
        List<double[]> inputs = new ArrayList<>();
        for (Graph.Input input : graph.inputs()) {
            inputs.add(awayFromZero(input.extent().count(ROWS), numbers));
        }
        Interpreter interpreter = new Interpreter(graph, Arithmetic.DOUBLE);
        List<double[]> outputs = interpreter.run(ROWS, inputs);
        for (int k = 1; k < outputs.size(); k++) {
            String name = graph.outputs().get(k).name();
            if (!name.startsWith("grad_")) {
                continue;
            }
            int input = indexOf(graph, name.substring("grad_".length()));
            double[] gradient = outputs.get(k);
            double largest = 0;
            for (double value : gradient) {
                largest = Math.max(largest, Math.abs(value));
            }
            for (int i = 0; i < gradient.length; i++) {
                double expected = difference(interpreter, inputs, input, i);
                double scale = largest + 1e-3 * Math.abs(outputs.getFirst()[0]) + 1e-3; // cancellation in the loss
                assertEquals(expected, gradient[i], TOLERANCE * scale, what + " " + name + "[" + i + "]");
            }
        }
    }

    private static int indexOf(Graph graph, String name) {
        List<String> names = graph.inputs().stream().map(Graph.Input::name).toList();
        assertTrue(names.contains(name), name);
        return names.indexOf(name);
    }

    /** Central differences at two steps; their combination is exact up to the fourth power of the step. */
    private static double difference(Interpreter interpreter, List<double[]> inputs, int input, int i) {
        double h = 1e-4;
        return (4 * slope(interpreter, inputs, input, i, h) - slope(interpreter, inputs, input, i, 2 * h)) / 3;
    }

    private static double slope(Interpreter interpreter, List<double[]> inputs, int input, int i, double h) {
        double[] values = inputs.get(input);
        double at = values[i];
        values[i] = at + h;
        double above = interpreter.run(ROWS, inputs).getFirst()[0];
        values[i] = at - h;
        double below = interpreter.run(ROWS, inputs).getFirst()[0];
        values[i] = at;
        return (above - below) / (2 * h);
    }

    /** Between 0.5 and 1.5, either sign: quotients and their differences stay tame. */
    private static double[] awayFromZero(int count, Numbers numbers) {
        double[] values = new double[count];
        for (int i = 0; i < count; i++) {
            values[i] = (0.5 + numbers.random().nextDouble()) * (numbers.random().nextBoolean() ? 1 : -1);
        }
        return values;
    }
}
