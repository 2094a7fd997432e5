package org.fusegrad.benchmarks.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

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
     * nearest. NaN when it was not measured.
     */
    double gigabytesPerSecond(String kind, int threads, double bytes) {
        List<Bandwidth> line = points.stream()
                .filter(point -> point.kind().equals(kind) && point.threads() == threads)
                .sorted(Comparator.comparingDouble(Bandwidth::bytes))
                .toList();
        if (line.isEmpty() || Double.isNaN(bytes)) {
            return Double.NaN;
        }
        if (bytes <= line.getFirst().bytes()) {
            return line.getFirst().gigabytesPerSecond();
        }
        for (int k = 1; k < line.size(); k++) {
            Bandwidth below = line.get(k - 1);
            Bandwidth above = line.get(k);
            if (bytes <= above.bytes()) {
                double part = Math.log(bytes / below.bytes()) / Math.log(above.bytes() / below.bytes());
                return below.gigabytesPerSecond() + part * (above.gigabytesPerSecond() - below.gigabytesPerSecond());
            }
        }
        return line.getLast().gigabytesPerSecond();
    }

    /** The part of the memory ceiling that a result reaches: of a triad where the step writes as much as it reads of one input, of a read elsewhere. */
    double fraction(Result result) {
        String kind = result.what().writes() ? "triad" : "read";
        return result.gigabytesPerSecond() / gigabytesPerSecond(kind, result.threads(), result.what().bytes());
    }
}
