package org.fusegrad.ir;

/** The error function and the logistic function in double, for the oracle: relative errors below 1e-12. */
final class ErrorFunction {
    private static final double TWO_OVER_ROOT_PI = 2 / Math.sqrt(Math.PI);
    /** Below it the series converges fast, above it the continued fraction. */
    private static final double BORDER = 2.5;
    /** From here on the error function is 1, in double. */
    private static final double LARGE = 6;
    /** From here on its complement is 0. */
    private static final double LARGEST = 27.5;
    private static final int TERMS = 40;
    /** What is below it, relatively, does not show in a float. */
    private static final double NEGLIGIBLE = 1e-17;

    private ErrorFunction() {}

    static double erf(double x) {
        if (Math.abs(x) < BORDER) {
            return series(x);
        }
        return Math.copySign(1, x) * (Math.abs(x) > LARGE ? 1 : 1 - erfc(Math.abs(x)));
    }

    static double erfc(double x) {
        if (x < BORDER) {
            return 1 - erf(x);
        } else if (x > LARGEST) {
            return 0;
        }
        // 1 + t / (1 + 2t / (1 + 3t / ...)), t = 1 / (2 x^2): Abramowitz and Stegun 7.1.14, from its end
        double t = 1 / (2 * x * x);
        double fraction = 1;
        for (int k = TERMS; k > 0; k--) {
            fraction = 1 + k * t / fraction;
        }
        return Math.exp(-x * x) / (x * Math.sqrt(Math.PI) * fraction);
    }

    /** Abramowitz and Stegun 7.1.6: all terms have one sign. */
    private static double series(double x) {
        double term = x;
        double sum = x;
        for (int n = 1; Math.abs(term) > NEGLIGIBLE * Math.abs(sum); n++) {
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
