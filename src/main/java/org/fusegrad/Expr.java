package org.fusegrad;

import java.util.Locale;
import java.util.Objects;
import org.fusegrad.ir.Op;

/**
 * An expression over named inputs, to be compiled once by {@link GradientKernel#compile(Expr)} and run per
 * mini-batch. Immutable; every operation checks its shapes at once.
 *
 * <p>Operations follow PyTorch in name and meaning. Arithmetic is one IEEE-754 float operation per element, in
 * the order written; the accuracy of functions and the definition of sums are in the README.
 */
public final class Expr {
    /** What an expression does. */
    enum Kind { INPUT, CONSTANT, ELEMENTWISE, SUM, SUM_LAST, SUM_BATCH, MEAN }

    final Kind kind;
    final Shape shape;
    final Op op; // of an elementwise expression; otherwise null
    final Expr a;
    final Expr b;
    final Expr c;
    final String name; // of an input
    final float constant;
    final boolean requiresGrad;
    final Tensor source; // of an input that is a tensor's value
    float[] value; // of a tensor; null while it is not computed
    int number; // where a Flattening last listed this; only a hint

    private Expr(Kind kind, Op op, Shape shape, Expr a, Expr b, Expr c, float constant, boolean requiresGrad) {
        this(kind, op, shape, a, b, c, null, constant, requiresGrad, null, null);
    }

    private Expr(
            Kind kind,
            Op op,
            Shape shape,
            Expr a,
            Expr b,
            Expr c,
            String name,
            float constant,
            boolean requiresGrad,
            Tensor source,
            float[] value) {
        this.kind = kind;
        this.op = op;
        this.shape = shape;
        this.a = a;
        this.b = b;
        this.c = c;
        this.name = name;
        this.constant = constant;
        this.requiresGrad = requiresGrad;
        this.source = source;
        this.value = value;
    }

    private static Expr leaf(String name, Shape shape, boolean requiresGrad, Tensor source, float[] value) {
        return new Expr(Kind.INPUT, null, shape, null, null, null, name, 0, requiresGrad, source, value);
    }

    /**
     * A value the caller binds for each run, without gradient.
     *
     * @throws NullPointerException if an argument is null
     */
    public static Expr input(String name, Shape shape) {
        return leaf(name, shape, false);
    }

    /**
     * A value the caller binds for each run, whose gradient is wanted.
     *
     * @throws NullPointerException if an argument is null
     */
    public static Expr parameter(String name, Shape shape) {
        return leaf(name, shape, true);
    }

    private static Expr leaf(String name, Shape shape, boolean requiresGrad) {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(shape, () -> "shape of " + name);
        return leaf(name, shape, requiresGrad, null, null);
    }

    /** A tensor's present value. */
    static Expr leaf(Tensor source, float[] value, boolean requiresGrad) {
        return leaf("t", source.shape(), requiresGrad, source, value);
    }

    /** An input in place of another expression, without its value. */
    static Expr anonymous(String name, Expr of) {
        return leaf(name, of.shape, of.requiresGrad, null, null);
    }

    /** This operation on other operands of the same shapes. */
    Expr over(Expr newA, Expr newB, Expr newC) {
        return new Expr(kind, op, shape, newA, newB, newC, constant, requiresGrad);
    }

    /** A fixed number. */
    public static Expr constant(float value) {
        return new Expr(Kind.CONSTANT, null, Shape.scalar(), null, null, null, value, false);
    }

    public Shape shape() {
        return shape;
    }

    /** {@code this + other}, elementwise with broadcasting. */
    public Expr add(Expr other) {
        return binary(Op.ADD, other);
    }

    /** {@code this + value}. */
    public Expr add(float value) {
        return add(constant(value));
    }

    /** {@code this - other}, elementwise with broadcasting. */
    public Expr sub(Expr other) {
        return binary(Op.SUB, other);
    }

    /** {@code this - value}. */
    public Expr sub(float value) {
        return sub(constant(value));
    }

    /** {@code this * other}, elementwise with broadcasting. */
    public Expr mul(Expr other) {
        return binary(Op.MUL, other);
    }

    /** {@code this * value}. */
    public Expr mul(float value) {
        return mul(constant(value));
    }

    /** {@code this / other}, elementwise with broadcasting. */
    public Expr div(Expr other) {
        return binary(Op.DIV, other);
    }

    /** {@code this / value}. */
    public Expr div(float value) {
        return div(constant(value));
    }

    /** {@code -this}. */
    public Expr neg() {
        return unary(Op.NEG);
    }

