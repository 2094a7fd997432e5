package org.fusegrad;

import java.util.Locale;
import java.util.Objects;
import org.fusegrad.ir.Op;

/**
 * An expression over named inputs, to be compiled once by {@link GradientKernel#compile(Expr)} and run per
 * mini-batch. Immutable.
 */
public final class Expr extends Operations<Expr> {
    /** What an expression does; the last three are reductions of everything, of the last axis and of the batch. */
    enum Kind { INPUT, CONSTANT, COLUMN_INDEX, UNSQUEEZE, ELEMENTWISE, ALL, LAST, BATCH }

    /** How a reduction reduces. {@link #DOT} has one operand, a product, whose factors it takes. */
    enum Reduce { SUM, MEAN, MAX, DOT }

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

    @Override
    public Shape shape() {
        return shape;
    }

    @Override
    Expr self() {
        return this;
    }

    @Override
    Expr use() {
        return this;
    }

    @Override
    Expr made(Expr result) {
        return result;
    }

    // --- primitives, each with the shape of its result -------------------------------------------------

    Expr apply(Op operation) {
        return new Expr(Kind.ELEMENTWISE, operation, shape, this, null, null, 0, requiresGrad && operation != Op.DETACH);
    }

    /** @throws IllegalArgumentException if the shapes do not broadcast */
    Expr apply(Op operation, Expr other) {
        Shape result = broadcast(name(operation), shape, other.shape);
        boolean comparison = operation == Op.LESS || operation == Op.LESS_EQUAL || operation == Op.EQUAL;
        boolean gradient = !comparison && (requiresGrad || other.requiresGrad);
        return new Expr(Kind.ELEMENTWISE, operation, result, this, other, null, 0, gradient);
    }

    /** @throws IllegalArgumentException if the shapes do not broadcast */
    static Expr choose(Expr condition, Expr ifTrue, Expr ifFalse) {
        Shape both = broadcast("where", ifTrue.shape, ifFalse.shape);
        Shape result = broadcast("where", condition.shape, both);
        return new Expr(
                Kind.ELEMENTWISE, Op.WHERE, result, condition, ifTrue, ifFalse, 0, ifTrue.requiresGrad || ifFalse.requiresGrad);
    }

    private static Shape broadcast(String operation, Shape a, Shape b) {
        Shape result = Shape.broadcast(a, b);
        if (result == null) {
            throw new IllegalArgumentException(
                    operation + ": shapes " + a + " and " + b + " " + Shape.whyNoBroadcast(a, b));
        }
        return result;
    }

    /** {@code 0, 1, ..., n - 1}, of shape {@code [n]}. */
    static Expr columnIndex(int n) {
        return new Expr(Kind.COLUMN_INDEX, null, Shape.of(n), null, null, null, 0, false);
    }

    /** The same numbers with one more axis, the last, of size 1. */
    Expr unsqueeze() {
        return new Expr(Kind.UNSQUEEZE, null, shape.withLast(1), this, null, null, 0, requiresGrad);
    }

    /** All elements to a scalar. */
    Expr reduce(Reduce how) {
        return reduction(Kind.ALL, how, Shape.scalar());
    }

    /** @throws IllegalArgumentException if the axis is neither the first nor the last */
    Expr reduce(String operation, Reduce how, int axis) {
        int at = axis(operation, axis);
        if (shape.rank() == 1) {
            return reduce(how);
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

    /** @throws IllegalArgumentException if the last axes differ, or the others do not broadcast */
    Expr dotLast(Expr other) {
        if (!Shape.sameLastAxis(shape, other.shape)) {
            throw new IllegalArgumentException(
                    "dot: shapes " + shape + " and " + other.shape + " have no last axis in common");
        }
        Shape both = broadcast("dot", shape, other.shape);
        boolean gradient = requiresGrad || other.requiresGrad;
        return new Expr(Kind.ELEMENTWISE, Op.MUL, both, this, other, null, 0, gradient).reduce("dot", Reduce.DOT, -1);
    }

    /** @throws IllegalArgumentException if the axis is not the last */
    void checkLast(String operation, int axis) {
        if (axis(operation, axis) != shape.rank() - 1) {
            throw new IllegalArgumentException(operation + ": axis " + axis + " of shape " + shape + " is not the last");
        }
    }

    private int axis(String operation, int axis) {
        int at = axis < 0 ? axis + shape.rank() : axis;
        if (at < 0 || at >= shape.rank()) {
            throw new IllegalArgumentException(operation + ": shape " + shape + " has no axis " + axis);
        }
        return at;
    }

    private Expr reduction(Kind axis, Reduce how, Shape result) {
        return new Expr(axis, null, how, result, this, null, null, null, 0, requiresGrad, null, null);
    }

    // --- text ------------------------------------------------------------------------------------------

    /** The name users know an operation by. */
    static String name(Op operation) {
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
