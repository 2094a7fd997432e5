package org.fusegrad.fusion;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.fusegrad.autodiff.Gradients;
import org.fusegrad.ir.Axis;
import org.fusegrad.ir.Extent;
import org.fusegrad.ir.Graph;
import org.fusegrad.ir.GraphBuilder;
import org.fusegrad.ir.Node;
import org.fusegrad.ir.Op;
import org.fusegrad.ir.Reduction;
import org.fusegrad.testing.Losses;
import org.junit.jupiter.api.Test;

/** How many passes over memory a loss takes, what is in each, and what is saved between them. */
class FusionTest {

    @Test
    void lectureIsOneLoop() {
        Schedule schedule = Fuser.fuse(Losses.lecture(false, false));
        assertEquals(List.of("FLAT sum_square_sum_mul: mul sub square add mul"), loops(schedule));
        assertEquals(List.of(), saved(schedule));
        assertEquals(List.of(), tiles(schedule));
    }

    @Test
    void lectureWithElementwiseWeightIsOneLoopToo() {
        Schedule schedule = Fuser.fuse(Losses.lecture(true, false));
        assertEquals(List.of("FLAT mul_sum_square: mul sub square add mul"), loops(schedule));
        assertEquals(List.of(), saved(schedule));
    }

    @Test
    void accumulatingAddsNoPass() {
        assertEquals(List.of("FLAT add_sum_square: mul sub square add mul add"), loops(Fuser.fuse(Losses.lecture(true, true))));
    }

    @Test
    void regressionReadsItsDataOnce() {
        Schedule schedule = Fuser.fuse(Losses.regression(10, false));
        assertEquals(1, schedule.passesOverBatch().size(), schedule::toString);
        Pass pass = schedule.passesOverBatch().getFirst();
        assertEquals(Pass.Kind.ROWS, pass.kind());
        assertEquals(
                List.of(
                        "ROW_SUMS row_sum_mul: mul",
                        "TILE sum_square_mul_sum_mul: add sub square add mul",
                        "COLUMN_SUMS column_sum_mul: mul"),
                loops(pass));
        assertEquals(List.of(), saved(schedule));
        // The prediction and the gradient of each row of the tile: nothing as wide as x.
        tiles(schedule).forEach(buffer -> assertEquals(pass.mostTile(), buffer.fixed()));
    }

    @Test
    void dotReadsItsDataOnceToo() {
        Schedule schedule = Fuser.fuse(Losses.dotRegression(10, false));
        assertEquals(1, schedule.passesOverBatch().size(), schedule::toString);
        Pass pass = schedule.passesOverBatch().getFirst();
        assertEquals(
                List.of(
                        "ROW_SUMS row_dot_input_input: ",
                        "TILE sum_square_mul_sum_mul: add sub square add mul",
                        "COLUMN_SUMS column_dot_mul_input: "),
                loops(pass));
        assertEquals(List.of(), saved(schedule));
        tiles(schedule).forEach(buffer -> assertEquals(pass.mostTile(), buffer.fixed()));
    }

    @Test
    void columnsOfATileAreSummedWithTheRowsOfTheNext() {
        for (int cols : new int[] {33, 50, 64}) {
            Overlap overlap = overlap(Losses.regression(cols, false));
            assertEquals("column_sum_mul_with_row_sum_mul", overlap.name());
            assertEquals(cols < 64 ? 129 : 128, overlap.rows(64));
        }
        assertEquals("column_dot_mul_input_with_row_dot_input_input", overlap(Losses.dotRegression(64, false)).name());
        assertEquals("column_sum_mul_with_row_sum_mul", overlap(Losses.rowsByColumns(64)).name());
        assertNull(overlap(Losses.chainOfRows(64)));
        assertNull(overlap(Losses.regression(32, false)));
        assertNull(overlap(Losses.regression(65, false)));
        assertNull(overlap(Losses.byData(64, false)));
    }

    private static Overlap overlap(Graph graph) {
        return Fuser.fuse(graph).passesOverBatch().getFirst().overlap();
    }

    @Test
    void reductionsOfOneBatchShareALoop() {
        GraphBuilder g = new GraphBuilder();
        Node x = g.input("x", Extent.ROW);
        Node y = g.input("y", Extent.ROW);
        Node largest = g.reduce(Reduction.MAX, Axis.ALL, x);
        Node dot = g.reduce(Reduction.DOT, Axis.ALL, x, y);
        Schedule schedule = Fuser.fuse(build(g, g.sub(g.add(largest, dot), g.sum(y))));
        assertEquals(1, schedule.passesOverBatch().size(), schedule::toString);
        assertEquals(
                List.of("FLAT max_input_dot_input_input_sum_input: "), loops(schedule.passesOverBatch().getFirst()));
    }

