package org.fusegrad.benchmarks;

/** The chain element by element, forward and then backward; C2 vectorises neither loop of rounds. */
final class ChainPlain {
    private ChainPlain() {}

    static float step(float[] x, int xAt, float[] y, int yAt, float[] w, int wAt, float[] dw, int dwAt, int n, float[] constants) {
        float loss = 0;
        for (int i = 0; i < n; i++) {
            float xi = x[xAt + i];
            float yi = y[yAt + i];
            float v = w[wAt + i];
            for (float c : constants) {
                v = (v * xi + yi) * c - xi;
            }
            loss += v * v;
            float g = 2 * v;
            for (int k = constants.length - 1; k >= 0; k--) {
                g = g * constants[k] * xi;
            }
            dw[dwAt + i] = g;
        }
        return loss;
    }
}
