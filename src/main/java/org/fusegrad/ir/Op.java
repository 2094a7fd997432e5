package org.fusegrad.ir;

import java.util.Locale;

/**
 * A primitive operation: a bare name. What it means stands in one row of each table by purpose:
 * {@link Elementwise} (value in float, and the code for it), {@link Arithmetic} (value in double),
 * {@code VjpRules} (gradient). Every table is an exhaustive {@code switch}, so that the compiler lists the
 * places a new operation needs.
 */
public enum Op {
    /** A value the caller binds. */
    INPUT(0, Kind.LEAF),
    /** A number that is part of the graph. */
    CONSTANT(0, Kind.LEAF),
    /** The number of rows of the batch times a fixed multiple, as a float. */
    COUNT(0, Kind.LEAF),
    /** The number of each column: 0, 1, 2, ... */
    COLUMN_INDEX(0, Kind.LEAF),

    ADD(2, 1),
    SUB(2, 1),
    MUL(2, 1),
    DIV(2, 1),
    NEG(1, 1),
    SQUARE(1, 1),
    ABS(1, 1),
    SQRT(1, 1),
    RECIPROCAL(1, 1),
    RELU(1, 2),

    EXP(1, 20),
    EXPM1(1, 26),
    LOG(1, 28),
    LOG1P(1, 36),
    SIGMOID(1, 28),
    TANH(1, 32),
    SOFTPLUS(1, 45),
    SILU(1, 30),
    GELU(1, 70),
    ERF(1, 45),

    MAXIMUM(2, 4),
    MINIMUM(2, 4),
    /** 1 where {@code a < b}, otherwise 0. */
    LESS(2, 2),
    /** 1 where {@code a <= b}, otherwise 0. */
    LESS_EQUAL(2, 2),
    /** 1 where {@code a == b}, otherwise 0. */
    EQUAL(2, 2),
    /** The second operand where the first is not 0, otherwise the third. */
    WHERE(3, 2),

    /** The value, as a constant to its users: no gradient goes through. */
    DETACH(1, 0),
    /** The same value at a larger extent; costs nothing inside a kernel. */
    EXPAND(1, 0),

    /** The contiguous sum of all elements. */
    SUM(Reduction.SUM, Axis.ALL),
    /** {@code [rows, cols] -> [rows]}: the contiguous sum of each row. */
    SUM_COLUMNS(Reduction.SUM, Axis.COLUMNS),
    /** {@code [rows, cols] -> [cols]}: the batch sum of each column. */
    SUM_ROWS(Reduction.SUM, Axis.ROWS),

    /** The contiguous sum of the products of two operands, by FMA. */
    DOT(Reduction.DOT, Axis.ALL),
    /** {@code [rows, cols] -> [rows]}: that of each row. One operand may be {@code [cols]}. */
    DOT_COLUMNS(Reduction.DOT, Axis.COLUMNS),
    /** {@code [rows, cols] -> [cols]}: the batch sum of products, by FMA. One operand may be {@code [rows]}. */
    DOT_ROWS(Reduction.DOT, Axis.ROWS),

    /** The largest element. */
    MAX(Reduction.MAX, Axis.ALL),
    /** {@code [rows, cols] -> [rows]}: the largest of each row. */
    MAX_COLUMNS(Reduction.MAX, Axis.COLUMNS),
    /** {@code [rows, cols] -> [cols]}: the largest of each column. */
    MAX_ROWS(Reduction.MAX, Axis.ROWS);

    private enum Kind { LEAF, ELEMENTWISE, REDUCTION }

    private final int arity;
    private final Kind kind;
    private final int cost;
    private final Reduction reduction;
    private final Axis axis;
    private final String text = name().toLowerCase(Locale.ROOT);

    Op(int arity, Kind kind) {
        this(arity, kind, 1, null, null);
    }

    Op(int arity, int cost) {
        this(arity, Kind.ELEMENTWISE, cost, null, null);
    }

    Op(Reduction reduction, Axis axis) {
        this(reduction.arity(), Kind.REDUCTION, 1, reduction, axis);
    }

    Op(int arity, Kind kind, int cost, Reduction reduction, Axis axis) {
        this.arity = arity;
        this.kind = kind;
        this.cost = cost;
        this.reduction = reduction;
        this.axis = axis;
    }

    /** The operation that reduces over an axis. */
    public static Op of(Reduction reduction, Axis axis) {
        for (Op op : values()) {
            if (op.reduction == reduction && op.axis == axis) {
                return op;
            }
        }
        throw new AssertionError(reduction + " over " + axis);
    }

    public int arity() {
        return arity;
    }

    /** About how many instructions it takes; what limits the length of a loop's code. */
    public int cost() {
        return cost;
    }

    public boolean isLeaf() {
        return kind == Kind.LEAF;
    }

    public boolean isElementwise() {
        return kind == Kind.ELEMENTWISE;
    }

    public boolean isReduction() {
        return kind == Kind.REDUCTION;
    }

    /** How a reduction goes on from element to element; null for any other operation. */
    public Reduction reduction() {
        return reduction;
    }

    /** What a reduction runs over; null for any other operation. */
    public Axis axis() {
        return axis;
    }

    /** Whether it hands its operand on as it is. */
    public boolean isIdentity() {
        return this == EXPAND || this == DETACH;
    }

    /** The lower-case name that graphs, plans and kernels print. */
    public String text() {
        return text;
    }
}
