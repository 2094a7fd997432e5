package org.fusegrad.examples;

import java.io.PrintStream;
import org.fusegrad.Expr;
import org.fusegrad.LearningRate;
import org.fusegrad.Losses;
import org.fusegrad.Optimizer;
import org.fusegrad.Parameters;
import org.fusegrad.Tensor;

/**
 * Is a tumour benign? L2-regularised logistic regression on the breast cancer data set (source and licence in
 * {@code breast_cancer-SOURCE.txt} beside the data), fitted by Adam to the optimum.
 */
public final class LogisticRegression {
    /**
     * The least value of the objective: cross-entropy plus 0.005 times the squares of the weights, not of the intercept. Computed
     * in float64 with scikit-learn 1.2.1 and numpy 1.24.2.
     */
    public static final double OPTIMUM = 0.09959137559297129;

    /** How far above the optimum the result may be. */
    public static final double TOLERANCE = 1e-5;

    private static final int STEPS = 1500;

    private LogisticRegression() {}

    /**
     * Fits, prints, and returns the objective that is reached.
     *
     * @throws IllegalStateException if it is more than {@link #TOLERANCE} above the optimum
     */
    public static double run(PrintStream out) {
        Table data = Table.load("breast_cancer.csv");
        LinearModel model = new LinearModel(data);
        Expr loss = Losses.binaryCrossEntropyWithLogits(model.z, model.y)
                .add(Losses.l2Penalty(model.w).mul(0.005f));
        Parameters fitted = model.fit(loss, Optimizer.adam(LearningRate.cosine(0.05, 0, STEPS)), STEPS);
        float objective = model.evaluate(loss, fitted);
        Tensor benign = model.predict(fitted).gt(Tensor.scalar(0));
        float accuracy = benign.eq(Tensor.of(data.target())).mean().item();
        Report.print(out, "%-28s %d tumours, %d features", "data", data.rows(), data.columns());
        Report.print(out, "%-28s %.2f %%", "classified correctly", 100 * accuracy);
        return Report.objective(out, "logistic regression", objective, OPTIMUM, TOLERANCE);
    }
}
