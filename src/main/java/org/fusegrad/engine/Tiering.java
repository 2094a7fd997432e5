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
    private static final long MOST_NANOS = 400_000_000L;
    private static final int MOST_CLASSES = 5;
    /** A step of a few elements is over at once; what the caller does between steps counts too, up to this. */
    private static final int MOST_TIMES_THE_WORK = 8;

    private final Plan plan;
    private final AtomicBoolean exercising = new AtomicBoolean();
    private volatile Kernel vector;
    private volatile boolean gaveUp;

    // Guarded by exercising.
    private Workspace workspace;
    private float[][] inputs;
    private float[][] outputs;
    private int[] sizes;
    private long budget;
    private long lastCost;
    private long lastEnd;
    private int exercises;
    private long stalledNanos;
    private long bestRound = Long.MAX_VALUE;
    private long round;
    private int wins;
    private boolean boxes; // fast, though C2 has left vectors in objects
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
        long cost = time(true, exercises % 2 == 0);
        round += cost;
        if (++exercises % ROUND > 0) {
            return;
        }
        long scalar = 0;
        for (int k = 0; k < ROUND; k++) {
            scalar += time(false, k % 2 == 0);
        }
        boolean settled = round > bestRound * 0.9;
        bind(sizes[0], true);
        boolean fast = settled && round < scalar && plan.everyLoopIsFast(vector, workspace, sizes[0]);
        boolean won = fast && allocatesNothing();
        boxes = fast && !won;
        wins = won ? wins + 1 : 0;
        stalledNanos = settled ? stalledNanos + round : 0;
        bestRound = Math.min(bestRound, round);
        round = 0;
        if (wins >= WINS) {
            plan.becomeHot(vector);
            close();
            Debug.hot(plan.schedule(), true);
        } else if (exercises > MOST_EXERCISES || stalledNanos > classes * MOST_NANOS) {
            startAgain();
        }
    }

    private boolean allocatesNothing() {
        long before = AllocatedBytes.now();
        time(true, true);
        time(true, false);
        return AllocatedBytes.now() == before;
    }

    private void startAgain() {
        if (classes == MOST_CLASSES || boxes && classes > 1) { // what C2 made of one class it makes of the next
            gaveUp = true;
            close();
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

    /** One run of each size; {@code room} is as for {@link #bind}. */
    private long time(boolean vectors, boolean room) {
        long start = System.nanoTime();
        for (int rows : sizes) {
            bind(rows, room);
            workspace.run(rows, vectors);
        }
        return System.nanoTime() - start;
    }

    /** @param room whether the arrays go on behind their last elements, which whole vectors may then reach past */
    private void bind(int rows, boolean room) {
        Graph graph = plan.schedule().graph();
        for (int k = 0; k < inputs.length; k++) {
            int end = inputs[k].length - graph.inputs().get(k).extent().count(rows);
            workspace.bindInput(k, inputs[k], room ? AlignedArrays.LEAD : end);
        }
        for (int k = 0; k < outputs.length; k++) {
            int end = outputs[k].length - graph.outputs().get(k).node().extent().count(rows);
            workspace.bindOutput(k, outputs[k], room ? AlignedArrays.LEAD : end);
        }
    }

    /** Data for the exercise: ones, and a large number to a batch. */
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
        inputs = new float[graph.inputs().size()][];
        Arrays.setAll(inputs, k -> data(graph.inputs().get(k).extent()));
        outputs = new float[graph.outputs().size()][];
        Arrays.setAll(outputs, k -> data(graph.outputs().get(k).node().extent()));
    }

    /** Nothing of the exercise stays with a plan that has its kernel. */
    private void close() {
        workspace = null;
        inputs = null;
        outputs = null;
    }

    private float[] data(Extent extent) {
        float[] array = AlignedArrays.allocate(extent.count(sizes[0]));
        Arrays.fill(array, 1f);
        if (extent.batched()) {
            array[AlignedArrays.LEAD] = LARGE;
            array[array.length - 1] = LARGE;
        }
        return array;
    }
}
