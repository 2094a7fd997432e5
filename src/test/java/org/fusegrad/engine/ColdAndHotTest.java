package org.fusegrad.engine;

import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.ArrayList;
import java.util.List;
import org.fusegrad.ir.Extent;
import org.fusegrad.ir.Graph;
import org.fusegrad.ir.GraphBuilder;
import org.fusegrad.ir.Node;
import org.fusegrad.testing.Bits;
import org.fusegrad.testing.Jvm;
import org.fusegrad.testing.Losses;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** While a kernel becomes hot, in the tiers of the JVM and from scalar to vector code, its bits stay what they were. */
@Tag("matrix")
class ColdAndHotTest {
    private static final int RUNS = Jvm.size(16_000, 40);
    private static final int ROWS = 100;

    private final List<Graph> losses = List.of(
            Losses.lecture(false, false), Losses.lecture(true, false), Losses.regression(10, false),
            Losses.regression(65, false), Losses.centred(17), Losses.distance(5), Losses.byData(10, false));

    @Test
    void thousandsOfRunsOfTheVectorKernelGiveOneResult() {
        for (Graph graph : losses) {
            Plan plan = Plan.of(graph);
            Bound bound = new Bound(graph, plan);
            bound.run(false);
            List<float[]> first = bound.outputs();
            for (int k = 0; k < RUNS / 4; k++) {
                bound.run(true);
                if (k < 10 || k % 100 == 0) {
                    bound.same("run " + k, first);
                }
            }
            bound.same("last run", first);
        }
    }

    @Test
    void theChangeFromScalarToVectorShowsOnTheClockOnly() {
        for (Graph graph : losses) {
            Plan plan = Plan.of(graph);
            Bound bound = new Bound(graph, plan);
            bound.run();
            List<float[]> first = bound.outputs();
            for (int k = 0; k < RUNS; k++) {
                bound.run();
                if (k < 10 || k % 100 == 0) {
                    bound.same("run " + k, first);
                }
            }
            bound.same("last run", first);
        }
    }

    /** Two blocks of one loop's elements are more rows than others have room for, or, of 300 000 columns, than an array. */
    @Test
    void flatSumsAreExercisedBesideLoopsOfOtherWidths() {
        int wide = Jvm.size(300_000, 300);
        GraphBuilder g = new GraphBuilder();
        Node x = g.input("x", Extent.full(64));
        Node y = g.input("y", Extent.ROW);
        Graph narrow = g.build(List.of(new Graph.Output("map", g.square(y)), new Graph.Output("sum", g.sum(g.square(x)))));
        g = new GraphBuilder();
        Node sum = g.sum(g.square(g.input("y", Extent.ROW)));
        Node rows = g.sumColumns(g.mul(g.input("x", Extent.full(wide)), g.input("w", Extent.col(wide))));
        Graph beside = g.build(List.of(new Graph.Output("sum", sum), new Graph.Output("rows", g.mul(rows, sum))));
        for (Graph graph : List.of(narrow, beside)) {
            new Exercise(Plan.of(graph)).runAll(false);
        }
    }

    @Test
    void warmUpChangesNoBit() {
        Graph graph = Losses.regression(33, false);
        Plan plan = Plan.of(graph);
        Bound bound = new Bound(graph, plan);
        bound.run();
        List<float[]> cold = bound.outputs();
        if (!Jvm.isInterpreted()) { // there is nothing to warm up for
            plan.warmUp();
        }
        bound.run();
        bound.same("after warm-up", cold);
        bound.run(plan.lanes() > 0);
        bound.same("vector kernel after warm-up", cold);
    }

    @Test
    void whatFollowsTheFirstRunOfALargeBatchIsNotLostInASmallOne() {
        Graph graph = Losses.centred(5); // keeps values per row between passes
        Plan plan = Plan.of(graph);
        Bound small = new Bound(graph, plan, 3);
        small.run();
        List<float[]> expected = small.outputs();
        for (int rows : new int[] {2000, 1, 5000, 3}) {
            Bound other = new Bound(graph, plan, rows);
            other.run();
            small.run();
            small.same("beside " + rows + " rows", expected);
        }
        assertFalse(expected.isEmpty());
    }

    /** A plan with arrays of its own. */
    private static final class Bound {
        private final int rows;
        private final Workspace workspace;
        private final List<float[]> outputs = new ArrayList<>();

        Bound(Graph graph, Plan plan) {
            this(graph, plan, ROWS);
        }

        Bound(Graph graph, Plan plan, int rows) {
            this.rows = rows;
            this.workspace = plan.newWorkspace();
            Numbers numbers = Numbers.plain(6);
            for (int k = 0; k < graph.inputs().size(); k++) {
                workspace.bindInput(k, numbers.next(graph.inputs().get(k).extent().count(rows)), 0);
            }
            for (int k = 0; k < graph.outputs().size(); k++) {
                outputs.add(new float[graph.outputs().get(k).node().extent().count(rows)]);
                workspace.bindOutput(k, outputs.get(k), 0);
            }
        }

        void run() {
            workspace.run(rows);
        }

        void run(boolean vectors) {
            workspace.run(rows, vectors);
        }

        List<float[]> outputs() {
            return outputs.stream().map(float[]::clone).toList();
        }

        void same(String what, List<float[]> expected) {
            for (int k = 0; k < outputs.size(); k++) {
                Bits.same(what + " output " + k, expected.get(k), outputs.get(k));
            }
        }
    }
}
