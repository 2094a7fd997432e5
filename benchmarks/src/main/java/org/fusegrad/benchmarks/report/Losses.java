package org.fusegrad.benchmarks.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.fusegrad.benchmarks.Implementations;

/** Where another implementation was faster than Fusegrad. Nobody asks for this list, so nobody can leave it out. */
final class Losses {
    /**
     * @param ratio Fusegrad's time divided by the other's, over 1
     * @param certain whether the two times differ by more than their errors
     */
    record Loss(Case what, String other, double ratio, boolean certain) {}

    private static final int SMALLEST_OBJECT = 16; // bytes

    private Losses() {}

    /** The worst first. */
    static List<Loss> of(Measurements measurements) {
        List<Loss> losses = new ArrayList<>();
        for (Map<String, Result> row : measurements.byCase(1).values()) {
            Result own = row.get(Implementations.FUSEGRAD);
            if (own == null) {
                continue;
            }
            for (Result other : row.values()) {
                if (other.ns() < own.ns()) {
                    losses.add(new Loss(own.what(), other.implementation(), own.ns() / other.ns(), own.ns() - error(own) > other.ns() + error(other)));
                }
            }
        }
        losses.sort(Comparator.comparingDouble(Loss::ratio).reversed());
        return losses;
    }

    /** Those that have their first gradient before Fusegrad, the fastest first. */
    static List<ColdStarts> earlier(Measurements measurements) {
        double own = measurements.coldStarts.stream()
                .filter(cold -> cold.implementation().equals(Implementations.FUSEGRAD))
                .mapToDouble(cold -> ColdStarts.median(cold.firstMs()))
                .findFirst()
                .orElse(Double.NaN);
        return measurements.coldStarts.stream()
                .filter(cold -> cold.stepNs().length > 0 && ColdStarts.median(cold.firstMs()) < own) // an empty main has no steps
                .sorted(Comparator.comparingDouble(cold -> ColdStarts.median(cold.firstMs())))
                .toList();
    }

    /**
     * The steps of Fusegrad that allocate. JMH's own objects are counted too, and are many bytes per step where an iteration has few steps; what another
     * implementation of the same case shows is therefore not held against it.
     */
    static List<Result> allocating(Measurements measurements) {
        List<Result> allocating = new ArrayList<>();
        for (Map<String, Result> row : measurements.byCase(1).values()) {
            Result own = row.get(Implementations.FUSEGRAD);
            if (own == null || Double.isNaN(own.what().bytes())) { // compiling a kernel may allocate
                continue;
            }
            double others = Implementations.BY_HAND.stream().filter(row::containsKey).mapToDouble(name -> row.get(name).allocated()).max().orElse(0);
            if (own.allocated() >= SMALLEST_OBJECT + 2 * others) {
                allocating.add(own);
            }
        }
        return allocating;
    }

    private static double error(Result result) {
        return Double.isNaN(result.error()) ? 0 : result.error();
    }
}
