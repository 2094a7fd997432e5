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
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * All that was measured, from any number of JSON files. Each is an array; its elements are results of JMH, or of another program in the same form, and objects
 * with one of the keys {@code environment}, {@code peer}, {@code coldStart} and {@code planned}. Results of the same combination are forks of one.
 */
final class Measurements {
    final Map<String, String> environment = new LinkedHashMap<>();
    final Map<String, Map<String, String>> otherEnvironments = new LinkedHashMap<>(); // by file
    final List<PeerState> peers = new ArrayList<>();
    final List<ColdStarts> coldStarts = new ArrayList<>();
    private final Set<String> planned = new TreeSet<>();
    private final Map<String, Sample> samples = new LinkedHashMap<>(); // by key

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
                    planned.add(key(simple(text(object, "planned")), params(combination.getAsJsonObject()), object.get("threads").getAsInt()));
                }
            } else {
                throw new JsonParseException("an element is neither a result nor environment, peer, coldStart or planned: " + object.keySet());
            }
        }
    }

    private void addResult(JsonObject result) {
        String name = text(result, "benchmark");
        JsonObject metric = result.getAsJsonObject("primaryMetric");
        if (!text(metric, "scoreUnit").equals("ns/op")) {
            throw new JsonParseException(name + " is in " + text(metric, "scoreUnit") + ", not in ns/op");
        }
        String type = simple(name.substring(0, name.lastIndexOf('.')));
        Map<String, String> params = result.has("params") ? params(result.getAsJsonObject("params")) : Map.of();
        int threads = result.has("threads") ? result.get("threads").getAsInt() : 1;
        Sample sample = samples.computeIfAbsent(key(type, params, threads), key -> new Sample(type, params, threads));
        sample.add(metric.getAsJsonArray("rawData"));
        allocated(result).ifPresent(sample.allocated()::add);
    }

    /** Of everything but memory itself. */
    List<Result> results() {
        List<Result> results = new ArrayList<>();
        for (Sample sample : samples.values()) {
            Case what = Case.of(sample.type(), sample.params());
            if (what != null) {
                results.add(new Result(
                        what, implementation(sample.params()), sample.threads(), sample.forks().size(), sample.ns(), sample.error(), sample.allocatedBytes()));
            }
        }
        return results;
    }

    Ceilings ceilings() {
        Ceilings ceilings = new Ceilings();
        for (Sample sample : samples.values()) {
            if (sample.type().equals("CeilingBenchmark")) {
                double bytes = Double.parseDouble(sample.params().get("bytes"));
                ceilings.add(new Bandwidth(sample.params().get("kind"), sample.threads(), bytes, sample.ns(), sample.error()));
            }
        }
        return ceilings;
    }

    /** What was planned and has no result, in words. */
    List<String> missing() {
        return planned.stream().filter(key -> !samples.containsKey(key)).toList();
    }

    /** The results of so many threads by what was computed, in order. */
    Map<Case, Map<String, Result>> byCase(int threads) {
        Map<Case, Map<String, Result>> cases = new TreeMap<>();
        for (Result result : results()) {
            if (result.threads() == threads) {
                cases.computeIfAbsent(result.what(), what -> new LinkedHashMap<>()).put(result.implementation(), result);
            }
        }
        return cases;
    }

    private static String implementation(Map<String, String> params) {
        return params.getOrDefault("variant", params.getOrDefault("way", "fusegrad"));
    }

    private static OptionalDouble allocated(JsonObject result) {
        JsonObject secondary = result.getAsJsonObject("secondaryMetrics");
        if (secondary != null) {
            for (Map.Entry<String, JsonElement> metric : secondary.entrySet()) {
                if (metric.getKey().endsWith("gc.alloc.rate.norm")) { // some versions of JMH put a dot in front
                    return OptionalDouble.of(Double.parseDouble(text(metric.getValue().getAsJsonObject(), "score")));
                }
            }
        }
        return OptionalDouble.empty();
    }

    private static String simple(String type) {
        return type.substring(type.lastIndexOf('.') + 1);
    }

    private static String key(String type, Map<String, String> params, int threads) {
        return type + " " + new TreeMap<>(params) + (threads > 1 ? " on " + threads + " threads" : "");
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
