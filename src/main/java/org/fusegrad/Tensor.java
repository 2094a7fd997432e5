package org.fusegrad;

import java.util.Objects;

/**
 * A tensor with a value, define-by-run: operations record what was done, {@link #backward} differentiates it.
 *
 * <p>The recorded expression is compiled as a whole, once per structure, and runs when a value or a gradient
 * is asked for; until then nothing is computed. Values are what they were when the operation was recorded:
 * {@link #descend} and {@link #assign} give the tensor a new value and leave recorded ones alone. As in
 * PyTorch, gradients add up until {@link #zeroGrad}.
 *
 * <p>Not safe for use by several threads at once.
 */
public final class Tensor {
    private final Shape shape;
    private Expr expr;
    private float[] data; // null until computed
    private float[] grad; // null before the first backward
    private boolean recorded; // whether an expression reads data, so that it must not change

    private Tensor(Shape shape, Expr expr, float[] data) {
        this.shape = shape;
        this.expr = expr;
        this.data = data;
    }

    private static Tensor leaf(Shape shape, float[] data, boolean requiresGrad) {
        Tensor tensor = new Tensor(shape, null, data);
        tensor.expr = Expr.leaf(tensor, data, requiresGrad);
        return tensor;
    }

    /** A single number. */
    public static Tensor scalar(float value) {
        return leaf(Shape.scalar(), new float[] {value}, false);
    }

    /**
     * Numbers in a row, copied: shape {@code [values.length]}.
     *
     * @throws IllegalArgumentException if there are none
     */
    public static Tensor of(float... values) {
        Objects.requireNonNull(values, "values");
        return of(Shape.of(values.length), values);
    }

    /**
     * Numbers in row-major order, copied.
     *
     * @throws IllegalArgumentException if the shape has a batch axis or another number of elements
     */
    public static Tensor of(Shape shape, float... values) {
        Objects.requireNonNull(shape, "shape");
        Objects.requireNonNull(values, "values");
        if (shape.isBatched()) {
            throw new IllegalArgumentException("tensor: shape " + shape + " has no fixed batch");
        }
        if (values.length != shape.perRow()) {
            throw new IllegalArgumentException(
                    "tensor: shape " + shape + " has " + shape.perRow() + " elements, not " + values.length);
        }
        return leaf(shape, values.clone(), false);
    }

    /**
     * Asks for this tensor's gradient in every later {@link #backward}.
     *
     * @return this
     * @throws IllegalStateException if it is the result of an operation
     */
    public Tensor requiresGrad() {
        if (expr.kind != Expr.Kind.INPUT || expr.source != this) {
            throw new IllegalStateException("requiresGrad: " + expr + " is the result of an operation");
        }
        if (!expr.requiresGrad) {
            expr = Expr.leaf(this, data, true);
            recorded = false;
        }
        return this;
    }

    // --- operations --------------------------------------------------------------------------------

    /** {@code this + other}, elementwise with broadcasting. */
    public Tensor add(Tensor other) {
        return record(use().add(other("add", other)));
    }

    /** {@code this + value}. */
    public Tensor add(float value) {
        return record(use().add(value));
    }

    /** {@code this - other}, elementwise with broadcasting. */
    public Tensor sub(Tensor other) {
        return record(use().sub(other("sub", other)));
    }

    /** {@code this - value}. */
    public Tensor sub(float value) {
        return record(use().sub(value));
    }

    /** {@code this * other}, elementwise with broadcasting. */
    public Tensor mul(Tensor other) {
        return record(use().mul(other("mul", other)));
    }

    /** {@code this * value}. */
    public Tensor mul(float value) {
        return record(use().mul(value));
    }

    /** {@code this / other}, elementwise with broadcasting. */
    public Tensor div(Tensor other) {
        return record(use().div(other("div", other)));
    }

    /** {@code this / value}. */
    public Tensor div(float value) {
        return record(use().div(value));
    }

    /** {@code -this}. */
    public Tensor neg() {
        return record(use().neg());
    }

    /** {@code this * this}. */
    public Tensor square() {
        return record(use().square());
    }

    /** {@code |this|}; the gradient is the sign, 0 at 0. */
    public Tensor abs() {
        return record(use().abs());
    }

