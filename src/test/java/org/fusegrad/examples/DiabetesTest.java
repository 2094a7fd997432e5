package org.fusegrad.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.fusegrad.testing.Bits;
import org.junit.jupiter.api.Test;

/** The regression example comes to the optimum, and to the same numbers every time. */
class DiabetesTest {

    @Test
    void comesWithinHalfAPercentOfTheOptimumTheSameWayTwice() {
        ByteArrayOutputStream first = new ByteArrayOutputStream();
        ByteArrayOutputStream second = new ByteArrayOutputStream();
        double mse = run(first);
        double excess = mse / Diabetes.LEAST_SQUARES_MSE - 1;
        assertTrue(excess <= 0.005, "above the optimum by " + excess);
        assertTrue(excess >= -1e-6, "below the least-squares optimum by " + -excess);
        Bits.same("mean squared error", (float) mse, (float) run(second));
        assertEquals(epochs(first), epochs(second));
        assertEquals(50, epochs(first).size());
    }

    @Test
    void printsPlainLinesWhereNobodyWatches() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        run(bytes);
        String text = bytes.toString(StandardCharsets.UTF_8);
        assertTrue(text.chars().allMatch(c -> c >= ' ' || c == '\n' || c == '\r'), "control characters in\n" + text);
        for (String part : List.of("rows per second", "least-squares optimum", "mean squared error")) {
            assertTrue(text.contains(part), part + " in\n" + text);
        }
    }

    @Test
    void featuresAreStandardised() {
        Diabetes data = Diabetes.load();
        assertEquals(442, data.rows());
        for (int c = 0; c < Diabetes.FEATURES; c++) {
            double mean = 0;
            double square = 0;
            for (int r = 0; r < data.rows(); r++) {
                double value = data.features()[r * Diabetes.FEATURES + c];
                mean += value / data.rows();
                square += value * value / data.rows();
            }
            assertEquals(0, mean, 1e-6, "mean of column " + c);
            assertEquals(1, square, 1e-5, "variance of column " + c);
        }
    }

    private static double run(ByteArrayOutputStream bytes) {
        return DiabetesRegression.run(new PrintStream(bytes, true, StandardCharsets.UTF_8), false);
    }

    /** The lines of the table: number, loss, learning rate. What is measured stands below them. */
    private static List<String> epochs(ByteArrayOutputStream bytes) {
        return bytes.toString(StandardCharsets.UTF_8).lines().filter(line -> line.matches(" +\\d+ +[\\d.]+ +[\\d.]+")).toList();
    }
}
