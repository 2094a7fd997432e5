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
