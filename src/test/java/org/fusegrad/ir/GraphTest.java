package org.fusegrad.ir;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.fusegrad.autodiff.Gradients;
import org.junit.jupiter.api.Test;

/** Nodes are interned, rewrites hold for every float, broken graphs are found, every graph prints. */
class GraphTest {
    private final GraphBuilder g = new GraphBuilder();
    private final Node x = g.input("x", Extent.full(3));
    private final Node y = g.input("y", Extent.ROW);
    private final Node s = g.input("s", Extent.SCALAR);

    // --- interning ----------------------------------------------------------------------------------------

    @Test
    void equalExpressionsAreOneNode() {
        assertSame(g.mul(x, y), g.mul(x, y));
        assertSame(g.sum(g.square(x)), g.sum(g.square(x)));
        assertSame(g.constant(0.5f), g.constant(0.5f));
    }

    @Test
    void expressionsThatMayDifferInBitsAreTwo() {
        assertNotSame(g.sub(x, y), g.sub(y, x));
        assertNotSame(g.add(x, y), g.add(y, x), "NaN payloads apart they are equal, but nothing needs it");
        assertNotSame(g.constant(0f), g.constant(-0f));
        assertNotSame(g.input("x", Extent.ROW), g.input("x", Extent.ROW), "every input is its own");
        assertNotSame(g.square(x), g.mul(x, x));
    }

    // --- rewrites -----------------------------------------------------------------------------------------

    @Test
    void neutralOperationsDisappear() {
        assertSame(x, g.mul(x, g.constant(1)));
        assertSame(x, g.mul(g.constant(1), x));
        assertSame(x, g.div(x, g.constant(1)));
        assertSame(x, g.neg(g.neg(x)));
        assertSame(g.sub(x, y), g.add(x, g.neg(y)));
        assertSame(x, g.expand(x, x.extent()));
        assertSame(s, g.sum(s));
        assertSame(y, g.sumColumns(y));
    }

    @Test
    void reductionsOfOneElementDisappear() {
        for (Axis axis : Axis.values()) {
            assertSame(s, g.reduce(Reduction.MAX, axis, s));
            assertSame(g.mul(s, s), g.reduce(Reduction.DOT, axis, s, s), "a product plus -0 is the product");
        }
        assertSame(y, g.reduce(Reduction.MAX, Axis.COLUMNS, y));
        assertSame(g.mul(y, s), g.reduce(Reduction.DOT, Axis.COLUMNS, y, s));
    }

    @Test
    void productsWithOneAreSums() {
        assertSame(g.sumRows(x), g.reduce(Reduction.DOT, Axis.ROWS, g.constant(1), x));
        assertSame(g.sum(x), g.reduce(Reduction.DOT, Axis.ALL, x, g.constant(1)));
        assertEquals(Op.DOT_COLUMNS, g.reduce(Reduction.DOT, Axis.COLUMNS, x, g.constant(2)).op());
    }

    @Test
    void operationsThatOnlyLookNeutralStay() {
        assertEquals(Op.MUL, g.mul(x, g.constant(0)).op(), "0 * NaN is NaN, 0 * -1 is -0");
        assertEquals(Op.ADD, g.add(x, g.constant(0)).op(), "-0 + 0 is 0");
        assertEquals(Op.ADD, g.add(x, g.constant(-0f)).op(), "neutral, but left alone as written");
        assertEquals(Op.SUB, g.sub(x, g.constant(0)).op());
        assertEquals(Op.SUB, g.sub(x, x).op(), "inf - inf is NaN");
        assertEquals(Op.DIV, g.div(x, x).op(), "0 / 0 is NaN");
        assertEquals(Op.SUB, g.sub(g.constant(0), x).op(), "0 - 0 is 0, not -0");
        assertEquals(Op.MUL, g.mul(x, g.constant(-1)).op());
        assertEquals(Op.DIV, g.div(x, g.constant(2)).op());
    }

    @Test
    void everyRewriteKeepsTheBitsOfEveryNumber() {
        float[] hostile = {0f, -0f, 1f, -1f, Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.MIN_VALUE,
            -Float.MIN_VALUE, Float.MIN_NORMAL, Float.MAX_VALUE, -Float.MAX_VALUE, 0.1f, 16777217f};
        for (float a : hostile) {
            same(a, a * 1f);
            same(a, a / 1f);
            same(a, -(-a));
            for (float b : hostile) {
                same(a - b, a + (-b));
                same(a + b, Math.fma(a, 1f, b));
                same(a * b, Math.fma(a, b, -0f));
            }
        }
    }

    private static void same(float expected, float actual) {
        assertEquals(Float.floatToIntBits(expected), Float.floatToIntBits(actual), expected + " and " + actual);
    }

    @Test
    void operationsOnConstantsAreDoneInFloat() {
        Node product = g.mul(g.constant(0.1f), g.constant(0.2f));
        assertEquals(Op.CONSTANT, product.op());
        assertEquals(0.1f * 0.2f, product.constant());
        assertTrue(Float.isNaN(g.div(g.constant(0), g.constant(0)).constant()));
        assertEquals(-0f, g.neg(g.constant(0)).constant());
        same(-0f, g.neg(g.constant(0)).constant());
    }

    @Test
    void nodesThatNoOutputNeedsAreNotInTheGraph() {
        g.square(g.add(x, y));
        Graph graph = g.build(List.of(new Graph.Output("loss", g.sum(y))));
        assertEquals(2, graph.nodes().size());
        assertEquals(3, graph.inputs().size(), "inputs stay, by position");
    }

