package org.fusegrad;

import java.util.Objects;

/**
 * The learning rate as a function of the step. Functions are computed in double, for each step anew: nothing is multiplied up
 * from step to step. The closed forms are those of {@code torch.optim.lr_scheduler}.
 */
@FunctionalInterface
public interface LearningRate {

    /**
     * The rate of one update.
     *
     * @param step how many updates came before, so 0 for the first
     */
    double at(long step);

    /** The same rate at every step. */
    static LearningRate constant(double rate) {
        return step -> rate;
    }

    /**
     * {@code rate * factor^floor(step / every)}, as {@code StepLR}.
     *
     * @throws IllegalArgumentException if {@code every} is less than 1
     */
    static LearningRate stepwise(double rate, double factor, long every) {
        checkSteps("stepwise", every);
        return step -> rate * Math.pow(factor, step / every);
    }

    /** {@code rate * factor^step}, as {@code ExponentialLR}. */
    static LearningRate exponential(double rate, double factor) {
        return step -> rate * Math.pow(factor, step);
    }

    /**
     * From {@code rate} down to {@code least} along half a cosine, as {@code CosineAnnealingLR} does in its first
     * {@code steps}; from there on {@code least}.
     *
     * @throws IllegalArgumentException if {@code steps} is less than 1
     */
    static LearningRate cosine(double rate, double least, long steps) {
        checkSteps("cosine", steps);
        return step -> least + (rate - least) * (1 + Math.cos(Math.PI * Math.min(step, steps) / steps)) / 2;
    }

    /**
     * This rate times a factor that rises in a straight line from {@code from} to 1 within {@code steps}, as {@code LinearLR}.
     *
     * @throws IllegalArgumentException if {@code steps} is less than 1
     */
    default LearningRate warmUp(double from, long steps) {
        checkSteps("warmUp", steps);
        return step -> at(step) * (from + (1 - from) * Math.min(step, steps) / steps);
    }

    /**
     * This rate for {@code steps}, then that of {@code next}, which counts from 0, as {@code SequentialLR}.
     *
     * @throws IllegalArgumentException if {@code steps} is less than 1
     */
    default LearningRate then(long steps, LearningRate next) {
        checkSteps("then", steps);
        Objects.requireNonNull(next, "next");
        return step -> step < steps ? at(step) : next.at(step - steps);
    }

    private static void checkSteps(String operation, long steps) {
        if (steps < 1) {
            throw new IllegalArgumentException(operation + ": " + steps + " steps; at least 1");
        }
    }
}
