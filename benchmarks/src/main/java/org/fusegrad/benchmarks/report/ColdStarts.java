package org.fusegrad.benchmarks.report;

import java.util.Arrays;

/** Of one implementation in fresh JVMs; one number per fork. Failed is null, or why there are none. */
record ColdStarts(String implementation, double[] firstMs, double[] steadyMs, double[] stepNs, String failed) {
    static double median(double[] values) {
        if (values.length == 0) {
            return Double.NaN;
        }
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
    }

    static double largest(double[] values) {
        return Arrays.stream(values).max().orElse(Double.NaN);
    }
}
