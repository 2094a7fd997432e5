package org.fusegrad.engine;

import org.fusegrad.codegen.Kernel;
import org.fusegrad.fusion.Buffer;
import org.fusegrad.fusion.Schedule;

/**
 * What one thread needs to run a plan: the arrays bound to its inputs and outputs, and its buffers. After
 * the first run with a number of rows, no run with that many or fewer allocates.
 */
public final class Workspace {
    final float[][] arrays;
    final int[] offsets;
    final double[] totals;
    /** So that what reads ahead is not optimised away. */
    int readAhead;

    private final Plan plan;
    private final Schedule.ScalarOutput[] scalarOutputs;
    private final Schedule.Count[] counts;
    private final Buffer[] saved;
    private final int firstOutput;
    private final int firstBuffer;
    private int preparedRows;
    private int savedRows;

    Workspace(Plan plan) {
        this.plan = plan;
        Schedule schedule = plan.schedule();
        this.arrays = new float[schedule.slots()][];
        this.offsets = new int[schedule.slots()];
        this.totals = new double[schedule.totals()];
        this.scalarOutputs = schedule.scalarOutputs().toArray(new Schedule.ScalarOutput[0]);
        this.counts = schedule.counts().toArray(new Schedule.Count[0]);
        this.saved = schedule.saved().toArray(new Buffer[0]);
        this.firstOutput = schedule.graph().inputs().size();
        this.firstBuffer = firstOutput + schedule.graph().outputs().size();
        for (Buffer buffer : schedule.buffers()) {
            allocate(buffer, 0);
        }
    }

    private void allocate(Buffer buffer, int rows) {
        int size = buffer.size(rows);
        arrays[buffer.slot()] = AlignedArrays.allocate(size);
        offsets[buffer.slot()] = AlignedArrays.LEAD;
        if (buffer.use() == Buffer.Use.COLUMN_INDEX) {
            for (int c = 0; c < size; c++) {
                arrays[buffer.slot()][AlignedArrays.LEAD + c] = c;
            }
        }
    }

    /** Binds an input of the graph. */
    public void bindInput(int input, float[] array, int offset) {
        bind(input, array, offset);
    }

    /** Binds an output of the graph. */
    public void bindOutput(int output, float[] array, int offset) {
        bind(outputSlot(output), array, offset);
    }

    /** The slot of an output of the graph; an input's is its number. */
    public int outputSlot(int output) {
        return firstOutput + output;
    }

    /** The array in a slot is used from there on. */
    public void move(int slot, int offset) {
        offsets[slot] = offset;
    }

    private void bind(int slot, float[] array, int offset) {
        if (arrays[slot] != array) { // G1 takes some 6 ns to store a reference
            arrays[slot] = array;
        }
        offsets[slot] = offset;
    }

    /** Forgets all bound arrays, so that a workspace in waiting keeps none alive. */
    public void unbind() {
        java.util.Arrays.fill(arrays, 0, firstBuffer, null);
    }

    /** Runs over {@code rows} rows; everything must be bound and long enough. */
    public void run(int rows) {
        prepare(rows);
        plan.run(this, rows);
        Runner.putScalarOutputs(scalarOutputs, this, firstOutput);
    }

    /** The kernel that does all of a run of as many rows as the last one by itself; null where there is none, or none is hot yet. */
    public Kernel stepKernel() {
        return preparedRows <= plan.stepRows() && scalarOutputs.length == 0 ? plan.hot() : null;
    }

    /** By slot, as that kernel takes them. */
    public float[][] arrays() {
        return arrays;
    }

    /** By slot, as that kernel takes them. */
    public int[] offsets() {
        return offsets;
    }

    /** As {@link #run(int)}, with the vector kernel or the scalar twin as said. */
    public void run(int rows, boolean vectors) {
        prepare(rows);
        plan.run(this, rows, vectors);
        Runner.putScalarOutputs(scalarOutputs, this, firstOutput);
    }

    /** Makes room for that many rows, and sets the scalars that hold them. */
    void prepare(int rows) {
        if (rows == preparedRows) {
            return;
        }
        if (rows > savedRows) {
            for (Buffer buffer : saved) {
                allocate(buffer, rows);
            }
            savedRows = rows;
        }
        for (Schedule.Count count : counts) {
            int slot = count.place().slot();
            arrays[slot][offsets[slot] + count.place().index()] = (float) ((double) rows * count.node().multiple());
        }
        preparedRows = rows;
    }
}
