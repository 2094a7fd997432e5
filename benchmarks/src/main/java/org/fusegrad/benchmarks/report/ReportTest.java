package org.fusegrad.benchmarks.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportTest {
    @TempDir
    Path directory;

    private final List<String> elements = new ArrayList<>();

    /** Forks of one iteration each, in ns. */
    private void lecture(String variant, String w, int n, double... forks) {
        result("LectureBenchmark", "\"variant\": \"%s\", \"w\": \"%s\", \"n\": \"%d\"".formatted(variant, w, n), 1, forks);
    }

    private void ceiling(String kind, int bytes, double ns) {
        result("CeilingBenchmark", "\"kind\": \"%s\", \"bytes\": \"%d\"".formatted(kind, bytes), 1, ns);
    }

    private void result(String benchmark, String params, int threads, double... forks) {
        List<String> raw = new ArrayList<>();
        for (double fork : forks) {
            raw.add("[" + fork + "]");
        }
        elements.add("""
                {"benchmark": "org.fusegrad.benchmarks.%s.step", "threads": %d, "params": {%s},
                 "primaryMetric": {"score": 0, "scoreUnit": "ns/op", "rawData": %s},
                 "secondaryMetrics": {"gc.alloc.rate.norm": {"score": 24.0}}}"""
                .formatted(benchmark, threads, params, raw));
    }

    private Measurements measurements() {
        Measurements measurements = new Measurements();
        measurements.add(elements.toString(), "suite.json");
        return measurements;
    }

    private String markdown() {
        return Report.markdown(measurements(), List.of());
    }

    private void row(String expected) {
        String markdown = markdown();
        assertTrue(markdown.contains(expected), () -> expected + "\nis not in\n" + markdown);
    }

    private static Sample sample(String rawData) {
        Sample sample = new Sample("LectureBenchmark", Map.of(), 1);
        sample.add(JsonParser.parseString(rawData).getAsJsonArray());
        return sample;
    }

    @Test
    void theMedianIsOverTheMeansOfForks() {
        assertEquals(6, sample("[[1, 3], [5, 7], [900, 900]]").ns());
        assertEquals(4, sample("[[1, 3], [5, 7]]").ns());
    }

    @Test
    void theErrorIsOfAllIterations() {
        // Student's t at 0.9995 is 31.599 with 2 degrees of freedom and 12.924 with 3; standard errors 1 / sqrt(3) and sqrt(5 / 12)
        assertEquals(31.599 / Math.sqrt(3), sample("[[9], [10], [11]]").error(), 1e-3);
        assertEquals(12.924 * Math.sqrt(5 / 12.0), sample("[[1, 2], [3, 4]]").error(), 1e-3);
        assertTrue(Double.isNaN(sample("[[1, 2]]").error()));
    }

    @Test
    void forksOfSeveralFilesAreForksOfOneResult() {
        Measurements measurements = new Measurements();
        for (double ns : new double[] {60, 9000, 64}) {
            elements.clear();
            lecture("fusegrad", "scalar", 1024, ns);
            ceiling("read", 8192, ns);
            measurements.add(elements.toString(), "jmh-lecture-" + ns + ".json");
        }
        Result result = measurements.results().getFirst();
        assertEquals(1, measurements.results().size());
        assertEquals(3, result.forks());
        assertEquals(64, result.ns());
        assertEquals(24, result.allocated());
        assertEquals(1, measurements.ceilings().points().size());
        assertEquals(1, measurements.ceilings().fraction(result));
    }

    @Test
    void aResultHasAllItsColumns() {
        ceiling("read", 8192, 100);
        lecture("fusegrad", "scalar", 1024, 64, 64, 9000);
        lecture("vector", "scalar", 1024, 51.2);
        lecture("pytorch", "scalar", 1024, 640);
        // 8192 bytes in 64 ns are 128 GB/s; memory gave 81.92
        row("| 1024 | Fusegrad | 64.0 ± 94,123 | 0.0625 | 128 | 156 % | 80 % | 24.0 | 1.00x |");
        row("| 1024 | PyTorch (JavaCPP) | 640 | 0.6250 | 12.8 | 16 % | 8 % | 24.0 | 10.0x |");
    }

    @Test
    void stepsThatOnlyReadAreMeasuredByTheFasterRead() {
        ceiling("read", 4096, 25);
        ceiling("quarters", 4096, 50);
        ceiling("read", 16_384, 200);
        ceiling("quarters", 16_384, 100);
        ceiling("triad", 16_384, 50);
        lecture("fusegrad", "scalar", 1024, 64);
        Measurements measurements = measurements();
        // 163.84 GB/s is the faster one at both sizes, and 8192 bytes in 64 ns are 128
        assertEquals(128 / 163.84, measurements.ceilings().fraction(measurements.results().getFirst()), 1e-9);
    }

    @Test
    void stepsThatWriteAreMeasuredByATriad() {
        ceiling("read", 16_384, 100);
        ceiling("triad", 16_384, 200);
        lecture("fusegrad", "elementwise", 1024, 400);
        Measurements measurements = measurements();
        assertEquals(0.5, measurements.ceilings().fraction(measurements.results().getFirst()), 1e-9);
    }

    @Test
    void ceilingsAreInterpolatedAndThenFlat() {
        Ceilings ceilings = new Ceilings();
        ceilings.add(new Bandwidth("read", 1, 1000, 10, 0)); // 100 GB/s
        ceilings.add(new Bandwidth("read", 1, 100_000, 10_000, 0)); // 10 GB/s
        assertEquals(100, ceilings.gigabytesPerSecond(Set.of("read"), 1, 24));
        assertEquals(55, ceilings.gigabytesPerSecond(Set.of("read"), 1, 10_000), 1e-9);
        assertEquals(10, ceilings.gigabytesPerSecond(Set.of("read"), 1, 1e9));
        assertTrue(Double.isNaN(ceilings.gigabytesPerSecond(Set.of("triad"), 1, 1000)));
        assertTrue(Double.isNaN(ceilings.gigabytesPerSecond(Set.of("read"), 2, 1000)));
    }

    @Test
    void lossesAreListedTheWorstFirst() {
        lecture("fusegrad", "scalar", 1024, 64);
        lecture("c", "scalar", 1024, 63, 63.5, 64);
        lecture("plain", "scalar", 1024, 640);
        lecture("fusegrad", "scalar", 3, 20);
        lecture("vector", "scalar", 3, 5);
        List<Losses.Loss> losses = Losses.of(measurements());
        assertEquals(List.of("vector", "c"), losses.stream().map(Losses.Loss::other).toList());
        assertEquals(4, losses.getFirst().ratio());
        assertTrue(losses.getFirst().certain());
        assertFalse(losses.getLast().certain());
        row("| step of the lecture, w scalar | 3 | Vector API by hand | 4.00x |  |");
        row("| step of the lecture, w scalar | 1024 | C by hand | 1.01x | within the errors |");
        assertEquals(List.of(), Losses.allocating(measurements()), "no more than the others, so it is JMH's");
    }

    @Test
    void aWarmStepThatAllocatesIsListed() {
        lecture("fusegrad", "scalar", 3, 20);
        row("| step of the lecture, w scalar | 3 | 1 | 24.0 |");
    }

    @Test
    void peersThatAreAbsentSayWhy() {
        elements.add("{\"peer\": \"nd4j\", \"unavailable\": \"not built in: build with -Ppeers\"}");
        elements.add("{\"peer\": \"djl\", \"description\": \"DJL 1\"}");
        row("| ND4J | absent: not built in: build with -Ppeers |");
        row("| DJL (PyTorch) | DJL 1 |");
    }

    @Test
    void whatWasPlannedAndHasNoResultIsListed() {
        elements.add("""
                {"planned": "org.fusegrad.benchmarks.LectureBenchmark", "threads": 1, "combinations": [
                 {"variant": "c", "w": "scalar", "n": "3"}, {"variant": "fusegrad", "w": "scalar", "n": "3"}]}""");
        lecture("fusegrad", "scalar", 3, 5);
        assertEquals(List.of("LectureBenchmark {n=3, variant=c, w=scalar}"), measurements().missing());
        row("- LectureBenchmark {n=3, variant=c, w=scalar}");
    }

    @Test
    void threadsHaveATableOfTheirOwn() {
        lecture("fusegrad", "scalar", 1024, 50);
        result("LectureBenchmark", "\"variant\": \"fusegrad\", \"w\": \"scalar\", \"n\": \"1024\"", 2, 80);
        row("| step of the lecture, w scalar | 1024 | Fusegrad | 2 | 80.0 | 205 | - | 1.25x |");
    }

    @Test
    void coldStartsAreMedians() {
        elements.add("{\"coldStart\": \"fusegrad\", \"n\": 1024, \"firstMs\": [100, 300, 200], \"steadyMs\": [500, 700, 900], \"stepNs\": [50, 50, 60]}");
        elements.add("{\"coldStart\": \"djl\", \"n\": 1024, \"firstMs\": [], \"steadyMs\": [], \"stepNs\": [], \"failed\": \"exit code 1\"}");
        row("| Fusegrad | 3 | 200 | 300 | 700 | 900 | 50.0 |");
        row("| DJL (PyTorch) | failed: exit code 1 |");
        elements.add("{\"coldStart\": \"empty main\", \"n\": 1024, \"firstMs\": [50], \"steadyMs\": [], \"stepNs\": []}");
        elements.add("{\"coldStart\": \"plain\", \"n\": 1024, \"firstMs\": [150], \"steadyMs\": [160], \"stepNs\": [1000]}");
        row("these have a gradient before Fusegrad: plain Java (table at the end)");
    }

    @Test
    void theHeadlineHasTheFastestPeerWhenThereAreAny() {
        lecture("fusegrad", "scalar", 3, 20);
        assertFalse(Headline.markdown(measurements()).contains("peer"));
        lecture("pytorch", "scalar", 3, 30_000);
        lecture("python-jax", "scalar", 3, 7_500);
        String headline = Headline.markdown(measurements());
        assertTrue(headline.contains("| 7,500 (JAX jit (Python)) |"), headline);
        assertTrue(headline.endsWith("Nothing was faster than Fusegrad by more than the errors.\n"), headline);
        lecture("c", "scalar", 3, 4);
        assertTrue(Headline.markdown(measurements()).endsWith("- step of the lecture, w scalar, 3: 5.00 times the time of C by hand\n"));
    }

    @Test
    void filesAreMergedAndWrittenWithCharts() throws IOException {
        Path results = Files.createDirectory(directory.resolve("results"));
        for (int n : new int[] {3, 1024, 65536}) {
            ceiling("read", 8 * n, n);
            lecture("fusegrad", "scalar", n, n / 4.0);
            lecture("c", "scalar", n, n / 5.0);
        }
        elements.add("{\"environment\": {\"CPU\": \"a | b\"}}");
        Files.writeString(results.resolve("suite.json"), elements.toString());
        elements.clear();
        lecture("python-eager", "scalar", 1024, 30_000);
        elements.add("{\"environment\": {\"Python\": \"3\"}}");
        Path python = Files.writeString(directory.resolve("python.json"), elements.toString());
        Report.write(directory, results, python);
        String report = Files.readString(directory.resolve("report.md"));
        assertTrue(report.contains("| CPU | a \\| b |"), report);
        assertTrue(report.contains("Of `python.json`"), report);
        assertTrue(report.contains("PyTorch eager (Python)"), report);
        for (String chart : List.of("ns-per-element-lecture-scalar.svg", "ratio-lecture-scalar.svg", "memory-ceiling.svg")) {
            assertTrue(report.contains("](" + chart + ")"), report);
            assertTrue(Files.readString(directory.resolve(chart)).contains("<svg"), chart);
        }
        try (Stream<Path> files = Files.walk(directory)) {
            assertTrue(files.noneMatch(file -> file.toString().endsWith(".tmp")));
        }
    }

    @Test
    void axesHaveShortLabels() {
        assertEquals(List.of("0.1", "0", "3", "1k", "65.5k", "10M", "1.2"), Stream.of(0.1, 0.0, 3.0, 1000.0, 65_536.0, 1e7, 1.2000000001).map(Charts::label).toList());
    }

    @Test
    void whatIsNotAFileOfResultsIsNamed() throws IOException {
        Path results = Files.createDirectory(directory.resolve("results"));
        IllegalArgumentException none = assertThrows(IllegalArgumentException.class, () -> Measurements.read(results));
        assertTrue(none.getMessage().contains("no .json file"), none.getMessage());
        Files.writeString(results.resolve("broken.json"), "[{\"benchmark\": ");
        IllegalArgumentException broken = assertThrows(IllegalArgumentException.class, () -> Measurements.read(results));
        assertTrue(broken.getMessage().contains("broken.json"), broken.getMessage());
    }
}
