package org.fusegrad.engine;

import java.util.concurrent.atomic.AtomicBoolean;
import org.fusegrad.codegen.Kernel;
import org.fusegrad.simd.VectorProfiles;

/**
 * Changes over from the scalar twin to the vector kernel when that is the faster one.
 *
 * <p>Until C2 has compiled it, Vector API code is hundreds of times slower than plain code and allocates.
 * So the scalar twin does the work at first, and the vector kernel is exercised beside it on data of its
 * own, for no longer than the caller has spent since the step before. Both give the same bits, so the change shows on the clock
 * only.
 *
 * <p>What C2 makes of a method depends on what it knew at that moment. A kernel that does not become fast, in every one of its
 * loops, is loaded anew: a new class starts from the beginning. One that still does not rests, and is tried again later, when the
 * process may be less busy.
 */
final class Tiering {
    /** Exercises between two comparisons, and comparisons won in a row that count as hot. */
    private static final int ROUND = 50;
    private static final int WINS = 10;
    /**
     * HotSpot asks C2 for a method by how often it ran, within the first few hundred exercises. Then C2 has its queue, and takes up to
     * seconds for a long loop on a busy machine. It has had its chance when rounds no longer become faster for this long.
     */
    private static final int FEW_EXERCISES = 500;
    private static final long PATIENCE = 4_000_000_000L;
    /** Where an exercise takes microseconds, so many are seconds of chances already. */
    private static final int MANY_EXERCISES = 30_000;
    private static final long PATIENCE_AFTER_MANY = 1_000_000_000L;
    private static final int MOST_CLASSES = 3;
    /** The first rest; each is twice the one before. */
    private static final long REST = 60_000_000_000L;
    /** A step of a few elements is over at once; what the caller does between steps counts too, up to this. */
    private static final int MOST_TIMES_THE_WORK = 8;

    private final Plan plan;
    private final AtomicBoolean exercising = new AtomicBoolean();
    private volatile Kernel vector;
    private volatile boolean rests;

    // Guarded by exercising.
    private Exercise exercise; // none where it is not needed any more, or not yet
    private long budget;
    private long lastCost;
    private long lastEnd;
    private int exercises;
    private long stalledNanos;
    private long markedRound = Long.MAX_VALUE; // the last that was a tenth faster than the one marked before
    private long round;
    private int wins;
    private boolean boxes; // fast, though C2 has left vectors in objects
    private int classes = 1;
    private long rest = REST / 2;
    private long restBegan;

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
        long end = System.nanoTime();
        if (rests(end) || !exercising.compareAndSet(false, true)) {
            return;
        }
        try {
            if (rests(end)) { // another thread has given up just now
                return;
            }
            rests = false;
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

    private boolean rests(long now) {
        return rests && now - restBegan < rest;
    }

    /** Exercises the vector kernel until it is hot, or given up. */
    void warmUp() {
        while (!plan.isHot() && !rests) {
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
        if (!VectorProfiles.show(plan.lanes())) {
            return;
        }
        if (exercise == null) {
            exercise = new Exercise(plan);
        }
        round += exercise.time(true, exercises);
        if (++exercises % ROUND > 0) {
            return;
        }
        long scalar = 0;
        for (int k = 0; k < ROUND; k++) {
            scalar += exercise.time(false, k);
        }
        boolean settled = round > markedRound * 0.9;
        boolean fast = settled && round < scalar && plan.everyLoopIsFast(vector, exercise.workspace(), exercise.rows());
        boolean won = fast && allocatesNothing();
        boxes = fast && !won;
        wins = won ? wins + 1 : 0;
        stalledNanos = settled ? stalledNanos + round : 0;
        markedRound = settled ? markedRound : round;
        round = 0;
        if (wins >= WINS) {
            plan.becomeHot(vector);
            exercise = null;
            Debug.hot(plan.schedule());
        } else if (exercises > FEW_EXERCISES && stalledNanos > (exercises > MANY_EXERCISES ? PATIENCE_AFTER_MANY : PATIENCE)) {
            startAgain();
        }
    }

    private boolean allocatesNothing() {
        long before = AllocatedBytes.now();
        exercise.runAll(true);
        return AllocatedBytes.now() == before;
    }

    private void startAgain() {
        boolean enough = classes == MOST_CLASSES || boxes && classes > 1; // what C2 made of one class it makes of the next
        classes = enough ? 1 : classes + 1;
        vector = plan.compileVector();
        exercises = 0;
        stalledNanos = 0;
        markedRound = Long.MAX_VALUE;
        wins = 0;
        if (enough) {
            exercise = null;
            Debug.rests(plan.schedule(), boxes);
            rest *= 2;
            restBegan = System.nanoTime();
            rests = true;
        }
    }
}
