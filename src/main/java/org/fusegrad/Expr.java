package org.fusegrad;

import java.util.Locale;
import java.util.Objects;

/**
 * An expression over named inputs, to be compiled once by {@link GradientKernel#compile(Expr)} and run per
 * mini-batch. Immutable; every operation checks its shapes at once.
 *
 * <p>Operations follow PyTorch in name and meaning. Each is one IEEE-754 float operation per element, in the
 * order written; the definition of sums is in the README.
 */
public final class Expr {
    /** What an expression does. Elementwise constants are those of the engine's operations. */
    enum Kind { INPUT, CONSTANT, ADD, SUB, MUL, DIV, NEG, SQUARE, SUM, SUM_LAST, SUM_BATCH, MEAN }

    final Kind kind;
    final Shape shape;
    final Expr a;
    final Expr b;
    final String name; // of an input
    final float constant;
    final boolean requiresGrad;
    final Tensor source; // of an input that is a tensor's value
    float[] value; // of a tensor; null while it is not computed
    int number; // where a Flattening last listed this; only a hint

    private Expr(Kind kind, Shape shape, Expr a, Expr b, String name, float constant, boolean requiresGrad) {
        this(kind, shape, a, b, name, constant, requiresGrad, null, null);
    }

    private Expr(
            Kind kind,
            Shape shape,
            Expr a,
            Expr b,
            String name,
            float constant,
            boolean requiresGrad,
            Tensor source,
            float[] value) {
        this.kind = kind;
        this.shape = shape;
        this.a = a;
        this.b = b;
        this.name = name;
        this.constant = constant;
        this.requiresGrad = requiresGrad;
        this.source = source;
        this.value = value;
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
        return new Expr(Kind.INPUT, shape, null, null, name, 0, requiresGrad);
    }

    /** A tensor's present value. */
    static Expr leaf(Tensor source, float[] value, boolean requiresGrad) {
        return new Expr(Kind.INPUT, source.shape(), null, null, "t", 0, requiresGrad, source, value);
    }

    /** An input in place of another expression, without its value. */
    static Expr anonymous(String name, Expr of) {
        return new Expr(Kind.INPUT, of.shape, null, null, name, 0, of.requiresGrad);
    }

    /** This operation on other operands of the same shapes. */
    Expr over(Expr newA, Expr newB) {
        return new Expr(kind, shape, newA, newB, name, constant, requiresGrad);
    }

    /** A fixed number. */
    public static Expr constant(float value) {
        return new Expr(Kind.CONSTANT, Shape.scalar(), null, null, null, value, false);
    }

    public Shape shape() {
        return shape;
    }

    /** {@code this + other}, elementwise with broadcasting. */
    public Expr add(Expr other) {
        return binary(Kind.ADD, other);
    }

    /** {@code this + value}. */
    public Expr add(float value) {
        return add(constant(value));
    }

    /** {@code this - other}, elementwise with broadcasting. */
    public Expr sub(Expr other) {
        return binary(Kind.SUB, other);
    }

    /** {@code this - value}. */
    public Expr sub(float value) {
        return sub(constant(value));
    }

    /** {@code this * other}, elementwise with broadcasting. */
    public Expr mul(Expr other) {
        return binary(Kind.MUL, other);
    }

    /** {@code this * value}. */
    public Expr mul(float value) {
        return mul(constant(value));
    }

    /** {@code this / other}, elementwise with broadcasting. */
    public Expr div(Expr other) {
        return binary(Kind.DIV, other);
    }

    /** {@code this / value}. */
    public Expr div(float value) {
        return div(constant(value));
    }

    /** {@code -this}. */
    public Expr neg() {
        return unary(Kind.NEG, shape);
    }

    /** {@code this * this}; the gradient is {@code 2 * this}. */
    public Expr square() {
        return unary(Kind.SQUARE, shape);
    }

    /** The sum of all elements, a scalar. */
    public Expr sum() {
        return unary(Kind.SUM, Shape.scalar());
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
            return unary(Kind.SUM_LAST, shape.withoutDim(shape.dims().length - 1));
        }
        if (at == 0) {
            return unary(Kind.SUM_BATCH, shape.isBatched() ? shape.withoutBatch() : shape.withoutDim(0));
        }
        throw new IllegalArgumentException(
                "sum: axis " + axis + " of shape " + shape + " is neither the first nor the last");
    }

    /** The sum of all elements divided by their number. */
    public Expr mean() {
        return unary(Kind.MEAN, Shape.scalar());
    }

    private Expr unary(Kind kind, Shape result) {
        return new Expr(kind, result, this, null, null, 0, requiresGrad);
    }

    private Expr binary(Kind kind, Expr other) {
        if (other == null) {
            throw new NullPointerException(operation(kind) + ": the second operand is null");
        }
        Shape result = Shape.broadcast(shape, other.shape);
        if (result == null) {
            throw new IllegalArgumentException(
                    operation(kind) + ": shapes " + shape + " and " + other.shape + " " + Shape.whyNoBroadcast(shape, other.shape));
        }
        return new Expr(kind, result, this, other, null, 0, requiresGrad || other.requiresGrad);
    }

    /** The name users know an operation by. */
    static String operation(Kind kind) {
        return switch (kind) {
            case SUM, SUM_LAST, SUM_BATCH -> "sum";
            case INPUT, CONSTANT, ADD, SUB, MUL, DIV, NEG, SQUARE, MEAN -> kind.name().toLowerCase(Locale.ROOT);
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
            case ADD, SUB, MUL, DIV, NEG, SQUARE, SUM, SUM_LAST, SUM_BATCH, MEAN -> {
                text.append(operation(kind)).append('(');
                a.append(text);
                if (b != null) {
                    text.append(", ");
                    b.append(text);
                }
                text.append(')');
            }
        }
    }
}
