package org.fusegrad.benchmarks;

import java.util.SplittableRandom;
import org.fusegrad.Floats;

/** The data of {@code mean(loss(sum(x*w, cols) + b, y))}. */
record LossProblem(Loss loss, RegressionProblem data) {
    /** The same data for the same arguments; predictions of a few units, where none of the losses is nearly linear or out of range. */
    static LossProblem random(Loss loss, int rows, int cols) {
        RegressionProblem data = RegressionProblem.random(rows, cols);
        SplittableRandom random = new SplittableRandom(43);
        Floats w = data.w();
        double scale = 2 / Math.sqrt(cols);
        for (int c = 0; c < cols; c++) {
            w.set(c, (float) (w.get(c) * scale));
        }
        for (int r = 0; r < rows; r++) {
            double z = data.b();
            for (int c = 0; c < cols; c++) {
                z += 0.8 * w.get(c) * data.x().get(r * cols + c); // w is some way off, so that the gradient does not cancel out
            }
            data.y().set(r, loss.target(z, random));
        }
        return new LossProblem(loss, data);
    }
}
