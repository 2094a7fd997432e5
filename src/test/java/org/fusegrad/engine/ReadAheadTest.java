package org.fusegrad.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.List;
import org.fusegrad.fusion.Fuser;
import org.fusegrad.fusion.Pass;
import org.fusegrad.ir.Extent;
import org.fusegrad.ir.Graph;
import org.fusegrad.ir.GraphBuilder;
import org.fusegrad.ir.Node;
import org.fusegrad.testing.Bits;
import org.junit.jupiter.api.Test;

/** Large batches of rows that are not whole cache lines are read ahead, to their last row and no farther. */
class ReadAheadTest {
    private static final int COLS = 10;
    /** Of 40 bytes, the first number that is beyond 32 MB. */
    private static final int BEYOND = 838_861;

    private static Graph sums(int cols) {
        GraphBuilder g = new GraphBuilder();
        Node x = g.input("x", Extent.full(cols));
        return g.build(List.of(new Graph.Output("y", g.sumColumns(g.mul(x, g.input("w", Extent.col(cols)))))));
    }

    private static ReadAhead of(int cols) {
        Pass pass = Fuser.fuse(sums(cols), Fuser.OPS_PER_LOOP).passes().getFirst();
        assertEquals(Pass.Kind.ROWS, pass.kind());
        return new ReadAhead(pass);
    }

    @Test
    void paysBeyondTheCachesForRowsThatAreNotWholeLines() {
        assertEquals(BEYOND - 1, of(COLS).cached());
        assertEquals(83_886, of(100).cached());
        assertEquals(Integer.MAX_VALUE, of(64).cached());
        assertEquals(Integer.MAX_VALUE, of(16).cached());
    }

    @Test
    void changesNoResult() {
        int rows = BEYOND + 5;
        int half = rows / 2;
        int offset = 3;
        float[] x = new float[offset + rows * COLS]; // ends with the last row
        for (int i = 0; i < x.length; i++) {
            x[i] = (i % 1013) * 0.01f - 5;
        }
        Plan plan = Plan.of(sums(COLS));
        Workspace workspace = plan.newWorkspace();
        workspace.bindInput(1, new float[] {1, -2, 3, -4, 5, -6, 7, -8, 9, -10}, 0);
        float[] whole = new float[rows];
        float[] halves = new float[rows];
        run(workspace, x, offset, whole, 0, rows);
        assertNotEquals(0, workspace.readAhead, "it has read");
        run(workspace, x, offset, halves, 0, half);
        run(workspace, x, offset + half * COLS, halves, half, rows - half);
        Bits.same("sums of rows", whole, halves);
    }

    private static void run(Workspace workspace, float[] x, int xAt, float[] y, int yAt, int rows) {
        workspace.bindInput(0, x, xAt);
        workspace.bindOutput(0, y, yAt);
        workspace.run(rows, false);
    }
}
