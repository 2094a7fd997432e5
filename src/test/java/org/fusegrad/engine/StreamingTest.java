package org.fusegrad.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.List;
import org.fusegrad.fusion.Fuser;
import org.fusegrad.fusion.Pass;
import org.fusegrad.ir.Extent;
import org.fusegrad.ir.Graph;
import org.fusegrad.ir.GraphBuilder;
import org.fusegrad.testing.Losses;
import org.junit.jupiter.api.Test;

/** Batches that no cache holds are walked in small tiles, narrow rows of them read ahead, to the last row and no farther. */
class StreamingTest {
    private static final long SEED = Long.getLong("fusegrad.test.seed", 7L);
    /** Of 40 bytes, the first number that is beyond 32 MB. */
    private static final int BEYOND = 838_861;

    private static Graph sums(int cols) {
        GraphBuilder g = new GraphBuilder();
        return g.build(List.of(new Graph.Output(
                "y", g.sumColumns(g.mul(g.input("x", Extent.full(cols)), g.input("w", Extent.col(cols)))))));
    }

    private static Pass pass(Graph graph) {
        return Fuser.fuse(graph, Fuser.OPS_PER_LOOP).passes().stream().filter(p -> p.kind() == Pass.Kind.ROWS).findFirst().orElseThrow();
    }

    @Test
    void beginsBeyondTheCaches() {
        assertEquals(BEYOND - 1, new Streaming(pass(sums(10)), 16).cachedRows());
        assertEquals(131_072, new Streaming(pass(sums(64)), 16).cachedRows());
    }

    @Test
    void tilesAreSmallWhereThatIsSoonOver() {
        assertTiles(10, 512, 64);
        assertTiles(64, 64, 16);
        assertTiles(128, 32, 16);
        assertTiles(512, 16, 64);
    }

    private static void assertTiles(int cols, int cached, int streaming) {
        Pass pass = pass(Losses.regression(cols, false));
        assertEquals(cached, pass.tile(), cols + " columns");
        assertEquals(streaming, new Streaming(pass, 16).tile(), cols + " columns");
    }

    @Test
    void tilesOfOnePageOrSeveralAreReadAhead() {
        assertNotEquals(0, readAhead(10, 16));
        assertNotEquals(0, readAhead(64, 16));
        assertEquals(0, readAhead(65, 16));
        assertEquals(0, readAhead(128, 16));
        assertNotEquals(0, readAhead(129, 16));
        assertNotEquals(0, readAhead(255, 16));
        assertEquals(0, readAhead(256, 16));
        assertEquals(0, readAhead(192, 8));
        assertNotEquals(0, readAhead(32, 8));
        assertEquals(0, readAhead(33, 8));
    }

    private static int readAhead(int cols, int lanes) {
        float[] x = new float[2 * cols]; // ends with the last row
        x[0] = 1;
        return new Streaming(pass(sums(cols)), lanes).readAhead(new float[][] {x}, new int[] {0}, 0, 2);
    }

    @Test
    void changesNoResult() {
        check("regression", Losses.regression(10, false), 10);
        check("regression", Losses.regression(64, false), 64);
        check("regression", Losses.regression(160, false), 160);
        check("regression", Losses.regression(512, false), 512);
        check("distance", Losses.distance(16), 16);
    }

    private static void check(String what, Graph graph, int cols) {
        Parity parity = new Parity(graph, List.of(0));
        parity.check("streamed " + what + " seed " + SEED, BEYOND * 10 / cols + 5, Numbers.plain(SEED));
    }
}
