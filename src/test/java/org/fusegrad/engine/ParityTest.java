package org.fusegrad.engine;

import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.fusegrad.ir.Axis;
import org.fusegrad.ir.Extent;
import org.fusegrad.ir.Graph;
import org.fusegrad.ir.GraphBuilder;
import org.fusegrad.ir.Node;
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
    private static final long SEED = Long.getLong("fusegrad.test.seed", 7L);
    /** Around whole vectors, whole sets of lanes and the change from four accumulators per column to one. */
    private static final int[] COLUMNS = {10, 16, 17, 32, 33, 63, 64, 65};

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
    void regressionOfAnyNarrowWidth() {
        int[] cols = IntStream.rangeClosed(1, 70).filter(c -> !Jvm.isInterpreted() || c % 16 == 8 || c == 1).toArray();
        forColumns("regression", cols, Sizes.few(), c -> Losses.regression(c, false));
    }

    @Test
    void regressionOfAnyLength() {
        forColumns("regression", everyLengthColumns(), Sizes.every(), c -> Losses.regression(c, false));
    }

    @Test
    void regressionAroundBlocksOfRows() {
        int[] cols = Jvm.isInterpreted() ? new int[] {10} : new int[] {10, 33};
        forColumns("regression", cols, Sizes.borders(), c -> Losses.regression(c, false));
    }

    @Test
    void regressionOfManyColumns() {
        int[] cols = Jvm.isInterpreted() ? new int[] {4097} : new int[] {512, 4095, 4096, 4097, 5000, 8193};
        int[] rows = Jvm.isInterpreted() ? new int[] {3} : new int[] {1, 2, 3, 4, 5, 16, 17, 33};
        forColumns("regression", cols, rows, c -> Losses.regression(c, false));
    }

    @Test
    void regressionAccumulating() {
        forColumns("regression accumulating", columns(), Sizes.few(), c -> Losses.regression(c, true));
    }

    @Test
    void penaltyWithoutRows() {
        forColumns("ridge", columns(), Sizes.few(), Losses::ridge);
        forColumns("ridge", new int[] {4097}, new int[] {1, 3}, Losses::ridge);
    }

    @Test
    void centredLossOfTwoPasses() {
        forColumns("centred", columns(), Sizes.few(), Losses::centred);
        forColumns("centred", new int[] {17}, Sizes.every(), Losses::centred);
        forColumns("centred", new int[] {10}, Sizes.borders(), Losses::centred);
    }

    @Test
    void elementwiseOverRowsAndColumns() {
        forColumns("full", columns(), Sizes.few(), c -> Losses.full(c, false));
        forColumns("full", new int[] {3}, Sizes.every(), c -> Losses.full(c, false));
        forColumns("full accumulating", new int[] {3}, Sizes.borders(), c -> Losses.full(c, true));
    }

    @Test
    void sumAlongMemoryOfWhatIsBroadcastAlongRows() {
        forColumns("distance", columns(), Sizes.few(), Losses::distance);
        forColumns("distance", new int[] {5, 17}, Sizes.every(), Losses::distance);
        forColumns("distance", new int[] {3, 10}, Sizes.borders(), Losses::distance);
        forColumns("distance", new int[] {4097}, new int[] {1, 2, 5}, Losses::distance);
    }

    @Test
    void outerProductThatNoArrayHolds() {
        forColumns("outer", columns(), Sizes.few(), Losses::outer);
        forColumns("outer", new int[] {17}, Sizes.every(), Losses::outer);
        forColumns("outer", new int[] {10}, Sizes.borders(), Losses::outer);
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

    @Test
    void dotOfAnyNarrowWidth() {
        int[] cols = IntStream.rangeClosed(1, 70).filter(c -> !Jvm.isInterpreted() || c % 16 == 8 || c == 1).toArray();
        forColumns("dot", cols, Sizes.few(), c -> Losses.dotRegression(c, false));
    }

    @Test
    void dotOfAnyLength() {
        forColumns("dot", everyLengthColumns(), Sizes.every(), c -> Losses.dotRegression(c, true));
        forColumns("dot", new int[] {10, 33}, Sizes.borders(), c -> Losses.dotRegression(c, false));
    }

    @Test
    void dotOfManyColumns() {
        int[] cols = Jvm.isInterpreted() ? new int[] {4097} : new int[] {512, 4095, 4096, 4097, 8193};
        forColumns("dot", cols, new int[] {1, 3, 4, 17}, c -> Losses.dotRegression(c, false));
    }

    @Test
    void dotOfTwoBatches() {
        forColumns("similarity", columns(), Sizes.few(), Losses::similarity);
        forColumns("similarity", new int[] {7}, Sizes.every(), Losses::similarity);
        forColumns("similarity", new int[] {10}, Sizes.borders(), Losses::similarity);
        forColumns("similarity", new int[] {4097}, new int[] {1, 3}, Losses::similarity);
    }

    /** Products of -0 sum to -0, which a lane without an element would turn into +0 if it took 0 * 0. */
    @Test
    void dotOfZeros() {
        GraphBuilder g = new GraphBuilder();
        Node dot = g.reduce(Reduction.DOT, Axis.ALL, g.input("x", Extent.ROW), g.input("y", Extent.ROW));
        Parity parity = new Parity(g.build(List.of(new Graph.Output("dot", dot))));
        for (int n : Sizes.every()) {
            float[] negative = new float[n];
            Arrays.fill(negative, -0f);
            parity.check("zeros", n, List.of(new float[n], negative), true);
        }
    }

    @Test
    void dotOfRowsOfZeros() {
        for (int cols : everyLengthColumns()) {
            for (Extent extent : List.of(Extent.full(cols), Extent.col(cols))) { // columns stay in registers
                GraphBuilder g = new GraphBuilder();
                Node dot = g.reduce(Reduction.DOT, Axis.COLUMNS, g.input("x", Extent.full(cols)), g.input("w", extent));
                Parity parity = new Parity(g.build(List.of(new Graph.Output("dot", dot))));
                for (int rows : Sizes.few()) {
                    float[] negative = new float[extent.count(rows)];
                    Arrays.fill(negative, -0f);
                    parity.check("zeros cols " + cols, rows, List.of(new float[rows * cols], negative), true);
                }
            }
        }
    }

    @Test
    void largestOfEveryAxis() {
        forColumns("largest", columns(), Sizes.few(), Losses::largest);
        forColumns("largest", new int[] {7}, Sizes.every(), Losses::largest);
        forColumns("largest", new int[] {10}, Sizes.borders(), Losses::largest);
        forColumns("largest", new int[] {4097}, new int[] {1, 3}, Losses::largest);
    }

    @Test
    void elementsByTheirColumn() {
        forColumns("picked", columns(), Sizes.few(), Losses::picked);
        forColumns("picked", new int[] {17}, Sizes.every(), Losses::picked);
        forColumns("picked", new int[] {4097}, new int[] {1, 3}, Losses::picked);
    }

    @Test
    void crossEntropyOfAnyLength() {
        forColumns("cross-entropy", columns(), Sizes.few(), Losses::crossEntropy);
        forColumns("cross-entropy", new int[] {10}, Sizes.every(), Losses::crossEntropy);
        forColumns("cross-entropy", new int[] {4097}, new int[] {1, 3, 4, 17}, Losses::crossEntropy);
    }

    /** One width of each kind: a masked vector, whole and masked, several, a whole set of lanes and more. */
    private static int[] everyLengthColumns() {
        return Jvm.isInterpreted() ? new int[] {17} : new int[] {10, 17, 64, 65};
    }

    private static int[] columns() {
        return Jvm.isInterpreted() ? new int[] {10, 65} : COLUMNS;
    }

    private static void everyLength(String what, Graph graph) {
        Parity parity = new Parity(graph);
        check(what, parity, Sizes.every());
        check(what, parity, Sizes.borders());
    }

    private static void forColumns(String what, int[] cols, int[] rows, IntFunction<Graph> loss) {
        for (int c : cols) {
            check(what + " cols " + c, new Parity(loss.apply(c)), rows);
        }
    }

    private static void check(String what, Parity parity, int[] rows) {
        Numbers plain = Numbers.plain(SEED);
        Numbers hostile = Numbers.hostile(SEED, 50);
        for (int n : rows) {
            parity.check(what + " seed " + SEED + " plain", n, plain);
            parity.check(what + " seed " + SEED + " hostile", n, hostile);
        }
    }
}
