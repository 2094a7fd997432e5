package org.fusegrad;

import org.fusegrad.ir.Node;

/** A rule on clipped gradients. Whoever has all gradients clips them, since the norm goes over all. */
final class ClippedOptimizer extends Optimizer {
    private final Optimizer rule;
    private final double maxNorm;

    ClippedOptimizer(Optimizer rule, double maxNorm) {
        if (!(maxNorm > 0)) {
            throw new IllegalArgumentException("clipNorm: " + maxNorm + " is not above 0");
        }
        this.rule = rule;
        this.maxNorm = Math.min(maxNorm, rule.maxNorm());
    }

    @Override
    String name() {
        return rule.name();
    }

    @Override
    Node update(Updates u, Node p, Node gradient) {
        return rule.update(u, p, gradient);
    }

    @Override
    double maxNorm() {
        return maxNorm;
    }
}
