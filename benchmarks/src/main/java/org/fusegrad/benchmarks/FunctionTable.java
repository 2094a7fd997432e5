package org.fusegrad.benchmarks;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** The results of {@link FunctionBenchmark} as a table, in ns per element: {@code FunctionTable results.json [more.json ...]}. */
final class FunctionTable {
    private FunctionTable() {}

    public static void main(String[] files) throws IOException {
        Map<String, Map<String, String>> rows = new LinkedHashMap<>();
        for (String file : files) {
            for (JsonElement element : JsonParser.parseString(Files.readString(Path.of(file))).getAsJsonArray()) {
                JsonObject result = element.getAsJsonObject();
                if (result.get("benchmark").getAsString().contains(FunctionBenchmark.class.getSimpleName())) {
                    add(rows, result.getAsJsonObject("params"), result.getAsJsonObject("primaryMetric"));
                }
            }
        }
        System.out.println("| Operation | Fusegrad | Vector API | plain Java |\n|---|--:|--:|--:|");
        rows.forEach((function, times) -> System.out.println("| " + function + " | " + times.getOrDefault(Implementations.FUSEGRAD, "-") + " | "
                + times.getOrDefault(Implementations.VECTOR, "-") + " | " + times.getOrDefault(Implementations.PLAIN, "-") + " |"));
    }

    private static void add(Map<String, Map<String, String>> rows, JsonObject params, JsonObject metric) {
        int n = params.get("n").getAsInt();
        String time = String.format(
                Locale.ROOT, "%.3f ± %.3f", metric.get("score").getAsDouble() / n, metric.get("scoreError").getAsDouble() / n);
        rows.computeIfAbsent(params.get("function").getAsString(), function -> new LinkedHashMap<>()).put(params.get("variant").getAsString(), time);
    }
}
