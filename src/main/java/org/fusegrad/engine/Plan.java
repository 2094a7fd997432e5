package org.fusegrad.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.fusegrad.codegen.Kernel;
import org.fusegrad.codegen.KernelCompiler;
import org.fusegrad.fusion.Fold;
import org.fusegrad.fusion.Fuser;
import org.fusegrad.fusion.Loop;
import org.fusegrad.fusion.Overlap;
import org.fusegrad.fusion.Pass;
import org.fusegrad.fusion.Place;
import org.fusegrad.fusion.Schedule;
import org.fusegrad.fusion.Sink;
import org.fusegrad.ir.Graph;
import org.fusegrad.ir.GraphVerifier;
import org.fusegrad.simd.Lanes;

/**
 * A compiled schedule, ready to run: immutable and shared by threads, each with a {@link Workspace} of
 * its own.
 */
public final class Plan {
    private static final int LOOP_TRIALS = 10;
    private static final int LOOP_LAUNCHES = 16;
    /** Masks and trees cost the smallest loops 10 to 40 ns a launch; what C1 makes of them takes hundreds. */
    private static final int LOOP_SLACK_NANOS = 60 * LOOP_LAUNCHES;

    private final Schedule schedule;
    private final Step[] steps;
    private final int lanes;
    private final Kernel scalar;
    private final Tiering tiering;
    /** The kernel to use; null while the vector kernel is cold. */
    private volatile Kernel hot;
    /** Up to so many rows the kernel does a whole step by itself, which a small batch feels. */
    private final int stepRows;
    private final AtomicReference<Workspace> spare = new AtomicReference<>();

    /** A pass as the runner wants it: arrays instead of lists, each loop with the reductions that end with it. */
    record Step(
            Pass.Kind kind, boolean batched, int cols, int tile, Streaming streaming, Launch[] launches, Fold[] folds, Ahead ahead) {}

    /** One loop of a step: its number in the kernel, what it walks, and its contiguous reductions. */
    record Launch(int loop, boolean flatOverColumns, int cols, Fold[] lanes) {}

    /**
     * Whole tiles, the last loop over each with the first one over the next.
     *
     * @param loop its number in the kernel
     * @param rows those that a batch must have from a tile's first on
     */
    record Ahead(int loop, int rows) {}

    Plan(Schedule schedule, int lanes, Kernel scalar, Kernel vector) {
        this.schedule = schedule;
        this.lanes = lanes;
        this.scalar = scalar;
        List<Step> list = new ArrayList<>();
        int loop = 0;
        int overlap = schedule.passes().stream().mapToInt(pass -> pass.loops().size()).sum();
        for (Pass pass : schedule.passes()) {
            Launch[] launches = new Launch[pass.loops().size()];
            for (int k = 0; k < launches.length; k++) {
                launches[k] = launch(pass, pass.loops().get(k), loop++);
            }
            List<Fold> columns = pass.folds().stream().filter(f -> f.kind() != Fold.Kind.LANES).toList();
            Overlap between = pass.overlap();
            Ahead ahead = between == null ? null : new Ahead(overlap++, between.rows(pass.tile()));
            list.add(new Step(
                    pass.kind(), pass.index().batched(), pass.index().cols(), pass.tile(), new Streaming(pass, lanes), launches,
                    columns.toArray(new Fold[0]), ahead));
        }
        this.steps = list.toArray(new Step[0]);
        this.tiering = vector == null ? null : new Tiering(this, vector);
        this.hot = vector == null ? scalar : null;
        this.stepRows = list.stream()
                .mapToInt(step -> step.streaming().cachedRows())
                .reduce(KernelCompiler.stepRows(schedule), Math::min);
    }

    private static Launch launch(Pass pass, Loop loop, int number) {
        List<Fold> lanes = new ArrayList<>();
        for (Sink sink : loop.sinks()) {
            for (Fold fold : pass.folds()) {
                boolean ends = sink instanceof Sink.LaneReduction reduction
                        && fold.kind() == Fold.Kind.LANES
                        && fold.source().equals(reduction.lanes());
                if (ends) {
                    lanes.add(fold);
                }
            }
        }
        return new Launch(number, loop.walksMemory(), loop.cols(), lanes.toArray(new Fold[0]));
    }

    /** Compiles for the active lanes. */
    public static Plan of(Graph graph) {
        return of(graph, Lanes.ACTIVE);
    }

    /** Compiles for the given lanes, 0 for scalar code only. */
    public static Plan of(Graph graph, int lanes) {
        return of(graph, lanes, Fuser.OPS_PER_LOOP);
    }

