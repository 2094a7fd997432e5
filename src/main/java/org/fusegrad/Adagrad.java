package org.fusegrad;

import org.fusegrad.ir.GraphBuilder;
import org.fusegrad.ir.Node;
import org.fusegrad.ir.Op;

/**
 * Steps that shrink with the squares a parameter's gradients have added up to (Duchi, Hazan, Singer 2011;
 * {@code torch.optim.Adagrad}). Default: eps 1e-10.
 *
 * <pre>{@code
 * g = g + weightDecay * p                              // if there is weight decay
 * sum = sum + g * g
 * p = p - (learningRate / (1 + step * decay)) * g / (sqrt(sum) + eps)
 * }</pre>
 *
 * State: {@code sum}.
 */
public final class Adagrad extends Optimizer {
    private final LearningRate learningRate;
    private final double learningRateDecay;
    private final double eps;
    private final double weightDecay;

    Adagrad(LearningRate learningRate, double learningRateDecay, double eps, double weightDecay) {
        this.learningRate = checked(learningRate);
        this.learningRateDecay = notNegative("learning rate decay", learningRateDecay);
        this.eps = notNegative("eps", eps);
        this.weightDecay = notNegative("weight decay", weightDecay);
    }

    /** @throws IllegalArgumentException if {@code decay} is not a finite number of at least 0 */
    public Adagrad learningRateDecay(double decay) {
        return new Adagrad(learningRate, decay, eps, weightDecay);
    }

    /** @throws IllegalArgumentException if {@code eps} is not a finite number of at least 0 */
    public Adagrad eps(double eps) {
        return new Adagrad(learningRate, learningRateDecay, eps, weightDecay);
    }

    /** @throws IllegalArgumentException if {@code weightDecay} is not a finite number of at least 0 */
    public Adagrad weightDecay(double weightDecay) {
        return new Adagrad(learningRate, learningRateDecay, eps, weightDecay);
    }

    @Override
    String name() {
        return "adagrad";
    }

    @Override
    Node update(Updates u, Node p, Node gradient) {
        GraphBuilder g = u.builder();
        Node direction = u.withWeightDecay(gradient, p, weightDecay);
        Node sum = u.keep("sum", g.add(u.state("sum"), g.square(direction)));
        Node scale = g.add(g.unary(Op.SQRT, sum), u.argument("eps", step -> eps));
        Updates.Value rate = rate(learningRate);
        Node size = u.argument("step_size", step -> rate.at(step) / (1 + step * learningRateDecay));
        return g.sub(p, g.div(g.mul(size, direction), scale));
    }
}
