package org.fusegrad.ir;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Makes nodes, one object per distinct expression, and applies the rewrites that hold for every float.
 *
 * <p>Only identities that keep all bits are applied (a NaN stays some NaN): {@code x*1}, {@code x/1}, {@code 2*x = x+x},
 * {@code -(-x)}, {@code a + (-b) = a - b}, and operations on constants. Not {@code x*0} (NaN, infinities,
 * sign) and not {@code x+0} (-0).
 */
public final class GraphBuilder {
    private record Key(Op op, List<Node> inputs, Extent extent, int attribute) {}

    private final Map<Key, Node> interned = new HashMap<>();
    private final List<Graph.Input> inputs = new ArrayList<>();

    /** A new input; every call makes a distinct one. */
    public Node input(String name, Extent extent) {
        inputs.add(new Graph.Input(name, extent));
        return intern(Op.INPUT, List.of(), extent, inputs.size() - 1);
    }

    public Node constant(float value) {
        return intern(Op.CONSTANT, List.of(), Extent.SCALAR, Float.floatToRawIntBits(value));
    }

    /** The number of elements of an extent, as a float. */
    public Node count(Extent extent) {
        return extent.batched()
                ? intern(Op.COUNT, List.of(), Extent.SCALAR, extent.cols())
                : constant(extent.cols());
    }

    /** The number of each column: {@code 0, 1, ..., cols - 1}. */
    public Node columnIndex(int cols) {
        return cols == 1 ? constant(0f) : intern(Op.COLUMN_INDEX, List.of(), Extent.col(cols), 0);
    }

    public Node add(Node a, Node b) {
        if (b.op() == Op.NEG) {
            return sub(a, b.input(0));
        }
        return elementwise(Op.ADD, a, b);
    }

    public Node sub(Node a, Node b) {
        return elementwise(Op.SUB, a, b);
    }

    public Node mul(Node a, Node b) {
        if (a.isConstant(1f)) {
            return b;
        }
        if (b.isConstant(1f)) {
            return a;
        }
        if (a.isConstant(2f)) {
            return add(b, b); // the same float, always, without a register for the constant
        }
        if (b.isConstant(2f)) {
            return add(a, a);
        }
        return elementwise(Op.MUL, a, b);
    }

    public Node div(Node a, Node b) {
        return b.isConstant(1f) ? a : elementwise(Op.DIV, a, b);
    }

    public Node neg(Node a) {
        return a.op() == Op.NEG ? a.input(0) : elementwise(Op.NEG, a);
    }

    public Node square(Node a) {
        return elementwise(Op.SQUARE, a);
    }

    /** {@code a} to a constant power; the first and second are what they are called. */
    public Node pow(Node a, float exponent) {
        if (exponent == 1) {
            return a;
        }
        return exponent == 2 ? square(a) : elementwise(Op.POW, a, constant(exponent));
    }

    /** An elementwise operation of one operand that has no attribute. */
    public Node unary(Op op, Node a) {
        return switch (op) {
            case NEG -> neg(a);
            case DETACH -> intern(op, List.of(a), a.extent(), 0);
            default -> elementwise(op, a);
        };
    }

    /** An elementwise operation of two operands. */
    public Node binary(Op op, Node a, Node b) {
        return switch (op) {
            case ADD -> add(a, b);
            case MUL -> mul(a, b);
            case DIV -> div(a, b);
            case POW -> pow(a, b.constant());
            default -> elementwise(op, a, b);
        };
    }

    /** {@code a} where {@code condition} is not 0, otherwise {@code b}. */
    public Node where(Node condition, Node a, Node b) {
        return elementwise(Op.WHERE, condition, a, b);
    }

    /** {@code a} at the given extent, which it must broadcast to. */
    public Node expand(Node a, Extent extent) {
        if (a.extent().equals(extent)) {
            return a;
        }
        if (!a.extent().broadcastsTo(extent)) {
            throw new IllegalArgumentException("expand: " + a.extent() + " does not broadcast to " + extent);
        }
        return intern(Op.EXPAND, List.of(a), extent, 0);
    }

