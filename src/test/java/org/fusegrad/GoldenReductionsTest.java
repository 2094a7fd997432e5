package org.fusegrad;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.fusegrad.autodiff.Gradients;
import org.fusegrad.engine.ErrorBound;
import org.fusegrad.engine.Parity;
import org.fusegrad.ir.Arithmetic;
import org.fusegrad.ir.Graph;
import org.fusegrad.ir.Interpreter;
import org.fusegrad.ir.Node;
import org.fusegrad.testing.Bits;
import org.fusegrad.testing.Golden;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Reductions over all elements, the last axis and the batch, with their gradients, are PyTorch's, by every route. */
@Tag("matrix")
class GoldenReductionsTest {
    private static final String FILE = "reductions.tsv";
    /** Those of no rounding but one division in the gradient; the others are held to the bound of the numeric contract. */
    private static final Set<String> EXACT = Set.of("amax", "amin", "max_dim");

    private record Matrix(int rows, int cols, float[] elements) {}

    /** Compares the results and then the gradients, in the order of the file. */
    private record Case(String op, String axis, Matrix matrix, float[] second, float[] upstream, List<float[]> expected) {
        private static Case of(String[] cells) {
            List<float[]> expected = Stream.of(cells).skip(5).filter(cell -> !cell.equals("-")).map(Case::bits).toList();
            return new Case(cells[0], cells[2], MATRICES.get(cells[1]), bits(cells[3]), bits(cells[4]), expected);
        }

        private static float[] bits(String cell) {
            String[] words = cell.equals("-") ? new String[0] : cell.split(" ");
            float[] numbers = new float[words.length];
            for (int i = 0; i < numbers.length; i++) {
                numbers[i] = Golden.bits(words[i]);
            }
            return numbers;
        }
    }

    private static final Map<String, Matrix> MATRICES = matrices();

    private static Map<String, Matrix> matrices() {
        Map<String, Matrix> matrices = new HashMap<>();
        for (String[] cells : Golden.rows(FILE)) {
            if (cells[0].equals("input")) {
                String[] dims = cells[2].split("x");
                Matrix matrix = new Matrix(Integer.parseInt(dims[0]), Integer.parseInt(dims[1]), Case.bits(cells[3]));
                assertEquals(matrix.rows * matrix.cols, matrix.elements.length, cells[1]);
                matrices.put(cells[1], matrix);
            }
        }
        return matrices;
    }

    static List<Case> cases() {
        return Golden.rows(FILE).stream().filter(cells -> !cells[0].equals("input")).map(Case::of).toList();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void reduction(Case c) {
        Expr x = Expr.parameter("x", Shape.batch(c.matrix.cols));
        List<Expr> wrt = new ArrayList<>(List.of(x));
        Expr out = switch (c.op) {
            case "amax", "max_dim" -> c.axis.equals("all") ? x.max() : x.max(axis(c));
            case "amin" -> c.axis.equals("all") ? x.min() : x.min(axis(c));
            case "mean" -> c.axis.equals("all") ? x.mean() : x.mean(axis(c));
            case "logsumexp" -> x.logSumExp(axis(c));
            case "softmax" -> x.softmax(axis(c));
            case "log_softmax" -> x.logSoftmax(axis(c));
            case "cross_entropy" -> Losses.crossEntropy(x, Expr.input("label", Shape.batch()));
            case "dot" -> {
                Expr w = Expr.parameter("w", Shape.of(c.matrix.cols));
                wrt.add(w);
                yield x.dot(w);
            }
            default -> throw new AssertionError(c.op);
        };
        Expr upstream = Expr.input("upstream", out.shape());
        Graph graph = graph(out, out.mul(upstream).sum(), wrt);
        List<float[]> inputs = graph.inputs().stream()
                .map(input -> switch (input.name()) {
                    case "x" -> c.matrix.elements;
                    case "upstream" -> c.upstream;
                    default -> c.second;
                })
                .toList();
        List<double[]> wide = inputs.stream().map(Parity::widen).toList();
        List<double[]> actual = new Interpreter(graph, Arithmetic.FLOAT).run(c.matrix.rows, wide);
        List<double[]> bounds = ErrorBound.of(graph, c.matrix.rows, wide.stream().map(GoldenReductionsTest::finite).toList());
        assertEquals(c.expected.size(), actual.size());
        for (int k = 0; k < actual.size(); k++) {
            String what = c.op + " " + c.axis + ": " + graph.outputs().get(k).name();
            float[] expected = c.expected.get(k);
            assertEquals(expected.length, actual.get(k).length, what);
            for (int i = 0; i < expected.length; i++) {
                float value = (float) actual.get(k)[i];
                if (k > 0 && c.op.equals("max_dim")) {
                    // Of equal elements PyTorch chooses one, and the others have +0; ours share, and -0 is a share of none.
                    if (isAlone(c, i)) {
                        Bits.same(what + " " + i, expected[i] + 0f, value + 0f);
                    }
                } else {
                    compare(what + " " + i, expected[i], value, EXACT.contains(c.op) ? 0 : bounds.get(k)[i]);
                }
            }
        }
        new Parity(graph).check("golden", c.matrix.rows, inputs, true);
    }

    private static int axis(Case c) {
        return c.axis.equals("last") ? -1 : 0;
    }

    private static Graph graph(Expr out, Expr loss, List<Expr> wrt) {
        GraphLowering lowering = GraphLowering.of(List.of(out, loss));
        List<Node> variables = wrt.stream().map(lowering::variable).toList();
        List<Node> gradients =
                Gradients.of(lowering.builder(), lowering.node(loss), lowering.builder().constant(1f), variables);
        List<Graph.Output> outputs = new ArrayList<>();
        outputs.add(new Graph.Output("out", lowering.node(out)));
        for (int k = 0; k < gradients.size(); k++) {
            outputs.add(new Graph.Output("grad_" + wrt.get(k).name, gradients.get(k)));
        }
        return lowering.builder().build(outputs);
    }

    /** As good as the same for bounds: its power of e is 0 beside any other. What is NaN or +infinity makes all it reaches NaN. */
    private static double[] finite(double[] numbers) {
        return DoubleStream.of(numbers).map(x -> Double.isFinite(x) ? x : x < 0 ? -200 : 0).toArray();
    }

    /**
     * @param expected as PyTorch has it in double, then rounded once; or exactly
     * @param bound how far ours may be from the value before that rounding
     */
    private static void compare(String what, float expected, float actual, double bound) {
        if (bound == 0 || !Float.isFinite(expected)) {
            Bits.same(what, expected, actual);
        } else {
            double tolerance = bound + 0.5 * Math.ulp(expected);
            assertTrue(
                    Math.abs((double) actual - expected) <= tolerance,
                    () -> what + ": " + actual + " is not within " + tolerance + " of " + expected);
        }
    }

    /** Whether an element is the only largest of its row or column, or none of the largest. */
    private static boolean isAlone(Case c, int element) {
        int cols = c.matrix.cols;
        float[] x = c.matrix.elements;
        int[] others = c.axis.equals("last")
                ? IntStream.range(0, cols).map(col -> element / cols * cols + col).toArray()
                : IntStream.range(0, c.matrix.rows).map(row -> row * cols + element % cols).toArray();
        float largest = (float) IntStream.of(others).mapToDouble(k -> x[k]).reduce(Double.NEGATIVE_INFINITY, Math::max);
        long equal = IntStream.of(others).filter(k -> x[k] == largest).count();
        return equal == 1 || !Float.isNaN(largest) && x[element] != largest;
    }
}