    /** {@code this * this}; the gradient is {@code 2 * this}. */
    public Expr square() {
        return unary(Op.SQUARE);
    }

    /** The sum of all elements, a scalar. */
    public Expr sum() {
        return reduction(Kind.SUM, Shape.scalar());
    }

    /**
     * The sum over one axis, which disappears from the shape.
     *
     * @param axis the last axis (-1, or its number), or the first
     * @throws IllegalArgumentException for any other axis
     */
    public Expr sum(int axis) {
        int rank = shape.rank();
        int at = axis < 0 ? axis + rank : axis;
        if (at < 0 || at >= rank) {
            throw new IllegalArgumentException("sum: shape " + shape + " has no axis " + axis);
        }
        if (rank == 1) {
            return sum();
        }
        if (at == rank - 1) {
            return reduction(Kind.SUM_LAST, shape.withoutDim(shape.dims().length - 1));
        }
        if (at == 0) {
            return reduction(Kind.SUM_BATCH, shape.isBatched() ? shape.withoutBatch() : shape.withoutDim(0));
        }
        throw new IllegalArgumentException(
                "sum: axis " + axis + " of shape " + shape + " is neither the first nor the last");
    }

    /** The sum of all elements divided by their number. */
    public Expr mean() {
        return reduction(Kind.MEAN, Shape.scalar());
    }

    // --- functions of one value ----------------------------------------------------------------------

    /** {@code |this|}; the gradient is the sign, 0 at 0. */
    public Expr abs() {
        return unary(Op.ABS);
    }

    /** The square root; NaN below 0. */
    public Expr sqrt() {
        return unary(Op.SQRT);
    }

    /** {@code 1 / this}. */
    public Expr reciprocal() {
        return unary(Op.RECIPROCAL);
    }

    /** {@code e^this}. */
    public Expr exp() {
        return unary(Op.EXP);
    }

    /** {@code e^this - 1}, exact near 0 too. */
    public Expr expm1() {
        return unary(Op.EXPM1);
    }

    /** The natural logarithm; -infinity at 0, NaN below. */
    public Expr log() {
        return unary(Op.LOG);
    }

    /** {@code ln(1 + this)}, exact near 0 too. */
    public Expr log1p() {
        return unary(Op.LOG1P);
    }

    /** {@code 1 / (1 + e^-this)}. */
    public Expr sigmoid() {
        return unary(Op.SIGMOID);
    }

    /** The hyperbolic tangent. */
    public Expr tanh() {
        return unary(Op.TANH);
    }

    /** {@code ln(1 + e^this)}. */
    public Expr softplus() {
        return unary(Op.SOFTPLUS);
    }

    /** {@code max(this, 0)}; the gradient at 0 is 0. */
    public Expr relu() {
        return unary(Op.RELU);
    }

    /** {@code this} above 0, otherwise {@code slope * this}, which is also the gradient at 0. */
    public Expr leakyRelu(float slope) {
        return where(gt(constant(0)), this, mul(slope));
    }

    /** {@code this * cdf(this)} of the normal distribution, by the error function and not approximated. */
    public Expr gelu() {
        return unary(Op.GELU);
    }

    /** {@code this * sigmoid(this)}. */
    public Expr silu() {
        return unary(Op.SILU);
    }

    /** The error function. */
    public Expr erf() {
        return unary(Op.ERF);
    }

    /** The sine of an angle in radians; NaN at infinities. */
    public Expr sin() {
        return unary(Op.SIN);
    }

