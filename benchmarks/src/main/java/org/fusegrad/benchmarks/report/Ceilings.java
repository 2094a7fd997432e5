package org.fusegrad.benchmarks.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;

/** Memory as it was measured in the same run, by kind of access and size. */
final class Ceilings {
    private final List<Bandwidth> points = new ArrayList<>();

    void add(Bandwidth point) {
        points.add(point);
    }

    List<Bandwidth> points() {
        return points;
    }

    /**
     * GB/s for a step that moves so many bytes: between two measured sizes on the straight line over the logarithm of the size, outside of them that of the
     * nearest. Of several kinds the fastest at each size. NaN when none was measured.
     */
    double gigabytesPerSecond(Set<String> kinds, int threads, double bytes) {
        NavigableMap<Double, Double> line = new TreeMap<>();
        points.stream()
                .filter(point -> kinds.contains(point.kind()) && point.threads() == threads)
                .forEach(point -> line.merge(point.bytes(), point.gigabytesPerSecond(), Math::max));
        if (line.isEmpty() || Double.isNaN(bytes)) {
            return Double.NaN;
        }
        Map.Entry<Double, Double> below = line.floorEntry(bytes);
        Map.Entry<Double, Double> above = line.higherEntry(bytes);
        if (below == null) {
            return above.getValue();
        }
        if (above == null) {
            return below.getValue();
        }
        double part = Math.log(bytes / below.getKey()) / Math.log(above.getKey() / below.getKey());
        return below.getValue() + part * (above.getValue() - below.getValue());
    }

    /** The part of the memory ceiling that a result reaches: of a triad where the step writes as much as it reads of one input, of the fastest read elsewhere. */
    double fraction(Result result) {
        Set<String> kinds = result.what().writes() ? Set.of("triad") : Set.of("read", "quarters");
        return result.gigabytesPerSecond() / gigabytesPerSecond(kinds, result.threads(), result.what().bytes());
    }
}
