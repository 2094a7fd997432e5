package org.fusegrad;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.fusegrad.testing.Bits;
import org.fusegrad.testing.ChildJvm;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Without the Vector API's module everything works as scalar code, after one warning that says what to do. */
@Tag("noflag")
class NoFlagTest {
    private static final String FLAG = "--add-modules jdk.incubator.vector";

    @Test
    void thereAreNoLanes() {
        assertTrue(ModuleLayer.boot().findModule("jdk.incubator.vector").isEmpty(), "this JVM has the module");
        assertEquals(0, Fusegrad.lanes());
        assertTrue(Fusegrad.environment().startsWith("scalar (add " + FLAG + ")"), Fusegrad.environment());
    }

    @Test
    void tensorsTrain() {
        Tensor w = Tensor.scalar(1).requiresGrad();
        Tensor loss = w.mul(2).sub(4).square();
        loss.backward();
        assertEquals(-8f, w.grad().item());
        w.descend(0.25f);
        assertEquals(3f, w.item());
    }

    @Test
    void compiledStepsTrain() {
        Expr x = Expr.input("x", Shape.batch(40));
        Expr w = Expr.parameter("w", Shape.of(40));
        GradientKernel kernel = GradientKernel.compile(x.mul(w).sum(-1).square().mean()).warmUp();
        float[] data = new float[120];
        java.util.Arrays.fill(data, 1f);
        float[] weights = new float[40];
        java.util.Arrays.fill(weights, 0.5f);
        float[] grad = new float[40];
        float loss = kernel.newStep().bind(x, data).bind(w, weights).gradient(w, grad).run(3);
        assertEquals(400f, loss);
        float[] expected = new float[40];
        java.util.Arrays.fill(expected, 40f);
        Bits.same("grad", expected, grad);
        assertTrue(kernel.source().contains("for ("), kernel.source());
    }

    /** Counts what is logged, from before the first use on. */
    static final class Warnings {
        private Warnings() {}

        public static void main(String[] args) {
            List<LogRecord> records = new ArrayList<>();
            Handler handler = new Handler() {
                @Override
                public void publish(LogRecord record) {
                    records.add(record);
                }

                @Override
                public void flush() {}

                @Override
                public void close() {}
            };
            Logger logger = Logger.getLogger("org.fusegrad");
            logger.setUseParentHandlers(false);
            logger.addHandler(handler);
            for (int k = 0; k < 3; k++) {
                Tensor w = Tensor.scalar(k).requiresGrad();
                w.square().backward();
                Expr x = Expr.parameter("x", Shape.batch());
                GradientKernel.compile(x.mul(k).sum());
            }
            System.out.println("lanes " + Fusegrad.lanes());
            for (LogRecord record : records) {
                System.out.println(record.getLevel() + " " + record.getMessage());
            }
        }
    }

    @Test
    void oneWarningNamesTheFlag() {
        ChildJvm.Result result = ChildJvm.run(Warnings.class, List.of());
        assertEquals(0, result.exit(), result.err());
        List<String> lines = result.out().lines().toList();
        assertEquals("lanes 0", lines.getFirst());
        assertEquals(2, lines.size(), result.out());
        assertTrue(lines.get(1).startsWith(Level.WARNING + " ") && lines.get(1).contains(FLAG), result.out());
    }

    @Test
    void withTheFlagThereIsNoWarning() {
        ChildJvm.Result result = ChildJvm.run(Warnings.class, List.of(ChildJvm.VECTORS));
        assertEquals(0, result.exit(), result.err());
        assertEquals(1, result.out().lines().count(), result.out());
    }

    @Test
    void theWarningIsOnTheErrorStreamWhereNobodyListens() {
        ChildJvm.Result result = ChildJvm.run(Use.class, List.of());
        assertEquals(0, result.exit(), result.err());
        assertEquals("6.0", result.out().strip());
        assertEquals(1, result.err().split(FLAG, -1).length - 1, result.err());
    }

    /** The shortest program that uses the engine. */
    static final class Use {
        private Use() {}

        public static void main(String[] args) {
            Tensor w = Tensor.scalar(3).requiresGrad();
            w.square().backward();
            System.out.println(w.grad().item());
        }
    }
}
