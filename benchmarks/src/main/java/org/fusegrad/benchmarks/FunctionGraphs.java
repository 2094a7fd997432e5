package org.fusegrad.benchmarks;

import java.util.List;
import java.util.Locale;
import org.fusegrad.ir.Axis;
import org.fusegrad.ir.Extent;
import org.fusegrad.ir.Graph;
import org.fusegrad.ir.GraphBuilder;
import org.fusegrad.ir.Node;
import org.fusegrad.ir.Op;
import org.fusegrad.ir.Reduction;

/** The operations of {@code Expr} by name, each a graph of its own: elementwise over rows of one number, the others over a matrix. */
final class FunctionGraphs {
    /** The columns of a matrix. */
    static final int COLS = 64;
    static final float SLOPE = 0.01f;
    static final float LOW = -1;
    static final float HIGH = 1;

    private static final String LAST = "(-1)";
    private static final String FIRST = "(0)";
    private static final List<String> OF_MATRICES = List.of("sum", "mean", "max", "min", "dot", "logSumExp", "softmax", "logSoftmax", "pick");

    private FunctionGraphs() {}

    static boolean ofMatrix(String function) {
        return OF_MATRICES.contains(base(function));
    }

    /** Whether it is {@code pow(c)}. */
    static boolean isPower(String function) {
        return base(function).equals("pow");
    }

    static float exponent(String power) {
        return Float.parseFloat(power.substring(power.indexOf('(') + 1, power.length() - 1));
    }

    /** Without the axis, or the exponent. */
    private static String base(String function) {
        return function.contains("(") ? function.substring(0, function.indexOf('(')) : function;
    }

    private static Axis axis(String function) {
        return function.endsWith(LAST) ? Axis.COLUMNS : function.endsWith(FIRST) ? Axis.ROWS : Axis.ALL;
    }

    static Graph of(String function) {
        GraphBuilder g = new GraphBuilder();
        Node y = ofMatrix(function)
                ? ofMatrix(g, function, g.input("a", Extent.full(COLS)))
                : elementwise(g, function, g.input("a", Extent.ROW));
        return g.build(List.of(new Graph.Output("y", y)));
    }

    private static Node elementwise(GraphBuilder g, String function, Node a) {
        return switch (base(function)) {
            case "where" -> {
                Node b = g.input("b", Extent.ROW);
                yield g.where(a, b, g.input("c", Extent.ROW));
            }
            case "pow" -> g.pow(a, exponent(function));
            case "lt" -> g.binary(Op.LESS, a, g.input("b", Extent.ROW));
            case "leakyRelu" -> g.where(g.binary(Op.LESS, g.constant(0), a), a, g.mul(a, g.constant(SLOPE)));
            case "clamp" -> {
                Node low = g.constant(LOW);
                Node high = g.constant(HIGH);
                yield g.where(g.binary(Op.LESS, a, low), low, g.where(g.binary(Op.LESS, high, a), high, a));
            }
            default -> {
                Op op = Op.valueOf(function.toUpperCase(Locale.ROOT));
                yield op.arity() == 1 ? g.unary(op, a) : g.binary(op, a, g.input("b", Extent.ROW));
            }
        };
    }

    private static Node ofMatrix(GraphBuilder g, String function, Node a) {
        Axis axis = axis(function);
        return switch (base(function)) {
            case "sum" -> g.reduce(Reduction.SUM, axis, a);
            case "mean" -> g.div(g.reduce(Reduction.SUM, axis, a), g.count(counted(axis)));
            case "max" -> g.reduce(Reduction.MAX, axis, a);
            case "min" -> g.neg(g.reduce(Reduction.MAX, axis, g.neg(a)));
            case "dot" -> g.reduce(Reduction.DOT, axis, a, g.input("b", Extent.full(COLS)));
            case "logSumExp" -> {
                Node largest = g.reduce(Reduction.MAX, axis, a);
                Node infinite = g.binary(Op.EQUAL, g.unary(Op.ABS, largest), g.constant(Float.POSITIVE_INFINITY));
                Node shift = g.where(infinite, g.constant(0), largest);
                yield g.add(g.unary(Op.LOG, g.sumColumns(g.unary(Op.EXP, g.sub(a, shift)))), shift);
            }
            case "softmax" -> {
                Node e = g.unary(Op.EXP, g.sub(a, g.reduce(Reduction.MAX, axis, a)));
                yield g.div(e, g.sumColumns(e));
            }
            case "logSoftmax" -> {
                Node z = g.sub(a, g.reduce(Reduction.MAX, axis, a));
                yield g.sub(z, g.unary(Op.LOG, g.sumColumns(g.unary(Op.EXP, z))));
            }
            case "pick" -> {
                Node chosen = g.binary(Op.EQUAL, g.columnIndex(COLS), g.input("b", Extent.ROW));
                yield g.div(g.sumColumns(g.where(chosen, a, g.constant(-0.0f))), g.sumColumns(chosen));
            }
            default -> throw new IllegalArgumentException("function " + function);
        };
    }

    /** What goes into each element of a mean. */
    private static Extent counted(Axis axis) {
        return switch (axis) {
            case ALL -> Extent.full(COLS);
            case COLUMNS -> Extent.col(COLS);
            case ROWS -> Extent.ROW;
        };
    }
}
