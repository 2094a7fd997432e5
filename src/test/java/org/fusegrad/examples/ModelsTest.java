package org.fusegrad.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** The examples come to the optima that another method finds in double. */
class ModelsTest {

    @Test
    void logisticRegressionComesToTheOptimum() {
        double reached = quietly(LogisticRegression::run);
        assertEquals(LogisticRegression.OPTIMUM, reached, LogisticRegression.TOLERANCE);
        DoubleFit newton = new DoubleFit(Table.load("breast_cancer.csv"), new DoubleFit.RowLoss() {
            @Override
            public double value(double z, double y) {
                return Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))) - y * z;
            }

            @Override
            public double slope(double z, double y) {
                return 1 / (1 + Math.exp(-z)) - y;
            }

            @Override
            public double curvature(double z, double y) {
                double p = 1 / (1 + Math.exp(-z));
                return p * (1 - p);
            }
        }, 0.005, 20);
        assertEquals(LogisticRegression.OPTIMUM, newton.objective(), 1e-8, "the features are rounded to float");
    }

    @Test
    void robustRegressionComesToTheOptimum() {
        double reached = quietly(RobustRegression::run);
        assertEquals(RobustRegression.OPTIMUM, reached, RobustRegression.TOLERANCE);
        double delta = RobustRegression.DELTA;
        DoubleFit reweighted = new DoubleFit(Diabetes.table(), new DoubleFit.RowLoss() {
            @Override
            public double value(double z, double y) {
                double distance = Math.abs(z - y);
                return distance < delta ? distance * distance / 2 : delta * (distance - delta / 2);
            }

            @Override
            public double slope(double z, double y) {
                return Math.clamp(z - y, -delta, delta);
            }

            @Override
            public double curvature(double z, double y) {
                return Math.min(1, delta / Math.abs(z - y));
            }
        }, 0, 300);
        assertEquals(reweighted.objective(), RobustRegression.OPTIMUM, 1e-5);
    }

    @Test
    void poissonRegressionFindsWhatTheCountsWereDrawnWith() {
        float[] found = quietly(PoissonRegression::run);
        float[] drawnWith = PoissonRegression.trueCoefficients();
        DoubleFit newton = new DoubleFit(PoissonRegression.counts(), new DoubleFit.RowLoss() {
            @Override
            public double value(double z, double y) {
                return Math.exp(z) - y * z;
            }

            @Override
            public double slope(double z, double y) {
                return Math.exp(z) - y;
            }

            @Override
            public double curvature(double z, double y) {
                return Math.exp(z);
            }
        }, 0, 30);
        for (int k = 0; k < found.length; k++) {
            assertEquals(drawnWith[k], found[k], PoissonRegression.TOLERANCE);
            assertEquals(newton.solution()[k], found[k], 1e-4, "the most likely one");
        }
    }

    @Test
    void softmaxClassificationComesToTheOptimum() {
        double reached = quietly(SoftmaxClassification::run);
        assertEquals(SoftmaxClassification.OPTIMUM, reached, SoftmaxClassification.TOLERANCE);
        assertEquals(softmaxOptimum(SoftmaxClassification.points()), SoftmaxClassification.OPTIMUM, 1e-8);
    }

    /** Gradient descent in double to where the slope is nothing; the penalty makes the objective strictly convex. */
    private static double softmaxOptimum(SoftmaxClassification.Points points) {
        int classes = SoftmaxClassification.CLASSES;
        int rows = points.label().length;
        double[][] w = new double[classes][3]; // weights across and up, intercept
        double objective = Double.NaN;
        double slope = Double.POSITIVE_INFINITY;
        for (int k = 0; k < 10_000 && slope > 1e-7; k++) {
            double[][] gradient = new double[classes][3];
            objective = 0;
            for (int r = 0; r < rows; r++) {
                double[] x = {points.across()[r], points.up()[r], 1};
                double[] e = new double[classes];
                double sum = 0;
                for (int c = 0; c < classes; c++) {
                    e[c] = Math.exp(dot(w[c], x));
                    sum += e[c];
                }
                int label = (int) points.label()[r];
                objective -= Math.log(e[label] / sum) / rows;
                for (int c = 0; c < classes; c++) {
                    for (int i = 0; i < 3; i++) {
                        gradient[c][i] += (e[c] / sum - (c == label ? 1 : 0)) * x[i] / rows;
                    }
                }
            }
            slope = 0;
            for (int c = 0; c < classes; c++) {
                objective += SoftmaxClassification.PENALTY * dot(w[c], w[c]);
                for (int i = 0; i < 3; i++) {
                    double d = gradient[c][i] + 2 * SoftmaxClassification.PENALTY * w[c][i];
                    w[c][i] -= 0.3 * d;
                    slope = Math.max(slope, Math.abs(d));
                }
            }
        }
        assertTrue(slope <= 1e-7, "the descent has not come to an end");
        return objective;
    }

    private static double dot(double[] a, double[] b) {
        return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
    }

    @Test
    void dataThatIsThere() {
        Table tumours = Table.load("breast_cancer.csv");
        assertEquals(569, tumours.rows());
        assertEquals(30, tumours.columns());
        double benign = 0;
        for (float y : tumours.target()) {
            assertTrue(y == 0 || y == 1);
            benign += y;
        }
        assertEquals(357, benign);
    }

    @Test
    void examplesAreChosenByName() {
        var error = assertThrows(IllegalArgumentException.class, () -> Main.main(new String[] {"linear"}));
        assertTrue(error.getMessage().startsWith("example: linear is not among [lecture, diabetes, logistic,"), error.getMessage());
    }

    private static <T> T quietly(Function<PrintStream, T> example) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        T result = example.apply(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        assertTrue(bytes.size() > 0, "prints nothing");
        return result;
    }
}
