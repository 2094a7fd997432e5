package org.fusegrad.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.MethodModel;
import java.lang.classfile.attribute.CodeAttribute;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.fusegrad.autodiff.Gradients;
import org.fusegrad.codegen.KernelCompiler;
import org.fusegrad.fusion.Fuser;
import org.fusegrad.fusion.Loop;
import org.fusegrad.fusion.Pass;
import org.fusegrad.fusion.Schedule;
import org.fusegrad.ir.Extent;
import org.fusegrad.ir.Graph;
import org.fusegrad.ir.GraphBuilder;
import org.fusegrad.ir.Node;
import org.fusegrad.ir.Op;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** HotSpot never compiles a method of 8000 bytes: however large the graph, no method of a kernel is that long. */
class MethodLengthTest {
    private static final int LIMIT = 8000;

    @TempDir
    Path directory;

    /** Where a chain of operations runs. */
    enum Chain {
        ROWS, COLUMNS, ROWS_AND_COLUMNS, AFTER_ROW_SUMS, COLUMN_SUMS, SCALARS;

        Graph graph(int ops) {
            GraphBuilder g = new GraphBuilder();
            Node w = g.input("w", this == COLUMNS ? Extent.col(33) : Extent.SCALAR);
            Node y = g.input("y", Extent.ROW);
            Node start = switch (this) {
                case ROWS -> g.mul(y, w);
                case COLUMNS, SCALARS -> w;
                case ROWS_AND_COLUMNS, COLUMN_SUMS -> g.mul(g.input("x", Extent.full(33)), w);
                case AFTER_ROW_SUMS -> g.sumColumns(g.mul(g.input("x", Extent.full(33)), w));
            };
            Node value = chain(g, start, w, ops);
            if (this == COLUMN_SUMS) {
                value = g.sumRows(value);
            }
            return withGradient(g, g.add(g.sum(value), g.sum(y)), w);
        }
    }

