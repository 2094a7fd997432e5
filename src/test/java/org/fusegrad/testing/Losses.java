package org.fusegrad.testing;

import java.util.ArrayList;
import java.util.List;
import org.fusegrad.autodiff.Gradients;
import org.fusegrad.ir.Axis;
import org.fusegrad.ir.Extent;
import org.fusegrad.ir.Graph;
import org.fusegrad.ir.GraphBuilder;
import org.fusegrad.ir.Node;
import org.fusegrad.ir.Op;
import org.fusegrad.ir.Reduction;

/** Losses with their gradients, one for each way that data flows through a batch. */
public final class Losses {
    private Losses() {}

    /** {@code sum((x * w - y)^2)} by {@code w}, which all rows share or each has its own. */
    public static Graph lecture(boolean elementwise, boolean accumulate) {
        GraphBuilder g = new GraphBuilder();
        Node x = g.input("x", Extent.ROW);
        Node w = g.input("w", elementwise ? Extent.ROW : Extent.SCALAR);
        Node y = g.input("y", Extent.ROW);
        Node loss = g.sum(g.square(g.sub(g.mul(x, w), y)));
        return withGradients(g, loss, accumulate, w);
    }

    /** {@code mean((sum(x * w, cols) + b - y)^2)} by {@code w} and {@code b}. */
    public static Graph regression(int cols, boolean accumulate) {
        GraphBuilder g = new GraphBuilder();
        Node w = g.input("w", Extent.col(cols));
        Node b = g.input("b", Extent.SCALAR);
        return withGradients(g, mean(g, g.square(residual(g, cols, w, b))), accumulate, w, b);
    }

    /** The regression with {@code 0.1 * sum(w^2)}, which has no rows. */
    public static Graph ridge(int cols) {
        GraphBuilder g = new GraphBuilder();
        Node w = g.input("w", Extent.col(cols));
        Node b = g.input("b", Extent.SCALAR);
        Node penalty = g.mul(g.constant(0.1f), g.sum(g.square(w)));
        return withGradients(g, g.add(mean(g, g.square(residual(g, cols, w, b))), penalty), false, w, b);
    }

    /** {@code sum((e - mean(e))^2)}, {@code e} a row sum: what is summed over all rows goes back into every row. */
    public static Graph centred(int cols) {
        GraphBuilder g = new GraphBuilder();
        Node w = g.input("w", Extent.col(cols));
        Node b = g.input("b", Extent.SCALAR);
        Node e = residual(g, cols, w, b);
        return withGradients(g, g.sum(g.square(g.sub(e, mean(g, e)))), false, w);
    }

    /** {@code sum((x * w - y)^2)}, all of {@code [rows, cols]}. */
    public static Graph full(int cols, boolean accumulate) {
        GraphBuilder g = new GraphBuilder();
        Node x = g.input("x", full(cols));
        Node w = g.input("w", full(cols));
        Node y = g.input("y", full(cols));
        return withGradients(g, g.sum(g.square(g.sub(g.mul(x, w), y))), accumulate, w, x);
    }

    /** {@code sum((x - mu)^2)}: a sum along memory of what is broadcast along rows. */
    public static Graph distance(int cols) {
        GraphBuilder g = new GraphBuilder();
        Node x = g.input("x", full(cols));
        Node mu = g.input("mu", Extent.col(cols));
        return withGradients(g, g.sum(g.square(g.sub(x, mu))), false, mu);
    }

    /** {@code mean((u * v)^2)} of an outer product that no array holds. */
    public static Graph outer(int cols) {
        GraphBuilder g = new GraphBuilder();
        Node u = g.input("u", Extent.ROW);
        Node v = g.input("v", Extent.col(cols));
        return withGradients(g, mean(g, g.square(g.mul(u, v))), false, u, v);
    }

    /** {@code sum((x / w - y / b)^2)}: quotients, and gradients of values with rows. */
    public static Graph quotient(int cols) {
        GraphBuilder g = new GraphBuilder();
        Node x = g.input("x", full(cols));
        Node w = g.input("w", Extent.col(cols));
        Node y = g.input("y", Extent.ROW);
        Node b = g.input("b", Extent.SCALAR);
        Node loss = g.sum(g.square(g.sub(g.div(x, w), g.div(y, b))));
        return withGradients(g, loss, false, x, w, y, b);
    }

