package org.fusegrad;

import org.fusegrad.ir.GraphBuilder;
import org.fusegrad.ir.Node;
import org.fusegrad.ir.Op;

/**
 * Steps over the root of a running mean of squares (Hinton's lecture 6e; {@code torch.optim.RMSprop}). Defaults: alpha 0.99,
 * eps 1e-8.
 *
 * <pre>{@code
 * g = g + weightDecay * p                              // if there is weight decay
 * squares = alpha * squares + ((1 - alpha) * g) * g
 * mean = mean + (1 - alpha) * (g - mean)               // if centered
 * scale = sqrt(squares) + eps, or sqrt(squares - mean * mean) + eps
 * p = p - (learningRate * g) / scale                   // without momentum
 * buffer = momentum * buffer + g / scale               // with it
 * p = p - learningRate * buffer
 * }</pre>
 *
 * State: {@code square_avg}; {@code grad_avg}, if centered; {@code momentum_buffer}, if there is momentum.
 */
public final class RmsProp extends Optimizer {
    private final LearningRate learningRate;
    private final double alpha;
    private final double eps;
    private final double weightDecay;
    private final double momentum;
    private final boolean centered;

    RmsProp(LearningRate learningRate, double alpha, double eps, double weightDecay, double momentum, boolean centered) {
        this.learningRate = checked(learningRate);
        this.alpha = belowOne("alpha", alpha);
        this.eps = notNegative("eps", eps);
        this.weightDecay = notNegative("weight decay", weightDecay);
        this.momentum = notNegative("momentum", momentum);
        this.centered = centered;
    }

    /** @throws IllegalArgumentException if {@code alpha} is not in [0, 1) */
    public RmsProp alpha(double alpha) {
        return new RmsProp(learningRate, alpha, eps, weightDecay, momentum, centered);
    }

    /** @throws IllegalArgumentException if {@code eps} is not a finite number of at least 0 */
    public RmsProp eps(double eps) {
        return new RmsProp(learningRate, alpha, eps, weightDecay, momentum, centered);
    }

    /** @throws IllegalArgumentException if {@code weightDecay} is not a finite number of at least 0 */
    public RmsProp weightDecay(double weightDecay) {
        return new RmsProp(learningRate, alpha, eps, weightDecay, momentum, centered);
    }

    /** @throws IllegalArgumentException if {@code momentum} is not a finite number of at least 0 */
    public RmsProp momentum(double momentum) {
        return new RmsProp(learningRate, alpha, eps, weightDecay, momentum, centered);
    }

    /** Divides by an estimate of the standard deviation, rather than of the root mean square. */
    public RmsProp centered() {
        return new RmsProp(learningRate, alpha, eps, weightDecay, momentum, true);
    }

    @Override
    String name() {
        return "rmsProp";
    }

    @Override
    Node update(Updates u, Node p, Node gradient) {
        GraphBuilder g = u.builder();
        Node direction = u.withWeightDecay(gradient, p, weightDecay);
        Node old = g.mul(u.argument("alpha", step -> alpha), u.state("square_avg"));
        Node share = u.argument("gradient_share", step -> 1 - alpha);
        Node squares = u.keep("square_avg", g.add(old, g.mul(g.mul(share, direction), direction)));
        Node variance = squares;
        if (centered) {
            Node mean = u.keep("grad_avg", u.lerp(u.state("grad_avg"), direction, "gradient_share", step -> 1 - alpha));
            variance = g.sub(squares, g.square(mean));
        }
        Node scale = g.add(g.unary(Op.SQRT, variance), u.argument("eps", step -> eps));
        Node rate = u.argument("learning_rate", rate(learningRate));
        if (momentum == 0) {
            return g.sub(p, g.div(g.mul(rate, direction), scale));
        }
        Node factor = u.argument("momentum", step -> momentum);
        Node buffer = u.keep(
                "momentum_buffer", g.add(g.mul(factor, u.state("momentum_buffer")), g.div(direction, scale)));
        return g.sub(p, g.mul(rate, buffer));
    }
}