    /** The square root; NaN below 0. */
    public Tensor sqrt() {
        return record(use().sqrt());
    }

    /** {@code 1 / this}. */
    public Tensor reciprocal() {
        return record(use().reciprocal());
    }

    /** {@code e^this}. */
    public Tensor exp() {
        return record(use().exp());
    }

    /** {@code e^this - 1}, exact near 0 too. */
    public Tensor expm1() {
        return record(use().expm1());
    }

    /** The natural logarithm; -infinity at 0, NaN below. */
    public Tensor log() {
        return record(use().log());
    }

    /** {@code ln(1 + this)}, exact near 0 too. */
    public Tensor log1p() {
        return record(use().log1p());
    }

    /** {@code 1 / (1 + e^-this)}. */
    public Tensor sigmoid() {
        return record(use().sigmoid());
    }

    /** The hyperbolic tangent. */
    public Tensor tanh() {
        return record(use().tanh());
    }

    /** {@code ln(1 + e^this)}. */
    public Tensor softplus() {
        return record(use().softplus());
    }

    /** {@code max(this, 0)}; the gradient at 0 is 0. */
    public Tensor relu() {
        return record(use().relu());
    }

    /** {@code this * cdf(this)} of the normal distribution. */
    public Tensor gelu() {
        return record(use().gelu());
    }

    /** {@code this * sigmoid(this)}. */
    public Tensor silu() {
        return record(use().silu());
    }

    /** The error function. */
    public Tensor erf() {
        return record(use().erf());
    }

    /** The sine of an angle in radians; NaN at infinities. */
    public Tensor sin() {
        return record(use().sin());
    }

    /** The cosine of an angle in radians; NaN at infinities. */
    public Tensor cos() {
        return record(use().cos());
    }

    /** {@code this^exponent}; see {@link Expr#pow}. */
    public Tensor pow(float exponent) {
        return record(use().pow(exponent));
    }

    /** The same value, as a constant: no gradient goes through. */
    public Tensor detach() {
        return record(use().detach());
    }

    /** {@code this} above 0, otherwise {@code slope * this}. */
    public Tensor leakyRelu(float slope) {
        return record(use().leakyRelu(slope));
    }

    /**
     * {@code min(max(this, low), high)}; the gradient passes from {@code low} to {@code high}, both included.
     *
     * @throws IllegalArgumentException if {@code low} is not below or equal to {@code high}
     */
    public Tensor clamp(float low, float high) {
        return record(use().clamp(low, high));
    }

    /** The larger of both, NaN if one is. */
    public Tensor maximum(Tensor other) {
        return record(use().maximum(other("maximum", other)));
    }

    /** The smaller of both, NaN if one is. */
    public Tensor minimum(Tensor other) {
        return record(use().minimum(other("minimum", other)));
    }

    /** 1 where {@code this < other}, otherwise 0. */
    public Tensor lt(Tensor other) {
        return record(use().lt(other("lt", other)));
    }

    /** 1 where {@code this <= other}, otherwise 0. */
    public Tensor le(Tensor other) {
        return record(use().le(other("le", other)));
    }

    /** 1 where {@code this > other}, otherwise 0. */
    public Tensor gt(Tensor other) {
        return record(use().gt(other("gt", other)));
    }

    /** 1 where {@code this >= other}, otherwise 0. */
    public Tensor ge(Tensor other) {
        return record(use().ge(other("ge", other)));
    }

    /** 1 where {@code this == other}, otherwise 0. */
    public Tensor eq(Tensor other) {
        return record(use().eq(other("eq", other)));
    }

    /** 0 where {@code this == other}, otherwise 1. */
    public Tensor ne(Tensor other) {
        return record(use().ne(other("ne", other)));
    }

    /** {@code ifTrue} where {@code condition} is not 0, otherwise {@code ifFalse}; chosen, not multiplied. */
    public static Tensor where(Tensor condition, Tensor ifTrue, Tensor ifFalse) {
        return record(Expr.where(other("where", condition), other("where", ifTrue), other("where", ifFalse)));
    }