    @ParameterizedTest
    @EnumSource
    void everyMethodIsShortEnough(Chain chain) throws IOException {
        for (int ops : new int[] {16, 64, 300}) {
            for (int lanes : new int[] {4, 8, 16}) {
                for (MethodModel method : methods(chain.graph(ops), lanes)) {
                    int length = method.code().map(code -> ((CodeAttribute) code).codeLength()).orElse(0);
                    assertTrue(length < LIMIT, () -> chain + " of " + ops + " at " + lanes + " lanes: "
                            + method.methodName() + " has " + length + " bytes");
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void longChainsGiveTheRightBits(Chain chain) {
        Parity parity = new Parity(chain.graph(130));
        for (int rows : new int[] {1, 17, 300, 1100}) {
            parity.check(chain.name(), rows, Numbers.plain(3));
        }
    }

    @Test
    void aLoopThatIsTooLongIsRefusedByNameAndCutByThePlan() {
        Graph graph = Chain.ROWS.graph(30);
        Schedule oneLoop = Fuser.fuse(graph, 100);
        assertEquals(1, oneLoop.passesOverBatch().getFirst().loops().size());
        var tooLong = assertThrows(KernelCompiler.MethodTooLong.class, () -> KernelCompiler.compile(oneLoop, 4));
        assertTrue(tooLong.getMessage().matches(".*sum.* has \\d+ bytes of code"), tooLong.getMessage());
        // A loop over tiles holds a vector where a flat one holds sixteen: what is too long for one fits the other.
        assertEquals(Loop.Shape.TILE, Plan.of(graph, 4).schedule().passesOverBatch().getFirst().loops().getFirst().shape());
        assertTrue(Plan.of(Chain.ROWS.graph(130), 4).schedule().passesOverBatch().getFirst().loops().size() > 1);
    }

    @Test
    void manyReductionsOfARowAreFoldedOutsideItsLoop() {
        GraphBuilder g = new GraphBuilder();
        Node x = g.input("x", Extent.full(33));
        List<Graph.Output> outputs = new ArrayList<>();
        for (int k = 0; k < 6; k++) {
            Node w = g.input("w" + k, Extent.col(33));
            outputs.add(new Graph.Output("z" + k, g.sumColumns(g.mul(x, w))));
        }
        new Parity(g.build(outputs)).check("six models", 37, Numbers.plain(3));
    }

    @Test
    void aThousandNodesCompileQuickly() {
        GraphBuilder g = new GraphBuilder();
        Node x = g.input("x", Extent.ROW);
        Node w = g.input("w", Extent.SCALAR);
        Graph graph = withGradient(g, g.sum(chain(g, g.mul(x, w), w, 450)), w);
        assertTrue(graph.nodes().size() > 1000, () -> graph.nodes().size() + " nodes");
        Parity parity = assertTimeout(Duration.ofSeconds(20), () -> new Parity(graph));
        parity.check("a thousand nodes", 100, Numbers.plain(1));
    }

    @Test
    void fiveHundredLoopsAreLaunchedByShortMethods() {
        GraphBuilder g = new GraphBuilder();
        Node w = g.input("w", Extent.SCALAR);
        Node x = g.input("x", Extent.ROW);
        for (int k = 0; k < 250; k++) {
            x = g.unary(Op.TANH, g.mul(x, w));
        }
        Graph graph = withGradient(g, g.sum(x), w);
        Parity parity = new Parity(graph, List.of(8));
        int loops = 0;
        for (Pass pass : parity.plans().get(8).schedule().passes()) {
            loops += pass.loops().size();
        }
        assertTrue(loops > 500, loops + " loops");
        parity.check("many loops", 100, Numbers.plain(1));
    }

    @Test
    void sharedSubexpressionsStayShared() {
        GraphBuilder g = new GraphBuilder();
        Node w = g.input("w", Extent.ROW);
        Node x = w;
        for (int k = 0; k < 60; k++) {
            x = g.mul(g.add(g.mul(x, x), x), g.constant(0.25f)); // written out, 3^60 operations
        }
        Graph graph = withGradient(g, g.sum(x), w);
        assertTrue(graph.nodes().size() < 1000, () -> graph.nodes().size() + " nodes");
        Parity parity = assertTimeout(Duration.ofSeconds(20), () -> new Parity(graph));
        parity.check("shared", 100, Numbers.plain(2));
    }

    private static Node chain(GraphBuilder g, Node start, Node w, int ops) {
        Node value = start;
        for (int k = 0; k < ops; k++) {
            value = switch (k % 4) {
                case 0 -> g.mul(value, g.constant(0.5f + k % 7));
                case 1 -> g.add(value, w);
                case 2 -> g.div(value, g.constant(1.25f + k % 5));
                default -> g.sub(g.constant(k), value);
            };
        }
        return value;
    }

    private static Graph withGradient(GraphBuilder g, Node loss, Node w) {
        List<Graph.Output> outputs = new ArrayList<>(List.of(new Graph.Output("loss", loss)));
        Gradients.of(g, loss, g.constant(1f), List.of(w)).forEach(node -> outputs.add(new Graph.Output("grad", node)));
        return g.build(outputs);
    }

    /** Every method of the kernel and its twin, out of the class files as they are dumped. */
    private List<MethodModel> methods(Graph graph, int lanes) throws IOException {
        System.setProperty("fusegrad.dump", directory.toString());
        try {
            Plan.of(graph, lanes);
        } finally {
            System.clearProperty("fusegrad.dump");
        }
        List<MethodModel> methods = new ArrayList<>();
        try (var files = Files.list(directory)) {
            for (Path file : files.filter(path -> path.toString().endsWith(".class")).toList()) {
                methods.addAll(ClassFile.of().parse(file).methods());
                Files.delete(file);
            }
        }
        assertTrue(methods.size() >= 4, "a kernel and a twin, each with launch and a loop");
        return methods;
    }
}
