package org.fusegrad.benchmarks.report;

/**
 * One time of one implementation.
 *
 * @param ns per step of one thread, the median over the forks of each one's mean: C2 allocates registers anew in every process
 * @param error JMH's, half of a 99.9 % confidence interval over all iterations; NaN when there were too few
 * @param allocated bytes of Java heap per step; NaN when it was not measured
 */
record Result(Case what, String implementation, int threads, int forks, double ns, double error, double allocated) {
    double nsPerElement() {
        return ns / what.elements();
    }

    /** Of all threads together. */
    double gigabytesPerSecond() {
        return threads * what.bytes() / ns;
    }
}
