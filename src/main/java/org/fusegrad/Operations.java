package org.fusegrad;

import java.util.Objects;
import org.fusegrad.Expr.Reduce;

/**
 * What can be done to expressions and to tensors: {@link Expr} and {@link Tensor} have the same operations, and what is written
 * for any {@code T extends Operations<T>}, as {@link Losses} is, serves both.
 *
 * <p>Operations follow PyTorch in name and meaning. Arithmetic is one IEEE-754 float operation per element, in the order written;
 * the accuracy of functions and the definition of sums are in the README. Shapes are checked at once.
 *
 * @param <T> the kind of operands and results, {@link Expr} or {@link Tensor}
 */
public abstract sealed class Operations<T extends Operations<T>> extends Elementwise<T> permits Expr, Tensor {
    /** Every int up to here is a float. */
    private static final int MOST_COUNTED = 1 << 24;

    Operations() {}

    /** The sum of all elements, a scalar. */
    public final T sum() {
        return made(use().reduce(Reduce.SUM));
    }

    /**
     * The sum over one axis, which disappears from the shape.
     *
     * @param axis the last axis (-1, or its number), or the first
     * @throws IllegalArgumentException for any other axis
     */
    public final T sum(int axis) {
        return made(use().reduce("sum", Reduce.SUM, axis));
    }

    /** The sum of all elements divided by their number. */
    public final T mean() {
        return made(use().reduce(Reduce.MEAN));
    }

    /**
     * The sum over one axis divided by its length.
     *
     * @param axis the last axis (-1, or its number), or the first
     * @throws IllegalArgumentException for any other axis
     */
    public final T mean(int axis) {
        return made(use().reduce("mean", Reduce.MEAN, axis));
    }

    /**
     * The largest element, as of {@link Math#max(float, float)}: NaN if one is NaN, and +0 above -0. The gradient is
     * shared evenly among the elements that equal it, as of PyTorch's {@code amax}; where it is NaN all have NaN.
     * (PyTorch's {@code max} along an axis gives it to one of them.)
     */
    public final T max() {
        return made(use().reduce(Reduce.MAX));
    }

    /**
     * The largest element along one axis, as {@link #max()}.
     *
     * @param axis the last axis (-1, or its number), or the first
     * @throws IllegalArgumentException for any other axis
     */
    public final T max(int axis) {
        return made(use().reduce("max", Reduce.MAX, axis));
    }

    /** The smallest element: NaN if one is NaN, and -0 below +0. The gradient is as that of {@link #max()}. */
    public final T min() {
        return neg().max().neg();
    }

    /**
     * The smallest element along one axis, as {@link #min()}.
     *
     * @param axis the last axis (-1, or its number), or the first
     * @throws IllegalArgumentException for any other axis
     */
    public final T min(int axis) {
        return made(neg().use().reduce("min", Reduce.MAX, axis)).neg();
    }

    /**
     * The sum over the last axis of {@code this * other}, where products are added by FMA and not rounded before, as
     * their gradients are: {@code [batch, n]} with {@code [n]} or with {@code [batch, n]} gives {@code [batch]},
     * {@code [n]} with {@code [n]} a scalar. All axes but the last broadcast.
     *
     * @throws IllegalArgumentException if the last axes differ, or the others do not broadcast
     */
    public final T dot(T other) {
        return made(use().dotLast(operand("dot", other)));
    }

    /**
     * {@code ln(sum(e^this))} over the last axis. What is largest there is subtracted first, so nothing overflows.
     * As in PyTorch it is -infinity where all elements are, and +infinity where one is.
     *
     * @param axis the last axis (-1, or its number)
     * @throws IllegalArgumentException for any other axis
     */
    public final T logSumExp(int axis) {
        T largest = largest("logSumExp", axis);
        T infinite = largest.abs().eq(number(Float.POSITIVE_INFINITY));
        T shift = where(infinite, number(0), largest);
        return sub(kept(shift)).exp().sum(-1).log().add(shift);
    }

    /**
     * {@code e^this / sum(e^this)} over the last axis. What is largest there is subtracted first, so nothing
     * overflows. As in PyTorch it is NaN where the largest is infinite.
     *
     * @param axis the last axis (-1, or its number)
     * @throws IllegalArgumentException for any other axis
     */
    public final T softmax(int axis) {
        T e = shifted("softmax", axis).exp();
        return e.div(kept(e.sum(-1)));
    }

    /**
     * {@code this - logSumExp(this)} over the last axis: the logarithm of {@link #softmax}, and more exact than that
     * where it is small.
     *
     * @param axis the last axis (-1, or its number)
     * @throws IllegalArgumentException for any other axis
     */
    public final T logSoftmax(int axis) {
        T z = shifted("logSoftmax", axis);
        return z.sub(kept(z.exp().sum(-1).log()));
    }

    /** This less its largest along the last axis, which counts as a constant: nothing is above 0, so no power of e overflows. */
    final T shifted(String operation, int axis) {
        return sub(kept(largest(operation, axis)));
    }

    /** The largest along the last axis, as a constant. */
    private T largest(String operation, int axis) {
        use().checkLast(operation, axis);
        return max(-1).detach();
    }

    /** A reduction of the last axis of this at a shape that broadcasts to this. */
    private T kept(T reduced) {
        return shape().rank() == 1 ? reduced : made(reduced.use().unsqueeze());
    }

    /**
     * One element of each row, by the number of its column: {@code [batch, n]} with an index of {@code [batch]} gives
     * {@code [batch]}. It is NaN where the index is none of 0 to n - 1. The gradient goes to that element, and 0 to all
     * others; the index has none.
     *
     * @param index column numbers as floats, of this shape without its last axis
     * @throws IllegalArgumentException if the shapes do not fit, or there are more columns than floats can count
     */
    public final T pick(T index) {
        Objects.requireNonNull(index, "pick: the index is null");
        int last = shape().dims().length - 1;
        if (last < 0 || !index.shape().equals(shape().withoutDim(last))) {
            throw new IllegalArgumentException(
                    "pick: shape " + shape() + " with an index of shape " + index.shape() + "; it has an index per row");
        }
        int n = shape().dims()[last];
        if (n > MOST_COUNTED) {
            throw new IllegalArgumentException("pick: shape " + shape() + " has more columns than floats can count");
        }
        T chosen = made(Expr.columnIndex(n)).eq(made(index.use().unsqueeze()));
        // -0 is the identity of addition: the sum is the element itself, and of none and nothing the quotient is NaN.
        return where(chosen, self(), number(-0.0f)).sum(-1).div(chosen.sum(-1));
    }
}
