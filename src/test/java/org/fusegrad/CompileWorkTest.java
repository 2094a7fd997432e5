package org.fusegrad;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.attribute.CodeAttribute;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.fusegrad.autodiff.Gradients;
import org.fusegrad.codegen.KernelCompiler;
import org.fusegrad.fusion.Fuser;
import org.fusegrad.fusion.Schedule;
import org.fusegrad.ir.Graph;
import org.fusegrad.ir.Node;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What there is to do for a loss grows with its operations, not with its size when it is written out as a tree. */
class CompileWorkTest {
    private static final int DEPTH = 60;
    private static final Duration LONG = Duration.ofSeconds(60); // it takes one; a tree of 2^60 would take for ever
    private static final float START = 0.125f; // where x*x + START converges, and so does the gradient

    @TempDir
    Path directory;

    /** {@code x -> x*x + start}, again and again; {@code 2^depth} operations when every use is written out. */
    private static <T extends Operations<T>> T chain(T start, int depth) {
        T x = start;
        for (int k = 0; k < depth; k++) {
            x = x.mul(x).add(start);
        }
        return x;
    }

    private static Expr start() {
        return Expr.parameter("x", Shape.batch());
    }

    @Test
    void aSharedChainIsCompiledPrintedAndRun() {
        assertTimeoutPreemptively(LONG, () -> {
            Expr x = start();
            Expr loss = chain(x, DEPTH).sum();
            assertTrue(loss.toString().length() < 1000, loss::toString);
            GradientKernel kernel = GradientKernel.compile(loss);
            for (String text : List.of(kernel.graph(), kernel.plan(), kernel.dot(), kernel.source())) {
                assertTrue(text.length() > DEPTH && text.length() < 10_000 * DEPTH, () -> "length " + text.length());
            }
            float[] gradient = new float[2];
            float value = kernel.newStep().bind(x, new float[] {START, START}).gradient(x, gradient).run(2);
            check(value, gradient);
        });
    }

    @Test
    void aSharedChainIsTrained() {
        assertTimeoutPreemptively(LONG, () -> {
            Expr w = Expr.parameter("w", Shape.scalar());
            TrainingStep step = TrainingKernel.compile(chain(w, DEPTH), Optimizer.sgd(0)).newStep();
            step.parameters().fill(START);
            assertEquals(value(), step.run(), 1e-6);
        });
    }

    @Test
    void aSharedChainOfTensorsIsRecordedAndDifferentiated() {
        assertTimeoutPreemptively(LONG, () -> {
            Tensor x = Tensor.of(START, START).requiresGrad();
            Tensor last = chain(x, DEPTH);
            assertTrue(last.toString().length() < 1000, last::toString);
            Tensor loss = last.sum();
            loss.backward();
            check(loss.item(), x.grad().toArray());
        });
    }

    private static void check(float value, float[] gradient) {
        double slope = 1;
        double x = START;
        for (int k = 0; k < DEPTH; k++) {
            slope = 2 * x * slope + 1;
            x = x * x + START;
        }
        assertEquals(2 * value(), value, 1e-6);
        for (float g : gradient) {
            assertEquals(slope, g, 1e-5 * slope);
        }
    }

    private static double value() {
        double x = START;
        for (int k = 0; k < DEPTH; k++) {
            x = x * x + START;
        }
        return x;
    }

    // --- growth ---------------------------------------------------------------------------------------------

    /** @param code bytes of bytecode in all methods of the kernel and its twin */
    private record Work(int expressions, int nodes, int passes, int loops, int code, int source) {}

    private Work work(int depth) throws Exception {
        Expr x = start();
        Expr loss = chain(x, depth).sum();
        GraphLowering lowering = GraphLowering.of(List.of(loss));
        Node value = lowering.node(loss);
        List<Node> wrt = List.of(lowering.variable(x));
        Node gradient = Gradients.of(lowering.builder(), value, lowering.builder().constant(1f), wrt).getFirst();
        Graph graph = lowering.builder().build(List.of(new Graph.Output("loss", value), new Graph.Output("grad_x", gradient)));
        Schedule schedule = Fuser.fuse(graph);
        System.setProperty("fusegrad.dump", directory.toString());
        try {
            KernelCompiler.compile(schedule, 0);
            KernelCompiler.compile(schedule, 8);
        } finally {
            System.clearProperty("fusegrad.dump");
        }
        int loops = schedule.passes().stream().mapToInt(pass -> pass.loops().size()).sum();
        int expressions = Views.order(List.of(loss)).size();
        int source = KernelCompiler.loops(schedule, 8).length();
        return new Work(expressions, graph.nodes().size(), schedule.passes().size(), loops, codeOfDumpedClasses(), source);
    }

    private int codeOfDumpedClasses() throws IOException {
        int length = 0;
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.filter(path -> path.toString().endsWith(".class")).toList()) {
                length += ClassFile.of().parse(file).methods().stream()
                        .flatMap(method -> method.code().stream())
                        .mapToInt(code -> ((CodeAttribute) code).codeLength())
                        .sum();
                Files.delete(file);
            }
        }
        return length;
    }

    @Test
    void twiceTheOperationsAreTwiceTheWork() throws Exception {
        Work single = work(100);
        Work twice = work(200);
        assertEquals(2 * 100 + 2, single.expressions);
        assertEquals(2 * 200 + 2, twice.expressions);
        // A step has a product and a sum, and going back a doubling, a product and a sum for what it adds to the gradient.
        assertEquals(5 * 100, twice.nodes - single.nodes);
        assertTrue(twice.nodes > 1000, () -> twice.nodes + " nodes");
        assertEquals(single.passes, twice.passes);
        assertTrue(twice.loops <= 2.1 * single.loops, () -> single + " and " + twice);
        assertTrue(twice.code <= 2.1 * single.code, () -> single + " and " + twice);
        assertTrue(twice.source <= 2.1 * single.source, () -> single + " and " + twice);
    }
}
