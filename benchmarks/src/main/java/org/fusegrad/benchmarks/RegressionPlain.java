package org.fusegrad.benchmarks;

import java.util.Arrays;

/**
 * {@code mean((sum(x*w, cols) + b - y)^2)} and its gradients for w and b as one would write it without a thought for vectors. C2 vectorises the loop that
 * adds to dw, not the one that adds to p. Agrees with the other variants within a tolerance only.
 */
final class RegressionPlain {
    private RegressionPlain() {}

    static float step(float[] x, int xAt, float[] w, int wAt, float b, float[] y, int yAt, float[] dw, int dwAt, float[] db, int dbAt, int rows, int cols) {
        Arrays.fill(dw, dwAt, dwAt + cols, 0);
        float loss = 0;
        float bias = 0;
        for (int r = 0; r < rows; r++) {
            int row = xAt + r * cols;
            float p = 0;
            for (int c = 0; c < cols; c++) {
                p += x[row + c] * w[wAt + c];
            }
            float e = p + b - y[yAt + r];
            float g = 2 * e / rows;
            loss += e * e;
            bias += g;
            for (int c = 0; c < cols; c++) {
                dw[dwAt + c] += g * x[row + c];
            }
        }
        db[dbAt] = bias;
        return loss / rows;
    }
}
