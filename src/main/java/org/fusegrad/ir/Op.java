package org.fusegrad.ir;

import java.util.Locale;

/**
 * A primitive operation: a bare name. What it means stands in one row of each table by purpose:
 * {@link Arithmetic} (value), {@code VjpRules} (gradient), {@code ScalarOps} and {@code VectorOps}
 * (emitted code). Every table is an exhaustive {@code switch}, so that the compiler lists the places a
 * new operation needs.
 */
public enum Op {
    /** A value the caller binds. */
    INPUT(0, Kind.LEAF),
    /** A number that is part of the graph. */
    CONSTANT(0, Kind.LEAF),
    /** The number of rows of the batch times a fixed multiple, as a float. */
    COUNT(0, Kind.LEAF),

    ADD(2, Kind.ELEMENTWISE),
    SUB(2, Kind.ELEMENTWISE),
    MUL(2, Kind.ELEMENTWISE),
    DIV(2, Kind.ELEMENTWISE),
    NEG(1, Kind.ELEMENTWISE),
    SQUARE(1, Kind.ELEMENTWISE),

    /** The same value at a larger extent; costs nothing inside a kernel. */
    EXPAND(1, Kind.ELEMENTWISE),

    /** The contiguous sum of all elements. */
    SUM(1, Kind.REDUCTION),
    /** {@code [rows, cols] -> [rows]}: the contiguous sum of each row. */
    SUM_COLUMNS(1, Kind.REDUCTION),
    /** {@code [rows, cols] -> [cols]}: the batch sum of each column. */
    SUM_ROWS(1, Kind.REDUCTION);

    private enum Kind { LEAF, ELEMENTWISE, REDUCTION }

    private final int arity;
    private final Kind kind;
    private final String text = name().toLowerCase(Locale.ROOT);

    Op(int arity, Kind kind) {
        this.arity = arity;
        this.kind = kind;
    }

    public int arity() {
        return arity;
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

    /** The lower-case name that graphs, plans and kernels print. */
    public String text() {
        return text;
    }
}