    /** Compiles with at most {@code opsPerLoop} operations in a loop, or fewer where a method would be too long. */
    static Plan of(Graph graph, int lanes, int opsPerLoop) {
        assert GraphVerifier.verify(graph);
        Debug.graph(graph);
        for (int ops = opsPerLoop; ; ops /= 2) {
            long start = System.nanoTime();
            Schedule schedule = Fuser.fuse(graph, ops);
            try {
                Kernel scalar = KernelCompiler.compile(schedule, 0);
                Kernel vector = lanes == 0 ? null : KernelCompiler.compile(schedule, lanes);
                Debug.compiled(schedule, lanes, System.nanoTime() - start);
                return new Plan(schedule, lanes, scalar, vector);
            } catch (KernelCompiler.MethodTooLong e) {
                if (ops <= 1) {
                    throw new IllegalStateException("one operation gives a method that is too long", e);
                }
            }
        }
    }

    public Schedule schedule() {
        return schedule;
    }

    /** The lanes of the vector kernel, 0 when there is only scalar code. */
    public int lanes() {
        return lanes;
    }

    /** Drives the vector kernel through the JIT compiler now, rather than over the first many runs. */
    public void warmUp() {
        if (tiering != null) {
            tiering.warmUp();
        }
    }

    /** Whether runs use the vector kernel by now. */
    public boolean isHot() {
        return hot != null;
    }

    /** The vector kernel in a class of its own. */
    Kernel compileVector() {
        try {
            return KernelCompiler.compile(schedule, lanes);
        } catch (KernelCompiler.MethodTooLong e) {
            throw new AssertionError("it was compiled before", e);
        }
    }

    public Workspace newWorkspace() {
        return new Workspace(this);
    }

    /** A workspace that nobody uses; give it back with {@link #release}. */
    public Workspace acquire() {
        Workspace workspace = spare.getAndSet(null);
        return workspace != null ? workspace : newWorkspace();
    }

    public void release(Workspace workspace) {
        spare.set(workspace);
    }

    /** Runs on the arrays bound in {@code workspace}, with whichever kernel is faster by now. */
    void run(Workspace workspace, int rows) {
        Kernel kernel = hot;
        if (kernel == null) {
            tiering.runCold(workspace, rows);
        } else {
            run(kernel, workspace, rows);
        }
    }

    /** The faster kernel, or null while the plan is cold. */
    Kernel hot() {
        return hot;
    }

    /** Up to so many rows a kernel does a whole step by itself. */
    int stepRows() {
        return stepRows;
    }

    private void run(Kernel kernel, Workspace workspace, int rows) {
        if (rows <= stepRows) {
            kernel.step(workspace.arrays, workspace.offsets, rows);
        } else {
            Runner.run(kernel, steps, workspace, rows);
        }
    }

    /** From now on runs use the vector kernel. */
    void becomeHot(Kernel vector) {
        hot = vector;
    }

    /**
     * Whether no loop of the vector kernel is left behind: even where the kernel as a whole beats the scalar
     * twin, a loop that C2 has not compiled is slower than its own twin by far, and allocates.
     */
    boolean everyLoopIsFast(Kernel vector, Workspace workspace, int rows) {
        for (Step step : steps) {
            for (Launch launch : step.launches()) {
                if (!isFast(vector, kernel -> Runner.launchAlone(kernel, step, launch, workspace, rows))) {
                    return false;
                }
            }
            if (step.ahead() != null && rows >= step.ahead().rows()
                    && !isFast(vector, kernel -> Runner.launchAlone(kernel, step, workspace))) {
                return false;
            }
        }
        return true;
    }

    private boolean isFast(Kernel vector, Consumer<Kernel> launch) {
        long best = Long.MAX_VALUE;
        long twin = Long.MAX_VALUE;
        for (int k = 0; k < LOOP_TRIALS; k++) {
            best = Math.min(best, time(vector, launch));
            twin = Math.min(twin, time(scalar, launch));
        }
        return best <= 2 * twin + LOOP_SLACK_NANOS;
    }

    private static long time(Kernel kernel, Consumer<Kernel> launch) {
        long start = System.nanoTime();
        for (int k = 0; k < LOOP_LAUNCHES; k++) {
            launch.accept(kernel);
        }
        return System.nanoTime() - start;
    }

    /** Runs with the vector kernel however cold it is, or with the scalar twin. */
    void run(Workspace workspace, int rows, boolean vectors) {
        run(kernel(vectors), workspace, rows);
    }

    /** The vector kernel however cold it is, or the scalar twin. */
    Kernel kernel(boolean vectors) {
        return vectors && tiering != null ? tiering.vector() : scalar;
    }

    /** The place of a scalar, for the runner. */
    static float scalar(Workspace w, Place place) {
        return w.arrays[place.slot()][w.offsets[place.slot()] + place.index()];
    }
}
