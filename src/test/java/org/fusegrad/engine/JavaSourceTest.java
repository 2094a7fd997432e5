package org.fusegrad.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.tools.DiagnosticCollector;
import javax.tools.FileObject;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.fusegrad.codegen.Kernel;
import org.fusegrad.codegen.KernelCompiler;
import org.fusegrad.fusion.Schedule;
import org.fusegrad.ir.Extent;
import org.fusegrad.ir.Graph;
import org.fusegrad.ir.GraphBuilder;
import org.fusegrad.ir.Node;
import org.fusegrad.ir.Op;
import org.fusegrad.testing.ChildJvm;
import org.fusegrad.testing.Losses;
import org.junit.jupiter.api.Test;

/**
 * The Java that a kernel prints is the kernel: compiled by javac and run in place of the hidden class, it gives the same
 * bits.
 */
class JavaSourceTest {
    private static final long SEED = Long.getLong("fusegrad.test.seed", 41L);
    private static final int[] ROWS = {1, 37, 600};

    @Test
    void sourceOfTheNamedLossesIsTheKernel() throws Throwable {
        check(List.of(
                Losses.lecture(false, false), Losses.lecture(true, true), Losses.regression(10, false),
                Losses.regression(65, true), Losses.centred(17), Losses.ridge(33), Losses.distance(5),
                Losses.outer(7), Losses.quotient(64), Losses.full(3, false), Losses.regression(4100, false), Losses.picked(10),
                Losses.dotRegression(10, false), Losses.dotRegression(65, true), Losses.similarity(20), Losses.largest(17),
                Losses.largest(4100)));
    }

    @Test
    void sourceOfRandomGraphsIsTheKernel() throws Throwable {
        List<Graph> graphs = new ArrayList<>();
        for (long seed = SEED; seed < SEED + 40; seed++) {
            graphs.add(RandomGraphs.next(Numbers.plain(seed).random()));
        }
        check(graphs);
    }

    @Test
    void anyNameOfAnInputGivesJava() throws Throwable {
        List<Graph> graphs = new ArrayList<>();
        List<List<String>> names = List.of(
                List.of("class", "int", "float"), List.of("break", "continue", "default"), List.of("_", "", " "),
                List.of("boolean", "void", "instanceof"), List.of("x-y", "x y", "x.y"), List.of("3", "3x", "µ"),
                List.of("\"", "\\", "\n"), List.of("a", "o", "r"), List.of("i", "c", "end"), List.of("from", "to", "base"),
                List.of("FloatVector", "SPECIES", "VectorMask"), List.of("Float", "org", "Math"),
                List.of("x", "xAt", "xStart"), List.of("acc", "acc1", "mask"), List.of("mul", "mul1", "sum"),
                List.of("record", "var", "yield"), List.of("package", "public", "synchronized"), List.of("$", "x$", "$1"),
                List.of("this", "null", "true"), List.of("assert", "enum", "strictfp"), List.of("EXCHANGE_8", "SHUFFLE", "jdk"), List.of("ROWS_4_10_0", "COLUMNS_10_0", "ROWS_10_0"));
        for (List<String> three : names) {
            GraphBuilder g = new GraphBuilder();
            Node x = g.input(three.get(0), Extent.full(20));
            Node w = g.input(three.get(1), Extent.col(20));
            Node y = g.input(three.get(2), Extent.ROW);
            Node e = g.sub(g.sumColumns(g.mul(x, w)), y);
            graphs.add(g.build(List.of(
                    new Graph.Output("loss", g.sum(g.square(e))),
                    new Graph.Output(three.get(0), g.sumRows(g.mul(x, e))),
                    new Graph.Output(three.get(1), g.mul(e, y)))));
        }
        check(graphs);
    }

    @Test
    void constantsOfAnyValueGiveJava() throws Throwable {
        List<Graph> graphs = new ArrayList<>();
        for (float c : new float[] {-0f, 0f, Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.MIN_VALUE,
            -Float.MAX_VALUE, -1.5f, 1e10f}) {
            GraphBuilder g = new GraphBuilder();
            Node x = g.input("x", Extent.ROW);
            Node w = g.input("w", Extent.SCALAR);
            graphs.add(g.build(List.of(
                    new Graph.Output("a", g.sub(g.mul(x, g.constant(c)), g.constant(c))),
                    new Graph.Output("b", g.sub(w, g.constant(c))))));
        }
        check(graphs);
    }

    @Test
    void accessUnderAMaskStandsApartFromTheLoopOfAFunction() {
        GraphBuilder g = new GraphBuilder();
        Graph map = g.build(List.of(new Graph.Output("y", g.unary(Op.TANH, g.input("x", Extent.ROW)))));
        for (int lanes : Parity.widths()) {
            if (lanes > 0) {
                String source = KernelCompiler.source(Plan.of(map, lanes).schedule(), lanes);
                int loop = source.indexOf("static void tanh(");
                int tail = source.indexOf("static void tanh_tail(");
                assertTrue(loop >= 0 && loop < tail, source);
                assertFalse(source.substring(loop, tail).contains("VectorMask<Float> mask"), source);
                assertTrue(source.substring(tail).contains("VectorMask<Float> mask"), source);
            }
        }
    }