    /**
     * One element of each row, by the number of its column: {@code [m, n]} with an index of {@code [m]} gives
     * {@code [m]}. It is NaN where the index is none of 0 to n - 1. The gradient goes to that element, and 0 to all
     * others; the index has none.
     *
     * @throws IllegalArgumentException if the index has not this shape without its last axis
     */
    public Tensor pick(Tensor index) {
        return record(use().pick(other("pick", index)));
    }

    /** The sum of all elements, a scalar. */
    public Tensor sum() {
        return record(use().sum());
    }

    /**
     * The sum over one axis, which disappears from the shape.
     *
     * @param axis the last axis (-1, or its number), or the first
     * @throws IllegalArgumentException for any other axis
     */
    public Tensor sum(int axis) {
        return record(use().sum(axis));
    }

    /** The sum of all elements divided by their number. */
    public Tensor mean() {
        return record(use().mean());
    }

    /**
     * The sum over one axis divided by its length.
     *
     * @param axis the last axis (-1, or its number), or the first
     * @throws IllegalArgumentException for any other axis
     */
    public Tensor mean(int axis) {
        return record(use().mean(axis));
    }

    /**
     * The largest element, NaN if one is NaN, and +0 above -0. The gradient is shared evenly among the elements that
     * equal it; where it is NaN all have NaN.
     */
    public Tensor max() {
        return record(use().max());
    }

    /**
     * The largest element along one axis, as {@link #max()}.
     *
     * @param axis the last axis (-1, or its number), or the first
     * @throws IllegalArgumentException for any other axis
     */
    public Tensor max(int axis) {
        return record(use().max(axis));
    }

    /** The smallest element: NaN if one is NaN, and -0 below +0. The gradient is as that of {@link #max()}. */
    public Tensor min() {
        return record(use().min());
    }

    /**
     * The smallest element along one axis, as {@link #min()}.
     *
     * @param axis the last axis (-1, or its number), or the first
     * @throws IllegalArgumentException for any other axis
     */
    public Tensor min(int axis) {
        return record(use().min(axis));
    }

    /**
     * The sum over the last axis of {@code this * other}, where products are added by FMA and not rounded before:
     * {@code [m, n]} with {@code [n]} or with {@code [m, n]} gives {@code [m]}, {@code [n]} with {@code [n]} a scalar.
     * All axes but the last broadcast.
     *
     * @throws IllegalArgumentException if the last axes differ, or the others do not broadcast
     */
    public Tensor dot(Tensor other) {
        return record(use().dot(other("dot", other)));
    }

    /**
     * {@code ln(sum(e^this))} over the last axis, without overflow.
     *
     * @param axis the last axis (-1, or its number)
     * @throws IllegalArgumentException for any other axis
     */
    public Tensor logSumExp(int axis) {
        return record(use().logSumExp(axis));
    }

    /**
     * {@code e^this / sum(e^this)} over the last axis, without overflow.
     *
     * @param axis the last axis (-1, or its number)
     * @throws IllegalArgumentException for any other axis
     */
    public Tensor softmax(int axis) {
        return record(use().softmax(axis));
    }

    /**
     * The logarithm of {@link #softmax}, exact where that is small.
     *
     * @param axis the last axis (-1, or its number)
     * @throws IllegalArgumentException for any other axis
     */
    public Tensor logSoftmax(int axis) {
        return record(use().logSoftmax(axis));
    }

    /** The expression behind this, to be part of another. */
    Expr use() {
        recorded = true;
        return expr;
    }

    private static Expr other(String operation, Tensor other) {
        if (other == null) {
            throw new NullPointerException(operation + ": the second operand is null");
        }
        return other.use();
    }

    /** A tensor with the value of an expression over others. */
    static Tensor record(Expr expr) {
        return new Tensor(expr.shape, expr, null);
    }

    // --- values ------------------------------------------------------------------------------------

    public Shape shape() {
        return shape;
    }

    /**
     * The one number of this tensor.
     *
     * @throws IllegalStateException if it has more elements than one
     */
    public float item() {
        if (shape.perRow() != 1) {
            throw new IllegalStateException("item: shape " + shape + " has " + shape.perRow() + " elements");
        }
        return data()[0];
    }

    /** The elements in row-major order, copied. */
    public float[] toArray() {
        return data().clone();
    }

