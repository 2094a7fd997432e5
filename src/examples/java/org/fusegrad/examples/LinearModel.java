package org.fusegrad.examples;

import org.fusegrad.Expr;
import org.fusegrad.GradientKernel;
import org.fusegrad.Optimizer;
import org.fusegrad.Parameters;
import org.fusegrad.Shape;
import org.fusegrad.Tensor;
import org.fusegrad.TrainingKernel;
import org.fusegrad.TrainingStep;

/** A weight per feature and an intercept, to be fitted to a table by whatever loss. */
final class LinearModel {
    final Expr x;
    final Expr y = Expr.input("y", Shape.batch());
    final Expr w;
    final Expr b = Expr.parameter("b", Shape.scalar());
    /** The weighted sum of each row's features: a prediction, a logit, the logarithm of a rate. */
    final Expr z;

    private final Table data;

    LinearModel(Table data) {
        this.data = data;
        this.x = Expr.input("x", Shape.batch(data.columns()));
        this.w = Expr.parameter("w", Shape.of(data.columns()));
        this.z = x.mul(w).sum(-1).add(b);
    }

    /** Minimises a loss over all rows at once: each step is one kernel for loss, gradients and update. */
    Parameters fit(Expr loss, Optimizer optimizer, int steps) {
        TrainingStep step = TrainingKernel.compile(loss, optimizer, w, b).newStep()
                .bind(x, data.features()).bind(y, data.target());
        for (int k = 0; k < steps; k++) {
            step.run(data.rows());
        }
        return step.parameters();
    }

    /** The weighted sum of each row's features. */
    Tensor predict(Parameters parameters) {
        return Tensor.of(Shape.of(data.rows(), data.columns()), data.features())
                .mul(Tensor.of(parameters.get(w).toArray()))
                .sum(-1)
                .add(parameters.get(b).get(0));
    }

    /** A loss over all rows. */
    float evaluate(Expr loss, Parameters parameters) {
        return GradientKernel.compile(loss, w, b).newStep()
                .bind(parameters).gradients(parameters.zeros())
                .bind(x, data.features()).bind(y, data.target())
                .run(data.rows());
    }
}
