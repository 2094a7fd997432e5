package org.fusegrad;

import java.util.Objects;

/**
 * Losses by name, each a composition of {@link Operations}, for expressions and for tensors. Names, defaults and the mean over all
 * elements are those of {@code torch.nn.functional}.
 *
 * <p>Prediction and target have one shape: a {@code [batch]} that would be broadcast against {@code [batch, 1]} is a mistake
 * more often than a wish. Only {@link #crossEntropy} takes a row of logits and one label.
 */
public final class Losses {
    private Losses() {}

    // --- regression ---------------------------------------------------------------------------------

    /**
     * Mean squared error: the mean of {@code (prediction - target)^2}, as {@code mse_loss}.
     *
     * @throws IllegalArgumentException if the shapes differ
     */
    public static <T extends Operations<T>> T mse(T prediction, T target) {
        return difference("mse", prediction, target).square().mean();
    }

    /**
     * Mean absolute error: the mean of {@code |prediction - target|}, as {@code l1_loss}. The gradient is 0 where they are equal.
     *
     * @throws IllegalArgumentException if the shapes differ
     */
    public static <T extends Operations<T>> T l1(T prediction, T target) {
        return difference("l1", prediction, target).abs().mean();
    }

    /**
     * Squared near the target, absolute far from it: the mean of {@code e^2 / 2} where {@code |e| < delta}, otherwise of
     * {@code delta * (|e| - delta / 2)}, with {@code e = prediction - target}, as {@code huber_loss}.
     *
     * @throws IllegalArgumentException if the shapes differ, or {@code delta} is not above 0
     */
    public static <T extends Operations<T>> T huber(T prediction, T target, float delta) {
        if (!(delta > 0)) {
            throw new IllegalArgumentException("huber: delta " + delta + " is not above 0");
        }
        checkSame("huber", prediction, target);
        return huber(prediction, target, prediction.number(delta));
    }

    /**
     * As {@link #huber(Operations, Operations, float)}, with a {@code delta} that is bound for each run and no part of the kernel.
     *
     * @param delta a scalar above 0
     * @throws IllegalArgumentException if the shapes differ, or that of {@code delta} is not []
     */
    public static <T extends Operations<T>> T huber(T prediction, T target, T delta) {
        Objects.requireNonNull(delta, "huber: delta is null");
        if (delta.shape().rank() > 0) {
            throw new IllegalArgumentException("huber: delta of shape " + delta.shape() + " is not a scalar");
        }
        T e = difference("huber", prediction, target);
        T distance = e.abs();
        T near = e.square().mul(0.5f);
        T far = delta.mul(distance.sub(delta.mul(0.5f)));
        return Operations.where(distance.lt(delta), near, far).mean();
    }

    /**
     * Negative log-likelihood of counts under a Poisson distribution whose logarithm of the rate is predicted: the mean of
     * {@code e^logRate - count * logRate}, as {@code poisson_nll_loss}, which leaves out {@code ln(count!)} too.
     *
     * @throws IllegalArgumentException if the shapes differ
     */
    public static <T extends Operations<T>> T poissonNll(T logRate, T count) {
        checkSame("poissonNll", logRate, count);
        return logRate.exp().sub(count.mul(logRate)).mean();
    }

    // --- classification -----------------------------------------------------------------------------

    /**
     * Cross-entropy of two classes: the mean of {@code ln(1 + e^logit) - label * logit}, as
     * {@code binary_cross_entropy_with_logits}. It is computed as {@code (max(z, 0) - y * z) + ln(1 + e^-|z|)}, which neither
     * overflows nor loses the digits of a loss that is nearly 0; nor does the gradient.
     *
     * @param label from 0 to 1
     * @throws IllegalArgumentException if the shapes differ
     */
    public static <T extends Operations<T>> T binaryCrossEntropyWithLogits(T logit, T label) {
        checkSame("binaryCrossEntropyWithLogits", logit, label);
        T tail = logit.abs().neg().exp().log1p();
        // The maximum halves the gradient at 0, where |z| has none: together the slope of the whole, 1/2 - y.
        T linear = logit.maximum(logit.number(0)).sub(label.mul(logit));
        // In this order the slopes of the linear part meet first, and cancel exactly before the tail's is added.
        return linear.add(tail).mean();
    }

    /**
     * Cross-entropy of several classes: the mean of {@code ln(sum(e^logits)) - logits[label]} over the rows, as
     * {@code cross_entropy} with class indices. What is largest in a row is subtracted from all of it first: nothing overflows,
     * and the loss is as exact for logits near 1000 as near 0. As in PyTorch it is NaN where a logit is +infinity.
     *
     * @param logits {@code [batch, classes]}
     * @param label {@code [batch]}, from 0 to classes - 1 as floats; any other number makes the loss NaN
     * @throws IllegalArgumentException if the shapes do not fit, or there are more classes than floats can count
     */
    public static <T extends Operations<T>> T crossEntropy(T logits, T label) {
        Objects.requireNonNull(logits, "crossEntropy: the first argument is null");
        Objects.requireNonNull(label, "crossEntropy: the second argument is null");
        int last = logits.shape().dims().length - 1;
        if (last < 0 || !label.shape().equals(logits.shape().withoutDim(last))) {
            throw new IllegalArgumentException("crossEntropy: shapes " + logits.shape() + " and " + label.shape()
                    + " do not fit; a row of logits has one label");
        }
        T z = logits.shifted("crossEntropy", -1);
        return z.exp().sum(-1).log().sub(z.pick(label)).mean();
    }

    /**
     * Hinge loss, as of support vector machines: the mean of {@code max(0, 1 - label * score)}. PyTorch has none of two classes.
     *
     * @param label -1 or 1
     * @throws IllegalArgumentException if the shapes differ
     */
    public static <T extends Operations<T>> T hinge(T score, T label) {
        checkSame("hinge", score, label);
        return score.number(1).sub(label.mul(score)).relu().mean();
    }

    // --- penalties ----------------------------------------------------------------------------------

    /** The sum of absolute values of all elements, to be added to a loss; the gradient at 0 is 0. */
    public static <T extends Operations<T>> T l1Penalty(T parameter) {
        Objects.requireNonNull(parameter, "l1Penalty: the parameter is null");
        return parameter.abs().sum();
    }

    /** The sum of squares of all elements, to be added to a loss. */
    public static <T extends Operations<T>> T l2Penalty(T parameter) {
        Objects.requireNonNull(parameter, "l2Penalty: the parameter is null");
        return parameter.square().sum();
    }

    // --- shapes -------------------------------------------------------------------------------------

    private static <T extends Operations<T>> T difference(String operation, T prediction, T target) {
        checkSame(operation, prediction, target);
        return prediction.sub(target);
    }

    private static <T extends Operations<T>> void checkSame(String operation, T a, T b) {
        Objects.requireNonNull(a, () -> operation + ": the first argument is null");
        Objects.requireNonNull(b, () -> operation + ": the second argument is null");
        if (!a.shape().equals(b.shape())) {
            throw new IllegalArgumentException(operation + ": shapes " + a.shape() + " and " + b.shape() + " differ");
        }
    }
}
