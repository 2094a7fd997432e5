package org.fusegrad.testing;

import java.util.function.LongToDoubleFunction;

/**
 * PyTorch's optimisers in plain double, one element at a time, after the "Algorithm" boxes of the pages {@code torch.optim.SGD},
 * {@code Adagrad}, {@code RMSprop}, {@code Adam}, {@code AdamW} and {@code torch.nn.utils.clip_grad_norm_} of the documentation of
 * version 2.
 */
public final class TorchOptim {
    private TorchOptim() {}

    /** The new value of one parameter; what an optimiser keeps for it stands in {@code state}, zeros at first. */
    public interface Rule {
        /** @param t the number of this update, from 1 */
        double step(long t, double theta, double g, double[] state);
    }

    public static Rule sgd(LongToDoubleFunction gamma, double mu, double tau, double lambda, boolean nesterov) {
        return (t, theta, gradient, state) -> {
            double g = lambda == 0 ? gradient : gradient + lambda * theta;
            if (mu != 0) {
                state[0] = t > 1 ? mu * state[0] + (1 - tau) * g : g;
                g = nesterov ? g + mu * state[0] : state[0];
            }
            return theta - gamma.applyAsDouble(t - 1) * g;
        };
    }

    public static Rule adagrad(double gamma, double eta, double lambda, double eps) {
        return (t, theta, gradient, state) -> {
            double rate = gamma / (1 + (t - 1) * eta);
            double g = gradient + lambda * theta;
            state[0] += g * g;
            return theta - rate * g / (Math.sqrt(state[0]) + eps);
        };
    }

    public static Rule rmsProp(double gamma, double alpha, double lambda, double mu, boolean centered, double eps) {
        return (t, theta, gradient, state) -> {
            double g = gradient + lambda * theta;
            state[0] = alpha * state[0] + (1 - alpha) * g * g;
            double v = state[0];
            if (centered) {
                state[1] = state[1] * alpha + (1 - alpha) * g;
                v -= state[1] * state[1];
            }
            if (mu > 0) {
                state[2] = mu * state[2] + g / (Math.sqrt(v) + eps);
                return theta - gamma * state[2];
            }
            return theta - gamma * g / (Math.sqrt(v) + eps);
        };
    }

    public static Rule adam(
            LongToDoubleFunction gamma, double beta1, double beta2, double lambda, boolean decoupled, double eps) {
        return (t, theta, gradient, state) -> {
            double rate = gamma.applyAsDouble(t - 1);
            double g = decoupled ? gradient : gradient + lambda * theta;
            double decayed = decoupled ? theta - rate * lambda * theta : theta;
            state[0] = beta1 * state[0] + (1 - beta1) * g;
            state[1] = beta2 * state[1] + (1 - beta2) * g * g;
            double m = state[0] / (1 - Math.pow(beta1, t));
            double v = state[1] / (1 - Math.pow(beta2, t));
            return decayed - rate * m / (Math.sqrt(v) + eps);
        };
    }

    /** What {@code clip_grad_norm_} multiplies all gradients by. */
    public static double clipFactor(double[] gradients, double maxNorm) {
        double squares = 0;
        for (double g : gradients) {
            squares += g * g;
        }
        return Math.min(1, maxNorm / (Math.sqrt(squares) + 1e-6));
    }
}