    @Test
    void softmaxReadsItsDataOnce() {
        GraphBuilder g = new GraphBuilder();
        Node x = g.input("x", Extent.full(10));
        Node w = g.input("w", Extent.col(10));
        Node z = g.mul(x, w);
        Node largest = g.unary(Op.DETACH, g.reduce(Reduction.MAX, Axis.COLUMNS, z));
        Node e = g.unary(Op.EXP, g.sub(z, largest));
        Node out = g.div(e, g.sumColumns(e));
        Schedule schedule = Fuser.fuse(build(g, g.sum(g.square(out)), w));
        assertEquals(1, schedule.passesOverBatch().size(), schedule::toString);
        assertEquals(List.of(), saved(schedule));
    }

    /** The loop that computes the later factor of a product takes the earlier one from memory. */
    @Test
    void factorsThatAreComputedInDifferentLoopsMeetInATile() {
        GraphBuilder g = new GraphBuilder();
        Node x = g.input("x", Extent.ROW);
        Node early = chain(g, x, 20);
        Node late = chain(g, early, 40);
        Schedule schedule = Fuser.fuse(build(g, g.reduce(Reduction.DOT, Axis.ALL, early, late)));
        assertEquals(1, schedule.passesOverBatch().size(), schedule::toString);
        List<Loop> loops = schedule.passesOverBatch().getFirst().loops();
        assertTrue(loops.getLast().sinks().getFirst() instanceof Sink.LaneReduction, schedule::toString);
        assertEquals(60, loops.stream().mapToInt(loop -> loop.body().size()).sum(), "nothing is computed twice");
    }

    @Test
    void onlyScalarsAreComputedOutsideThePassOfARegression() {
        Schedule schedule = Fuser.fuse(Losses.regression(64, false));
        for (Pass pass : schedule.passes()) {
            assertTrue(pass.index().batched() || pass.kind() == Pass.Kind.SCALAR, schedule::toString);
        }
    }

    @Test
    void tilesOfARegressionStayInTheFirstLevelCacheOrElseInTheSecond() {
        assertTile(512, 512, 10);
        assertTile(64, 64, 64); // 16 KB
        assertTile(16, 16, 256);
        assertTile(16, 64, 512); // 32 KB
        assertTile(8, 32, 1024);
        assertTile(16, 16, 2048); // 128 KB
    }

    private static void assertTile(int cached, int most, int cols) {
        Pass pass = Fuser.fuse(Losses.regression(cols, false)).passesOverBatch().getFirst();
        assertEquals(cached, pass.tile(), cols + " columns");
        assertEquals(most, pass.mostTile(), cols + " columns");
    }

    @Test
    void aSumOverAllRowsThatFeedsBackTakesASecondPass() {
        GraphBuilder g = new GraphBuilder();
        Node x = g.input("x", Extent.full(10));
        Node w = g.input("w", Extent.col(10));
        Node e = g.sumColumns(g.mul(x, w));
        Node centred = g.sub(e, mean(g, e));
        Schedule schedule = Fuser.fuse(build(g, g.sum(g.square(centred))));
        assertEquals(2, schedule.passesOverBatch().size(), schedule::toString);
        assertEquals(List.of(1), saved(schedule), "one row sum per row, rather than x read again");
        assertEquals(List.of("FLAT sum_square: sub square"), loops(schedule.passesOverBatch().get(1)));
    }

    @Test
    void theGradientThroughAMeanTakesAThird() {
        Schedule schedule = Fuser.fuse(Losses.centred(10));
        assertEquals(3, schedule.passesOverBatch().size(), schedule::toString);
        saved(schedule).forEach(perRow -> assertEquals(1, perRow, schedule::toString));
        List<Pass> reading = schedule.passesOverBatch().stream().filter(pass -> pass.kind() == Pass.Kind.ROWS).toList();
        assertEquals(2, reading.size(), "x is read for the prediction and for the gradient");
    }

