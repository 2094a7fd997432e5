package org.fusegrad.benchmarks;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.fusegrad.benchmarks.report.Report;
import org.fusegrad.benchmarks.report.WholeFile;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/**
 * The whole suite in one command: {@code java @jvm.config -cp target/benchmarks.jar org.fusegrad.benchmarks.Suite [full|quick] [directory]}. Writes the results of
 * JMH, the cold starts, the state of the peers and the environment as JSON into {@code results} of the directory, then the report and its charts beside it.
 */
public final class Suite {
    private static final Path DIRECTORY = Path.of("target", "benchmark-report");
    private static final Gson GSON = new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().serializeSpecialFloatingPointValues().create();

    private Suite() {}

    /** Up to two arguments, see the class. */
    public static void main(String[] args) throws IOException, RunnerException {
        String mode = args.length > 0 ? args[0] : "full";
        if (args.length > 2 || !List.of("full", "quick").contains(mode)) {
            System.err.println("usage: Suite [full|quick] [directory], got " + String.join(" ", args));
            System.exit(2);
        }
        Path directory = args.length > 1 ? Path.of(args[1]) : DIRECTORY;
        run(mode, directory, "java @jvm.config -cp target/benchmarks.jar " + Suite.class.getName() + " " + String.join(" ", args).strip());
    }

    private static void run(String mode, Path directory, String command) throws IOException, RunnerException {
        long start = System.nanoTime();
        Path results = Files.createDirectories(directory.resolve("results"));
        deleteOwn(results);
        Optional<Path> library = CKernels.compile();
        String option = CKernels.libraryOption(library);
        Map<String, String> environment = Environment.describe(command);
        environment.forEach((fact, value) -> System.out.println(fact + ": " + value));

        JsonArray state = new JsonArray();
        List<String> ours = ours(library, state);
        List<String> peers = peers(option, state);
        int cores = Runtime.getRuntime().availableProcessors();
        SuitePlan plan = mode.equals("full") ? SuitePlan.full(ours, peers, cores) : SuitePlan.quick(ours, peers, cores);
        state.add(environment(environment, plan));
        plan.runs().forEach(run -> state.add(planned(run)));
        write(results.resolve("suite.json"), state);

        List<String> cold = new ArrayList<>(List.of(ColdStart.EMPTY, Implementations.FUSEGRAD, ColdStart.WARMED));
        cold.addAll(ours.subList(1, ours.size()));
        cold.addAll(peers);
        write(results.resolve("cold-start.json"), ColdStart.measure(cold, plan.coldStarts(), option));
        // In rounds of one fork each: a neighbour who is busy for some minutes then slows one of the forks of everything, and not all forks of one thing.
        for (int round = 1; round <= plan.forks(); round++) {
            for (SuitePlan.Run run : plan.runs()) {
                System.out.printf("%nRound %d of %d: %s%n", round, plan.forks(), run.name());
                jmh(plan, run, option, results.resolve("jmh-" + run.name() + "-" + round + ".json"));
            }
        }
        Report.write(directory, results);
        System.out.printf("%d minutes. The report: %s%n", Math.round((System.nanoTime() - start) / 60e9), directory.resolve("report.md"));
    }

    /** Results of an earlier run, which must not mix with this one's. What another program has put there, as {@code python.json}, stays. */
    private static void deleteOwn(Path results) throws IOException {
        try (Stream<Path> files = Files.list(results)) {
            for (Path file : files.toList()) {
                String name = file.getFileName().toString();
                if (name.matches("jmh-.*\\.json|suite\\.json|cold-start\\.json")) {
                    Files.delete(file);
                }
            }
        }
    }

    /** Those that can run here; of the others the reason goes into the report. */
    private static List<String> ours(Optional<Path> library, JsonArray state) {
        List<String> ours = new ArrayList<>(Implementations.OURS);
        if (library.isEmpty()) {
            ours.remove(Implementations.C);
            state.add(absent(Implementations.C, "there is no command " + CKernels.COMMAND.getFirst()));
        }
        if (!VectorLanes.supported()) {
            ours.remove(Implementations.VECTOR);
            state.add(absent(Implementations.VECTOR, "written for vectors of 256 or 512 bits, which this machine has not"));
        }
        return ours;
    }

    private static JsonObject absent(String name, String reason) {
        JsonObject state = new JsonObject();
        state.addProperty("peer", name);
        state.addProperty("unavailable", reason);
        return state;
    }

    /** Those that run here and agree; the state of all of them goes into the report. */
    private static List<String> peers(String option, JsonArray state) throws IOException {
        List<String> names = new ArrayList<>();
        for (String name : Peers.KNOWN) {
            JsonObject status = PeerProbe.status(name, option);
            System.out.println("peer: " + status);
            state.add(status);
            if (!status.has("unavailable")) {
                names.add(name);
            }
        }
        return names;
    }

    private static JsonObject environment(Map<String, String> facts, SuitePlan plan) {
        JsonObject object = new JsonObject();
        object.add("environment", GSON.toJsonTree(facts));
        object.getAsJsonObject("environment").addProperty("Measured", "JMH: %d forks in as many rounds, %d warm-up and %d measured iterations of %d ms, one thread where none is named"
                .formatted(plan.forks(), plan.warmups(), plan.iterations(), plan.milliseconds()));
        return object;
    }

    private static JsonObject planned(SuitePlan.Run run) {
        JsonObject object = new JsonObject();
        object.addProperty("planned", run.benchmark().getName());
        object.addProperty("threads", run.threads());
        object.add("combinations", GSON.toJsonTree(run.combinations()));
        return object;
    }

    /** One fork of each combination. */
    private static void jmh(SuitePlan plan, SuitePlan.Run run, String option, Path file) throws RunnerException, IOException {
        Path unfinished = file.resolveSibling(file.getFileName() + ".tmp");
        ChainedOptionsBuilder options = new OptionsBuilder()
                .include("\\." + run.benchmark().getSimpleName() + "\\.")
                .threads(run.threads())
                .forks(1)
                .warmupIterations(plan.warmups())
                .warmupTime(TimeValue.milliseconds(plan.milliseconds()))
                .measurementIterations(plan.iterations())
                .measurementTime(TimeValue.milliseconds(plan.milliseconds()))
                .addProfiler(GCProfiler.class)
                .jvmArgsAppend(option)
                .resultFormat(ResultFormatType.JSON)
                .result(unfinished.toString());
        run.params().forEach((name, values) -> options.param(name, values.toArray(String[]::new)));
        new Runner(options.build()).run();
        WholeFile.move(unfinished, file);
    }

    private static void write(Path file, JsonElement json) throws IOException {
        WholeFile.write(file, GSON.toJson(json) + "\n");
    }
}