    private float[] data() {
        if (data == null) {
            data = Recording.evaluate(expr);
            if (expr.requiresGrad) {
                expr.value = data;
            } else {
                expr = Expr.leaf(this, data, false); // nothing behind it is needed any more
            }
        }
        return data;
    }

    /**
     * Gives this tensor the value of another, which may have been computed from it: {@code w.assign(w.sub(g))}.
     * Its gradient stays as it is.
     *
     * @throws IllegalArgumentException if the shapes differ
     * @throws IllegalStateException if this is the result of an operation
     */
    public void assign(Tensor value) {
        Objects.requireNonNull(value, "assign: the value is null");
        if (!shape.equals(value.shape)) {
            throw new IllegalArgumentException("assign: shape " + value.shape + " to a tensor of shape " + shape);
        }
        float[] computed = value.data();
        float[] target = writable("assign");
        System.arraycopy(computed, 0, target, 0, target.length);
    }

    /** This tensor's array, not shared with any recorded expression. */
    private float[] writable(String operation) {
        if (expr.source != this) {
            throw new IllegalStateException(operation + ": " + expr + " is the result of an operation");
        }
        if (recorded) {
            data = data.clone();
            expr = Expr.leaf(this, data, expr.requiresGrad);
            recorded = false;
        }
        return data;
    }

    // --- gradients ---------------------------------------------------------------------------------

    /**
     * Adds the gradient of this scalar to every tensor behind it that requires one.
     *
     * @throws IllegalStateException if this has several elements, or nothing behind it requires a gradient
     */
    public void backward() {
        if (shape.perRow() != 1) {
            throw new IllegalStateException(
                    "backward: shape " + shape + " is not a scalar; give the upstream gradient");
        }
        backward((float[]) null);
    }

    /**
     * Adds the gradient of {@code (this * upstream).sum()} to every tensor behind this that requires one.
     *
     * @param upstream the gradient that reaches this tensor, of its shape
     * @throws IllegalArgumentException if the shapes differ
     * @throws IllegalStateException if nothing behind this requires a gradient
     */
    public void backward(Tensor upstream) {
        Objects.requireNonNull(upstream, "backward: the upstream gradient is null");
        if (!shape.equals(upstream.shape)) {
            throw new IllegalArgumentException(
                    "backward: upstream of shape " + upstream.shape + " for a tensor of shape " + shape);
        }
        backward(upstream.data());
    }

    private void backward(float[] upstream) {
        if (!expr.requiresGrad) {
            throw new IllegalStateException("backward: nothing in " + expr + " requires a gradient");
        }
        float[] value = Recording.backward(expr, upstream);
        if (data == null) {
            data = value;
            expr.value = value;
        }
    }

    /** The sum of all gradients since the last {@link #zeroGrad}; null before the first {@link #backward}. */
    public Tensor grad() {
        return grad == null ? null : of(shape, grad);
    }

    /** The gradient's array, or null before the first backward. */
    float[] gradArray() {
        return grad;
    }

    /** Takes a gradient: its own array, which has been added to, or a new one. */
    void receive(float[] gradient) {
        if (grad == null) {
            grad = gradient;
        } else if (grad != gradient) {
            for (int i = 0; i < grad.length; i++) {
                grad[i] += gradient[i];
            }
        }
    }

    /** Sets the gradient to zero, where there is one. */
    public void zeroGrad() {
        if (grad != null) {
            java.util.Arrays.fill(grad, 0f);
        }
    }

    /**
     * One step of gradient descent: {@code this -= learningRate * grad}, each a float operation. Expressions
     * recorded before keep the old value.
     *
     * @throws IllegalStateException if there is no gradient yet
     */
    public void descend(float learningRate) {
        if (grad == null) {
            throw new IllegalStateException("descend: " + expr + " has no gradient; call backward first");
        }
        float[] target = writable("descend");
        for (int i = 0; i < target.length; i++) {
            target[i] -= learningRate * grad[i];
        }
    }

    /** The shape and, where it is known or short to compute, the value. */
    @Override
    public String toString() {
        return "Tensor" + shape + (data != null && data.length <= 16 ? java.util.Arrays.toString(data) : " " + expr);
    }
}
