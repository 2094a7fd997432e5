package org.fusegrad.engine;

import static org.fusegrad.engine.ParityRuns.atCallBorders;
import static org.fusegrad.engine.ParityRuns.columns;
import static org.fusegrad.engine.ParityRuns.everyLength;
import static org.fusegrad.engine.ParityRuns.forColumns;

import java.util.List;
import org.fusegrad.ir.Axis;
import org.fusegrad.ir.Extent;
import org.fusegrad.ir.Graph;
import org.fusegrad.ir.GraphBuilder;
import org.fusegrad.ir.Node;
import org.fusegrad.ir.Reduction;
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
