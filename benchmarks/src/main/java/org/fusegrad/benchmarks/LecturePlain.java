package org.fusegrad.benchmarks;

/**
 * {@code sum((x*w - y)^2)} and its gradient for w as one would write it without a thought for vectors: one loop, one float to add to. Its sums come in another
 * order than the contract's, so it agrees with the other variants within a tolerance only.
 */
final class LecturePlain {
    private LecturePlain() {}

    static float scalar(float[] x, int xAt, float[] y, int yAt, float w, float[] dw, int dwAt, int n) {
        float loss = 0;
        float gradient = 0;
        for (int i = 0; i < n; i++) {
            float e = x[xAt + i] * w - y[yAt + i];
            loss += e * e;
            gradient += 2 * e * x[xAt + i];
        }
        dw[dwAt] = gradient;
        return loss;
    }

    static float elementwise(float[] x, int xAt, float[] y, int yAt, float[] w, int wAt, float[] dw, int dwAt, int n) {
        float loss = 0;
        for (int i = 0; i < n; i++) {
            float e = x[xAt + i] * w[wAt + i] - y[yAt + i];
            loss += e * e;
            dw[dwAt + i] = 2 * e * x[xAt + i];
        }
        return loss;
    }
}