    /** A load waits for an earlier store to the same place of another page: then each vector would wait for the one before. */
    @Test
    void loopsOverATileLoadSeveralVectorsBeforeTheyStore() {
        GraphBuilder g = new GraphBuilder();
        Node x = g.input("x", Extent.ROW);
        Node v = g.input("w", Extent.ROW);
        for (int k = 0; k < 60; k++) {
            v = g.binary(k % 2 == 0 ? Op.MUL : Op.ADD, v, x);
        }
        Graph chain = g.build(List.of(new Graph.Output("y", v), new Graph.Output("loss", g.sum(g.square(v)))));
        for (int lanes : Parity.widths()) {
            if (lanes > 0) {
                String source = KernelCompiler.source(Plan.of(chain, lanes).schedule(), lanes);
                String[] loops = source.split("// vector loop");
                assertTrue(loops.length > 4, source);
                for (int k = 1; k < loops.length; k++) {
                    String loop = loops[k].substring(0, loops[k].indexOf("        }\n"));
                    String loads = loop.substring(0, loop.indexOf("intoArray"));
                    assertTrue(loads.split("fromArray").length > 4, loop);
                }
            }
        }
    }

    // --- comparing ----------------------------------------------------------------------------------------

    private static void check(List<Graph> graphs) throws Throwable {
        Map<String, String> sources = new HashMap<>();
        for (int k = 0; k < graphs.size(); k++) {
            for (int lanes : Parity.widths()) {
                String source = KernelCompiler.source(Plan.of(graphs.get(k), lanes).schedule(), lanes);
                // Graphs of equal formulas have equal names.
                String unique = name(k, lanes);
                sources.put(unique, source.replaceFirst("final class \\w+", "final class " + unique));
            }
        }
        Map<String, byte[]> classes = compile(sources);
        for (int k = 0; k < graphs.size(); k++) {
            Map<Integer, Plan> plans = new HashMap<>();
            for (int lanes : Parity.widths()) {
                byte[] bytes = classes.get("org.fusegrad.codegen." + name(k, lanes));
                plans.put(lanes, withKernel(Plan.of(graphs.get(k), lanes).schedule(), lanes, define(bytes)));
            }
            Parity printed = new Parity(graphs.get(k), plans);
            for (int rows : ROWS) {
                printed.check("printed graph " + k + " of seed " + SEED, rows, Numbers.plain(SEED));
            }
        }
    }

    private static String name(int k, int lanes) {
        return "Kernel" + k + "x" + lanes;
    }

    /** A plan that runs the given kernel in place of the generated one. */
    private static Plan withKernel(Schedule schedule, int lanes, Kernel printed) throws KernelCompiler.MethodTooLong {
        return lanes == 0
                ? new Plan(schedule, 0, printed, null)
                : new Plan(schedule, lanes, KernelCompiler.compile(schedule, 0), printed);
    }

    /** Defines a class beside the hidden one: kernels see what their package sees. */
    private static Kernel define(byte[] bytes) throws Throwable {
        MethodHandles.Lookup inPackage = MethodHandles.privateLookupIn(Kernel.class, MethodHandles.lookup());
        MethodHandles.Lookup defined = inPackage.defineHiddenClass(bytes, true);
        return (Kernel) defined.findConstructor(defined.lookupClass(), MethodType.methodType(void.class)).invoke();
    }

    // --- compiling ----------------------------------------------------------------------------------------

    private static Map<String, byte[]> compile(Map<String, String> sources) throws IOException {
        var compiler = ToolProvider.getSystemJavaCompiler();
        var diagnostics = new DiagnosticCollector<JavaFileObject>();
        Map<String, ByteArrayOutputStream> outputs = new HashMap<>();
        try (var manager = new InMemory(compiler.getStandardFileManager(diagnostics, null, null), outputs)) {
            List<Source> units = sources.entrySet().stream().map(e -> new Source(e.getKey(), e.getValue())).toList();
            List<String> options = List.of(
                    "--add-modules", "jdk.incubator.vector", "-proc:none", "-cp", ChildJvm.location(Kernel.class).toString());
            boolean success = compiler.getTask(null, manager, diagnostics, options, null, units).call();
            assertTrue(success, () -> diagnostics.getDiagnostics().stream()
                    .filter(d -> d.getSource() != null)
                    .findFirst()
                    .map(d -> d + "\n" + sources.get(((Source) d.getSource()).className))
                    .orElse(diagnostics.getDiagnostics().toString()));
        }
        Map<String, byte[]> classes = new HashMap<>();
        outputs.forEach((name, bytes) -> classes.put(name, bytes.toByteArray()));
        assertEquals(sources.size(), classes.size(), "one class each");
        return classes;
    }

    private static final class Source extends SimpleJavaFileObject {
        final String className;
        private final String text;

        Source(String className, String text) {
            super(URI.create("string:///org/fusegrad/codegen/" + className + ".java"), Kind.SOURCE);
            this.className = className;
            this.text = text;
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return text;
        }
    }

    private static final class InMemory extends ForwardingJavaFileManager<JavaFileManager> {
        private final Map<String, ByteArrayOutputStream> outputs;

        InMemory(JavaFileManager parent, Map<String, ByteArrayOutputStream> outputs) {
            super(parent);
            this.outputs = outputs;
        }

        @Override
        public JavaFileObject getJavaFileForOutput(
                Location location, String className, JavaFileObject.Kind kind, FileObject sibling) {
            return new SimpleJavaFileObject(URI.create("string:///" + className), kind) {
                @Override
                public OutputStream openOutputStream() {
                    return outputs.computeIfAbsent(className, name -> new ByteArrayOutputStream());
                }
            };
        }
    }
}
