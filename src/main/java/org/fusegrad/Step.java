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
    private final GradientKernel.Variant variant;
    private final Workspace workspace;

    private final float[][] arrays; // inputs, then gradients
    private final int[] offsets;
    private final float[] loss = new float[1];
    private int checkedRows = -1;
    private int graphRows; // of that many rows of the batch

    Step(GradientKernel kernel, GradientKernel.Variant variant) {
        this.inputs = kernel.inputs();
        this.variables = kernel.variables();
        this.batched = kernel.isBatched();
        this.variant = variant;
        int cols = 1;
        for (Node node : variant.plan().schedule().graph().nodes()) {
            cols = node.extent().batched() ? Math.max(cols, node.extent().cols()) : cols;
        }
        this.perRow = (long) cols * variant.lowering().rows(1);
        this.workspace = variant.plan().newWorkspace();
        this.arrays = new float[inputs.size() + variables.size()][];
        this.offsets = new int[arrays.length];
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
            Expr expr = expr(k);
            if (arrays[k] == null) {
                throw new IllegalStateException("run: " + what(k) + " of shape " + expr.shape + " is not bound");
            }
            long needed = count(k, rows);
            if (offsets[k] + needed > Schedule.MOST_INDEX) {
                throw new IllegalArgumentException("run: " + what(k) + " of shape " + expr.shape + " with " + rows
                        + " rows ends beyond index " + Schedule.MOST_INDEX);
            }
            if (offsets[k] + needed > arrays[k].length) {
                throw new IllegalArgumentException("run: " + what(k) + " of shape " + expr.shape + " with " + rows
                        + " rows needs " + needed + " floats from offset " + offsets[k] + ", the array has "
                        + arrays[k].length);
            }
        }
        for (int k = inputs.size(); k < arrays.length; k++) {
            for (int other = 0; other < k; other++) {
                checkApart(k, other, rows);
            }
        }
        List<Expr> read = variant.inputs();
        for (int k = 0; k < read.size(); k++) {
            int from = read.get(k) != null ? inputs.indexOf(read.get(k)) : inputs.size() + variant.oldGradients()[k];
            workspace.bindInput(k, arrays[from], offsets[from]);
        }
        for (int k = 0; k < variables.size(); k++) {
            workspace.bindOutput(1 + k, arrays[inputs.size() + k], offsets[inputs.size() + k]);
        }
        graphRows = variant.lowering().rows(rows);
        checkedRows = rows;
    }

    private void checkApart(int gradient, int other, int rows) {
        boolean apart = arrays[gradient] != arrays[other]
                || offsets[gradient] + count(gradient, rows) <= offsets[other]
                || offsets[other] + count(other, rows) <= offsets[gradient];
        if (!apart) {
            throw new IllegalArgumentException("run: " + what(gradient) + " overlaps " + what(other));
        }
    }

    private long count(int k, int rows) {
        Shape shape = expr(k).shape;
        return shape.isBatched() ? (long) rows * shape.perRow() : shape.perRow();
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