    /** The cosine of an angle in radians; NaN at infinities. */
    public Expr cos() {
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
    public Expr pow(float exponent) {
        return binary(Op.POW, constant(exponent));
    }

    /**
     * {@code min(max(this, low), high)}; the gradient passes from {@code low} to {@code high}, both included.
     *
     * @throws IllegalArgumentException if {@code low} is not below or equal to {@code high}
     */
    public Expr clamp(float low, float high) {
        if (!(low <= high)) {
            throw new IllegalArgumentException("clamp: from " + low + " to " + high);
        }
        Expr l = constant(low);
        Expr h = constant(high);
        return where(lt(l), l, where(gt(h), h, this));
    }

    /** The same value, as a constant: no gradient goes through. */
    public Expr detach() {
        return new Expr(Kind.ELEMENTWISE, Op.DETACH, shape, this, null, null, 0, false);
    }

    // --- comparisons -----------------------------------------------------------------------------------

    /** The larger of both, NaN if one is; the gradient goes to the larger, half to each of equal ones. */
    public Expr maximum(Expr other) {
        return binary(Op.MAXIMUM, other);
    }

    /** The smaller of both, NaN if one is; the gradient goes to the smaller, half to each of equal ones. */
    public Expr minimum(Expr other) {
        return binary(Op.MINIMUM, other);
    }

    /** 1 where {@code this < other}, otherwise 0; without gradient, as all comparisons. */
    public Expr lt(Expr other) {
        return binary(Op.LESS, other);
    }

    /** 1 where {@code this <= other}, otherwise 0. */
    public Expr le(Expr other) {
        return binary(Op.LESS_EQUAL, other);
    }

    /** 1 where {@code this > other}, otherwise 0. */
    public Expr gt(Expr other) {
        Objects.requireNonNull(other, "lt: the second operand is null");
        return other.lt(this);
    }

    /** 1 where {@code this >= other}, otherwise 0. */
    public Expr ge(Expr other) {
        Objects.requireNonNull(other, "le: the second operand is null");
        return other.le(this);
    }

    /** 1 where {@code this == other}, otherwise 0. */
    public Expr eq(Expr other) {
        return binary(Op.EQUAL, other);
    }

    /** 0 where {@code this == other}, otherwise 1. */
    public Expr ne(Expr other) {
        return constant(1).sub(eq(other));
    }

    /**
     * {@code ifTrue} where {@code condition} is not 0, otherwise {@code ifFalse}. Value and gradient are chosen,
     * not multiplied: a NaN on the side not taken does not show.
     *
     * @throws IllegalArgumentException if the shapes do not broadcast
     * @throws NullPointerException if an argument is null
     */
    public static Expr where(Expr condition, Expr ifTrue, Expr ifFalse) {
        Objects.requireNonNull(condition, "where: the condition is null");
        Objects.requireNonNull(ifTrue, "where: the second operand is null");
        Objects.requireNonNull(ifFalse, "where: the third operand is null");
        Shape both = broadcast("where", ifTrue.shape, ifFalse.shape);
        Shape result = broadcast("where", condition.shape, both);
        return new Expr(
                Kind.ELEMENTWISE, Op.WHERE, result, condition, ifTrue, ifFalse, 0, ifTrue.requiresGrad || ifFalse.requiresGrad);
    }

    private Expr unary(Op operation) {
        return new Expr(Kind.ELEMENTWISE, operation, shape, this, null, null, 0, requiresGrad);
    }

    private Expr reduction(Kind reduction, Shape result) {
        return new Expr(reduction, null, result, this, null, null, 0, requiresGrad);
    }

    private Expr binary(Op operation, Expr other) {
        if (other == null) {
            throw new NullPointerException(name(operation) + ": the second operand is null");
        }
        Shape result = broadcast(name(operation), shape, other.shape);
        boolean comparison = operation == Op.LESS || operation == Op.LESS_EQUAL || operation == Op.EQUAL;
        boolean gradient = !comparison && (requiresGrad || other.requiresGrad);
        return new Expr(Kind.ELEMENTWISE, operation, result, this, other, null, 0, gradient);
    }

    private static Shape broadcast(String operation, Shape a, Shape b) {
        Shape result = Shape.broadcast(a, b);
        if (result == null) {
            throw new IllegalArgumentException(
                    operation + ": shapes " + a + " and " + b + " " + Shape.whyNoBroadcast(a, b));
        }
        return result;
    }

    /** The name users know an operation by. */
    private static String name(Op operation) {
        return switch (operation) {
            case LESS -> "lt";
            case LESS_EQUAL -> "le";
            case EQUAL -> "eq";
            default -> operation.text();
        };
    }

    /** What users call this. */
    String operation() {
        return switch (kind) {
            case ELEMENTWISE -> name(op);
            case SUM, SUM_LAST, SUM_BATCH -> "sum";
            case INPUT, CONSTANT, MEAN -> kind.name().toLowerCase(Locale.ROOT);
        };
    }

    /** For example {@code sub(mul(x, w), y)}; long expressions are cut. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        append(text);
        return text.toString();
    }

    private void append(StringBuilder text) {
        if (text.length() > 200) {
            text.append("...");
            return;
        }
        switch (kind) {
            case INPUT -> text.append(name);
            case CONSTANT -> text.append(constant);
            case ELEMENTWISE, SUM, SUM_LAST, SUM_BATCH, MEAN -> {
                text.append(operation()).append('(');
                String separator = "";
                for (Expr operand : Views.operands(this)) {
                    text.append(separator);
                    operand.append(text);
                    separator = ", ";
                }
                text.append(')');
            }
        }
    }
}
