package org.fusegrad.examples;

import java.io.PrintStream;
import org.fusegrad.Expr;
import org.fusegrad.LearningRate;
import org.fusegrad.Losses;
import org.fusegrad.Optimizer;
import org.fusegrad.Parameters;

/** Linear regression on the diabetes data set in which no patient counts too much: Huber's loss, fitted by Adam to the optimum. */
public final class RobustRegression {
    /** Errors beyond it count by their size and no more by their square. */
    public static final float DELTA = 50;

    /** The least mean Huber loss of a linear model, computed in double by iteratively reweighted least squares; a test does so. */
    public static final double OPTIMUM = 1195.54263;

    /** How far from the optimum the result may be: the loss is a float, whose neighbours are 1.2e-4 apart there. */
    public static final double TOLERANCE = 1e-3;

    private static final int STEPS = 2000;

    private RobustRegression() {}

    /**
     * Fits, prints, and returns the mean loss that is reached.
     *
     * @throws IllegalStateException if it is more than {@link #TOLERANCE} from the optimum
     */
    public static double run(PrintStream out) {
        Table data = Diabetes.table();
        LinearModel model = new LinearModel(data);
        Expr loss = Losses.huber(model.z, model.y, DELTA);
        Parameters fitted = model.fit(loss, Optimizer.adam(LearningRate.cosine(3, 0, STEPS)), STEPS);
        Report.print(out, "%-28s %d patients, %d features", "data", data.rows(), data.columns());
        Report.print(out, "%-28s %.2f", "mean absolute error", model.evaluate(Losses.l1(model.z, model.y), fitted));
        return Report.objective(out, "robust regression", model.evaluate(loss, fitted), OPTIMUM, TOLERANCE);
    }
}