    @Test
    void extentsThatDoNotBroadcastAreRefused() {
        Node other = g.input("other", Extent.col(4));
        assertEquals("mul: [rows, 3] and [4] do not broadcast",
                assertThrows(IllegalArgumentException.class, () -> g.mul(x, other)).getMessage());
        assertEquals("dot_rows: [rows, 3] and [4] do not broadcast",
                assertThrows(IllegalArgumentException.class, () -> g.reduce(Reduction.DOT, Axis.ROWS, x, other)).getMessage());
        assertEquals("expand: [rows, 3] does not broadcast to [rows]",
                assertThrows(IllegalArgumentException.class, () -> g.expand(x, Extent.ROW)).getMessage());
    }

    // --- verifier -----------------------------------------------------------------------------------------

    @Test
    void graphsWithGradientsAreValid() {
        Node w = g.input("w", Extent.col(3));
        Node loss = g.sum(g.square(g.sub(g.sumColumns(g.div(g.mul(x, w), s)), y)));
        List<Node> gradients = Gradients.of(g, loss, g.constant(1), List.of(x, y, s, w));
        List<Graph.Output> outputs = new java.util.ArrayList<>();
        gradients.forEach(node -> outputs.add(new Graph.Output("grad", node)));
        assertTrue(GraphVerifier.verify(g.build(outputs)));
        assertEquals(List.of(x.extent(), y.extent(), s.extent(), w.extent()), gradients.stream().map(Node::extent).toList());
    }

    @Test
    void aWrongExtentIsFound() {
        broken("has the wrong extent", new Node(Op.ADD, List.of(x, y), Extent.ROW, 0, 100));
        broken("has the wrong extent", new Node(Op.SUM_COLUMNS, List.of(y), Extent.ROW, 0, 100));
        broken("has the wrong extent", new Node(Op.SUM_ROWS, List.of(x), Extent.col(4), 0, 100));
        broken("has the wrong extent", new Node(Op.SUM, List.of(x), Extent.ROW, 0, 100));
        broken("has the wrong extent", new Node(Op.EXPAND, List.of(x), Extent.ROW, 0, 100));
        broken("has the wrong extent", new Node(Op.INPUT, List.of(), Extent.SCALAR, 0, 100));
    }

    @Test
    void aWrongNumberOfInputsIsFound() {
        broken("has the wrong number of inputs", new Node(Op.NEG, List.of(x, x), x.extent(), 0, 100));
        broken("has the wrong number of inputs", new Node(Op.MUL, List.of(x), x.extent(), 0, 100));
    }

    @Test
    void aUserBeforeItsInputIsFound() {
        Node late = new Node(Op.NEG, List.of(x), x.extent(), 0, 200);
        broken("comes before one of its inputs", new Node(Op.SQUARE, List.of(late), x.extent(), 0, 100));
    }

    private void broken(String wrong, Node node) {
        List<Graph.Input> inputs = List.of(
                new Graph.Input("x", x.extent()), new Graph.Input("y", y.extent()), new Graph.Input("s", s.extent()));
        Graph graph = new Graph(inputs, List.of(new Graph.Output("out", node)));
        String message = assertThrows(IllegalStateException.class, () -> GraphVerifier.verify(graph)).getMessage();
        assertEquals(node + " " + wrong, message);
    }

    // --- printing -----------------------------------------------------------------------------------------

    @Test
    void textHasOneLinePerNode() {
        Graph graph = g.build(List.of(new Graph.Output("loss", g.sum(g.square(g.sub(y, g.mul(s, g.constant(3))))))));
        assertEquals(
                """
                %0 input [rows] y#1
                %1 input [] s#2
                %2 constant [] 3.0
                %3 mul [] %1 %2
                %4 sub [rows] %0 %3
                %5 square [rows] %4
                %6 sum [] %5
                unread [rows, 3] x#0
                return loss %6
                """,
                graph.toString());
    }

    @Test
    void textTellsConstantsApartByTheirBits() {
        String quiet = text(Float.intBitsToFloat(0x7fc00000));
        String other = text(Float.intBitsToFloat(0x7fc00001));
        assertTrue(!quiet.equals(other), quiet);
        assertTrue(!text(0f).equals(text(-0f)));
    }

    private static String text(float constant) {
        GraphBuilder builder = new GraphBuilder();
        return builder.build(List.of(new Graph.Output("c", builder.constant(constant)))).toString();
    }

    @Test
    void dotHasEveryNodeAndEveryEdge() {
        Graph graph = g.build(List.of(new Graph.Output("the \"loss\"", g.sum(g.mul(y, s)))));
        String dot = GraphPrinter.dot(graph);
        assertTrue(dot.startsWith("digraph fusegrad {\n") && dot.endsWith("}\n"), dot);
        for (String part : List.of("n0 [label=\"input y#1\\n[rows]\"]", "n2 [label=\"mul\\n[rows]\"]", "n0 -> n2;", "n1 -> n2;",
                "n2 -> n3;", "label=\"the \\\"loss\\\"\"", "n3 -> out0;")) {
            assertTrue(dot.contains(part), part + " in\n" + dot);
        }
    }

    @Test
    void expressionIsOneLineAndCutWhereItIsLong() {
        Node loss = g.sum(g.square(g.sub(g.mul(y, s), y)));
        Graph graph = g.build(List.of(new Graph.Output("loss", loss)));
        assertEquals("sum(square(sub(mul(y, s), y)))", GraphPrinter.expression(graph, loss, 100));
        Node deep = y;
        for (int k = 0; k < 1000; k++) {
            deep = g.add(deep, g.square(deep));
        }
        Graph large = g.build(List.of(new Graph.Output("deep", deep)));
        assertTrue(GraphPrinter.expression(large, deep, 60).length() < 2000);
    }
}
