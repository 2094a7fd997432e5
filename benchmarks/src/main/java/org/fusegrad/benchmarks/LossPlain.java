package org.fusegrad.benchmarks;

import java.util.Arrays;
import org.fusegrad.Floats;

/** The mean of a loss and its gradients as one would write it without a thought for vectors. Agrees with the other variants within a tolerance only. */
final class LossPlain {
    private LossPlain() {}

    static float step(LossProblem problem, Floats dw, float[] db) {
        RegressionProblem data = problem.data();
        float[] x = data.x().array();
        float[] w = data.w().array();
        float[] y = data.y().array();
        int wAt = data.w().offset();
        float[] gradient = dw.array();
        int gradientAt = dw.offset();
        int rows = data.rows();
        int cols = data.cols();
        Arrays.fill(gradient, gradientAt, gradientAt + cols, 0);
        float loss = 0;
        float bias = 0;
        for (int r = 0; r < rows; r++) {
            int row = data.x().offset() + r * cols;
            float z = data.b();
            for (int c = 0; c < cols; c++) {
                z += x[row + c] * w[wAt + c];
            }
            float target = y[data.y().offset() + r];
            loss += problem.loss().value(z, target);
            float g = problem.loss().slope(z, target) / rows;
            bias += g;
            for (int c = 0; c < cols; c++) {
                gradient[gradientAt + c] += g * x[row + c];
            }
        }
        db[0] = bias;
        return loss / rows;
    }
}
