package org.fusegrad.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.fusegrad.Floats;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.openjdk.jmh.annotations.Param;

/** The benchmarks run, and what they compare is the same thing: at the sizes where loops, tails and blocks meet, and with NaN and infinities. */
class BenchmarksTest {
    private static final List<String> HAND_WRITTEN = List.of("vector", "c");
    private static final float[] SPECIAL = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, -0.0f, Float.MIN_VALUE, Float.MAX_VALUE};

    /** All sizes of a tail, and both sides of the borders of blocks. */
    private static IntStream lengths() {
        return IntStream.concat(IntStream.rangeClosed(1, 200), IntStream.of(1023, 4095, 4096, 4097, 4112, 4159, 4160, 8191, 8192, 8193, 12345));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void lectureByHand(boolean elementwise) {
        lengths().forEach(n -> checkLecture(HAND_WRITTEN, LectureProblem.random(elementwise, n)));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void lectureWithSpecialValues(boolean elementwise) {
        for (float special : SPECIAL) {
            for (int n : new int[] {1, 3, 4, 5, 16, 17, 63, 64, 65, 200, 4100}) {
                LectureProblem problem = LectureProblem.random(elementwise, n);
                set(problem.x(), n / 2, special);
                checkLecture(HAND_WRITTEN, problem);
                set(problem.y(), n - 1, special);
                checkLecture(HAND_WRITTEN, problem);
            }
        }
    }

    /** A sum of nothing but -0 is -0: no lane may have started from +0. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void lectureOfNegativeZeros(boolean elementwise) {
        for (int n : new int[] {1, 2, 3, 4, 5, 16, 64, 65, 4097}) {
            LectureProblem problem = LectureProblem.random(elementwise, n);
            fill(problem.x(), -0.0f);
            fill(problem.y(), -1f);
            assertEquals(Float.floatToIntBits(-0.0f), Float.floatToIntBits(Referee.of(problem).gradients()[0]));
            checkLecture(HAND_WRITTEN, problem);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void lectureInEveryVariant(boolean elementwise) {
        for (int n : new int[] {1, 3, 16, 64, 65, 1000, 4097, 65536}) {
            checkLecture(LectureBenchmark.VARIANTS, LectureProblem.random(elementwise, n));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 10, 15, 16, 17, 31, 32, 33, 48, 63, 64, 65, 100, 128, 200, 512})
    void regressionByHand(int features) {
        IntStream.concat(IntStream.rangeClosed(1, 66), IntStream.of(1023, 1024, 1025, 1026, 1040, 4095, 4096, 4097, 5000))
                .forEach(rows -> checkRegression(HAND_WRITTEN, RegressionProblem.random(rows, features)));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 10, 17, 33, 64, 65, 512})
    void regressionWithSpecialValues(int features) {
        for (float special : SPECIAL) {
            for (int rows : new int[] {1, 15, 16, 17, 40, 1026}) {
                RegressionProblem problem = RegressionProblem.random(rows, features);
                set(problem.x(), rows * features / 2, special);
                checkRegression(HAND_WRITTEN, problem);
                set(problem.x(), rows * features - 1, special);
                set(problem.w(), features / 2, special);
                checkRegression(HAND_WRITTEN, problem);
            }
        }
    }

    /** Lanes past the last column must add -0, which shows only when every product is -0. */
    @ParameterizedTest
    @ValueSource(ints = {1, 10, 17, 33, 64, 65})
    void regressionOfNegativeZeros(int features) {
        for (int rows : new int[] {1, 16, 40}) {
            RegressionProblem random = RegressionProblem.random(rows, features);
            fill(random.x(), -0.0f);
            fill(random.w(), 1f);
            fill(random.y(), 0f);
            checkRegression(HAND_WRITTEN, new RegressionProblem(rows, features, random.x(), random.w(), -0.0f, random.y()));
        }
    }

    /** Not one feature: a matrix of one column is no matrix to the engine, and its batch sum a contiguous sum. */
    @ParameterizedTest
    @ValueSource(ints = {2, 10, 17, 64, 512})
    void regressionInEveryVariant(int features) {
        for (int rows : new int[] {1, 16, 37, 1026}) {
            checkRegression(RegressionBenchmark.VARIANTS, RegressionProblem.random(rows, features));
        }
    }

    /** Every combination of parameters, but of a size that a unit test can afford. */
    @Test
    void lectureBenchmarkRuns() throws ReflectiveOperationException {
        for (String variant : runnable(params(LectureBenchmark.class, "variant"))) {
            for (String w : params(LectureBenchmark.class, "w")) {
                for (String n : params(LectureBenchmark.class, "n")) {
                    LectureBenchmark benchmark = new LectureBenchmark();
                    benchmark.variant = variant;
                    benchmark.w = w;
                    benchmark.n = Math.min(5000, Integer.parseInt(n));
                    benchmark.setUp();
                    assertTrue(benchmark.step() > 0);
                    benchmark.tearDown();
                }
            }
        }
    }

    @Test
    void regressionBenchmarkRuns() throws ReflectiveOperationException {
        for (String features : params(RegressionBenchmark.Model.class, "features")) {
            for (String variant : runnable(params(RegressionBenchmark.Model.class, "variant"))) {
                for (String rows : params(RegressionBenchmark.Model.class, "rows")) {
                    RegressionBenchmark.Model model = new RegressionBenchmark.Model();
                    model.variant = variant;
                    model.features = Integer.parseInt(features);
                    model.rows = rows.equals("all") ? "1026" : "37";
                    model.setUp();
                    assertTrue(new RegressionBenchmark().step(model) > 0);
                    model.tearDown();
                }
            }
            RegressionBenchmark.Data data = new RegressionBenchmark.Data();
            data.features = Integer.parseInt(features);
            data.rows = "37";
            data.setUp();
            double sum = IntStream.range(0, data.x.length()).mapToDouble(i -> data.x.array()[data.x.offset() + i]).sum();
            assertEquals(sum, new RegressionBenchmark().readX(data), 1e-2);
        }
    }

    @Test
    void stepBenchmarkRuns() {
        StepBenchmark benchmark = new StepBenchmark();
        benchmark.setUp();
        assertEquals(benchmark.defineByRun(), benchmark.compiled());
    }

    @Test
    void resultsBecomeTables() {
        String json = Stream.of("generated,60", "vector,50", "plain,400", "c,40")
                .map(result -> result.split(","))
                .map(result -> """
                        {"benchmark": "org.fusegrad.benchmarks.LectureBenchmark.step", "params": {"variant": "%s", "w": "scalar", "n": "1024"},
                         "primaryMetric": {"scoreError": "NaN", "scoreUnit": "ns/op", "rawData": [[1, 2], [%s, %s], [900, 900]]}}"""
                        .formatted(result[0], result[1], result[1]))
                .toList()
                .toString();
        assertTrue(ResultTable.markdown(json).contains("| 1024 | 60.0 | 50.0 | 40.0 | 400 | 1.50 | 136.5 |"), () -> ResultTable.markdown(json));
    }

    private static void checkLecture(List<String> variants, LectureProblem problem) {
        Agreement.check(variants, variant -> LectureKernels.of(variant, problem), Referee.of(problem), problem.n());
    }

    private static void checkRegression(List<String> variants, RegressionProblem problem) {
        Agreement.check(variants, variant -> RegressionKernels.of(variant, problem), Referee.of(problem), Math.max(problem.rows(), problem.cols()));
    }

    private static List<String> runnable(List<String> variants) {
        return variants.stream().filter(variant -> !variant.equals("c") || CKernels.available()).toList();
    }

    private static List<String> params(Class<?> state, String field) throws ReflectiveOperationException {
        return List.of(state.getField(field).getAnnotation(Param.class).value());
    }

    private static void set(Floats floats, int i, float value) {
        floats.array()[floats.offset() + i] = value;
    }

    private static void fill(Floats floats, float value) {
        Arrays.fill(floats.array(), floats.offset(), floats.offset() + floats.length(), value);
    }
}
