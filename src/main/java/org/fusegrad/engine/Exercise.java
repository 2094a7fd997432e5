package org.fusegrad.engine;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.fusegrad.fusion.Pass;
import org.fusegrad.fusion.Schedule;
import org.fusegrad.ir.Extent;
import org.fusegrad.ir.Graph;

/**
 * Runs of a plan on arrays of its own, in which everything happens that can happen to its kernel later. C2 compiles no branch it has not
 * seen taken, so one that first comes with a caller's arrays would throw the compiled code away.
 */
final class Exercise {
    /** Rows that take every kind of tail. */
    private static final int[] TAILS = {61, 37, 17, 3, 1};
    /** Rows with which loops over them do two blocks of lanes and more, however many columns there are ... */
    private static final int MANY_ROWS = 131;
    /** ... unless that were so many elements. */
    private static final int MOST_ELEMENTS = 1 << 22;
    /** What is larger comes in every fifth run only: it must be cheap while code is cold. */
    private static final int FEW_ELEMENTS = 1 << 13;
    private static final int SELDOM = 5;
    /** Takes the branches that few numbers take. */
    static final float LARGE = Float.MAX_VALUE;

    private final Graph graph;
    private final Workspace workspace;
    private final float[][] inputs;
    private final float[][] outputs;
    private final int[] sizes;
    private final int[] smallSizes;
    private final Plan plan;
    private final BlocksExercise blocks;

    Exercise(Plan plan) {
        this.plan = plan;
        Schedule schedule = plan.schedule();
        blocks = new BlocksExercise(schedule);
        graph = schedule.graph();
        int cols = 1;
        for (Graph.Input input : graph.inputs()) {
            cols = Math.max(cols, input.extent().cols());
        }
        int tile = 512;
        for (Pass pass : schedule.passes()) {
            tile = Math.max(tile, pass.mostTile());
        }
        int few = Math.max(1, FEW_ELEMENTS / cols);
        int whole = Math.min(Math.min(2 * tile, Math.max(MANY_ROWS, few)), Math.max(1, MOST_ELEMENTS / cols));
        IntStream large = IntStream.of(whole, Math.max(1, whole - 3), Math.min(few, whole));
        IntStream tiles = schedule.passes().stream().mapToInt(Pass::tile).filter(rows -> rows > 0); // all of the only one
        IntStream small = IntStream.concat(tiles, Arrays.stream(TAILS)).map(rows -> Math.min(rows, whole));
        sizes = IntStream.concat(large, small).distinct().toArray();
        smallSizes = Arrays.stream(sizes).filter(rows -> rows <= few).toArray();
        workspace = plan.newWorkspace();
        inputs = new float[graph.inputs().size()][];
        Arrays.setAll(inputs, k -> data(graph.inputs().get(k).extent()));
        outputs = new float[graph.outputs().size()][];
        Arrays.setAll(outputs, k -> data(graph.outputs().get(k).node().extent()));
    }

    /** Ones, and a large number at each end of a batch. */
    private float[] data(Extent extent) {
        float[] array = AlignedArrays.allocate(extent.count(rows()));
        Arrays.fill(array, 1f);
        if (extent.batched()) {
            array[AlignedArrays.LEAD] = LARGE;
            array[array.length - 1] = LARGE;
        }
        return array;
    }

    /** The most rows of a run. */
    int rows() {
        return sizes[0];
    }

    /** With arrays for {@link #rows()} bound. */
    Workspace workspace() {
        bind(rows(), true);
        return workspace;
    }

    /** The time of one run of each size, in ns; large ones and the arrays' ends take turns by the number of the run. */
    long time(boolean vectors, int number) {
        return time(number % SELDOM == 0 ? sizes : smallSizes, vectors, number % 2 == 0);
    }

    /** One run of every size, both ways. */
    void runAll(boolean vectors) {
        time(sizes, vectors, true);
        time(sizes, vectors, false);
    }

    private long time(int[] some, boolean vectors, boolean room) {
        long start = System.nanoTime();
        for (int rows : some) {
            bind(rows, room);
            workspace.run(rows, vectors);
        }
        blocks.run(plan.kernel(vectors), room);
        return System.nanoTime() - start;
    }

    /** @param room whether the arrays go on behind their last elements, which whole vectors may then reach past */
    private void bind(int rows, boolean room) {
        for (int k = 0; k < inputs.length; k++) {
            int end = inputs[k].length - graph.inputs().get(k).extent().count(rows);
            workspace.bindInput(k, inputs[k], room ? AlignedArrays.LEAD : end);
        }
        for (int k = 0; k < outputs.length; k++) {
            int end = outputs[k].length - graph.outputs().get(k).node().extent().count(rows);
            workspace.bindOutput(k, outputs[k], room ? AlignedArrays.LEAD : end);
        }
    }
}
