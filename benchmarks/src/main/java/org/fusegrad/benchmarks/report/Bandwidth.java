package org.fusegrad.benchmarks.report;

/** One point of a memory ceiling: {@code bytes} of all arrays of one thread together, and what all threads moved per second. */
record Bandwidth(String kind, int threads, double bytes, double ns, double error) {
    double gigabytesPerSecond() {
        return threads * bytes / ns;
    }
}
