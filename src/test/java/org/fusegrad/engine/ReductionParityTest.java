package org.fusegrad.engine;

import static org.fusegrad.engine.ParityRuns.columns;
import static org.fusegrad.engine.ParityRuns.everyLengthColumns;
import static org.fusegrad.engine.ParityRuns.forColumns;

import java.util.Arrays;
import java.util.List;
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

/** {@link ParityTest} of dot products, maxima, and losses made of them. */
@Tag("matrix")
class ReductionParityTest {
    @Test
    void dotOfTwoBatches() {
        forColumns("similarity", columns(), Sizes.few(), Losses::similarity);
        forColumns("similarity", new int[] {7}, Sizes.every(), Losses::similarity);
        forColumns("similarity", new int[] {10}, Sizes.rowBorders(), Losses::similarity);
        forColumns("similarity", new int[] {4097}, new int[] {1, 3}, Losses::similarity);
    }

    /** Products of -0 sum to -0, which a lane without an element would turn into +0 if it took 0 * 0. */
    @Test
    void dotOfZeros() {
        GraphBuilder g = new GraphBuilder();
        Node dot = g.reduce(Reduction.DOT, Axis.ALL, g.input("x", Extent.ROW), g.input("y", Extent.ROW));
        Parity parity = new Parity(g.build(List.of(new Graph.Output("dot", dot))), ParityRuns.WIDTHS);
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
                Parity parity = new Parity(g.build(List.of(new Graph.Output("dot", dot))), ParityRuns.WIDTHS);
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
        forColumns("largest", new int[] {10}, Sizes.rowBorders(), Losses::largest);
        forColumns("largest", new int[] {4097}, new int[] {1, 3}, Losses::largest);
    }

    /** Of all widths at which rows take turns: with a number per row, and one per column too. */
    @Test
    void narrowRowsOverTheBatch() {
        int[] cols = IntStream.rangeClosed(2, 33).filter(c -> !Jvm.interpretsVectors() || c % 6 == 4).toArray();
        forColumns("narrow", cols, Sizes.few(), c -> narrow(c, false));
        forColumns("narrow", cols, Sizes.few(), c -> narrow(c, true));
        forColumns("narrow", new int[] {5}, Sizes.every(), c -> narrow(c, true));
        forColumns("narrow", new int[] {10}, Sizes.rowBorders(), c -> narrow(c, false));
    }

    private static Graph narrow(int cols, boolean withColumns) {
        GraphBuilder g = new GraphBuilder();
        Node x = g.input("x", Extent.full(cols));
        Node y = g.input("y", Extent.ROW);
        Node c = withColumns ? g.input("c", Extent.col(cols)) : y;
        Node sum = g.reduce(Reduction.SUM, Axis.ROWS, g.mul(x, g.sub(c, y)));
        Node dot = g.reduce(Reduction.DOT, Axis.ROWS, x, y);
        Node max = g.reduce(Reduction.MAX, Axis.ROWS, g.add(g.mul(x, y), c));
        return g.build(List.of(new Graph.Output("sum", sum), new Graph.Output("dot", dot), new Graph.Output("max", max)));
    }

    /** Each reduction in a loop of its own, with operands of every extent but that of a row. */
    @Test
    void narrowRows() {
        int[] cols = IntStream.rangeClosed(2, 12).filter(c -> !Jvm.interpretsVectors() || c % 4 == 2).toArray();
        for (Reduction reduction : Reduction.values()) {
            forColumns("narrow rows, " + reduction, cols, Sizes.few(), c -> narrowRow(c, reduction));
            forColumns("narrow rows, " + reduction, new int[] {7, 9}, Sizes.rowBorders(), c -> narrowRow(c, reduction));
        }
    }

    private static Graph narrowRow(int cols, Reduction reduction) {
        GraphBuilder g = new GraphBuilder();
        Node x = g.input("x", Extent.full(cols));
        Node y = g.input("y", Extent.full(cols));
        Node c = g.input("c", Extent.col(cols));
        Node s = g.input("s", Extent.SCALAR);
        Node[] operands = reduction == Reduction.DOT ? new Node[] {g.add(x, s), c} : new Node[] {g.add(g.mul(x, c), y)};
        return g.build(List.of(new Graph.Output("result", g.reduce(reduction, Axis.COLUMNS, operands))));
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
        forColumns("cross-entropy", new int[] {4097}, Jvm.interpretsVectors() ? new int[] {3} : new int[] {1, 3, 4, 17}, Losses::crossEntropy);
    }
}
