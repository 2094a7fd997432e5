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
    /** What an expression does; the last three are reductions of everything, of the last axis and of the batch. */
    enum Kind { INPUT, CONSTANT, COLUMN_INDEX, UNSQUEEZE, ELEMENTWISE, ALL, LAST, BATCH }

    /** How a reduction reduces. {@link #DOT} has one operand, a product, whose factors it takes. */
    enum Reduce { SUM, MEAN, MAX, DOT }

    /** Every int up to here is a float. */
    private static final int MOST_COUNTED = 1 << 24;

    final Kind kind;
    final Shape shape;
    final Op op; // of an elementwise expression; otherwise null
    final Reduce reduce; // of a reduction; otherwise null
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
        this(kind, op, null, shape, a, b, c, null, constant, requiresGrad, null, null);
    }

    private Expr(
            Kind kind,
            Op op,
            Reduce reduce,
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
        this.reduce = reduce;
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
        return new Expr(Kind.INPUT, null, null, shape, null, null, null, name, 0, requiresGrad, source, value);
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
        return new Expr(kind, op, reduce, shape, newA, newB, newC, null, constant, requiresGrad, null, null);
    }

    /** A fixed number. */
    public static Expr constant(float value) {
        return new Expr(Kind.CONSTANT, null, Shape.scalar(), null, null, null, value, false);
    }

    /** {@code 0, 1, ..., n - 1}, of shape {@code [n]}. */
    static Expr columnIndex(int n) {
        return new Expr(Kind.COLUMN_INDEX, null, Shape.of(n), null, null, null, 0, false);
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
        return all(Reduce.SUM);
    }

    /**
     * The sum over one axis, which disappears from the shape.
     *
     * @param axis the last axis (-1, or its number), or the first
     * @throws IllegalArgumentException for any other axis
     */
    public Expr sum(int axis) {
        return over("sum", Reduce.SUM, axis);
    }

    /** The sum of all elements divided by their number. */
    public Expr mean() {
        return all(Reduce.MEAN);
    }

    /**
     * The sum over one axis divided by its length.
     *
     * @param axis the last axis (-1, or its number), or the first
     * @throws IllegalArgumentException for any other axis
     */
    public Expr mean(int axis) {
        return over("mean", Reduce.MEAN, axis);
    }

    /**
     * The largest element, as of {@link Math#max(float, float)}: NaN if one is NaN, and +0 above -0. The gradient is
     * shared evenly among the elements that equal it, as of PyTorch's {@code amax}; where it is NaN all have NaN.
     */
    public Expr max() {
        return all(Reduce.MAX);
    }

    /**
     * The largest element along one axis, as {@link #max()}.
     *
     * @param axis the last axis (-1, or its number), or the first
     * @throws IllegalArgumentException for any other axis
     */
    public Expr max(int axis) {
        return over("max", Reduce.MAX, axis);
    }

    /** The smallest element: NaN if one is NaN, and -0 below +0. The gradient is as that of {@link #max()}. */
    public Expr min() {
        return neg().max().neg();
    }

    /**
     * The smallest element along one axis, as {@link #min()}.
     *
     * @param axis the last axis (-1, or its number), or the first
     * @throws IllegalArgumentException for any other axis
     */
    public Expr min(int axis) {
        return neg().over("min", Reduce.MAX, axis).neg();
    }

    /**
     * The sum over the last axis of {@code this * other}, where products are added by FMA and not rounded before, as
     * their gradients are: {@code [batch, n]} with {@code [n]} or with {@code [batch, n]} gives {@code [batch]},
     * {@code [n]} with {@code [n]} a scalar. All axes but the last broadcast.
     *
     * @throws IllegalArgumentException if the last axes differ, or the others do not broadcast
     */
    public Expr dot(Expr other) {
        Objects.requireNonNull(other, "dot: the second operand is null");
        if (!Shape.sameLastAxis(shape, other.shape)) {
            throw new IllegalArgumentException(
                    "dot: shapes " + shape + " and " + other.shape + " have no last axis in common");
        }
        Shape both = broadcast("dot", shape, other.shape);
        boolean gradient = requiresGrad || other.requiresGrad;
        return new Expr(Kind.ELEMENTWISE, Op.MUL, both, this, other, null, 0, gradient).over("dot", Reduce.DOT, -1);
    }

    /**
     * {@code ln(sum(e^this))} over the last axis. What is largest there is subtracted first, so nothing overflows.
     * As in PyTorch it is -infinity where all elements are, and +infinity where one is.
     *
     * @param axis the last axis (-1, or its number)
     * @throws IllegalArgumentException for any other axis
     */
    public Expr logSumExp(int axis) {
        Expr largest = largest("logSumExp", axis);
        Expr infinite = largest.abs().eq(constant(Float.POSITIVE_INFINITY));
        Expr shift = where(infinite, constant(0), largest);
        return sub(kept(shift)).exp().sum(-1).log().add(shift);
    }

    /**
     * {@code e^this / sum(e^this)} over the last axis. What is largest there is subtracted first, so nothing
     * overflows. As in PyTorch it is NaN where the largest is infinite.
     *
     * @param axis the last axis (-1, or its number)
     * @throws IllegalArgumentException for any other axis
     */
    public Expr softmax(int axis) {
        Expr e = shifted("softmax", axis).exp();
        return e.div(kept(e.sum(-1)));
    }

    /**
     * {@code this - logSumExp(this)} over the last axis: the logarithm of {@link #softmax}, and more exact than that
     * where it is small.
     *
     * @param axis the last axis (-1, or its number)
     * @throws IllegalArgumentException for any other axis
     */
    public Expr logSoftmax(int axis) {
        Expr z = shifted("logSoftmax", axis);
        return z.sub(kept(z.exp().sum(-1).log()));
    }

    /** This less its largest along the last axis, which counts as a constant: nothing is above 0, so no power of e overflows. */
    Expr shifted(String operation, int axis) {
        return sub(kept(largest(operation, axis)));
    }

    /** The largest along the last axis, as a constant. */
    private Expr largest(String operation, int axis) {
        if (axis(operation, axis) != shape.rank() - 1) {
            throw new IllegalArgumentException(operation + ": axis " + axis + " of shape " + shape + " is not the last");
        }
        return max(-1).detach();
    }

    /** A reduction of the last axis of this at a shape that broadcasts to this. */
    private Expr kept(Expr reduced) {
        return shape.rank() == 1 ? reduced : reduced.unsqueeze();
    }

    private int axis(String operation, int axis) {
        int at = axis < 0 ? axis + shape.rank() : axis;
        if (at < 0 || at >= shape.rank()) {
            throw new IllegalArgumentException(operation + ": shape " + shape + " has no axis " + axis);
        }
        return at;
    }

    private Expr over(String operation, Reduce how, int axis) {
        int at = axis(operation, axis);
        if (shape.rank() == 1) {
            return all(how);
        }
        if (at == shape.rank() - 1) {
            return reduction(Kind.LAST, how, shape.withoutDim(shape.dims().length - 1));
        }
        if (at == 0) {
            return reduction(Kind.BATCH, how, shape.isBatched() ? shape.withoutBatch() : shape.withoutDim(0));
        }
        throw new IllegalArgumentException(
                operation + ": axis " + axis + " of shape " + shape + " is neither the first nor the last");
    }

    private Expr all(Reduce how) {
        return reduction(Kind.ALL, how, Shape.scalar());
    }

    private Expr reduction(Kind axis, Reduce how, Shape result) {
        return new Expr(axis, null, how, result, this, null, null, null, 0, requiresGrad, null, null);
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

    /**
     * One element of each row, by the number of its column: {@code [batch, n]} with an index of {@code [batch]} gives
     * {@code [batch]}. It is NaN where the index is none of 0 to n - 1. The gradient goes to that element, and 0 to all
     * others; the index has none.
     *
     * @param index column numbers as floats, of this shape without its last axis
     * @throws IllegalArgumentException if the shapes do not fit, or there are more columns than floats can count
     */
    public Expr pick(Expr index) {
        Objects.requireNonNull(index, "pick: the index is null");
        int last = shape.dims().length - 1;
        if (last < 0 || !index.shape.equals(shape.withoutDim(last))) {
            throw new IllegalArgumentException(
                    "pick: shape " + shape + " with an index of shape " + index.shape + "; it has an index per row");
        }
        int n = shape.dims()[last];
        if (n > MOST_COUNTED) {
            throw new IllegalArgumentException("pick: shape " + shape + " has more columns than floats can count");
        }
        Expr chosen = columnIndex(n).eq(index.unsqueeze());
        // -0 is the identity of addition: the sum is the element itself, and of none and nothing the quotient is NaN.
        return where(chosen, this, constant(-0.0f)).sum(-1).div(chosen.sum(-1));
    }

    /** The same numbers with one more axis, the last, of size 1. */
    private Expr unsqueeze() {
        return new Expr(Kind.UNSQUEEZE, null, shape.withLast(1), this, null, null, 0, requiresGrad);
    }

    private Expr unary(Op operation) {
        return new Expr(Kind.ELEMENTWISE, operation, shape, this, null, null, 0, requiresGrad);
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
            case ALL, LAST, BATCH -> reduce.name().toLowerCase(Locale.ROOT);
            case INPUT, CONSTANT, COLUMN_INDEX, UNSQUEEZE -> kind.name().toLowerCase(Locale.ROOT);
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
            case COLUMN_INDEX, UNSQUEEZE, ELEMENTWISE, ALL, LAST, BATCH -> {
                text.append(operation()).append('(');
                String separator = "";
                for (Expr operand : Views.operands(reduce == Reduce.DOT ? a : this)) {
                    text.append(separator);
                    operand.append(text);
                    separator = ", ";
                }
                text.append(')');
            }
        }
    }
}
