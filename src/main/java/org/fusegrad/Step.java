package org.fusegrad;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.fusegrad.engine.Workspace;
import org.fusegrad.fusion.Schedule;
import org.fusegrad.ir.Node;

/**
 * One thread's use of a {@link GradientKernel}: the arrays it reads and writes, and its buffers. Bind once,
 * run per mini-batch; bind again, at another offset, to move on. Not safe for use by several threads at
 * once; make one each.
 *
 * <p>A run checks everything before it writes anything, and allocates nothing (after the first with that
 * many rows, for the few losses that keep values between passes).
 */
public final class Step {

    private final List<Expr> inputs;
    private final List<Expr> variables;
    private final boolean batched;
    private final long perRow; // elements of the widest value in the loss, which may be in no array
    private final int rowsPerExample; // of the graph, for one of the batch
    private final int graphOutputs; // besides the loss
    private final Workspace workspace;

    private final float[][] arrays; // inputs, then gradients
    private final int[] offsets;
    // A step of a mini-batch is bound and checked anew each time: what never changes is in arrays of its own.
    private final int[] floats; // that each needs, for one row where it is batched
    private final boolean[] isBatched;
    private final int[] graphInputs; // which of the arrays each input of the graph reads
    private final float[] loss = new float[1];
    private int checkedRows = -1;
    private int graphRows; // of that many rows of the batch

    Step(GradientKernel kernel, GradientKernel.Variant variant) {
        this.inputs = kernel.inputs();
        this.variables = kernel.variables();
        this.batched = kernel.isBatched();
        int cols = 1;
        for (Node node : variant.plan().schedule().graph().nodes()) {
            cols = node.extent().batched() ? Math.max(cols, node.extent().cols()) : cols;
        }
        this.rowsPerExample = variant.lowering().rows(1);
        this.perRow = (long) cols * rowsPerExample;
        this.graphOutputs = variables.size();
        this.workspace = variant.plan().newWorkspace();
        this.arrays = new float[inputs.size() + variables.size()][];
        this.offsets = new int[arrays.length];
        this.floats = new int[arrays.length];
        this.isBatched = new boolean[arrays.length];
        for (int k = 0; k < arrays.length; k++) {
            floats[k] = expr(k).shape.perRow();
            isBatched[k] = expr(k).shape.isBatched();
        }
        List<Expr> read = variant.inputs();
        this.graphInputs = new int[read.size()];
        for (int k = 0; k < graphInputs.length; k++) {
            Expr input = read.get(k);
            graphInputs[k] = input != null ? inputs.indexOf(input) : inputs.size() + variant.oldGradients()[k];
        }
        workspace.bindOutput(0, loss, 0);
    }

    /**
     * Binds an input or parameter to an array, from {@code offset} on, row-major.
     *
     * @throws IllegalArgumentException if the kernel has no such input
     * @throws NullPointerException if an argument is null
     * @throws IndexOutOfBoundsException if the offset is not inside the array
     */
    public Step bind(Expr input, float[] array, int offset) {
        Objects.requireNonNull(input, "input");
        set(indexOf(inputs, input, "bind"), input, array, offset);
        return this;
    }

    /** Binds from element 0 on. */
    public Step bind(Expr input, float[] array) {
        return bind(input, array, 0);
    }

    /** Binds to an aligned block. */
    public Step bind(Expr input, Floats floats) {
        if (floats == null) {
            throw new NullPointerException("bind: floats for " + input);
        }
        return bind(input, floats.array(), floats.offset());
    }

    /** As {@link #bind(Expr, float[], int)}, by name. */
    public Step bind(String name, float[] array, int offset) {
        return bind(named(inputs, name, "bind"), array, offset);
    }

    /**
     * Says where the gradient by a variable goes, from {@code offset} on, in the variable's shape.
     *
     * @throws IllegalArgumentException if the kernel does not differentiate by it
     * @throws NullPointerException if an argument is null
     * @throws IndexOutOfBoundsException if the offset is not inside the array
     */
    public Step gradient(Expr variable, float[] array, int offset) {
        Objects.requireNonNull(variable, "variable");
        int k = indexOf(variables, variable, "gradient");
        set(inputs.size() + k, variable, array, offset);
        return this;
    }

    /** The gradient goes to element 0 on. */
    public Step gradient(Expr variable, float[] array) {
        return gradient(variable, array, 0);
    }

    /** The gradient goes to an aligned block. */
    public Step gradient(Expr variable, Floats floats) {
        if (floats == null) {
            throw new NullPointerException("gradient: floats for " + variable);
        }
        return gradient(variable, floats.array(), floats.offset());
    }

    /** As {@link #gradient(Expr, float[], int)}, by name. */
    public Step gradient(String name, float[] array, int offset) {
        return gradient(named(variables, name, "gradient"), array, offset);
    }

