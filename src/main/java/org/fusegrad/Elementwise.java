package org.fusegrad;

import java.util.Objects;
import org.fusegrad.ir.Op;

/**
 * What is done to each element on its own, or to the elements of two that broadcast: arithmetic, functions, comparisons. Only
 * {@link Operations} extends this, which adds reductions.
 *
 * <p>Where an operation has another operand, and nothing else is said, it throws {@link IllegalArgumentException} if the shapes do
 * not broadcast, and {@link NullPointerException} if the operand is null.
 *
 * @param <T> the kind of operands and results, {@link Expr} or {@link Tensor}
 */
public abstract sealed class Elementwise<T extends Operations<T>> permits Operations {
    Elementwise() {}

    /** The shape; fixed from the beginning. */
    public abstract Shape shape();

    // --- for both kinds ------------------------------------------------------------------------------

    /** This. */
    abstract T self();

    /** The expression behind this, to be part of another. */
    abstract Expr use();

    /** What {@code result}, an expression over those behind this and others, is among its kind. */
    abstract T made(Expr result);

    final T number(float value) {
        return made(Expr.constant(value));
    }

    private T unary(Op op) {
        return made(use().apply(op));
    }

    private T binary(Op op, T other) {
        return made(use().apply(op, operand(Expr.name(op), other)));
    }

    private T binary(Op op, float value) {
        return made(use().apply(op, Expr.constant(value)));
    }

    final Expr operand(String operation, T other) {
        if (other == null) {
            throw new NullPointerException(operation + ": the second operand is null");
        }
        return other.use();
    }

    // --- arithmetic ----------------------------------------------------------------------------------

    /** {@code this + other}, elementwise with broadcasting. */
    public final T add(T other) {
        return binary(Op.ADD, other);
    }

    /** {@code this + value}. */
    public final T add(float value) {
        return binary(Op.ADD, value);
    }

    /** {@code this - other}, elementwise with broadcasting. */
    public final T sub(T other) {
        return binary(Op.SUB, other);
    }

    /** {@code this - value}. */
    public final T sub(float value) {
        return binary(Op.SUB, value);
    }

    /** {@code this * other}, elementwise with broadcasting. */
    public final T mul(T other) {
        return binary(Op.MUL, other);
    }

    /** {@code this * value}. */
    public final T mul(float value) {
        return binary(Op.MUL, value);
    }

    /** {@code this / other}, elementwise with broadcasting. */
    public final T div(T other) {
        return binary(Op.DIV, other);
    }

    /** {@code this / value}. */
    public final T div(float value) {
        return binary(Op.DIV, value);
    }

    /** {@code -this}. */
    public final T neg() {
        return unary(Op.NEG);
    }

    /** {@code this * this}; the gradient is {@code 2 * this}. */
    public final T square() {
        return unary(Op.SQUARE);
    }

    /** {@code |this|}; the gradient is the sign, 0 at 0. */
    public final T abs() {
        return unary(Op.ABS);
    }

    /** The square root; NaN below 0. */
    public final T sqrt() {
        return unary(Op.SQRT);
    }

    /** {@code 1 / this}. */
    public final T reciprocal() {
        return unary(Op.RECIPROCAL);
    }

    /** The same value, as a constant: no gradient goes through. */
    public final T detach() {
        return unary(Op.DETACH);
    }

    // --- functions of one value ----------------------------------------------------------------------

    /** {@code e^this}. */
    public final T exp() {
        return unary(Op.EXP);
    }

    /** {@code e^this - 1}, exact near 0 too. */
    public final T expm1() {
        return unary(Op.EXPM1);
    }

    /** The natural logarithm; -infinity at 0, NaN below. */
    public final T log() {
        return unary(Op.LOG);
    }

    /** {@code ln(1 + this)}, exact near 0 too. */
    public final T log1p() {
        return unary(Op.LOG1P);
    }

    /** {@code 1 / (1 + e^-this)}. */
    public final T sigmoid() {
        return unary(Op.SIGMOID);
    }

    /** The hyperbolic tangent. */
    public final T tanh() {
        return unary(Op.TANH);
    }

    /** {@code ln(1 + e^this)}. */
    public final T softplus() {
        return unary(Op.SOFTPLUS);
    }

