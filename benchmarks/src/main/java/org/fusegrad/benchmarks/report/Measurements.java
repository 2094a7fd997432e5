package org.fusegrad.benchmarks.report;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * All that was measured, from any number of JSON files. Each is an array; its elements are results of JMH, or of another program in the same form, and objects
 * with one of the keys {@code environment}, {@code peer}, {@code coldStart} and {@code planned}.
 */
final class Measurements {
    final Map<String, String> environment = new LinkedHashMap<>();
    final Map<String, Map<String, String>> otherEnvironments = new LinkedHashMap<>(); // by file
    final Ceilings ceilings = new Ceilings();
    final List<Result> results = new ArrayList<>();
    final List<PeerState> peers = new ArrayList<>();
    final List<ColdStarts> coldStarts = new ArrayList<>();
    private final Set<String> planned = new TreeSet<>();
    private final Set<String> present = new TreeSet<>();

    /** All JSON files of a directory and any others. */
    static Measurements read(Path directory, Path... others) throws IOException {
        if (!Files.isDirectory(directory)) {
            throw new IllegalArgumentException("no results: there is no directory " + directory);
        }
        List<Path> files = new ArrayList<>();
        try (Stream<Path> all = Files.list(directory)) {
            all.filter(file -> file.toString().endsWith(".json")).sorted().forEach(files::add);
        }
        files.addAll(List.of(others));
        if (files.isEmpty()) {
            throw new IllegalArgumentException("no results: " + directory + " has no .json file");
        }
        Measurements measurements = new Measurements();
        for (Path file : files) {
            try {
                measurements.add(Files.readString(file), file.getFileName().toString());
            } catch (RuntimeException e) { // of the parser, or a field that is missing or not a number
                throw new IllegalArgumentException(file + " is not a file of results: " + e.getMessage(), e);
            }
        }
        return measurements;
    }

    void add(String json, String file) {
        JsonElement parsed = JsonParser.parseString(json);
        if (!parsed.isJsonArray()) {
            throw new JsonParseException("not an array");
        }
        for (JsonElement element : parsed.getAsJsonArray()) {
            JsonObject object = element.getAsJsonObject();
            if (object.has("benchmark")) {
                addResult(object);
            } else if (object.has("environment")) {
                Map<String, String> facts = file.equals("suite.json") ? environment : otherEnvironments.computeIfAbsent(file, name -> new LinkedHashMap<>());
                object.getAsJsonObject("environment").entrySet().forEach(fact -> facts.put(fact.getKey(), fact.getValue().getAsString()));
            } else if (object.has("peer")) {
                peers.add(new PeerState(text(object, "peer"), text(object, "description"), text(object, "unavailable")));
            } else if (object.has("coldStart")) {
                coldStarts.add(new ColdStarts(
                        text(object, "coldStart"), numbers(object, "firstMs"), numbers(object, "steadyMs"), numbers(object, "stepNs"), text(object, "failed")));
            } else if (object.has("planned")) {
                for (JsonElement combination : object.getAsJsonArray("combinations")) {
                    planned.add(key(text(object, "planned"), params(combination.getAsJsonObject()), object.get("threads").getAsInt()));
                }
            } else {
                throw new JsonParseException("an element is neither a result nor environment, peer, coldStart or planned: " + object.keySet());
            }
        }
    }

    private void addResult(JsonObject result) {
        String name = text(result, "benchmark");
        String type = name.substring(0, name.lastIndexOf('.'));
        JsonObject metric = result.getAsJsonObject("primaryMetric");
        if (!text(metric, "scoreUnit").equals("ns/op")) {
            throw new JsonParseException(name + " is in " + text(metric, "scoreUnit") + ", not in ns/op");
        }
        Map<String, String> params = result.has("params") ? params(result.getAsJsonObject("params")) : Map.of();
        int threads = result.has("threads") ? result.get("threads").getAsInt() : 1;
        present.add(key(type, params, threads));
        JsonArray forks = metric.getAsJsonArray("rawData");
        double ns = medianOverForks(forks);
        // JMH writes an error that it cannot know as the string "NaN".
        double error = Double.parseDouble(text(metric, "scoreError"));
        String simple = type.substring(type.lastIndexOf('.') + 1);
        if (simple.equals("CeilingBenchmark")) {
            ceilings.add(new Bandwidth(params.get("kind"), threads, Double.parseDouble(params.get("bytes")), ns, error));
            return;
        }
        Case what = Case.of(simple, params);
        if (what != null) {
            results.add(new Result(what, implementation(params), threads, forks.size(), ns, error, allocated(result)));
        }
    }

    /** What was planned and has no result, in words. */
    List<String> missing() {
        return planned.stream().filter(key -> !present.contains(key)).toList();
    }

    /** The results of so many threads by what was computed, in order. */
    Map<Case, Map<String, Result>> byCase(int threads) {
        Map<Case, Map<String, Result>> cases = new TreeMap<>();
        for (Result result : results) {
            if (result.threads() == threads) {
                cases.computeIfAbsent(result.what(), what -> new LinkedHashMap<>()).put(result.implementation(), result);
            }
        }
        return cases;
    }

    static double medianOverForks(JsonArray forks) {
        double[] means = new double[forks.size()];
        for (int k = 0; k < means.length; k++) {
            double sum = 0;
            for (JsonElement iteration : forks.get(k).getAsJsonArray()) {
                sum += iteration.getAsDouble();
            }
            means[k] = sum / forks.get(k).getAsJsonArray().size();
        }
        return ColdStarts.median(means);
    }

    private static String implementation(Map<String, String> params) {
        return params.getOrDefault("variant", params.getOrDefault("way", "fusegrad"));
    }

    private static double allocated(JsonObject result) {
        JsonObject secondary = result.getAsJsonObject("secondaryMetrics");
        if (secondary != null) {
            for (Map.Entry<String, JsonElement> metric : secondary.entrySet()) {
                if (metric.getKey().endsWith("gc.alloc.rate.norm")) { // some versions of JMH put a dot in front
                    return Double.parseDouble(text(metric.getValue().getAsJsonObject(), "score"));
                }
            }
        }
        return Double.NaN;
    }

    private static String key(String type, Map<String, String> params, int threads) {
        return type.substring(type.lastIndexOf('.') + 1) + " " + new TreeMap<>(params) + (threads > 1 ? " on " + threads + " threads" : "");
    }

    private static Map<String, String> params(JsonObject object) {
        Map<String, String> params = new LinkedHashMap<>();
        object.entrySet().forEach(param -> params.put(param.getKey(), param.getValue().getAsString()));
        return params;
    }

    private static double[] numbers(JsonObject object, String name) {
        JsonArray array = object.getAsJsonArray(name);
        double[] numbers = new double[array.size()];
        for (int k = 0; k < numbers.length; k++) {
            numbers[k] = array.get(k).getAsDouble();
        }
        return numbers;
    }

    /** Null when there is no such field. */
    private static String text(JsonObject object, String name) {
        return object.has(name) ? object.get(name).getAsString() : null;
    }
}
