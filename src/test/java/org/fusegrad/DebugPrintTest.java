package org.fusegrad;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import org.fusegrad.testing.ChildJvm;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the engine tells about itself: the ladder of debug levels, dumps, and names in stack traces. */
@Tag("debugprint")
class DebugPrintTest {
    /** What each level adds to the one below. */
    private static final List<String> LADDER = List.of(
            "",
            "fusegrad: compiled sum(square(sub(mul(x, w), y))) for 8 lanes",
            " us\n",
            "passes over the batch: 1, saved between passes: 0\n",
            "digraph fusegrad {",
            "static void sum_square_sum_mul(float[][] a, int[] o, int base, int from, int to) {");

    /** Compiles the lecture's loss and runs it once. */
    static final class Lecture {
        private Lecture() {}

        public static void main(String[] args) {
            System.out.println(step().run(3));
        }

        static Step step() {
            Expr x = Expr.input("x", Shape.batch());
            Expr y = Expr.input("y", Shape.batch());
            Expr w = Expr.parameter("w", Shape.scalar());
            return GradientKernel.compile(x.mul(w).sub(y).square().sum())
                    .newStep()
                    .bind(x, new float[] {1, 2, 3})
                    .bind(y, new float[] {2, 4, 6})
                    .bind(w, new float[] {1})
                    .gradient(w, new float[1]);
        }
    }

    @Test
    void everyLevelSaysWhatTheOneBelowSaysAndMore() {
        for (int level = 0; level < LADDER.size(); level++) {
            ChildJvm.Result result = ChildJvm.run(
                    Lecture.class, List.of(ChildJvm.VECTORS, "-Dfusegrad.lanes=8", "-Dfusegrad.debug=" + level));
            assertEquals(0, result.exit(), result.err());
            assertEquals("14.0", result.out().strip(), "results are not mixed with what is printed");
            for (int k = 1; k < LADDER.size(); k++) {
                boolean said = result.err().contains(LADDER.get(k));
                assertEquals(k <= level, said, "level " + level + ", rung " + k + "\n" + result.err());
            }
        }
    }

    @Test
    void everyFormIsDumped(@TempDir Path directory) throws IOException {
        Path dump = directory.resolve("kernels");
        ChildJvm.Result result = ChildJvm.run(
                Lecture.class, List.of(ChildJvm.VECTORS, "-Dfusegrad.lanes=8", "-Dfusegrad.dump=" + dump));
        assertEquals(0, result.exit(), result.err());
        TreeSet<String> names = new TreeSet<>();
        try (var files = Files.list(dump)) {
            files.forEach(file -> names.add(file.getFileName().toString()));
        }
        String kernel = "sum_square_sub_mul_x_w_y";
        for (String form : List.of("class", "java", "dot", "txt")) {
            assertTrue(names.contains(kernel + "_x8." + form), names.toString());
            assertTrue(names.contains(kernel + "_scalar." + form), names.toString());
        }
        assertTrue(Files.readString(dump.resolve(kernel + "_x8.java")).contains("FloatVector.SPECIES_256"));
        assertTrue(Files.readString(dump.resolve(kernel + "_x8.dot")).startsWith("digraph"));
        assertTrue(Files.readString(dump.resolve(kernel + "_x8.txt")).contains("passes over the batch: 1"));
        byte[] bytes = Files.readAllBytes(dump.resolve(kernel + "_x8.class"));
        assertEquals(0xcafebabe, java.nio.ByteBuffer.wrap(bytes).getInt());
    }

    /** Fails inside a kernel, as only a bug could. */
    static final class Failing {
        private Failing() {}

        public static void main(String[] args) throws ReflectiveOperationException {
            Step step = Lecture.step();
            step.run(3);
            var kernel = Step.class.getDeclaredField("kernel");
            kernel.setAccessible(true);
            ((BoundKernel) kernel.get(step)).workspace().bindInput(0, null, 0);
            step.run(3);
        }
    }

    @Test
    void stackTracesNameTheKernelAndItsLoop() {
        // The JVM leaves frames of hidden classes out unless told otherwise; profilers see them anyway.
        ChildJvm.Result result = ChildJvm.run(
                Failing.class,
                List.of(ChildJvm.VECTORS, "-Dfusegrad.lanes=0", "-XX:+UnlockDiagnosticVMOptions", "-XX:+ShowHiddenFrames"));
        assertEquals(1, result.exit());
        assertTrue(result.err().contains("NullPointerException"), result.err());
        assertTrue(result.err().contains("sum_square_sub_mul_x_w_y"), result.err());
        assertTrue(result.err().contains("sum_square_sum_mul("), result.err());
        assertFalse(result.err().contains("lambda"), result.err());
    }
}