    /** {@code max(this, 0)}; the gradient at 0 is 0. */
    public final T relu() {
        return unary(Op.RELU);
    }

    /** {@code this} above 0, otherwise {@code slope * this}, which is also the gradient at 0. */
    public final T leakyRelu(float slope) {
        return where(gt(number(0)), self(), mul(slope));
    }

    /** {@code this * cdf(this)} of the normal distribution, by the error function and not approximated. */
    public final T gelu() {
        return unary(Op.GELU);
    }

    /** {@code this * sigmoid(this)}. */
    public final T silu() {
        return unary(Op.SILU);
    }

    /** The error function. */
    public final T erf() {
        return unary(Op.ERF);
    }

    /** The sine of an angle in radians; NaN at infinities. */
    public final T sin() {
        return unary(Op.SIN);
    }

    /** The cosine of an angle in radians; NaN at infinities. */
    public final T cos() {
        return unary(Op.COS);
    }

    /**
     * {@code this^exponent}; NaN below 0 where the exponent is no integer. The gradient is
     * {@code exponent * this^(exponent-1)}, and 0 for the exponent 0.
     *
     * <p>As in PyTorch, the exponents 0.5 and -0.5 are {@code sqrt()} and its reciprocal, at -0 and -infinity too, where
     * C's {@code pow} has 0 and infinity. Unlike in PyTorch, {@code pow(-2)} is as accurate as the others where
     * {@code this * this} overflows or is subnormal.
     */
    public final T pow(float exponent) {
        return binary(Op.POW, exponent);
    }

    // --- comparisons and choices ---------------------------------------------------------------------

    /** The larger of both, NaN if one is; the gradient goes to the larger, half to each of equal ones. */
    public final T maximum(T other) {
        return binary(Op.MAXIMUM, other);
    }

    /** The smaller of both, NaN if one is; the gradient goes to the smaller, half to each of equal ones. */
    public final T minimum(T other) {
        return binary(Op.MINIMUM, other);
    }

    /** 1 where {@code this < other}, otherwise 0; without gradient, as all comparisons. */
    public final T lt(T other) {
        return binary(Op.LESS, other);
    }

    /** 1 where {@code this <= other}, otherwise 0. */
    public final T le(T other) {
        return binary(Op.LESS_EQUAL, other);
    }

    /** 1 where {@code this > other}, otherwise 0. */
    public final T gt(T other) {
        return made(operand("gt", other).apply(Op.LESS, use()));
    }

    /** 1 where {@code this >= other}, otherwise 0. */
    public final T ge(T other) {
        return made(operand("ge", other).apply(Op.LESS_EQUAL, use()));
    }

    /** 1 where {@code this == other}, otherwise 0. */
    public final T eq(T other) {
        return binary(Op.EQUAL, other);
    }

    /** 0 where {@code this == other}, otherwise 1. */
    public final T ne(T other) {
        return number(1).sub(made(use().apply(Op.EQUAL, operand("ne", other))));
    }

    /**
     * {@code min(max(this, low), high)}; the gradient passes from {@code low} to {@code high}, both included.
     *
     * @throws IllegalArgumentException if {@code low} is not below or equal to {@code high}
     */
    public final T clamp(float low, float high) {
        if (!(low <= high)) {
            throw new IllegalArgumentException("clamp: from " + low + " to " + high);
        }
        T l = number(low);
        T h = number(high);
        return where(lt(l), l, where(gt(h), h, self()));
    }

    /**
     * {@code ifTrue} where {@code condition} is not 0, otherwise {@code ifFalse}. Value and gradient are chosen,
     * not multiplied: a NaN on the side not taken does not show.
     *
     * @throws IllegalArgumentException if the shapes do not broadcast
     * @throws NullPointerException if an argument is null
     */
    public static <T extends Operations<T>> T where(T condition, T ifTrue, T ifFalse) {
        Objects.requireNonNull(condition, "where: the condition is null");
        Objects.requireNonNull(ifTrue, "where: the second operand is null");
        Objects.requireNonNull(ifFalse, "where: the third operand is null");
        return condition.made(Expr.choose(condition.use(), ifTrue.use(), ifFalse.use()));
    }
}
