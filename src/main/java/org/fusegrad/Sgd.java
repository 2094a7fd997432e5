package org.fusegrad;

import org.fusegrad.ir.GraphBuilder;
import org.fusegrad.ir.Node;

/**
 * Gradient descent, with momentum, dampening, Nesterov's step and weight decay as options ({@code torch.optim.SGD}).
 *
 * <pre>{@code
 * g = g + weightDecay * p                              // if there is weight decay
 * buffer = momentum * buffer + (1 - dampening) * g     // if there is momentum; buffer = g at the first step
 * g = buffer, or g + momentum * buffer                 // the second is Nesterov's
 * p = p - learningRate * g
 * }</pre>
 *
 * State: {@code momentum_buffer}, if there is momentum.
 */
public final class Sgd extends Optimizer {
    private final LearningRate learningRate;
    private final double momentum;
    private final double dampening;
    private final double weightDecay;
    private final boolean nesterov;

    Sgd(LearningRate learningRate, double momentum, double dampening, double weightDecay, boolean nesterov) {
        this.learningRate = checked(learningRate);
        this.momentum = notNegative("momentum", momentum);
        this.dampening = dampening;
        this.weightDecay = notNegative("weight decay", weightDecay);
        this.nesterov = nesterov;
        if (nesterov && (momentum == 0 || dampening != 0)) {
            throw new IllegalArgumentException(
                    "sgd: Nesterov's step needs momentum and no dampening, not " + momentum + " and " + dampening);
        }
        if (!Double.isFinite(dampening)) {
            throw new IllegalArgumentException("sgd: dampening " + dampening + " is not finite");
        }
    }

    /** @throws IllegalArgumentException if {@code momentum} is not a finite number of at least 0 */
    public Sgd momentum(double momentum) {
        return new Sgd(learningRate, momentum, dampening, weightDecay, nesterov);
    }

    /** @throws IllegalArgumentException if {@code dampening} is not finite */
    public Sgd dampening(double dampening) {
        return new Sgd(learningRate, momentum, dampening, weightDecay, nesterov);
    }

    /** @throws IllegalArgumentException if {@code weightDecay} is not a finite number of at least 0 */
    public Sgd weightDecay(double weightDecay) {
        return new Sgd(learningRate, momentum, dampening, weightDecay, nesterov);
    }

    /**
     * Looks ahead by the momentum that is set.
     *
     * @throws IllegalArgumentException if there is no momentum, or dampening
     */
    public Sgd nesterov() {
        return new Sgd(learningRate, momentum, dampening, weightDecay, true);
    }

    @Override
    String name() {
        return "sgd";
    }

    @Override
    Node update(Updates u, Node p, Node gradient) {
        GraphBuilder g = u.builder();
        Node direction = u.withWeightDecay(gradient, p, weightDecay);
        if (momentum != 0) {
            Node factor = u.argument("momentum", step -> momentum);
            Node share = dampening == 0
                    ? direction // the buffer is zero at the first step, and so it begins as the gradient
                    : g.mul(u.argument("gradient_share", step -> step == 0 ? 1 : 1 - dampening), direction);
            Node buffer = u.keep("momentum_buffer", g.add(g.mul(factor, u.state("momentum_buffer")), share));
            direction = nesterov ? g.add(direction, g.mul(factor, buffer)) : buffer;
        }
        return g.sub(p, g.mul(u.argument("learning_rate", rate(learningRate)), direction));
    }
}
