package org.fusegrad.benchmarks;

import java.util.SplittableRandom;
import org.fusegrad.Floats;

/** The data of {@code mean((sum(x*w, cols) + b - y)^2)}. */
record RegressionProblem(int rows, int cols, Floats x, Floats w, float b, Floats y) {
    /** The same data for the same arguments. */
    static RegressionProblem random(int rows, int cols) {
        SplittableRandom random = new SplittableRandom(42);
        Floats x = Floats.aligned(rows * cols);
        Floats w = Floats.aligned(cols);
        Floats y = Floats.aligned(rows);
        for (int c = 0; c < cols; c++) {
            w.array()[w.offset() + c] = (float) random.nextDouble(-1, 1);
        }
        for (int r = 0; r < rows; r++) {
            double sum = 0;
            for (int c = 0; c < cols; c++) {
                float value = (float) random.nextDouble(-1, 1);
                x.array()[x.offset() + r * cols + c] = value;
                sum += value * 0.5;
            }
            y.array()[y.offset() + r] = (float) (sum + random.nextDouble(-0.1, 0.1));
        }
        return new RegressionProblem(rows, cols, x, w, 0.25f, y);
    }
}