    @Test
    void cheapValuesAreComputedAgainRatherThanSaved() {
        GraphBuilder g = new GraphBuilder();
        Node x = g.input("x", Extent.ROW);
        Node w = g.input("w", Extent.SCALAR);
        Node y = g.input("y", Extent.ROW);
        Node e = g.sub(g.mul(x, w), y);
        Schedule schedule = Fuser.fuse(build(g, g.sum(g.square(g.sub(e, mean(g, e))))));
        assertEquals(2, schedule.passesOverBatch().size(), schedule::toString);
        assertEquals(List.of(), saved(schedule));
        assertEquals(List.of("FLAT sum_square: mul sub sub square"), loops(schedule.passesOverBatch().get(1)));
    }

    @Test
    void costlyValuesAreSavedRatherThanComputedAgain() {
        GraphBuilder g = new GraphBuilder();
        Node x = g.input("x", Extent.ROW);
        Node e = chain(g, x, 20);
        Schedule schedule = Fuser.fuse(build(g, g.sum(g.square(g.sub(e, mean(g, e))))));
        assertEquals(2, schedule.passesOverBatch().size(), schedule::toString);
        assertEquals(List.of(1), saved(schedule));
        assertEquals(List.of("FLAT sum_square: sub square"), loops(schedule.passesOverBatch().get(1)));
    }

    @Test
    void longChainsAreCutIntoLoopsOverTiles() {
        GraphBuilder g = new GraphBuilder();
        Node x = g.input("x", Extent.ROW);
        Schedule schedule = Fuser.fuse(build(g, g.sum(chain(g, x, 64))));
        assertEquals(1, schedule.passesOverBatch().size(), schedule::toString);
        Pass pass = schedule.passesOverBatch().getFirst();
        assertEquals(Pass.Kind.TILED, pass.kind());
        int ops = 0;
        for (Loop loop : pass.loops()) {
            assertTrue(loop.body().size() <= Fuser.OPS_PER_LOOP, loop::toString);
            ops += loop.body().size();
        }
        assertEquals(64, ops, "nothing is computed twice");
        assertEquals(pass.loops().size() - 1, tiles(schedule).size(), "one value crosses each cut of a chain");
        assertEquals(List.of(), saved(schedule));
    }

    @Test
    void theCutIsMadeWhereFewestValuesCross() {
        GraphBuilder g = new GraphBuilder();
        Node x = g.input("x", Extent.ROW);
        Node y = g.input("y", Extent.ROW);
        Node narrow = g.add(chain(g, x, 8), chain(g, y, 8));
        // Nine values from one: a cut among them would store several.
        Node sum = narrow;
        List<Node> parts = new ArrayList<>();
        for (int k = 0; k < 9; k++) {
            parts.add(g.mul(narrow, g.constant(k + 2)));
        }
        for (Node part : parts) {
            sum = g.add(sum, part);
        }
        Schedule schedule = Fuser.fuse(build(g, g.sum(sum)));
        Pass pass = schedule.passesOverBatch().getFirst();
        assertEquals(2, pass.loops().size(), schedule::toString);
        assertEquals(17, pass.loops().getFirst().body().size(), schedule::toString);
        assertEquals(1, tiles(schedule).size());
    }

    @Test
    void noLoopHasALongChain() {
        GraphBuilder g = new GraphBuilder();
        Node x = g.input("x", Extent.ROW);
        Node y = g.input("y", Extent.ROW);
        Schedule chained = Fuser.fuse(build(g, g.sum(chain(g, x, 20))));
        assertEquals(List.of(12, 8), chained.passesOverBatch().getFirst().loops().stream().map(l -> l.body().size()).toList());
        Schedule wide = Fuser.fuse(build(g, g.sum(g.add(chain(g, x, 11), chain(g, y, 11)))));
        assertEquals(1, wide.passesOverBatch().getFirst().loops().size(), wide::toString);
        assertEquals(Pass.Kind.FLAT, wide.passesOverBatch().getFirst().kind());
    }

    @Test
    void partsWithoutACommonValueArePassesOfTheirOwn() {
        GraphBuilder g = new GraphBuilder();
        Node x = g.input("x", Extent.ROW);
        Node z = g.input("z", Extent.ROW);
        Node w = g.input("w", Extent.SCALAR);
        Node loss = g.add(g.sum(g.square(g.mul(x, w))), g.sum(g.square(g.mul(z, w))));
        Schedule schedule = Fuser.fuse(build(g, loss, w));
        assertEquals(2, schedule.passesOverBatch().size(), schedule::toString);
        for (Pass pass : schedule.passesOverBatch()) {
            assertEquals(1, pass.loops().size());
            assertEquals(2, pass.loops().getFirst().loads().size(), "its own batch and the weight");
        }
        assertEquals(List.of(), saved(schedule));
    }

