package org.fusegrad.ir;

/** The error function and the logistic function in double, for the oracle: relative errors below 1e-12. */
final class ErrorFunction {
    private static final double TWO_OVER_ROOT_PI = 2 / Math.sqrt(Math.PI);
    /** Below it the series converges fast, above it the continued fraction. */
    private static final double BORDER = 2.5;
    private static final int TERMS = 120;

    private ErrorFunction() {}

    static double erf(double x) {
        return Math.abs(x) < BORDER ? series(x) : Math.copySign(1, x) * (1 - erfc(Math.abs(x)));
    }

    static double erfc(double x) {
        if (x < BORDER) {
            return 1 - erf(x);
        }
        // 1 + t / (1 + 2t / (1 + 3t / ...)), t = 1 / (2 x^2): Abramowitz and Stegun 7.1.14, from its end
        double t = 1 / (2 * x * x);
        double fraction = 1;
        for (int k = TERMS; k > 0; k--) {
            fraction = 1 + k * t / fraction;
        }
        return x == Double.POSITIVE_INFINITY ? 0 : Math.exp(-x * x) / (x * Math.sqrt(Math.PI) * fraction);
    }

    /** Abramowitz and Stegun 7.1.6: all terms have one sign. */
    private static double series(double x) {
        double term = x;
        double sum = x;
        for (int n = 1; n < TERMS; n++) {
            term *= 2 * x * x / (2 * n + 1);
            sum += term;
        }
        return x == 0 ? x : TWO_OVER_ROOT_PI * Math.exp(-x * x) * sum;
    }

    static double sigmoid(double x) {
        double e = Math.exp(-Math.abs(x));
        return x < 0 ? e / (1 + e) : 1 / (1 + e);
    }
}
