package org.fusegrad.engine;

import static org.fusegrad.engine.ParityRuns.atCallBorders;
import static org.fusegrad.engine.ParityRuns.columns;
import static org.fusegrad.engine.ParityRuns.everyLength;
import static org.fusegrad.engine.ParityRuns.forColumns;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.fusegrad.ir.Axis;
import org.fusegrad.ir.Extent;
import org.fusegrad.ir.Graph;
import org.fusegrad.ir.GraphBuilder;
import org.fusegrad.ir.Node;
import org.fusegrad.ir.Op;
import org.fusegrad.ir.Reduction;
import org.fusegrad.testing.Jvm;
import org.fusegrad.testing.Losses;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Interpreter, scalar twin and vector kernels of every width give the same bits, with arrays at odd offsets and sentinels
 * around every output. {@code -Dfusegrad.test.seed=N} repeats the numbers that a failure names.
 */
@Tag("matrix")
class ParityTest {
    @Test
    void lectureWithScalarWeight() {
        everyLength("lecture", Losses.lecture(false, false));
    }

    @Test
    void lectureWithScalarWeightAccumulating() {
        everyLength("lecture accumulating", Losses.lecture(false, true));
    }

    @Test
    void lectureWithElementwiseWeight() {
        everyLength("lecture elementwise", Losses.lecture(true, false));
    }

    @Test
    void lectureWithElementwiseWeightAccumulating() {
        everyLength("lecture elementwise accumulating", Losses.lecture(true, true));
    }

    @Test
    void flatLoopsOfMoreElementsThanACallTakes() {
        GraphBuilder g = new GraphBuilder();
        Node x = g.input("x", Extent.ROW);
        Node y = g.input("y", Extent.ROW);
        Graph map = g.build(List.of(new Graph.Output("product", g.mul(x, y))));
        Graph reductions = g.build(List.of(
                new Graph.Output("sum", g.sum(g.sub(x, y))),
                new Graph.Output("largest", g.reduce(Reduction.MAX, Axis.ALL, g.mul(x, y))),
                new Graph.Output("squares", g.dotTo(x, x, Extent.ROW, Extent.SCALAR))));
        atCallBorders("map", map);
        atCallBorders("reductions", reductions);
        atCallBorders("lecture", Losses.lecture(true, true));
    }

    /** Loops of sine and cosine are left at the first angle that is computed by itself, and what is overwritten in place must be so once. */
    @Test
    void aLargeAngleAnywhereInALoop() {
        GraphBuilder f = new GraphBuilder();
        Node z = f.input("z", Extent.ROW);
        aLargeAngle(f.build(List.of(Graph.Output.inPlace("new_z", f.unary(Op.SIN, z), z))), 24);
        GraphBuilder g = new GraphBuilder();
        Node x = g.input("x", Extent.ROW);
        Node y = g.input("y", Extent.ROW);
        aLargeAngle(g.build(List.of(Graph.Output.inPlace("new_y", g.add(y, g.unary(Op.SIN, x)), y))), 200);
        GraphBuilder h = new GraphBuilder();
        Node a = h.input("a", Extent.ROW);
        Node b = h.input("b", Extent.ROW);
        Node product = h.mul(h.unary(Op.COS, a), h.unary(Op.SIN, h.add(a, b)));
        aLargeAngle(h.build(List.of(
                Graph.Output.inPlace("new_b", h.mul(product, b), b), new Graph.Output("sum", h.sum(h.square(product))))), 40);
    }

    /** @param opsPerLoop enough for the function and what it is stored with to be one loop */
    private static void aLargeAngle(Graph graph, int opsPerLoop) {
        Map<Integer, Plan> plans = new HashMap<>();
        Parity.widths().forEach(lanes -> plans.put(lanes, Plan.of(graph, lanes, opsPerLoop)));
        Parity parity = new Parity(graph, plans);
        for (int rows : Jvm.isInterpreted() ? new int[] {37} : new int[] {1, 16, 37, 130, 1030, 2100}) {
            for (int at = 0; at < rows; at += 1 + rows / 12) {
                float[] angles = ramp(rows, 0.37f);
                angles[at] = at % 2 == 0 ? 1e5f : Float.NEGATIVE_INFINITY;
                angles[Math.min(rows - 1, at + 40)] = -7000f;
                List<float[]> inputs = List.of(angles, ramp(rows, -0.11f)).subList(0, graph.inputs().size());
                parity.check("large angle at " + at, rows, inputs, true);
            }
        }
    }

    private static float[] ramp(int n, float slope) {
        float[] values = new float[n];
        for (int i = 0; i < n; i++) {
            values[i] = slope * i % 11;
        }
        return values;
    }

    @Test
    void centredLossOfTwoPasses() {
        forColumns("centred", columns(), Sizes.few(), Losses::centred);
        forColumns("centred", new int[] {17}, Sizes.every(), Losses::centred);
        forColumns("centred", new int[] {10}, Sizes.rowBorders(), Losses::centred);
    }

    @Test
    void elementwiseOverRowsAndColumns() {
        forColumns("full", columns(), Sizes.few(), c -> Losses.full(c, false));
        forColumns("full", new int[] {3}, Sizes.every(), c -> Losses.full(c, false));
        forColumns("full accumulating", new int[] {3}, Sizes.rowBorders(), c -> Losses.full(c, true));
    }

    @Test
    void sumAlongMemoryOfWhatIsBroadcastAlongRows() {
        forColumns("distance", columns(), Sizes.few(), Losses::distance);
        forColumns("distance", new int[] {5, 17}, Sizes.every(), Losses::distance);
        forColumns("distance", new int[] {3, 10}, Sizes.rowBorders(), Losses::distance);
        forColumns("distance", new int[] {4097}, new int[] {1, 2, 5}, Losses::distance);
    }

    @Test
    void outerProductThatNoArrayHolds() {
        forColumns("outer", columns(), Sizes.few(), Losses::outer);
        forColumns("outer", new int[] {17}, Sizes.every(), Losses::outer);
        forColumns("outer", new int[] {10}, Sizes.rowBorders(), Losses::outer);
    }

    @Test
    void quotientsAndGradientsOfEveryExtent() {
        forColumns("quotient", columns(), Sizes.few(), Losses::quotient);
        forColumns("quotient", new int[] {7}, Sizes.every(), Losses::quotient);
    }

    @Test
    void gradientsAsLargeAsTheBatch() {
        forColumns("by data", columns(), Sizes.few(), c -> Losses.byData(c, false));
        forColumns("by data accumulating", new int[] {17}, Sizes.every(), c -> Losses.byData(c, true));
        forColumns("by data", new int[] {4097}, new int[] {1, 3}, c -> Losses.byData(c, false));
    }
}
