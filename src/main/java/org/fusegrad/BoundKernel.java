package org.fusegrad;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.fusegrad.codegen.Kernel;
import org.fusegrad.engine.Plan;
import org.fusegrad.engine.Workspace;
import org.fusegrad.fusion.Schedule;

/**
 * The kernel of a loss with the arrays that one thread binds to it. What was bound is checked as a whole before the next run. Nothing is looked at again
 * until an array is bound anew, or a run goes beyond the rows that were checked.
 */
final class BoundKernel {
    private final List<Expr> inputs;
    private final boolean batched;
    private final int rowsPerExample; // of the graph, for one of the batch
    private final Workspace workspace;
    private final float[][] arrays; // the workspace's, and its offsets: a smallest batch feels each look at another object
    private final int[] offsets;
    private final Bindings bindings;
    private final int[] inputSlots;
    private final int[] outputSlots;
    private final int[] moving; // of the workspace's slots those that are batched,
    private final int[] movingSlots; // whose arrays these are
    private final int[] starts; // of their rows 0
    private final int[] strides; // of their rows
    private final float[] loss = new float[1];
    private final long perRow; // elements of the widest value, which may be in no array
    private int checkedRows; // that all arrays are long enough for, from their offsets on
    private int rows; // of the mini-batch that was prepared last,
    private int mostFirst = -1; // and where another one of as many rows may begin
    private int first; // the row of the batch where the workspace's arrays begin
    private int graphRows;
    private Kernel kernel; // does all of a step of so many rows by itself
    private boolean direct; // whether there is one and nothing was bound since; a look at the kernel itself takes 3 elements half a nanosecond more

    /**
     * @param inputs what users bind by expression or by name
     * @param bindings a slot for each of them, then those that the kernel writes
     * @param inputSlots for each of the graph's first inputs the slot that it reads, or -1 where its array never changes
     * @param outputSlots for each of the graph's first outputs behind the loss the slot that it writes
     */
    BoundKernel(
            List<Expr> inputs, GraphLowering lowering, Plan plan, Bindings bindings, int[] inputSlots, int[] outputSlots) {
        this.inputs = inputs;
        this.batched = inputs.stream().anyMatch(e -> e.shape.isBatched());
        this.perRow = lowering.widest(plan.schedule().graph());
        this.rowsPerExample = lowering.rows(1);
        this.workspace = plan.newWorkspace();
        this.arrays = workspace.arrays();
        this.offsets = workspace.offsets();
        this.bindings = bindings;
        this.inputSlots = inputSlots;
        this.outputSlots = outputSlots;
        int[] bound = new int[plan.schedule().slots()]; // for each slot of the workspace the one that it is bound to
        Arrays.fill(bound, -1);
        System.arraycopy(inputSlots, 0, bound, 0, inputSlots.length);
        System.arraycopy(outputSlots, 0, bound, workspace.outputSlot(1), outputSlots.length);
        this.moving = IntStream.range(0, bound.length).filter(k -> bound[k] >= 0 && bindings.isBatched(bound[k])).toArray();
        this.movingSlots = Arrays.stream(moving).map(k -> bound[k]).toArray();
        this.strides = Arrays.stream(movingSlots).map(bindings::perRow).toArray();
        this.starts = new int[moving.length];
        workspace.bindOutput(0, loss, 0);
    }

    /** For arrays that never change, and so have no slot. */
    Workspace workspace() {
        return workspace;
    }

    /** @throws IllegalArgumentException if it is not among the inputs */
    void bind(Expr input, float[] array, int offset) {
        Objects.requireNonNull(input, "input");
        bind(indexOf(inputs, input, "bind"), array, offset);
    }

    /** @throws IllegalArgumentException if none of the inputs has that name */
    void bind(String name, float[] array, int offset) {
        bind(named(inputs, name, "bind"), array, offset);
    }

    void bind(int slot, float[] array, int offset) {
        bindings.set(slot, array, offset);
        checkedRows = 0;
        mostFirst = -1;
        direct = false;
    }

    /** @throws IllegalStateException if the kernel has a batch */
    void requireNoBatch() {
        if (batched) {
            throw new IllegalStateException("run: this kernel has a batch; say how many rows");
        }
    }

    /**
     * Checks the rows of the next run, and what was bound since the last.
     *
     * @throws IllegalArgumentException if there is no row, an array is too short, or one that is written overlaps another
     * @throws IllegalStateException if something is not bound
     */
    void check(int first, int rows) {
        if (!direct || rows != this.rows || first != this.first) {
            prepare(first, rows);
        }
    }

    /** Runs on the rows that were checked last; returns the loss. */
    float run() {
        if (direct) {
            kernel.step(arrays, offsets, graphRows);
        } else {
            workspace.run(graphRows);
            kernel = workspace.stepKernel();
            direct = kernel != null;
        }
        return loss[0];
    }

    /** As {@link #run()}, with the vector kernel however cold it is, or with the scalar twin. */
    float run(boolean vectors) {
        workspace.run(graphRows, vectors);
        return loss[0];
    }

    private void prepare(int first, int rows) {
        if (!batched && (first != 0 || rows != 1)) {
            throw new IllegalArgumentException("run: this kernel has no batch, but " + Bindings.rows(first, rows) + " were given");
        }
        if (rows != this.rows || first < 0 || first > mostFirst) {
            checkRows(first, rows);
        }
        if (first != this.first) {
            moveTo(first);
        }
    }

    private void checkRows(int first, int rows) {
        if (first < 0 || rows < 1 || rows * perRow > Schedule.MOST_INDEX || rows > checkedRows - first) {
            bindings.check(first, rows, perRow);
            if (checkedRows == 0) {
                bindWorkspace();
            }
            checkedRows = first + rows;
        }
        graphRows = Math.multiplyExact(rows, rowsPerExample);
        this.rows = rows;
        direct = false;
        mostFirst = checkedRows - rows;
    }

    private void bindWorkspace() {
        for (int k = 0; k < inputSlots.length; k++) {
            int slot = inputSlots[k];
            if (slot >= 0) {
                workspace.bindInput(k, bindings.array(slot), bindings.offset(slot));
            }
        }
        for (int k = 0; k < outputSlots.length; k++) {
            int slot = outputSlots[k];
            workspace.bindOutput(1 + k, bindings.array(slot), bindings.offset(slot));
        }
        for (int k = 0; k < moving.length; k++) {
            starts[k] = bindings.offset(movingSlots[k]);
        }
        first = 0;
    }

    private void moveTo(int first) {
        for (int k = 0; k < moving.length; k++) {
            workspace.move(moving[k], starts[k] + first * strides[k]);
        }
        this.first = first;
    }

    static int indexOf(List<Expr> list, Expr expr, String operation) {
        for (int k = 0; k < list.size(); k++) {
            if (list.get(k) == expr) {
                return k;
            }
        }
        throw new IllegalArgumentException(operation + ": " + expr + " is not among " + names(list));
    }

    static int named(List<Expr> list, String name, String operation) {
        Objects.requireNonNull(name, "name");
        for (int k = 0; k < list.size(); k++) {
            if (list.get(k).name.equals(name)) {
                return k;
            }
        }
        throw new IllegalArgumentException(operation + ": " + name + " is not among " + names(list));
    }

    private static String names(List<Expr> list) {
        return Arrays.toString(list.stream().map(e -> e.name).toArray());
    }
}
