package org.fusegrad.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.fusegrad.Expr;
import org.fusegrad.Fusegrad;
import org.fusegrad.GradientKernel;
import org.fusegrad.Shape;
import org.fusegrad.ir.Extent;
import org.fusegrad.ir.Graph;
import org.fusegrad.ir.GraphBuilder;
import org.fusegrad.ir.Node;
import org.fusegrad.ir.Op;
import org.fusegrad.testing.ChildJvm;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What HotSpot's compilers do with loops of vectors, in a process that warms up several kernels. */
class CompilersTest {
    private static final Pattern COMPILATION = Pattern.compile("^\\s*\\d+\\s+(?<id>\\d+)\\s(?<kind>.*)\\s(?<tier>[1-4])\\s+"
            + "org\\.fusegrad\\.codegen\\.\\S+_x8/\\S+::(sum|max|row|column)_\\S+.*bytes\\)(?<skipped>.*COMPILE SKIPPED.*)?");

    private static ChildJvm.Result result;
    private static final List<Compilation> COMPILATIONS = new ArrayList<>();

    /** What was asked of a compiler, or that it refused. */
    private record Compilation(String id, int tier, boolean insideLoop, boolean refused) {}

    @BeforeAll
    static void warmUp() {
        List<String> flags = List.of(
                "@jvm.config", "-Dfusegrad.lanes=8", "-Dfusegrad.debug=2", "-XX:+PrintCompilation", "-Xlog:deoptimization=debug");
        result = ChildJvm.run(WarmUp.class, flags);
        assertEquals(0, result.exit(), result.err());
        result.out().lines().map(COMPILATION::matcher).filter(Matcher::find).forEach(found -> COMPILATIONS.add(new Compilation(
                found.group("id"),
                Integer.parseInt(found.group("tier")),
                found.group("kind").contains("%"),
                found.group("skipped") != null)));
    }

    /** A loop that C1 has compiled may stay with it for ever. */
    @Test
    void c1CompilesNoLoopOfVectors() {
        everyOneIsRefused(compilation -> compilation.tier() < 4);
    }

    @Test
    void c2CompilesLoopsOfVectorsFromTheirBeginning() {
        everyOneIsRefused(compilation -> compilation.tier() == 4 && compilation.insideLoop());
        assertTrue(COMPILATIONS.stream().anyMatch(done -> done.tier() == 4 && !done.insideLoop() && !done.refused()), "C2 has compiled none");
    }

    private static void everyOneIsRefused(Predicate<Compilation> of) {
        List<Compilation> some = COMPILATIONS.stream().filter(of).toList();
        assertFalse(some.isEmpty(), "nothing was asked for");
        assertEquals(
                some.stream().map(Compilation::id).collect(Collectors.toSet()),
                some.stream().filter(Compilation::refused).map(Compilation::id).collect(Collectors.toSet()),
                "what was refused is all that was asked for");
    }

    /** Traps there, noted with methods that all vectors share, would make C2 distrust what it knows of vectors. */
    @Test
    void noTrapInASharedMethodOfVectors() {
        noTrap(result);
    }

    /** Batches of one tile have loops of their own there. */
    @ParameterizedTest
    @ValueSource(ints = {8, 16})
    void noTrapThereOfSmallBatches(int lanes) {
        int platforms = Math.min(lanes, Fusegrad.lanes());
        noTrap(ChildJvm.run(SmallBatches.class, List.of("@jvm.config", "-Dfusegrad.lanes=" + platforms, "-Xlog:deoptimization=debug")));
    }

    private static void noTrap(ChildJvm.Result result) {
        assertEquals(0, result.exit(), result.err());
        List<String> traps = result.out().lines()
                .filter(line -> line.contains("Objects.checkIndex") && line.contains("range_check")
                        || line.contains("VectorOperators.opKind") && line.contains("class_check"))
                .toList();
        assertTrue(traps.isEmpty(), () -> String.join("\n", traps));
        assertTrue(result.out().contains("[deoptimization]"), "the log says something at all");
    }

    @Test
    void everyKernelBecomesHot() {
        assertEquals(WarmUp.KERNELS, hot(result));
    }

    @ParameterizedTest
    @EnumSource(names = {"TANH", "GELU"})
    void longFunctionBecomesHotAsTheFirstOfItsProcess(Op function) {
        assertEquals(1, hot(ChildJvm.run(Function.class, List.of("@jvm.config", "-Dfusegrad.lanes=8", "-Dfusegrad.debug=2"), function.name())));
    }

    private static long hot(ChildJvm.Result result) {
        assertEquals(0, result.exit(), result.err());
        return result.err().lines()
                .filter(line -> line.startsWith("fusegrad: hot"))
                .count();
    }

    /** Warms up kernels that have taken each other's speed. */
    static final class WarmUp {
        private static final int KERNELS = 4;

        private WarmUp() {}

        public static void main(String[] none) {
            Expr x = Expr.input("x", Shape.batch());
            Expr y = Expr.input("y", Shape.batch());
            Expr w = Expr.parameter("w", Shape.scalar());
            GradientKernel.compile(x.mul(w).max()).warmUp(); // before any profile of maxima; and nothing but multiplications and additions besides
            regression(100); // more than 25 operations, and the last vector of a row under a mask
            regression(512); // long loops
            GradientKernel.compile(x.mul(w).sub(y).square().sum()).warmUp(); // too long for C1
        }

        static void regression(int features) {
            Expr x = Expr.input("x", Shape.batch(features));
            Expr y = Expr.input("y", Shape.batch());
            Expr w = Expr.parameter("w", Shape.of(features));
            GradientKernel.compile(x.mul(w).sum(-1).sub(y).square().mean()).warmUp();
        }
    }

    /** Warms up what often has mini-batches of a few rows. */
    static final class SmallBatches {
        private SmallBatches() {}

        public static void main(String[] none) {
            WarmUp.regression(10);
            WarmUp.regression(64);
        }
    }

    /** Warms up a function of a vector. */
    static final class Function {
        private Function() {}

        public static void main(String[] name) {
            GraphBuilder g = new GraphBuilder();
            Node value = g.unary(Op.valueOf(name[0]), g.input("x", Extent.ROW));
            Plan.of(g.build(List.of(new Graph.Output("y", value)))).warmUp();
        }
    }
}
