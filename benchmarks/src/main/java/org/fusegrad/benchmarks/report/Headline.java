package org.fusegrad.benchmarks.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.fusegrad.benchmarks.Implementations;

/** What the README shows: every workload and size on one thread, then what loses most. */
final class Headline {
    private Headline() {}

    static String markdown(Measurements measurements) {
        Map<Case, Map<String, Result>> cases = measurements.byCase(1);
        Ceilings ceilings = measurements.ceilings();
        List<List<String>> rows = new ArrayList<>();
        boolean peers = cases.values().stream().flatMap(row -> row.keySet().stream()).anyMatch(Names::isPeer);
        for (Map.Entry<Case, Map<String, Result>> each : cases.entrySet()) {
            Case what = each.getKey();
            Map<String, Result> row = each.getValue();
            Result own = row.get(Implementations.FUSEGRAD);
            if (own == null || Double.isNaN(what.bytes())) { // what it takes to compile is in the report
                continue;
            }
            List<String> cells = new ArrayList<>(List.of(
                    what.workload().title(),
                    what.size(),
                    Text.withError(own.ns(), own.error()),
                    Text.number(own.nsPerElement()),
                    Text.number(own.gigabytesPerSecond()),
                    Text.percent(ceilings.fraction(own)),
                    time(row.get(Implementations.VECTOR)),
                    time(row.get(Implementations.C)),
                    time(row.get(Implementations.PLAIN))));
            if (peers) {
                cells.add(fastestPeer(row).map(peer -> Text.number(peer.ns()) + " (" + Names.displayed(peer.implementation()) + ")").orElse(Text.ABSENT));
            }
            rows.add(cells);
        }
        List<String> head = new ArrayList<>(List.of(
                "Workload", "Size", "Fusegrad, ns per step", "ns per element", "GB/s", "of memory ceiling", "Vector API by hand", "C by hand", "plain Java"));
        if (peers) {
            head.add("fastest peer");
        }
        StringBuilder out = new StringBuilder();
        Text.table(out, 1, head, rows);
        losses(measurements, out);
        return out.toString();
    }

    /** The worst case of each workload, by more than the errors. */
    private static void losses(Measurements measurements, StringBuilder out) {
        Map<Workload, Losses.Loss> worst = new TreeMap<>();
        List<Losses.Loss> losses = Losses.of(measurements).stream().filter(Losses.Loss::certain).toList();
        losses.forEach(loss -> worst.putIfAbsent(loss.what().workload(), loss)); // they come the worst first
        if (worst.isEmpty()) {
            out.append("Nothing was faster than Fusegrad by more than the errors.\n");
            return;
        }
        out.append("Something was faster by more than the errors in ").append(losses.size()).append(" comparisons. The worst of each workload:\n\n");
        worst.values().forEach(loss -> out.append("- ").append(loss.what().workload().title()).append(", ").append(loss.what().size())
                .append(": ").append(Text.number(loss.ratio())).append(" times the time of ").append(Names.displayed(loss.other())).append('\n'));
    }

    private static String time(Result result) {
        return result == null ? Text.ABSENT : Text.number(result.ns());
    }

    private static Optional<Result> fastestPeer(Map<String, Result> row) {
        return row.values().stream().filter(result -> Names.isPeer(result.implementation())).min(Comparator.comparingDouble(Result::ns));
    }
}