    @Test
    void partsThatShareAnInputShareThePass() {
        GraphBuilder g = new GraphBuilder();
        Node x = g.input("x", Extent.ROW);
        Node w = g.input("w", Extent.SCALAR);
        Node loss = g.add(g.sum(g.square(g.mul(x, w))), g.sum(g.div(x, w)));
        Schedule schedule = Fuser.fuse(build(g, loss, w));
        assertEquals(1, schedule.passesOverBatch().size(), schedule::toString);
    }

    @Test
    void penaltyOnWeightsIsAPassOverTheWeights() {
        Schedule schedule = Fuser.fuse(Losses.ridge(10));
        assertEquals(1, schedule.passesOverBatch().size(), schedule::toString);
        List<Pass> columns = schedule.passes().stream().filter(pass -> pass.index().equals(Extent.col(10))).toList();
        assertEquals(1, columns.size(), "the penalty and its gradient wait for the batch, and share a loop");
        columns.forEach(pass -> assertEquals(Pass.Kind.FLAT, pass.kind()));
    }

    @Test
    void aSumAlongMemoryOfBroadcastValuesDoesNotStoreThemWhole() {
        Schedule schedule = Fuser.fuse(Losses.distance(10));
        assertEquals(1, schedule.passesOverBatch().size(), schedule::toString);
        assertEquals(List.of(), saved(schedule));
        Pass pass = schedule.passesOverBatch().getFirst();
        tiles(schedule).forEach(buffer -> assertTrue(buffer.fixed() <= pass.mostTile() * 10, buffer::toString));
    }

    @Test
    void scalarsThatFollowEachOtherAreOneLoop() {
        GraphBuilder g = new GraphBuilder();
        Node w = g.input("w", Extent.SCALAR);
        Node x = g.input("x", Extent.SCALAR);
        Node y = g.input("y", Extent.SCALAR);
        Schedule schedule = Fuser.fuse(build(g, g.square(g.sub(g.mul(w, x), y)), w));
        assertEquals(1, schedule.passes().size(), schedule::toString);
        assertEquals(1, schedule.passes().getFirst().loops().size(), schedule::toString);
    }

    @Test
    void reportNamesPassesLoopsAndWhatIsSaved() {
        String report = Fuser.fuse(Losses.regression(10, false)).toString();
        for (String part : List.of(
                "rows over [rows], tiles of", "row_sum_mul (row_sums, 1 ops)", "input[rows, 10] in x",
                "passes over the batch: 1, saved between passes: 0")) {
            assertTrue(report.contains(part), part + " in\n" + report);
        }
    }

    // --- graphs -------------------------------------------------------------------------------------------

    private static Graph build(GraphBuilder g, Node loss, Node... wrt) {
        List<Graph.Output> outputs = new ArrayList<>(List.of(new Graph.Output("loss", loss)));
        for (Node gradient : Gradients.of(g, loss, g.constant(1f), List.of(wrt))) {
            outputs.add(new Graph.Output("grad" + outputs.size(), gradient));
        }
        return g.build(outputs);
    }

    private static Node mean(GraphBuilder g, Node a) {
        return g.div(g.sum(a), g.count(a.extent()));
    }

    private static Node chain(GraphBuilder g, Node x, int ops) {
        Node value = x;
        for (int k = 0; k < ops; k++) {
            value = k % 2 == 0 ? g.mul(value, g.constant(1.5f + k)) : g.add(value, g.constant(k));
        }
        return value;
    }

    // --- what is looked at --------------------------------------------------------------------------------

    private static List<String> loops(Schedule schedule) {
        return schedule.passes().stream().flatMap(pass -> loops(pass).stream()).toList();
    }

    /** Shape, name and operations of each loop. */
    private static List<String> loops(Pass pass) {
        return pass.loops().stream()
                .map(loop -> loop.shape() + " " + loop.name() + ": "
                        + String.join(" ", loop.body().stream().map(node -> node.op().text()).toList()))
                .toList();
    }

    /** Floats per row of each value that is kept between passes. */
    private static List<Integer> saved(Schedule schedule) {
        return schedule.saved().stream().map(Buffer::perRow).toList();
    }

    private static List<Buffer> tiles(Schedule schedule) {
        return schedule.buffers().stream().filter(buffer -> buffer.use() == Buffer.Use.TILE).toList();
    }
}
