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

    private static double error(Result result) {
        return Double.isNaN(result.error()) ? 0 : result.error();
    }
}
