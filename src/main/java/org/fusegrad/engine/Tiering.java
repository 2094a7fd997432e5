package org.fusegrad.engine;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;
import org.fusegrad.codegen.Kernel;
import org.fusegrad.fusion.Schedule;
import org.fusegrad.ir.Extent;
import org.fusegrad.ir.Graph;

/**
 * Changes over from the scalar twin to the vector kernel when that is worth it.
 *
 * <p>Until C2 has compiled it, Vector API code is hundreds of times slower than plain code and allocates.
 * So the scalar twin does the work at first, and the vector kernel is exercised beside it on data of its
 * own, for no longer than the work itself takes, until it is the faster of the two. Both give the same
 * bits, so the change shows on the clock only.
 */
final class Tiering {
    /** Elements of the exercise: enough for the vector loop to matter, few enough to be cheap when cold. */
    private static final int EXERCISE = 1024;
    /** Wins in a row that count as hot. */
    private static final int WINS = 3;

    private static final long WARM_UP_LEAST_NANOS = 200_000_000L;
    private static final long WARM_UP_MOST_NANOS = 5_000_000_000L;
    private static final int WARM_UP_ROUNDS = 200;

    private final Plan plan;
    private final Kernel vector;
    private final AtomicBoolean exercising = new AtomicBoolean();
    private volatile boolean hot;

    // Guarded by exercising.
    private Workspace workspace;
    private int rows;
    private long budget;
    private long lastCost;
    private int wins;

    Tiering(Plan plan, Kernel vector) {
        this.plan = plan;
        this.vector = vector;
    }

    Kernel vector() {
        return vector;
    }

    boolean isHot() {
        return hot;
    }

    /** One run on the scalar twin, and perhaps some exercise for the vector kernel. */
    void runCold(Workspace caller, int callerRows) {
        long start = System.nanoTime();
        plan.run(caller, callerRows, false);
        long cost = System.nanoTime() - start;
        if (exercising.compareAndSet(false, true)) {
            try {
                budget += cost;
                if (budget > lastCost) {
                    exercise();
                }
            } finally {
                exercising.set(false);
            }
        }
    }

    private void exercise() {
        open();
        long cost = time(true);
        budget = Math.max(0, budget - cost);
        lastCost = cost;
        // Compare only when it may be over: the first launches are slower by orders of magnitude.
        wins = cost < 4 * time(false) && time(true) < time(false) ? wins + 1 : 0;
        if (wins >= WINS) {
            becomeHot();
        }
    }

    /** Launches the vector kernel until it gets no faster. */
    void warmUp() {
        if (hot || !exercising.compareAndSet(false, true)) {
            return;
        }
        try {
            open();
            long start = System.nanoTime();
            long best = Long.MAX_VALUE;
            int withoutGain = 0;
            while (withoutGain < 5 || System.nanoTime() - start < WARM_UP_LEAST_NANOS) {
                long round = System.nanoTime();
                for (int k = 0; k < WARM_UP_ROUNDS; k++) {
                    plan.run(workspace, rows, true);
                }
                long cost = System.nanoTime() - round;
                withoutGain = cost < best * 0.9 ? 0 : withoutGain + 1;
                best = Math.min(best, cost);
                if (System.nanoTime() - start > WARM_UP_MOST_NANOS) {
                    break;
                }
            }
            becomeHot();
        } finally {
            exercising.set(false);
        }
    }

    private void becomeHot() {
        hot = true;
        workspace = null;
        Debug.hot(plan.schedule());
    }

    private long time(boolean vectors) {
        long start = System.nanoTime();
        plan.run(workspace, rows, vectors);
        return System.nanoTime() - start;
    }

    /** Data for the exercise: ones, which no kernel treats differently from any other numbers. */
    private void open() {
        if (workspace != null) {
            return;
        }
        Schedule schedule = plan.schedule();
        Graph graph = schedule.graph();
        int cols = 1;
        for (Graph.Input input : graph.inputs()) {
            cols = Math.max(cols, input.extent().cols());
        }
        rows = Math.clamp(EXERCISE / cols, 4, EXERCISE);
        workspace = plan.newWorkspace();
        for (int k = 0; k < graph.inputs().size(); k++) {
            workspace.bindInput(k, ones(graph.inputs().get(k).extent()), AlignedArrays.LEAD);
        }
        for (int k = 0; k < graph.outputs().size(); k++) {
            workspace.bindOutput(k, ones(graph.outputs().get(k).node().extent()), AlignedArrays.LEAD);
        }
        workspace.prepare(rows);
    }

    private float[] ones(Extent extent) {
        float[] array = AlignedArrays.allocate(extent.count(rows));
        Arrays.fill(array, 1f);
        return array;
    }
}
