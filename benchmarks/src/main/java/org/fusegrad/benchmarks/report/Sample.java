package org.fusegrad.benchmarks.report;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.openjdk.jmh.util.ListStatistics;

/**
 * All that was measured of one benchmark with the same parameters and threads, whichever files its forks come from.
 *
 * @param type simple name of the benchmark's class
 * @param forks the iterations of each fork, in ns per step
 * @param allocated bytes of Java heap per step of each result, where it was measured
 */
record Sample(String type, Map<String, String> params, int threads, List<double[]> forks, List<Double> allocated) {
    private static final double CONFIDENCE = 0.999; // JMH's

    Sample(String type, Map<String, String> params, int threads) {
        this(type, params, threads, new ArrayList<>(), new ArrayList<>());
    }

    void add(JsonArray rawData) {
        for (JsonElement fork : rawData) {
            forks.add(fork.getAsJsonArray().asList().stream().mapToDouble(JsonElement::getAsDouble).toArray());
        }
    }

    /** The median over the forks of each one's mean. */
    double ns() {
        return ColdStarts.median(forks.stream().mapToDouble(fork -> new ListStatistics(fork).getMean()).toArray());
    }

    /** Half of the confidence interval over all iterations, as JMH has it for all forks of one run; NaN when there are too few. */
    double error() {
        return new ListStatistics(forks.stream().flatMapToDouble(Arrays::stream).toArray()).getMeanErrorAt(CONFIDENCE);
    }

    double allocatedBytes() {
        return allocated.stream().mapToDouble(Double::doubleValue).average().orElse(Double.NaN);
    }
}
