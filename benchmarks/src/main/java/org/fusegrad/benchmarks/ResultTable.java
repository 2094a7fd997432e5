package org.fusegrad.benchmarks;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Prints the results of a run, JMH's JSON, as the Markdown tables of the README: {@code java -cp target/benchmarks.jar org.fusegrad.benchmarks.ResultTable target/jmh.json}. */
public final class ResultTable {
    private static final List<String> VARIANTS = List.of("generated", "vector", "c", "plain");

    /** Of one benchmark with one set of parameters. */
    private record Time(double ns, double error) {
        @Override
        public String toString() {
            return number(ns) + (Double.isNaN(error) ? "" : " ± " + number(error));
        }
    }

    /** A row of a table: what was computed, the bytes that a step must move, and the times by variant. */
    private record Row(String label, double bytes, Map<String, Time> times) {}

    private final Map<String, Row> scalar = new TreeMap<>();
    private final Map<String, Row> elementwise = new TreeMap<>();
    private final Map<String, Row> regression = new TreeMap<>();
    private final Map<String, Time> steps = new LinkedHashMap<>();

    /** One argument: the file. */
    public static void main(String[] args) throws IOException {
        System.out.print(markdown(Files.readString(Path.of(args[0]))));
    }

    static String markdown(String json) {
        ResultTable table = new ResultTable();
        for (JsonElement result : JsonParser.parseString(json).getAsJsonArray()) {
            table.add(result.getAsJsonObject());
        }
        StringBuilder out = new StringBuilder();
        table.print(out, "sum((x*w - y)^2), w a scalar", "n", table.scalar, false);
        table.print(out, "sum((x*w - y)^2), w elementwise", "n", table.elementwise, false);
        table.print(out, "mean((sum(x*w, cols) + b - y)^2)", "rows x features", table.regression, true);
        if (!table.steps.isEmpty()) {
            out.append("Training step, 3 elements, ns\n\n| way | ns |\n|---|--:|\n");
            table.steps.forEach((way, time) -> out.append("| ").append(way).append(" | ").append(time).append(" |\n"));
        }
        return out.toString();
    }

    private void add(JsonObject result) {
        String[] name = result.get("benchmark").getAsString().split("\\.");
        String method = name[name.length - 1];
        JsonObject metric = result.getAsJsonObject("primaryMetric");
        if (!metric.get("scoreUnit").getAsString().equals("ns/op")) {
            throw new IllegalArgumentException(method + " is in " + metric.get("scoreUnit") + ", not in ns/op");
        }
        // JMH writes an error that it cannot know as the string "NaN".
        Time time = new Time(medianOverForks(metric), Double.parseDouble(metric.get("scoreError").getAsString()));
        switch (name[name.length - 2]) {
            case "LectureBenchmark" -> {
                JsonObject params = result.getAsJsonObject("params");
                int n = params.get("n").getAsInt();
                boolean one = params.get("w").getAsString().equals("scalar");
                // x and y are read; elementwise, w is read and its gradient written
                row(one ? scalar : elementwise, n, String.valueOf(n), n * (one ? 8.0 : 16.0)).put(params.get("variant").getAsString(), time);
            }
            case "RegressionBenchmark" -> {
                JsonObject params = result.getAsJsonObject("params");
                int features = params.get("features").getAsInt();
                int rows = RegressionBenchmark.rows(params.get("rows").getAsString(), features);
                String variant = method.equals("step") ? params.get("variant").getAsString() : method;
                row(regression, rows > 1 << 16 ? 1000 + features : features, rows + " x " + features, 4.0 * rows * (features + 1)).put(variant, time);
            }
            case "StepBenchmark" -> steps.put(method, time);
            default -> {
                // another benchmark, with a table of its own or none
            }
        }
    }

    /** C2 allocates registers anew in every process: the median of the forks' means says what to expect of one. */
    private static double medianOverForks(JsonObject metric) {
        List<Double> means = new ArrayList<>();
        for (JsonElement fork : metric.getAsJsonArray("rawData")) {
            double sum = 0;
            for (JsonElement iteration : fork.getAsJsonArray()) {
                sum += iteration.getAsDouble();
            }
            means.add(sum / fork.getAsJsonArray().size());
        }
        Collections.sort(means);
        int middle = means.size() / 2;
        return means.size() % 2 == 1 ? means.get(middle) : (means.get(middle - 1) + means.get(middle)) / 2;
    }

    private static Map<String, Time> row(Map<String, Row> table, int order, String label, double bytes) {
        return table.computeIfAbsent("%09d".formatted(order), key -> new Row(label, bytes, new LinkedHashMap<>())).times();
    }

    private void print(StringBuilder out, String title, String first, Map<String, Row> rows, boolean readX) {
        if (rows.isEmpty()) {
            return;
        }
        out.append('`').append(title).append("`, ns per step\n\n| ").append(first).append(" | generated | Vector API | C | plain Java |");
        out.append(readX ? " only reading x |" : "").append(" generated / best by hand | GB/s |\n|--:|--:|--:|--:|--:|").append(readX ? "--:|" : "").append("--:|--:|\n");
        for (Row row : rows.values()) {
            out.append("| ").append(row.label());
            VARIANTS.forEach(variant -> out.append(" | ").append(row.times().containsKey(variant) ? row.times().get(variant) : "-"));
            if (readX) {
                out.append(" | ").append(row.times().containsKey("readX") ? row.times().get("readX") : "-");
            }
            Time generated = row.times().get("generated");
            double best = row.times().entrySet().stream()
                    .filter(entry -> VARIANTS.contains(entry.getKey()) && !entry.getKey().equals("generated"))
                    .mapToDouble(entry -> entry.getValue().ns())
                    .min()
                    .orElse(Double.NaN);
            out.append(" | ").append(generated == null || Double.isNaN(best) ? "-" : String.format(Locale.ROOT, "%.2f", generated.ns() / best));
            out.append(" | ").append(generated == null ? "-" : String.format(Locale.ROOT, "%.1f", row.bytes() / generated.ns())).append(" |\n");
        }
        out.append('\n');
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, value < 100 ? "%.1f" : "%,.0f", value);
    }
}
