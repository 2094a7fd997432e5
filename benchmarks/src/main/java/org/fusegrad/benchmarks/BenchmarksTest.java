package org.fusegrad.benchmarks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.fusegrad.Floats;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the benchmarks compare is the same thing: at the sizes where loops, tails and blocks meet, and with NaN and infinities. */
class BenchmarksTest {
    private static final List<String> HAND_WRITTEN = Implementations.runnable().stream()
            .filter(name -> name.equals(Implementations.VECTOR) || name.equals(Implementations.C))
            .toList();
    private static final float[] SPECIAL = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, -0.0f, Float.MIN_VALUE, Float.MAX_VALUE};

    /** Compared is what is computed, which every benchmark does again with hot code before it measures. */
    @BeforeAll
    static void hurry() {
        Hot.hurried = true;
    }

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
            checkLecture(Implementations.runnable(), LectureProblem.random(elementwise, n));
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
            checkRegression(Implementations.runnable(), RegressionProblem.random(rows, features));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void forwardInEveryVariant(boolean elementwise) {
        lengths().forEach(n -> {
            LectureProblem problem = LectureProblem.random(elementwise, n);
            Agreement.check(n == 200 ? Implementations.runnable() : byHand(), name -> ForwardKernels.of(name, problem), Referee.forward(problem), n);
        });
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 16, 64})
    void chainInEveryVariant(int ops) {
        lengths().forEach(n -> {
            ChainProblem problem = ChainProblem.random(ops, n);
            Agreement.check(n == 200 ? Implementations.runnable() : byHand(), name -> ChainKernels.of(name, problem), Referee.of(problem), n);
        });
    }

    /** Over 64 operations nothing may grow or vanish: subnormal numbers would be slow for a reason of their own. */
    @Test
    void chainStaysInRange() {
        Referee chain = Referee.of(ChainProblem.random(64, 4096));
        for (float gradient : chain.gradients()) {
            assertTrue(gradient == 0 || Math.abs(gradient) >= Float.MIN_NORMAL && Math.abs(gradient) < 1e6f, () -> "gradient " + gradient);
        }
    }

    @ParameterizedTest
    @EnumSource(Loss.class)
    void lossByHand(Loss loss) {
        for (int features : new int[] {10, 64, 65}) {
            for (int rows : new int[] {1, 7, 8, 9, 15, 16, 17, 33, 100, 1026, 4100}) {
                LossProblem problem = LossProblem.random(loss, rows, features);
                Agreement.check(HAND_WRITTEN, name -> LossKernels.of(name, problem), Referee.of(problem), Math.max(rows, features));
            }
        }
    }

    /** Predictions from where the functions vanish to where they overflow, and between. */
    @ParameterizedTest
    @EnumSource(Loss.class)
    void lossFarOut(Loss loss) {
        for (float size : new float[] {1e-30f, 1, 20, 60, 88.5f, 100, 1e30f, Float.POSITIVE_INFINITY, Float.NaN}) {
            LossProblem problem = LossProblem.random(loss, 64, 64);
            Floats w = problem.data().w();
            fill(w, 0);
            w.set(3, size);
            Agreement.check(exactOnly(), name -> LossKernels.of(name, problem), Referee.of(problem), 64);
        }
    }

    @ParameterizedTest
    @EnumSource(Loss.class)
    void lossInEveryVariant(Loss loss) {
        for (int rows : new int[] {1, 100, 1026}) {
            LossProblem problem = LossProblem.random(loss, rows, 64);
            Agreement.check(Implementations.runnable(), name -> LossKernels.of(name, problem), Referee.of(problem), Math.max(rows, 64));
        }
    }

    @Test
    void epochInEveryVariant() {
        EpochKernels.Data data = EpochKernels.Data.load();
        Agreement.check(Implementations.runnable(), name -> EpochKernels.of(name, data), Referee.once(EpochKernels.referee(data)), data.rows());
    }

    /** What disagrees is refused, whether it promises bits or nearness. */
    @Test
    void disagreementIsRefused() {
        LectureProblem problem = LectureProblem.random(true, 100);
        LectureProblem other = LectureProblem.random(true, 101);
        for (String name : Implementations.runnable()) {
            assertThrows(IllegalStateException.class, () -> Agreement.check(List.of(name), any -> LectureKernels.of(name, other), Referee.of(problem), 100), name);
        }
    }

    /** No two arrays of a problem look alike to the store buffer, and none shares a cache line with another. */
    @Test
    void arraysLieApart() {
        for (int n : new int[] {1, 15, 16, 255, 256, 1000, 1024, 5000}) {
            Floats[] rooms = Placement.of(n, n, 1, n);
            for (int k = 0; k < rooms.length; k++) {
                assertSame(rooms[0].array(), rooms[k].array());
                int distance = rooms[k].offset() - rooms[0].offset();
                assertEquals(k * Placement.STAGGER, distance % Placement.PAGE);
                assertTrue(k == 0 || rooms[k - 1].offset() + rooms[k - 1].length() <= rooms[k].offset());
            }
            assertTrue(rooms[3].offset() + n <= rooms[3].array().length);
        }
    }

    @Test
    void memoryMoves() {
        for (int n : new int[] {1, 127, 128, 129, 1000}) {
            Floats a = Floats.aligned(n);
            Floats b = Floats.aligned(n);
            Floats c = Floats.aligned(n);
            for (int k = 0; k < n; k++) {
                a.array()[a.offset() + k] = k;
            }
            assertEquals(n * (n - 1) / 2, MemoryVector.read(a.array(), a.offset(), n));
            assertEquals(n * (n - 1) / 2, MemoryVector.readQuarters(a.array(), a.offset(), n));
            fill(b, 2);
            fill(c, 3);
            MemoryVector.copy(a.array(), a.offset(), b.array(), b.offset(), n);
            assertArrayEquals(b.toArray(), a.toArray());
            MemoryVector.triad(a.array(), a.offset(), b.array(), b.offset(), c.array(), c.offset(), 0.5f, n);
            fill(b, 3.5f);
            assertArrayEquals(b.toArray(), a.toArray());
        }
    }

    private static void checkLecture(List<String> variants, LectureProblem problem) {
        Agreement.check(variants, variant -> LectureKernels.of(variant, problem), Referee.of(problem), problem.n());
    }

    private static void checkRegression(List<String> variants, RegressionProblem problem) {
        Agreement.check(variants, variant -> RegressionKernels.of(variant, problem), Referee.of(problem), Math.max(problem.rows(), problem.cols()));
    }

    private static List<String> exactOnly() {
        return Implementations.runnable().stream().filter(Implementations.EXACT::contains).toList();
    }

    private static List<String> byHand() {
        return Implementations.runnable().stream().filter(name -> !name.equals(Implementations.FUSEGRAD)).toList();
    }

    private static void set(Floats floats, int i, float value) {
        floats.array()[floats.offset() + i] = value;
    }

    private static void fill(Floats floats, float value) {
        Arrays.fill(floats.array(), floats.offset(), floats.offset() + floats.length(), value);
    }
}
