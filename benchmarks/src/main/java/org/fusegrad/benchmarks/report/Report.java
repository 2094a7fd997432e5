package org.fusegrad.benchmarks.report;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.fusegrad.benchmarks.Implementations;

/**
 * The report as Markdown with charts, from the JSON of a run: {@code java -cp target/benchmarks.jar org.fusegrad.benchmarks.report.Report directory [more.json ...]},
 * where {@code directory} has the folder {@code results} that the suite writes. Prints the headline table.
 */
public final class Report {
    private static final String FILE = "report.md";
    private static final String HEADLINE = "headline.md";

    private final Measurements measurements;
    private final Ceilings ceilings;
    private final List<String> charts;
    private final StringBuilder out = new StringBuilder();

    private Report(Measurements measurements, List<String> charts) {
        this.measurements = measurements;
        this.ceilings = measurements.ceilings();
        this.charts = charts;
    }

    /** The directory, and further JSON files. */
    public static void main(String[] args) throws IOException {
        if (args.length == 0) {
            System.err.println("usage: Report directory [more.json ...]");
            System.exit(2);
        }
        Path directory = Path.of(args[0]);
        write(directory, directory.resolve("results"), Arrays.stream(args).skip(1).map(Path::of).toArray(Path[]::new));
    }

    /** Writes report, headline and charts into a directory, from the results in another. */
    public static void write(Path directory, Path results, Path... others) throws IOException {
        Measurements measurements = Measurements.read(results, others);
        List<String> charts = new ArrayList<>();
        try {
            charts.addAll(Charts.write(measurements, directory));
        } catch (LinkageError | InternalError e) { // Java draws text through the system's font library, which a server may not have
            charts.clear();
            System.err.println("no charts: " + e);
        }
        String headline = Headline.markdown(measurements);
        WholeFile.write(directory.resolve(HEADLINE), headline);
        WholeFile.write(directory.resolve(FILE), markdown(measurements, charts));
        System.out.println(headline);
    }

    static String markdown(Measurements measurements, List<String> charts) {
        return new Report(measurements, charts).render();
    }

    private String render() {
        out.append("# Fusegrad benchmarks\n\n");
        environment();
        out.append("## Headline\n\n").append(Headline.markdown(measurements)).append('\n');
        charts();
        losses();
        peers();
        missing();
        ceilings();
        workloads();
        threads();
        coldStarts();
        return out.toString();
    }

    private void environment() {
        facts(measurements.environment);
        measurements.otherEnvironments.forEach((file, facts) -> {
            out.append("Of `").append(file).append("`:\n\n");
            facts(facts);
        });
        out.append("""
                Times are medians over forks of each fork's mean, ± is JMH's error (half of its 99.9 % interval over all iterations). GB/s counts what a step
                must move at least: each input read once, each long gradient written once. The memory ceiling is the bandwidth of the faster of two
                reads, in one stream and of four quarters at once, or for steps that write a long gradient of a triad, at as many bytes in the same run;
                "of best by hand" is the time of the fastest hand-written kernel divided by this one. "B per step" is Java heap only: what a native library
                allocates is not in it.

                """);
    }

    private void facts(Map<String, String> facts) {
        if (facts.isEmpty()) {
            out.append("The environment was not recorded.\n\n");
            return;
        }
        Text.table(out, 2, List.of("Environment", ""), facts.entrySet().stream().map(fact -> List.of(fact.getKey(), fact.getValue())).toList());
    }

    private void charts() {
        if (charts.isEmpty()) {
            out.append("No charts: this JVM cannot draw text; a font library (fontconfig, freetype) and a font are needed.\n\n");
        }
        charts.forEach(chart -> out.append("![").append(chart.replace(".svg", "").replace('-', ' ')).append("](").append(chart).append(")\n\n"));
    }

    private void losses() {
        out.append("## What loses\n\n");
        List<Losses.Loss> losses = Losses.of(measurements);
        List<Result> allocating = Losses.allocating(measurements);
        if (losses.isEmpty()) {
            out.append("Nothing was faster than Fusegrad in this run.\n\n");
        } else {
            out.append("Each case in which something was faster than Fusegrad. \"within the errors\": the two times do not differ by more than their errors.\n\n");
            Text.table(out, 3, List.of("Workload", "Size", "Faster", "Fusegrad takes", ""), losses.stream()
                    .map(loss -> List.of(
                            loss.what().workload().title(),
                            loss.what().size(),
                            Names.displayed(loss.other()),
                            Text.times(loss.ratio()),
                            loss.certain() ? "" : "within the errors"))
                    .toList());
        }
        List<ColdStarts> earlier = Losses.earlier(measurements);
        if (!earlier.isEmpty()) {
            out.append("In a fresh JVM these have a gradient before Fusegrad: ")
                    .append(String.join(", ", earlier.stream().map(cold -> Names.displayed(cold.implementation())).toList()))
                    .append(" (table at the end).\n\n");
        }
        if (!allocating.isEmpty()) {
            out.append("Warm steps of Fusegrad that allocate:\n\n");
            Text.table(out, 2, List.of("Workload", "Size", "threads", "B per step"), allocating.stream()
                    .map(result -> List.of(result.what().workload().title(), result.what().size(), String.valueOf(result.threads()), Text.number(result.allocated())))
                    .toList());
        }
    }

    private void peers() {
        out.append("## Peers\n\n");
        if (measurements.peers.isEmpty()) {
            out.append("None was looked for.\n\n");
            return;
        }
        Text.table(out, 2, List.of("Peer", "State"), measurements.peers.stream()
                .map(peer -> List.of(Names.displayed(peer.name()), peer.unavailable() == null ? peer.description() : "absent: " + peer.unavailable()))
                .toList());
    }

