package org.fusegrad;

import org.fusegrad.ir.GraphBuilder;
import org.fusegrad.ir.Node;
import org.fusegrad.ir.Op;

/**
 * Running means of gradients and of their squares, corrected for their start at zero (Kingma, Ba 2015; with decoupled weight
 * decay Loshchilov, Hutter 2019; {@code torch.optim.Adam} and {@code AdamW}). Defaults: betas 0.9 and 0.999, eps 1e-8.
 *
 * <pre>{@code
 * g = g + weightDecay * p                              // adam, if there is weight decay
 * p = p * (1 - learningRate * weightDecay)             // adamW, if there is
 * m = m + (1 - beta1) * (g - m)
 * v = beta2 * v + ((1 - beta2) * g) * g
 * t = t + 1
 * r = sqrt(1 - beta2^t)
 * p = p - (learningRate / (1 - beta1^t) * r * m) / (sqrt(v) + eps * r)
 * }</pre>
 *
 * {@code torch.optim} divides each root by r instead, {@code sqrt(v) / r + eps}. Numerator and denominator are both multiplied by
 * it here, as in section 2 of Kingma and Ba: the same value with a division less for each parameter.
 *
 * State: {@code exp_avg}, {@code exp_avg_sq}, which are m and v.
 */
public final class Adam extends Optimizer {
    private final LearningRate learningRate;
    private final double beta1;
    private final double beta2;
    private final double eps;
    private final double weightDecay;
    private final boolean decoupled;

    Adam(LearningRate learningRate, double beta1, double beta2, double eps, double weightDecay, boolean decoupled) {
        this.decoupled = decoupled;
        this.learningRate = checked(learningRate);
        this.beta1 = belowOne("beta1", beta1);
        this.beta2 = belowOne("beta2", beta2);
        this.eps = notNegative("eps", eps);
        this.weightDecay = notNegative("weight decay", weightDecay);
    }

    /** @throws IllegalArgumentException if one is not in [0, 1) */
    public Adam betas(double beta1, double beta2) {
        return new Adam(learningRate, beta1, beta2, eps, weightDecay, decoupled);
    }

    /** @throws IllegalArgumentException if {@code eps} is not a finite number of at least 0 */
    public Adam eps(double eps) {
        return new Adam(learningRate, beta1, beta2, eps, weightDecay, decoupled);
    }

    /** @throws IllegalArgumentException if {@code weightDecay} is not a finite number of at least 0 */
    public Adam weightDecay(double weightDecay) {
        return new Adam(learningRate, beta1, beta2, eps, weightDecay, decoupled);
    }

    @Override
    String name() {
        return decoupled ? "adamW" : "adam";
    }

    @Override
    Node update(Updates u, Node p, Node gradient) {
        GraphBuilder g = u.builder();
        Updates.Value rate = rate(learningRate);
        Node direction = decoupled ? gradient : u.withWeightDecay(gradient, p, weightDecay);
        Node kept = decoupled && weightDecay != 0
                ? g.mul(p, u.argument("kept_share", step -> 1 - rate.at(step) * weightDecay))
                : p;
        Node m = u.keep("exp_avg", u.lerp(u.state("exp_avg"), direction, "gradient_share", step -> 1 - beta1));
        Node old = g.mul(u.argument("beta2", step -> beta2), u.state("exp_avg_sq"));
        Node share = g.mul(u.argument("square_share", step -> 1 - beta2), direction);
        Node v = u.keep("exp_avg_sq", g.add(old, g.mul(share, direction)));
        // divisions are most of the time of an update in the caches, so the correction goes to the scalars
        Node correction = u.argument("root_correction", step -> Math.sqrt(1 - Math.pow(beta2, step + 1)));
        Node scale = g.add(g.unary(Op.SQRT, v), g.mul(u.argument("eps", step -> eps), correction));
        Node size = u.argument("step_size", step -> rate.at(step) / (1 - Math.pow(beta1, step + 1)));
        return g.sub(kept, g.div(g.mul(g.mul(size, correction), m), scale));
    }
}
