package org.fusegrad.benchmarks;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * What the suite measures: runs of JMH, each one benchmark class with the values of its parameters.
 *
 * @param forks how often all of the runs are made, with one fork each
 */
record SuitePlan(List<Run> runs, int forks, int warmups, int iterations, int milliseconds, int coldStarts) {
    /** One run of JMH, whose results go to files of this name, one for each fork. */
    record Run(String name, Class<?> benchmark, int threads, Map<String, List<String>> params) {
        /** Every combination of the parameters. */
        List<Map<String, String>> combinations() {
            List<Map<String, String>> all = List.of(Map.of());
            for (Map.Entry<String, List<String>> param : params.entrySet()) {
                List<Map<String, String>> longer = new ArrayList<>();
                for (Map<String, String> shorter : all) {
                    for (String value : param.getValue()) {
                        Map<String, String> combination = new LinkedHashMap<>(shorter);
                        combination.put(param.getKey(), value);
                        longer.add(combination);
                    }
                }
                all = longer;
            }
            return all;
        }
    }

    /** What can be quoted: three forks, and sizes from three elements to beyond the last cache. */
    static SuitePlan full(List<String> ours, List<String> peers, int cores) {
        List<Run> runs = new ArrayList<>();
        runs.add(run("ceilings", CeilingBenchmark.class, 1, "kind", "read,quarters,copy,triad", "bytes", "12288,24576,393216,786432,12582912,201326592"));
        runs.add(lecture("lecture", LectureBenchmark.class, ours, "scalar,elementwise", "3,64,1024,4096,65536,1048576,16777216"));
        runs.add(lecture("forward", ForwardBenchmark.class, ours, "scalar,elementwise", "3,1024"));
        runs.add(run("regression", RegressionBenchmark.class, 1, "variant", join(ours), "features", "10,64,512", "rows", "32,1024"));
        runs.add(run("regression-all", RegressionBenchmark.class, 1, "variant", join(ours), "features", "10,64,512", "rows", "all"));
        runs.add(run("loss", LossBenchmark.class, 1, "variant", join(ours), "loss", "logistic,huber,poisson", "rows", "1024,16384"));
        runs.add(run("chain", ChainBenchmark.class, 1, "variant", join(ours), "ops", "16,64", "n", "1024,65536"));
        runs.add(run("epoch", EpochBenchmark.class, 1, "variant", join(ours)));
        runs.add(run("define-by-run", DefineByRunBenchmark.class, 1, "way", "recorded,compiled", "n", "3,1024,65536"));
        runs.add(run("compile", CompileBenchmark.class, 1, "loss", "lecture,regression,chain16,chain64"));
        for (int threads : threads(cores)) {
            runs.add(run("ceilings-threads-" + threads, CeilingBenchmark.class, threads, "kind", "read,quarters,triad", "bytes", "24576,201326592"));
            runs.add(run("lecture-threads-" + threads, LectureBenchmark.class, threads, "variant", "fusegrad", "w", "scalar,elementwise", "n", "1024,16777216"));
        }
        if (!peers.isEmpty()) {
            runs.add(lecture("lecture-peers", LectureBenchmark.class, peers, "scalar,elementwise", "3,1024,65536,1048576"));
            runs.add(lecture("forward-peers", ForwardBenchmark.class, peers, "scalar", "1024"));
            runs.add(run("regression-peers", RegressionBenchmark.class, 1, "variant", join(peers), "features", "10,512", "rows", "32,1024,all"));
            runs.add(run("loss-peers", LossBenchmark.class, 1, "variant", join(peers), "loss", "logistic,huber,poisson", "rows", "1024"));
            runs.add(run("chain-peers", ChainBenchmark.class, 1, "variant", join(peers), "ops", "16,64", "n", "1024"));
            runs.add(run("epoch-peers", EpochBenchmark.class, 1, "variant", join(peers)));
        }
        return new SuitePlan(runs, 3, 2, 3, 150, 5);
    }

    /** To see in five minutes that all works, and roughly how fast; not to be quoted. */
    static SuitePlan quick(List<String> ours, List<String> peers, int cores) {
        List<Run> runs = new ArrayList<>();
        runs.add(run("ceilings", CeilingBenchmark.class, 1, "kind", "read,quarters,triad", "bytes", "24576,786432,12582912"));
        runs.add(lecture("lecture", LectureBenchmark.class, ours, "scalar,elementwise", "3,1024,65536,1048576"));
        runs.add(lecture("forward", ForwardBenchmark.class, ours, "scalar", "1024"));
        runs.add(run("regression", RegressionBenchmark.class, 1, "variant", join(ours), "features", "10,64,512", "rows", "1024"));
        runs.add(run("loss", LossBenchmark.class, 1, "variant", join(ours), "loss", "logistic,huber,poisson", "rows", "1024"));
        runs.add(run("chain", ChainBenchmark.class, 1, "variant", join(ours), "ops", "16,64", "n", "1024"));
        runs.add(run("epoch", EpochBenchmark.class, 1, "variant", join(ours)));
        runs.add(run("define-by-run", DefineByRunBenchmark.class, 1, "way", "recorded,compiled", "n", "3"));
        runs.add(run("compile", CompileBenchmark.class, 1, "loss", "lecture,chain64"));
        if (cores > 1) {
            runs.add(run("lecture-threads-" + cores, LectureBenchmark.class, cores, "variant", "fusegrad", "w", "elementwise", "n", "1024"));
        }
        if (!peers.isEmpty()) {
            runs.add(lecture("lecture-peers", LectureBenchmark.class, peers, "scalar,elementwise", "3,1024,65536"));
            runs.add(run("regression-peers", RegressionBenchmark.class, 1, "variant", join(peers), "features", "10", "rows", "1024"));
            runs.add(run("loss-peers", LossBenchmark.class, 1, "variant", join(peers), "loss", "logistic,huber,poisson", "rows", "1024"));
            runs.add(run("chain-peers", ChainBenchmark.class, 1, "variant", join(peers), "ops", "16", "n", "1024"));
            runs.add(run("epoch-peers", EpochBenchmark.class, 1, "variant", join(peers)));
        }
        return new SuitePlan(runs, 1, 2, 5, 60, 2);
    }

    /** The powers of two from 2 on below the number of cores, and the number itself. */
    static List<Integer> threads(int cores) {
        TreeSet<Integer> counts = new TreeSet<>();
        for (int threads = 2; threads < cores; threads *= 2) {
            counts.add(threads);
        }
        if (cores > 1) {
            counts.add(cores);
        }
        return List.copyOf(counts);
    }

    private static Run lecture(String name, Class<?> benchmark, List<String> variants, String w, String n) {
        return run(name, benchmark, 1, "variant", join(variants), "w", w, "n", n);
    }

    private static Run run(String name, Class<?> benchmark, int threads, String... params) {
        Map<String, List<String>> values = new LinkedHashMap<>();
        for (int i = 0; i < params.length; i += 2) {
            values.put(params[i], List.of(params[i + 1].split(",")));
        }
        return new Run(name, benchmark, threads, values);
    }

    private static String join(List<String> values) {
        return String.join(",", values);
    }
}