    private void missing() {
        List<String> missing = measurements.missing();
        if (!missing.isEmpty()) {
            out.append("## Planned, but without a result\n\nThe forks failed or the run was interrupted; its output says why.\n\n");
            missing.forEach(key -> out.append("- ").append(key).append('\n'));
            out.append('\n');
        }
    }

    private void ceilings() {
        if (ceilings.points().isEmpty()) {
            return;
        }
        out.append("## Memory\n\nThe Vector API on aligned arrays; bytes of all arrays of a thread together, GB/s of all threads together.\n\n");
        Text.table(out, 1, List.of("Access", "threads", "bytes", "GB/s", "ns"), ceilings.points().stream()
                .sorted(Comparator.comparingInt(Bandwidth::threads).thenComparing(Bandwidth::kind).thenComparingDouble(Bandwidth::bytes))
                .map(point -> List.of(
                        point.kind(),
                        String.valueOf(point.threads()),
                        Text.number(point.bytes()),
                        Text.number(point.gigabytesPerSecond()),
                        Text.withError(point.ns(), point.error())))
                .toList());
    }

    private void workloads() {
        Map<Case, Map<String, Result>> cases = measurements.byCase(1);
        for (Workload workload : cases.keySet().stream().map(Case::workload).distinct().toList()) {
            String title = workload.title();
            out.append("## ").append(Character.toUpperCase(title.charAt(0))).append(title.substring(1)).append("\n\n`").append(workload.formula()).append("`\n\n");
            List<List<String>> rows = new ArrayList<>();
            cases.forEach((what, row) -> {
                if (what.workload().equals(workload)) {
                    Names.sorted(row.keySet()).forEach(name -> rows.add(cells(row, row.get(name))));
                }
            });
            Text.table(
                    out,
                    2,
                    List.of(workload.sizeName(), "implementation", "ns per step", "ns per element", "GB/s", "of memory ceiling", "of best by hand", "B per step", "÷ Fusegrad"),
                    rows);
        }
    }

    private List<String> cells(Map<String, Result> row, Result result) {
        double byHand = Implementations.BY_HAND.stream().filter(row::containsKey).mapToDouble(name -> row.get(name).ns()).min().orElse(Double.NaN);
        Result own = row.getOrDefault(Implementations.FUSEGRAD, row.get("compiled"));
        return List.of(
                result.what().size(),
                Names.displayed(result.implementation()),
                Text.withError(result.ns(), result.error()),
                Text.number(result.nsPerElement()),
                Text.number(result.gigabytesPerSecond()),
                Text.percent(ceilings.fraction(result)),
                Text.percent(byHand / result.ns()),
                Text.number(result.allocated() < 0.5 ? 0 : result.allocated()),
                own == null ? Text.ABSENT : Text.times(result.ns() / own.ns()));
    }

    private void threads() {
        TreeSet<Integer> counts = new TreeSet<>(measurements.results().stream().map(Result::threads).toList());
        counts.remove(1);
        if (counts.isEmpty()) {
            return;
        }
        out.append("## Threads\n\nEach thread has a step and data of its own; the library starts none. \"speed-up\" is the throughput of all threads over that of one.\n\n");
        Map<Case, Map<String, Result>> single = measurements.byCase(1);
        List<List<String>> rows = new ArrayList<>();
        for (int threads : counts) {
            measurements.byCase(threads).forEach((what, row) -> row.forEach((name, result) -> {
                Result one = single.getOrDefault(what, Map.of()).get(name);
                rows.add(List.of(
                        what.workload().title(),
                        what.size(),
                        Names.displayed(name),
                        String.valueOf(threads),
                        Text.withError(result.ns(), result.error()),
                        Text.number(result.gigabytesPerSecond()),
                        Text.percent(ceilings.fraction(result)),
                        one == null ? Text.ABSENT : Text.times(threads * one.ns() / result.ns())));
            }));
        }
        Text.table(out, 3, List.of("Workload", "Size", "implementation", "threads", "ns per step of a thread", "GB/s", "of memory ceiling", "speed-up"), rows);
    }

    private void coldStarts() {
        if (measurements.coldStarts.isEmpty()) {
            return;
        }
        out.append("""
                ## Cold start

                From the start of a fresh JVM, for `sum((x*w - y)^2)` with its gradient for a scalar w over 1024 elements; medians over JVMs, and the worst. Steady: from
                then on the median of ten slices of 2 ms is within 25 % of the time of a step at the end.

                """);
        Text.table(
                out,
                1,
                List.of("implementation", "JVMs", "first gradient, ms", "worst", "steady speed, ms", "worst", "ns per step then"),
                measurements.coldStarts.stream().map(Report::cells).toList());
    }

    private static List<String> cells(ColdStarts cold) {
        if (cold.failed() != null) {
            return List.of(Names.displayed(cold.implementation()), "failed: " + cold.failed(), "", "", "", "", "");
        }
        return List.of(
                Names.displayed(cold.implementation()),
                String.valueOf(cold.firstMs().length),
                Text.number(ColdStarts.median(cold.firstMs())),
                Text.number(ColdStarts.largest(cold.firstMs())),
                Text.number(ColdStarts.median(cold.steadyMs())),
                Text.number(ColdStarts.largest(cold.steadyMs())),
                Text.number(ColdStarts.median(cold.stepNs())));
    }
}
