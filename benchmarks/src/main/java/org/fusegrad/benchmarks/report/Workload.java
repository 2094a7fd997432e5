package org.fusegrad.benchmarks.report;

import java.util.Comparator;

/**
 * A table of the report.
 *
 * @param id for file names
 * @param group and {@code member}: the order of the tables
 * @param sizeName the head of the column with the sizes
 */
record Workload(String id, int group, int member, String title, String formula, String sizeName) implements Comparable<Workload> {
    @Override
    public int compareTo(Workload other) {
        return Comparator.comparingInt(Workload::group).thenComparingInt(Workload::member).compare(this, other);
    }
}
