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
public final class Tensor extends Operations<Tensor> {
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

    @Override
    public Shape shape() {
        return shape;
    }

    @Override
    Tensor self() {
        return this;
    }

    @Override
    Expr use() {
        recorded = true;
        return expr;
    }

    @Override
    Tensor made(Expr result) {
        return new Tensor(result.shape, result, null);
    }

    // --- values ------------------------------------------------------------------------------------

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
