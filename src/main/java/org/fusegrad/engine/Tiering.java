package org.fusegrad.engine;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;
import org.fusegrad.codegen.Kernel;
import org.fusegrad.fusion.Pass;
import org.fusegrad.fusion.Schedule;
import org.fusegrad.ir.Extent;
import org.fusegrad.ir.Graph;

/**
 * Changes over from the scalar twin to the vector kernel when that is the faster one.
 *
 * <p>Until C2 has compiled it, Vector API code is hundreds of times slower than plain code and allocates.
 * So the scalar twin does the work at first, and the vector kernel is exercised beside it on data of its
 * own, for no longer than the caller has spent since the step before. Both give the same bits, so the change shows on the clock
 * only.
 *
 * <p>HotSpot can leave a method behind for good: one that was first compiled by C1 without profile (tier 2,
 * as happens while C2 is busy) goes on to tier 3, where C1 may give up on Vector API code ("out of virtual
 * registers"), and then nothing ever sends it to C2. A kernel that does not become fast, in every one of
 * its loops, is therefore loaded anew: a new class starts from the beginning.
 */
final class Tiering {
    /** Elements of an exercise at most, as long as that is a row: it must be cheap when cold. */
    private static final int MOST_ELEMENTS = 1 << 15;
    /** Rows that take every kind of tail; C2 compiles no branch it has not seen taken. */
    private static final int[] TAILS = {61, 37, 17, 3, 1};
    /** Takes the branches that few numbers take, for the same reason. */
    private static final float LARGE = Float.MAX_VALUE;

    /** Exercises between two comparisons, and comparisons won in a row that count as hot. */
    private static final int ROUND = 50;
    private static final int WINS = 10;
    /**
     * After so many, or so long without a round that is a tenth faster than all before, C2 has had its chance; the second class gets
     * twice that time, and so on. While code is interpreted a single round may take a second, so time as such says nothing.
     */
    private static final int MOST_EXERCISES = 30_000;
    private static final long MOST_NANOS = 800_000_000L;
    private static final int MOST_CLASSES = 5;
    /** A step of a few elements is over at once; what the caller does between steps counts too, up to this. */
    private static final int MOST_TIMES_THE_WORK = 8;

    private final Plan plan;
    private final AtomicBoolean exercising = new AtomicBoolean();
    private volatile Kernel vector;
    private volatile boolean gaveUp;

    // Guarded by exercising.
    private Workspace workspace;
    private int[] sizes;
    private long budget;
    private long lastCost;
    private long lastEnd;
    private int exercises;
    private long stalledNanos;
    private long bestRound = Long.MAX_VALUE;
    private long round;
    private int wins;
    private int classes = 1;

    Tiering(Plan plan, Kernel vector) {
        this.plan = plan;
        this.vector = vector;
    }

    Kernel vector() {
        return vector;
    }

    /** One run on the scalar twin, and perhaps some exercise for the vector kernel. */
    void runCold(Workspace caller, int callerRows) {
        long start = System.nanoTime();
        plan.run(caller, callerRows, false);
        if (gaveUp || !exercising.compareAndSet(false, true)) {
            return;
        }
        try {
            long end = System.nanoTime();
            budget += Math.min(end - lastEnd, (end - start) * MOST_TIMES_THE_WORK);
            if (budget > lastCost && !plan.isHot()) {
                exercise();
                lastCost = System.nanoTime() - end;
                budget -= lastCost; // may leave a debt
            }
            lastEnd = System.nanoTime();
        } finally {
            exercising.set(false);
        }
    }

    /** Exercises the vector kernel until it is hot, or given up. */
    void warmUp() {
        while (!plan.isHot() && !gaveUp) {
            if (exercising.compareAndSet(false, true)) {
                try {
                    exercise();
                } finally {
                    exercising.set(false);
                }
            } else {
                Thread.onSpinWait();
            }
        }
    }

    private void exercise() {
        open();
        long cost = time(true);
        round += cost;
        if (++exercises % ROUND > 0) {
            return;
        }
        long scalar = 0;
        for (int k = 0; k < ROUND; k++) {
            scalar += time(false);
        }
        boolean settled = round > bestRound * 0.9;
        boolean won = settled && round < scalar && plan.everyLoopIsFast(vector, workspace, sizes[0]) && allocatesNothing();
        wins = won ? wins + 1 : 0;
        stalledNanos = settled ? stalledNanos + round : 0;
        bestRound = Math.min(bestRound, round);
        round = 0;
        if (wins >= WINS) {
            plan.becomeHot(vector);
            workspace = null;
            Debug.hot(plan.schedule(), true);
        } else if (exercises > MOST_EXERCISES || stalledNanos > classes * MOST_NANOS) {
            startAgain();
        }
    }

    /** Fast enough, C2 may still have left vectors in objects. */
    private boolean allocatesNothing() {
        long before = AllocatedBytes.now();
        time(true);
        return AllocatedBytes.now() == before;
    }

    private void startAgain() {
        if (classes == MOST_CLASSES) {
            gaveUp = true;
            workspace = null;
            Debug.hot(plan.schedule(), false);
            return;
        }
        classes++;
        vector = plan.compileVector();
        exercises = 0;
        stalledNanos = 0;
        bestRound = Long.MAX_VALUE;
        wins = 0;
    }

    /** One run of each size. */
    private long time(boolean vectors) {
        long start = System.nanoTime();
        for (int rows : sizes) {
            workspace.run(rows, vectors);
        }
        return System.nanoTime() - start;
    }

    /** Data for the exercise: ones, and one large number to a batch. */
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
        int tile = 512;
        for (Pass pass : schedule.passes()) {
            tile = Math.max(tile, pass.tile());
        }
        int most = Math.max(1, MOST_ELEMENTS / cols);
        int whole = Math.min(2 * tile, most);
        sizes = new int[TAILS.length + 2];
        sizes[0] = whole;
        sizes[1] = Math.max(1, whole - 3);
        for (int k = 0; k < TAILS.length; k++) {
            sizes[k + 2] = Math.min(TAILS[k], most);
        }
        workspace = plan.newWorkspace();
        for (int k = 0; k < graph.inputs().size(); k++) {
            workspace.bindInput(k, data(graph.inputs().get(k).extent()), AlignedArrays.LEAD);
        }
        for (int k = 0; k < graph.outputs().size(); k++) {
            workspace.bindOutput(k, data(graph.outputs().get(k).node().extent()), AlignedArrays.LEAD);
        }
    }

    private float[] data(Extent extent) {
        // Nothing behind the last row: whole vectors may not reach past it, which takes code of its own.
        float[] array = new float[AlignedArrays.LEAD + extent.count(sizes[0])];
        Arrays.fill(array, 1f);
        if (extent.batched()) {
            array[AlignedArrays.LEAD] = LARGE;
        }
        return array;
    }
}