    /** The regression by its data: gradients as large as the batch, one accumulated in place. */
    public static Graph byData(int cols, boolean accumulate) {
        GraphBuilder g = new GraphBuilder();
        Node x = g.input("x", full(cols));
        Node w = g.input("w", Extent.col(cols));
        Node y = g.input("y", Extent.ROW);
        Node e = g.sub(g.sumColumns(g.mul(x, w)), y);
        return withGradients(g, g.sum(g.square(e)), accumulate, x, y);
    }

    /** The mean of one element of each row of {@code x * x}, the first or the last as {@code y} is positive or not. */
    public static Graph picked(int cols) {
        GraphBuilder g = new GraphBuilder();
        Node x = g.input("x", full(cols));
        Node y = g.input("y", Extent.ROW);
        Node index = g.mul(g.binary(Op.LESS_EQUAL, y, g.constant(0)), g.constant(cols - 1));
        Node chosen = g.binary(Op.EQUAL, g.columnIndex(cols), index);
        Node element = g.sumColumns(g.where(chosen, g.square(x), g.constant(-0f)));
        return withGradients(g, mean(g, element), false, x);
    }

    /** Cross-entropy of {@code x + b} and class numbers, the first or the last class as {@code y} is positive or not. */
    public static Graph crossEntropy(int cols) {
        GraphBuilder g = new GraphBuilder();
        Node x = g.input("x", full(cols));
        Node b = g.input("b", Extent.col(cols));
        Node y = g.input("y", Extent.ROW);
        Node index = g.mul(g.binary(Op.LESS_EQUAL, y, g.constant(0)), g.constant(cols - 1));
        Node chosen = g.binary(Op.EQUAL, g.columnIndex(cols), index);
        Node logits = g.add(x, b);
        Node z = g.sub(logits, g.unary(Op.DETACH, g.reduce(Reduction.MAX, Axis.COLUMNS, logits)));
        Node picked = g.div(g.sumColumns(g.where(chosen, z, g.constant(-0f))), g.sumColumns(chosen));
        Node loss = g.sub(g.unary(Op.LOG, g.sumColumns(g.unary(Op.EXP, z))), picked);
        return withGradients(g, mean(g, loss), false, x, b);
    }

    /** {@code mean((dot(x, w) + b - y)^2)} by {@code w} and {@code b}. */
    public static Graph dotRegression(int cols, boolean accumulate) {
        GraphBuilder g = new GraphBuilder();
        Node x = g.input("x", full(cols));
        Node w = g.input("w", Extent.col(cols));
        Node b = g.input("b", Extent.SCALAR);
        Node y = g.input("y", Extent.ROW);
        Node e = g.sub(g.add(g.reduce(Reduction.DOT, Axis.COLUMNS, x, w), b), y);
        return withGradients(g, mean(g, g.square(e)), accumulate, w, b);
    }

    /** Products of two batches row by row, of two rows of numbers, and of the columns' weights with themselves. */
    public static Graph similarity(int cols) {
        GraphBuilder g = new GraphBuilder();
        Node x = g.input("x", full(cols));
        Node z = g.input("z", full(cols));
        Node y = g.input("y", Extent.ROW);
        Node w = g.input("w", Extent.col(cols));
        Node rows = g.reduce(Reduction.DOT, Axis.COLUMNS, x, g.mul(z, w));
        Node all = g.reduce(Reduction.DOT, Axis.ALL, g.square(rows), y);
        Node penalty = g.reduce(Reduction.DOT, Axis.ALL, w, g.neg(w));
        Node columns = g.reduce(Reduction.DOT, Axis.ROWS, y, z);
        Node loss = g.add(g.add(all, penalty), g.sum(columns));
        return withGradients(g, loss, false, x, z, y, w);
    }

    /** Sums of {@code x * w} over each row, and of {@code x} times those over the rows: what is summed over the columns is read again as it stands. */
    public static Graph rowsByColumns(int cols) {
        GraphBuilder g = new GraphBuilder();
        Node x = g.input("x", full(cols));
        Node rows = g.sumColumns(g.mul(x, g.input("w", Extent.col(cols))));
        return g.build(List.of(new Graph.Output("sums", g.reduce(Reduction.SUM, Axis.ROWS, g.mul(x, rows)))));
    }

