package org.fusegrad.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.lang.ref.WeakReference;
import java.util.List;
import org.fusegrad.codegen.Kernel;
import org.fusegrad.codegen.KernelCompiler;
import org.fusegrad.fusion.Fuser;
import org.fusegrad.ir.Extent;
import org.fusegrad.ir.Graph;
import org.fusegrad.ir.GraphBuilder;
import org.fusegrad.ir.Node;
import org.fusegrad.testing.Losses;
import org.junit.jupiter.api.Test;

/** Equal structure shares one plan; the cache is bounded, and what it drops is unloaded. */
class PlanCacheTest {

    @Test
    void equalGraphsShareOnePlan() {
        assertSame(PlanCache.get(Losses.regression(12, false)), PlanCache.get(Losses.regression(12, false)));
    }

    @Test
    void differentGraphsDoNot() {
        assertNotSame(PlanCache.get(Losses.regression(12, false)), PlanCache.get(Losses.regression(13, false)));
        assertNotSame(PlanCache.get(Losses.regression(12, false)), PlanCache.get(Losses.regression(12, true)));
        assertNotSame(PlanCache.get(scaled(0f)), PlanCache.get(scaled(-0f)));
    }

    /** Arrays are numbered over all inputs, read or not, and then outputs. */
    @Test
    void inputsThatNothingReadsTellGraphsApart() {
        Plan alone = PlanCache.get(sumAmongUnread());
        Plan with = PlanCache.get(sumAmongUnread(Extent.SCALAR));
        assertNotSame(alone, with);
        assertNotSame(with, PlanCache.get(sumAmongUnread(Extent.ROW)), "it is bound to as many elements as there are rows");
        assertSame(with, PlanCache.get(sumAmongUnread(Extent.SCALAR)));
        float[] sum = new float[1];
        Workspace workspace = with.newWorkspace();
        workspace.bindInput(0, new float[] {1, 2, 4}, 0);
        workspace.bindInput(1, new float[] {8}, 0);
        workspace.bindOutput(0, sum, 0);
        workspace.run(3, false);
        assertEquals(7, sum[0]);
    }

    private static Graph sumAmongUnread(Extent... unread) {
        GraphBuilder g = new GraphBuilder();
        Node x = g.input("x", Extent.ROW);
        for (Extent extent : unread) {
            g.input("unread", extent);
        }
        return g.build(List.of(new Graph.Output("loss", g.sum(x))));
    }

    @Test
    void theCacheIsBounded() {
        Plan first = PlanCache.get(scaled(1000));
        for (int k = 0; k < 300; k++) {
            PlanCache.get(scaled(2000 + k));
        }
        assertNotSame(first, PlanCache.get(scaled(1000)), "it was the least recently used of more than 256");
    }

    @Test
    void droppedKernelsAreUnloaded() throws Exception {
        WeakReference<Class<?>> loaded = load();
        for (int k = 0; k < 50 && loaded.get() != null; k++) {
            System.gc();
        }
        assertNull(loaded.get(), "a hidden class that nothing refers to");
    }

    private static WeakReference<Class<?>> load() throws KernelCompiler.MethodTooLong {
        Kernel kernel = KernelCompiler.compile(Fuser.fuse(scaled(5)), 0);
        assertEquals("org.fusegrad.codegen", kernel.getClass().getPackageName());
        return new WeakReference<>(kernel.getClass());
    }

    private static Graph scaled(float factor) {
        GraphBuilder g = new GraphBuilder();
        Node x = g.input("x", Extent.ROW);
        return g.build(List.of(new Graph.Output("loss", g.sum(g.mul(x, g.constant(factor))))));
    }
}
