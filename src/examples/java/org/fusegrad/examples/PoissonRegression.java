package org.fusegrad.examples;

import java.io.PrintStream;
import java.util.Random;
import org.fusegrad.Expr;
import org.fusegrad.LearningRate;
import org.fusegrad.Losses;
import org.fusegrad.Optimizer;
import org.fusegrad.Parameters;

/** Counts whose rates depend on features: Poisson regression finds the coefficients that the counts were drawn with. */
public final class PoissonRegression {
    /** What the logarithm of the rate grows by per feature, and its value where all are 0. */
    private static final float[] COEFFICIENTS = {0.5f, -0.3f, 0.2f, 0, -0.4f};
    private static final float INTERCEPT = 1;

    /** How far a coefficient may be from the one drawn with: four of its standard errors, which are at most 0.012 here. */
    public static final double TOLERANCE = 0.048;

    private static final int ROWS = 3000;
    private static final int STEPS = 1000;
    private static final long SEED = 11;

    private PoissonRegression() {}

    /** The coefficients, then the intercept. */
    public static float[] trueCoefficients() {
        float[] all = java.util.Arrays.copyOf(COEFFICIENTS, COEFFICIENTS.length + 1);
        all[COEFFICIENTS.length] = INTERCEPT;
        return all;
    }

    /**
     * Fits, prints, and returns the coefficients, then the intercept.
     *
     * @throws IllegalStateException if one is more than {@link #TOLERANCE} from the one drawn with
     */
    public static float[] run(PrintStream out) {
        Table data = counts();
        LinearModel model = new LinearModel(data);
        Expr loss = Losses.poissonNll(model.z, model.y);
        Parameters fitted = model.fit(loss, Optimizer.adam(LearningRate.cosine(0.1, 0, STEPS)), STEPS);
        float[] found = fitted.values().toArray(); // w, then b
        float[] expected = trueCoefficients();
        Report.print(out, "%-28s %d counts, %d features", "data", data.rows(), data.columns());
        Report.print(out, "%-28s %10s  %10s", "coefficient", "found", "drawn with");
        for (int k = 0; k < found.length; k++) {
            String name = k < COEFFICIENTS.length ? "w" + k : "intercept";
            Report.print(out, "%-28s %10.4f  %10.4f", name, found[k], expected[k]);
            if (!(Math.abs(found[k] - expected[k]) <= TOLERANCE)) {
                throw new IllegalStateException("poisson regression: " + name + " is " + found[k] + ", not " + expected[k]);
            }
        }
        return found;
    }

    /** Features from the normal distribution, and a count for each row from the Poisson distribution of its rate. */
    static Table counts() {
        Random random = new Random(SEED);
        int columns = COEFFICIENTS.length;
        float[] features = new float[ROWS * columns];
        float[] counts = new float[ROWS];
        for (int r = 0; r < ROWS; r++) {
            double logRate = INTERCEPT;
            for (int c = 0; c < columns; c++) {
                features[r * columns + c] = (float) random.nextGaussian();
                logRate += (double) COEFFICIENTS[c] * features[r * columns + c];
            }
            counts[r] = poisson(Math.exp(logRate), random);
        }
        return new Table(columns, features, counts);
    }

    /** Knuth, The Art of Computer Programming 2, 3.4.1: how many uniform numbers multiply to no less than {@code e^-rate}. */
    private static int poisson(double rate, Random random) {
        double limit = Math.exp(-rate);
        int count = 0;
        for (double product = random.nextDouble(); product > limit; product *= random.nextDouble()) {
            count++;
        }
        return count;
    }
}
