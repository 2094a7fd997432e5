package org.fusegrad.ir;

import java.util.List;

/**
 * What each elementwise operation means in float, over any {@link Algebra}: over numbers it is the
 * interpreter's value, over code it is what the kernels compute, so they cannot differ.
 */
public final class Elementwise {
    private Elementwise() {}

    /** The value of {@code node}, whose operands have the values {@code x}. */
    public static <F, I, M> F apply(Algebra<F, I, M> a, Node node, List<F> x) {
        F first = x.getFirst();
        F last = x.getLast();
        return switch (node.op()) {
            case ADD -> a.add(first, last);
            case SUB -> a.sub(first, last);
            case MUL -> a.mul(first, last);
            case DIV -> a.div(first, last);
            case NEG -> a.neg(first);
            case SQUARE -> a.mul(first, first);
            case ABS -> a.abs(first);
            case SQRT -> a.sqrt(first);
            case RECIPROCAL -> a.div(a.constant(1f), first);
            // Keeps -0 and NaN.
            case RELU -> a.select(a.less(first, a.constant(0f)), a.constant(0f), first);
            case EXP -> Elementary.exp(a, first);
            case EXPM1 -> Elementary.expm1(a, first);
            case LOG -> Elementary.log(a, first);
            case LOG1P -> Elementary.log1p(a, first);
            case SIGMOID -> Elementary.sigmoid(a, first);
            case TANH -> Elementary.tanh(a, first);
            case SOFTPLUS -> Elementary.softplus(a, first);
            case SILU -> Elementary.silu(a, first);
            case GELU -> Elementary.gelu(a, first);
            case ERF -> Elementary.erf(a, first);
            // NaN from either side; of equal ones, the first (so of two zeros too).
            case MAXIMUM -> a.select(a.lessOrEqual(last, first), first, a.select(a.equal(first, first), last, first));
            case MINIMUM -> a.select(a.lessOrEqual(first, last), first, a.select(a.equal(first, first), last, first));
            case LESS -> a.select(a.less(first, last), a.constant(1f), a.constant(0f));
            case LESS_EQUAL -> a.select(a.lessOrEqual(first, last), a.constant(1f), a.constant(0f));
            case EQUAL -> a.select(a.equal(first, last), a.constant(1f), a.constant(0f));
            case WHERE -> a.select(a.equal(first, a.constant(0f)), last, x.get(1));
            case DETACH, EXPAND -> first;
            case INPUT, CONSTANT, COUNT, COLUMN_INDEX, SUM, SUM_COLUMNS, SUM_ROWS, DOT, DOT_COLUMNS, DOT_ROWS,
                    MAX, MAX_COLUMNS, MAX_ROWS ->
                throw new AssertionError(node.op() + " is not elementwise");
        };
    }
}