    /**
     * Reduces the operands, broadcast together, over an axis. Where they have no such axis every element is alone: its
     * own sum, its own maximum, one product.
     */
    public Node reduce(Reduction reduction, Axis axis, Node... operands) {
        Extent walked = common(Op.of(reduction, axis), operands);
        for (int k = 0; reduction == Reduction.DOT && k < 2; k++) {
            if (operands[k].isConstant(1f)) { // x * 1 + acc rounds as x + acc does
                return reduce(Reduction.SUM, axis, expand(operands[1 - k], walked));
            }
        }
        boolean alone = switch (axis) {
            case ALL -> walked.isScalar();
            case COLUMNS -> walked.cols() == 1;
            case ROWS -> !walked.batched();
        };
        if (alone) {
            return reduction == Reduction.DOT ? mul(operands[0], operands[1]) : operands[0];
        }
        if (axis == Axis.ALL || !walked.isFull()) {
            Node[] whole = Arrays.stream(operands).map(operand -> expand(operand, walked)).toArray(Node[]::new);
            return intern(Op.of(reduction, Axis.ALL), List.of(whole), Extent.SCALAR, 0);
        }
        Extent extent = axis == Axis.COLUMNS ? Extent.ROW : Extent.col(walked.cols());
        return intern(Op.of(reduction, axis), List.of(operands), extent, 0);
    }

    /** The contiguous sum of all elements; of a scalar, the scalar. */
    public Node sum(Node a) {
        return reduce(Reduction.SUM, Axis.ALL, a);
    }

    /** Sums over the columns; a value without columns is its own sum. */
    public Node sumColumns(Node a) {
        return reduce(Reduction.SUM, Axis.COLUMNS, a);
    }

    /** Sums over the batch; a value without rows is its own sum. */
    public Node sumRows(Node a) {
        return reduce(Reduction.SUM, Axis.ROWS, a);
    }

    /** Undoes a broadcast from {@code from} to {@code to}: expands a lazily smaller value, then sums. */
    public Node sumTo(Node a, Extent from, Extent to) {
        if (from.equals(to)) {
            return a;
        }
        return reduce(Reduction.SUM, lacking(to), expand(a, from));
    }

    /**
     * The products of {@code a} and {@code b}, summed by FMA over what {@code to} lacks of {@code from}. Both may be
     * smaller than {@code from}, and then stand for their broadcasts.
     */
    public Node dotTo(Node a, Node b, Extent from, Extent to) {
        if (from.equals(to)) {
            return mul(a, b);
        }
        boolean whole = from.equals(Extent.broadcast(a.extent(), b.extent()));
        return reduce(Reduction.DOT, lacking(to), whole ? a : expand(a, from), b);
    }

    /** The axis that a value of this extent was broadcast along, to one that is larger. */
    private static Axis lacking(Extent to) {
        return to.isScalar() ? Axis.ALL : to.batched() ? Axis.COLUMNS : Axis.ROWS;
    }

    public Graph build(List<Graph.Output> outputs) {
        return new Graph(inputs, outputs);
    }

    private static Extent common(Op op, Node... operands) {
        Extent extent = operands[0].extent();
        for (Node operand : operands) {
            Extent common = Extent.broadcast(extent, operand.extent());
            if (common == null) {
                throw new IllegalArgumentException(
                        op.text() + ": " + extent + " and " + operand.extent() + " do not broadcast");
            }
            extent = common;
        }
        return extent;
    }

    private Node elementwise(Op op, Node... operands) {
        Node node = intern(op, List.of(operands), common(op, operands), 0);
        if (allConstant(operands)) {
            double[] values = Arrays.stream(operands).mapToDouble(Node::constant).toArray();
            return constant((float) Arithmetic.FLOAT.apply(node, values));
        }
        return node;
    }

    private static boolean allConstant(Node[] operands) {
        for (Node operand : operands) {
            if (operand.op() != Op.CONSTANT) {
                return false;
            }
        }
        return true;
    }

    private Node intern(Op op, List<Node> operands, Extent extent, int attribute) {
        return interned.computeIfAbsent(
                new Key(op, operands, extent, attribute),
                key -> new Node(op, operands, extent, attribute, interned.size()));
    }
}