    /**
     * Computes the loss of a kernel without batch, and writes or accumulates its gradients.
     *
     * @throws IllegalStateException if the kernel has a batch, or something is not bound
     */
    public float run() {
        if (batched) {
            throw new IllegalStateException("run: this kernel has a batch; say how many rows");
        }
        return runChecked(1);
    }

    /**
     * Computes the loss over {@code rows} rows from each array's offset, and writes or accumulates the
     * gradients.
     *
     * @param rows the length of the batch
     * @return the loss
     * @throws IllegalArgumentException if there is no row, an array is too short, or a gradient's array
     *     overlaps another array
     * @throws IllegalStateException if an input or gradient is not bound
     */
    public float run(int rows) {
        if (!batched && rows != 1) {
            throw new IllegalArgumentException("run: this kernel has no batch, but " + rows + " rows were given");
        }
        return runChecked(rows);
    }

    private float runChecked(int rows) {
        if (rows != checkedRows) {
            check(rows);
        }
        workspace.run(graphRows);
        return loss[0];
    }

    // --- checks ------------------------------------------------------------------------------------

    private void check(int rows) {
        if (rows < 1) {
            throw new IllegalArgumentException("run: " + rows + " rows; a batch has at least one");
        }
        if (rows * perRow > Schedule.MOST_INDEX) {
            throw new IllegalArgumentException("run: " + rows + " rows of " + perRow + " elements are too many");
        }
        for (int k = 0; k < arrays.length; k++) {
            if (arrays[k] == null || end(k, rows) > Math.min(arrays[k].length, Schedule.MOST_INDEX)) {
                throw doesNotFit(k, rows);
            }
        }
        int firstGradient = arrays.length - graphOutputs;
        for (int k = firstGradient; k < arrays.length; k++) {
            for (int other = 0; other < k; other++) {
                if (arrays[k] == arrays[other] && offsets[k] < end(other, rows) && offsets[other] < end(k, rows)) {
                    throw new IllegalArgumentException("run: " + what(k) + " overlaps " + what(other));
                }
            }
        }
        for (int k = 0; k < graphInputs.length; k++) {
            workspace.bindInput(k, arrays[graphInputs[k]], offsets[graphInputs[k]]);
        }
        for (int k = 0; k < graphOutputs; k++) {
            workspace.bindOutput(1 + k, arrays[firstGradient + k], offsets[firstGradient + k]);
        }
        graphRows = Math.multiplyExact(rows, rowsPerExample);
        checkedRows = rows;
    }

    /** The index behind an array's last element that is used. */
    private long end(int k, int rows) {
        return offsets[k] + (isBatched[k] ? (long) rows * floats[k] : floats[k]);
    }

    private RuntimeException doesNotFit(int k, int rows) {
        String what = "run: " + what(k) + " of shape " + expr(k).shape;
        if (arrays[k] == null) {
            return new IllegalStateException(what + " is not bound");
        }
        if (end(k, rows) > Schedule.MOST_INDEX) {
            return new IllegalArgumentException(what + " with " + rows + " rows ends beyond index " + Schedule.MOST_INDEX);
        }
        return new IllegalArgumentException(what + " with " + rows + " rows needs " + (end(k, rows) - offsets[k])
                + " floats from offset " + offsets[k] + ", the array has " + arrays[k].length);
    }

    private Expr expr(int k) {
        return k < inputs.size() ? inputs.get(k) : variables.get(k - inputs.size());
    }

    private String what(int k) {
        return k < inputs.size() ? "input " + expr(k).name : "the gradient of " + expr(k).name;
    }

    private void set(int k, Expr expr, float[] array, int offset) {
        if (array == null) { // not requireNonNull: a message's lambda is an object for every step
            throw new NullPointerException(what(k) + ": the array is null");
        }
        if (offset < 0 || offset > array.length) {
            throw new IndexOutOfBoundsException(
                    what(k) + " of shape " + expr.shape + ": offset " + offset + " in an array of " + array.length);
        }
        arrays[k] = array;
        offsets[k] = offset;
        checkedRows = -1;
    }

    private static int indexOf(List<Expr> list, Expr expr, String operation) {
        for (int k = 0; k < list.size(); k++) {
            if (list.get(k) == expr) {
                return k;
            }
        }
        throw new IllegalArgumentException(operation + ": " + expr + " is not among " + names(list));
    }

    private static Expr named(List<Expr> list, String name, String operation) {
        Objects.requireNonNull(name, "name");
        for (Expr expr : list) {
            if (expr.name.equals(name)) {
                return expr;
            }
        }
        throw new IllegalArgumentException(operation + ": " + name + " is not among " + names(list));
    }

    private static String names(List<Expr> list) {
        return Arrays.toString(list.stream().map(e -> e.name).toArray());
    }
}
