package org.fusegrad.benchmarks;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * What the first gradient of a process costs, from the start of its JVM, and how long it is until steps run at their steady speed. Each sample is a JVM of its
 * own; the workload is {@code sum((x*w - y)^2)} with a scalar w over 1024 elements.
 */
final class ColdStart {
    /** A JVM that only says that it is there: the part of the others that nobody can save. */
    static final String EMPTY = "empty main";

    /** Fusegrad with its explicit warm-up before the first step. */
    static final String WARMED = "fusegrad, warmUp()";

    static final int N = 1024;

    private static final long SLICE = 2_000_000; // ns
    private static final int SLICES = 1500;
    private static final int BATCH = 16; // steps between two looks at the clock
    private static final int WINDOW = 10; // slices
    private static final double NEAR = 1.25; // of the steady time

    private ColdStart() {}

    /** Steps until a steady speed: when it was reached, in ns after the first slice began, and the time of a step then. */
    record Steady(long after, double step) {
        /** @param ends when each slice ended, in ns since the first began; steps what a step took in it */
        static Steady of(long[] ends, double[] steps) {
            int n = steps.length;
            double steady = median(steps, n * 3 / 4, n);
            for (int i = 0; i + WINDOW <= n; i++) {
                if (median(steps, i, i + WINDOW) <= NEAR * steady) {
                    return new Steady(i == 0 ? 0 : ends[i - 1], steady);
                }
            }
            throw new IllegalArgumentException(n + " slices: the last quarter is not near its own median");
        }

        private static double median(double[] values, int from, int to) {
            double[] sorted = Arrays.copyOfRange(values, from, to);
            Arrays.sort(sorted);
            return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
        }
    }

    /** The child: prints "first" with the first gradient, then "steady" with the two numbers of {@link Steady}. */
    public static void main(String[] args) {
        String implementation = args[0];
        if (implementation.equals(EMPTY)) {
            System.out.println("first");
            return;
        }
        LectureProblem problem = LectureProblem.random(false, N);
        try (Kernel kernel = kernel(implementation, problem)) {
            System.out.println("first " + kernel.step());
            long[] ends = new long[SLICES];
            double[] steps = new double[SLICES];
            long origin = System.nanoTime();
            long before = origin;
            for (int slice = 0; slice < SLICES; slice++) {
                long now;
                long count = 0;
                do {
                    for (int i = 0; i < BATCH; i++) {
                        sink += kernel.step();
                    }
                    count += BATCH;
                    now = System.nanoTime();
                } while (now - before < SLICE);
                ends[slice] = now - origin;
                steps[slice] = (now - before) / (double) count;
                before = now;
            }
            Steady steady = Steady.of(ends, steps);
            System.out.println("steady " + steady.after() + " " + steady.step());
        }
    }

    /** Losses go here, so that no step is unused. */
    static float sink;

    private static Kernel kernel(String implementation, LectureProblem problem) {
        return switch (implementation) {
            case Implementations.FUSEGRAD -> LectureKernels.cold(problem);
            case WARMED -> LectureKernels.of(Implementations.FUSEGRAD, problem);
            default -> LectureKernels.of(implementation, problem);
        };
    }

    /** Each implementation in as many JVMs, by turns. One that fails has the reason beside the times until then. */
    static JsonArray measure(List<String> implementations, int forks, String cLibraryOption) throws IOException {
        JsonArray results = new JsonArray();
        for (String implementation : implementations) {
            JsonObject result = new JsonObject();
            result.addProperty("coldStart", implementation);
            result.addProperty("n", N);
            result.add("firstMs", new JsonArray());
            result.add("steadyMs", new JsonArray());
            result.add("stepNs", new JsonArray());
            results.add(result);
        }
        for (int fork = 0; fork < forks; fork++) {
            for (JsonElement element : results) {
                JsonObject result = element.getAsJsonObject();
                if (!result.has("failed")) {
                    sample(result, cLibraryOption);
                }
            }
        }
        results.forEach(result -> System.out.println("cold start: " + result));
        return results;
    }

    /** Adds one sample, or what went wrong. */
    private static void sample(JsonObject result, String cLibraryOption) throws IOException {
        long start = System.nanoTime();
        Process child = ChildJvm.start(cLibraryOption, ColdStart.class, result.get("coldStart").getAsString());
        StringBuilder said = new StringBuilder();
        double firstMs = Double.NaN;
        try (BufferedReader lines = new BufferedReader(child.inputReader(StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                String[] words = line.split(" ");
                if (words[0].equals("first")) {
                    firstMs = (System.nanoTime() - start) / 1e6;
                } else if (words[0].equals("steady")) {
                    result.getAsJsonArray("steadyMs").add(firstMs + Long.parseLong(words[1]) / 1e6);
                    result.getAsJsonArray("stepNs").add(Double.parseDouble(words[2]));
                } else {
                    said.append(line).append('\n');
                }
            }
            int exit = child.waitFor();
            if (exit != 0 || Double.isNaN(firstMs)) {
                String reason = said.toString().lines().filter(line -> line.startsWith("Exception")).findFirst().map(line -> ": " + line).orElse("");
                result.addProperty("failed", "exit code " + exit + reason);
                return;
            }
        } catch (InterruptedException e) {
            child.destroy();
            throw new IllegalStateException("interrupted: cold start of " + result.get("coldStart"), e);
        }
        result.getAsJsonArray("firstMs").add(firstMs);
    }
}