    /** Sums over rows of {@code x} times a sum of each row, which takes seven further batches one after the other: rows so wide that a cache holds few. */
    public static Graph chainOfRows(int cols) {
        GraphBuilder g = new GraphBuilder();
        Node x = g.input("x", full(cols));
        Node rows = g.sumColumns(g.mul(x, g.input("w", Extent.col(cols))));
        for (int k = 0; k < 7; k++) {
            rows = g.sumColumns(g.mul(g.input("z" + k, full(cols)), g.mul(rows, g.constant(0.1f))));
        }
        return g.build(List.of(new Graph.Output("sums", g.reduce(Reduction.SUM, Axis.ROWS, g.mul(x, rows)))));
    }

    /** A regression of so much computed from {@code x} and {@code w} that more than one loop is needed for it. */
    public static Graph longPrediction(int cols) {
        GraphBuilder g = new GraphBuilder();
        Node x = g.input("x", full(cols));
        Node w = g.input("w", Extent.col(cols));
        Node v = x;
        for (int k = 0; k < 20; k++) {
            v = g.add(g.mul(g.mul(v, w), g.constant(0.25f)), x);
        }
        Node e = g.sub(g.sumColumns(v), g.input("y", Extent.ROW));
        Node sums = g.reduce(Reduction.SUM, Axis.ROWS, g.mul(v, e));
        return g.build(List.of(new Graph.Output("loss", mean(g, g.square(e))), new Graph.Output("sums", sums)));
    }

    /** The regression, its predictions without {@code b} an output too. */
    public static Graph predicting(int cols) {
        GraphBuilder g = new GraphBuilder();
        Node x = g.input("x", full(cols));
        Node w = g.input("w", Extent.col(cols));
        Node rows = g.sumColumns(g.mul(x, w));
        Node loss = g.sum(g.square(g.sub(rows, g.input("y", Extent.ROW))));
        Node gradient = Gradients.of(g, loss, g.constant(1f), List.of(w)).getFirst();
        return g.build(List.of(new Graph.Output("loss", loss), new Graph.Output("rows", rows), new Graph.Output("gradient", gradient)));
    }

    /** The largest of each row, of each column and of all. */
    public static Graph largest(int cols) {
        GraphBuilder g = new GraphBuilder();
        Node x = g.input("x", full(cols));
        Node w = g.input("w", Extent.col(cols));
        Node y = g.input("y", Extent.ROW);
        Node rows = g.sum(g.square(g.sub(g.reduce(Reduction.MAX, Axis.COLUMNS, g.mul(x, w)), y)));
        Node columns = g.sum(g.mul(g.reduce(Reduction.MAX, Axis.ROWS, x), w));
        Node all = g.mul(g.reduce(Reduction.MAX, Axis.ALL, g.sub(x, y)), g.reduce(Reduction.MAX, Axis.ALL, y));
        return withGradients(g, g.add(g.add(rows, columns), all), false, x, w);
    }

    private static Node residual(GraphBuilder g, int cols, Node w, Node b) {
        Node x = g.input("x", full(cols));
        Node y = g.input("y", Extent.ROW);
        return g.sub(g.add(g.sumColumns(g.mul(x, w)), b), y);
    }

    private static Extent full(int cols) {
        return Extent.full(cols);
    }

    private static Node mean(GraphBuilder g, Node a) {
        return g.div(g.sum(a), g.count(a.extent()));
    }

    private static Graph withGradients(GraphBuilder g, Node loss, boolean accumulate, Node... wrt) {
        List<Graph.Output> outputs = new ArrayList<>();
        outputs.add(new Graph.Output("loss", loss));
        List<Node> gradients = Gradients.of(g, loss, g.constant(1f), List.of(wrt));
        for (int k = 0; k < wrt.length; k++) {
            Node gradient = gradients.get(k);
            if (accumulate) {
                gradient = g.add(g.input("old" + k, gradient.extent()), gradient);
            }
            outputs.add(new Graph.Output("grad" + k, gradient));
        }
        return g.build(outputs);
    }
}
