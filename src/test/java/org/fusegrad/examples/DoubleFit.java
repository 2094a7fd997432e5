package org.fusegrad.examples;

/**
 * Fits linear models in double, independently of the library: Newton's method, or iteratively reweighted least squares, with the
 * normal equations solved by elimination.
 */
final class DoubleFit {

    /** One row's loss as a function of its prediction. */
    interface RowLoss {
        double value(double z, double y);

        double slope(double z, double y);

        /** The second derivative, or that of a parabola above the loss which touches it at z. */
        double curvature(double z, double y);
    }

    private final Table data;
    private final RowLoss loss;
    private final double penalty;
    private final int n; // weights and the intercept, which is last
    private final double[] solution;

    /** Minimises the mean of {@code loss} plus {@code penalty} times the squares of the weights, not of the intercept. */
    DoubleFit(Table data, RowLoss loss, double penalty, int iterations) {
        this.data = data;
        this.loss = loss;
        this.penalty = penalty;
        this.n = data.columns() + 1;
        this.solution = new double[n];
        for (int k = 0; k < iterations; k++) {
            double[] change = solve();
            for (int c = 0; c < n; c++) {
                solution[c] -= change[c];
            }
        }
    }

    /** The weights, then the intercept. */
    double[] solution() {
        return solution;
    }

    double objective() {
        double sum = 0;
        for (int r = 0; r < data.rows(); r++) {
            sum += loss.value(prediction(r), data.target()[r]);
        }
        double squares = 0;
        for (int c = 0; c < n - 1; c++) {
            squares += solution[c] * solution[c];
        }
        return sum / data.rows() + penalty * squares;
    }

    private double feature(int r, int c) {
        return c == n - 1 ? 1 : data.features()[r * data.columns() + c];
    }

    private double prediction(int r) {
        double z = 0;
        for (int c = 0; c < n; c++) {
            z += solution[c] * feature(r, c);
        }
        return z;
    }

    /** The Newton step: of the Hessian and the gradient, a column more. */
    private double[] solve() {
        double[][] a = new double[n][n + 1];
        for (int r = 0; r < data.rows(); r++) {
            double z = prediction(r);
            double slope = loss.slope(z, data.target()[r]) / data.rows();
            double curvature = loss.curvature(z, data.target()[r]) / data.rows();
            for (int i = 0; i < n; i++) {
                for (int j = 0; j < n; j++) {
                    a[i][j] += curvature * feature(r, i) * feature(r, j);
                }
                a[i][n] += slope * feature(r, i);
            }
        }
        for (int c = 0; c < n - 1; c++) {
            a[c][c] += 2 * penalty;
            a[c][n] += 2 * penalty * solution[c];
        }
        return eliminate(a);
    }

    /** Gauss and Jordan, without pivots: the matrix is positive definite. */
    private static double[] eliminate(double[][] a) {
        int n = a.length;
        for (int k = 0; k < n; k++) {
            for (int i = 0; i < n; i++) {
                double factor = i == k ? 0 : a[i][k] / a[k][k];
                for (int j = k; factor != 0 && j <= n; j++) {
                    a[i][j] -= factor * a[k][j];
                }
            }
        }
        double[] x = new double[n];
        for (int i = 0; i < n; i++) {
            x[i] = a[i][n] / a[i][i];
        }
        return x;
    }
}
