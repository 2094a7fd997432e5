package org.fusegrad;

import java.util.Objects;
import org.fusegrad.ir.Node;

/**
 * How parameters follow from their gradients: a rule and its hyper-parameters. Immutable; methods that change a
 * hyper-parameter return a new one. Names, defaults and semantics are those of {@code torch.optim} 2.x; what
 * differs stands at the method.
 *
 * <p>A rule is an expression like any loss, compiled into one loop over parameters, gradients and state, which it overwrites in
 * place. Hyper-parameters are arguments of that loop and no part of its code, so that kernels are shared between optimisers that
 * differ in them. Each is computed in double, with its powers of the step, and rounded to float once.
 *
 * <p>Two ways to use it: {@link #newStep(Parameters, Parameters)} updates from gradients that are there, and
 * {@link TrainingKernel} computes loss, gradients and update in one kernel. Both give the same bits.
 */
public abstract sealed class Optimizer permits Sgd, Adagrad, RmsProp, Adam, ClippedOptimizer {

    Optimizer() {}

    // --- rules --------------------------------------------------------------------------------------

    /** Gradient descent: see {@link Sgd}. */
    public static Sgd sgd(double learningRate) {
        return sgd(LearningRate.constant(learningRate));
    }

    /** Gradient descent: see {@link Sgd}. */
    public static Sgd sgd(LearningRate learningRate) {
        return new Sgd(learningRate, 0, 0, 0, false);
    }

    /** See {@link Adagrad}. */
    public static Adagrad adagrad(double learningRate) {
        return adagrad(LearningRate.constant(learningRate));
    }

    /** See {@link Adagrad}. */
    public static Adagrad adagrad(LearningRate learningRate) {
        return new Adagrad(learningRate, 0, 1e-10, 0);
    }

    /** See {@link RmsProp}. */
    public static RmsProp rmsProp(double learningRate) {
        return rmsProp(LearningRate.constant(learningRate));
    }

    /** See {@link RmsProp}. */
    public static RmsProp rmsProp(LearningRate learningRate) {
        return new RmsProp(learningRate, 0.99, 1e-8, 0, 0, false);
    }

    /** See {@link Adam}: weight decay, when there is any, is added to the gradient. */
    public static Adam adam(double learningRate) {
        return adam(LearningRate.constant(learningRate));
    }

    /** See {@link Adam}: weight decay, when there is any, is added to the gradient. */
    public static Adam adam(LearningRate learningRate) {
        return new Adam(learningRate, 0.9, 0.999, 1e-8, 0, false);
    }

    /** See {@link Adam}: weight decay, 0.01 unless set, shrinks the parameters themselves. */
    public static Adam adamW(double learningRate) {
        return adamW(LearningRate.constant(learningRate));
    }

    /** See {@link Adam}: weight decay, 0.01 unless set, shrinks the parameters themselves. */
    public static Adam adamW(LearningRate learningRate) {
        return new Adam(learningRate, 0.9, 0.999, 1e-8, 0.01, true);
    }

    /**
     * This rule on clipped gradients: all are multiplied by {@code min(1, maxNorm / (norm + 1e-6))}, where {@code norm} is the
     * square root of the sum of all their squares, as {@code torch.nn.utils.clip_grad_norm_} does. Each parameter's squares are
     * summed by themselves, and these sums in the order of the parameters.
     *
     * @throws IllegalArgumentException if {@code maxNorm} is not above 0
     */
    public Optimizer clipNorm(double maxNorm) {
        return new ClippedOptimizer(this, maxNorm);
    }

    // --- use ----------------------------------------------------------------------------------------

    /**
     * A step that updates {@code parameters} from {@code gradients}, which somebody else writes. State begins at zero.
     *
     * @throws IllegalArgumentException if they have different parameters
     * @throws NullPointerException if an argument is null
     */
    public OptimizerStep newStep(Parameters parameters, Parameters gradients) {
        Objects.requireNonNull(parameters, "parameters");
        Objects.requireNonNull(gradients, "gradients");
        parameters.checkSame("newStep", gradients);
        return new OptimizerStep(this, parameters.values(), gradients.values(), parameters.lengths());
    }

    /**
     * A step over flat arrays: {@code length} parameters from {@code offset} on, and as many gradients. They count as one
     * parameter where gradients are clipped.
     *
     * @throws IllegalArgumentException if an array is too short or the two overlap
     * @throws IndexOutOfBoundsException if an offset is not inside its array
     * @throws NullPointerException if an array is null
     */
    public OptimizerStep newStep(float[] parameters, int offset, float[] gradients, int gradientOffset, int length) {
        Objects.requireNonNull(parameters, "parameters");
        Objects.requireNonNull(gradients, "gradients");
        return new OptimizerStep(
                this,
                new Floats(parameters, offset, length),
                new Floats(gradients, gradientOffset, length),
                new int[] {length});
    }

    // --- for the rules ------------------------------------------------------------------------------

    /** The operation's name in messages. */
    abstract String name();

    /**
     * The parameter after the update.
     *
     * @param u takes state and hyper-parameters
     * @param p the parameter
     * @param gradient of the parameter's extent, clipped already
     */
    abstract Node update(Updates u, Node p, Node gradient);

    /** The largest norm that gradients keep; infinite where they are not clipped. */
    double maxNorm() {
        return Double.POSITIVE_INFINITY;
    }

    final boolean clips() {
        return maxNorm() < Double.POSITIVE_INFINITY;
    }

    /** {@code value}, when it is finite and not below 0. */
    final double notNegative(String what, double value) {
        if (!(value >= 0 && value < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(name() + ": " + what + " " + value + " is not a finite number of at least 0");
        }
        return value;
    }

    /** {@code value}, when it lies in [0, 1). */
    final double belowOne(String what, double value) {
        if (!(value >= 0 && value < 1)) {
            throw new IllegalArgumentException(name() + ": " + what + " " + value + " is not in [0, 1)");
        }
        return value;
    }

    /** The rate of an update, checked when it is asked for: it may come from the user's own function. */
    final Updates.Value rate(LearningRate learningRate) {
        return step -> notNegative("learning rate", learningRate.at(step));
    }

    /** A learning rate that is valid where it can be known: at the first step. */
    final LearningRate checked(LearningRate learningRate) {
        Objects.requireNonNull(learningRate, "learningRate");
        notNegative("learning rate", learningRate.at(0));
        return learningRate;
    }
}
