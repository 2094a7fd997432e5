package org.fusegrad;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.fusegrad.engine.Workspace;

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
    private final long perRow;
    private final int rowsPerExample; // of the graph, for one of the batch
    private final int graphOutputs; // besides the loss
    private final Workspace workspace;

    private final Bindings bindings; // inputs, then gradients
    private final int[] graphInputs; // which of the bindings each input of the graph reads
    private final float[] loss = new float[1];
    private int checkedRows = -1;
    private int graphRows; // of that many rows of the batch

    Step(GradientKernel kernel, GradientKernel.Variant variant) {
        this.inputs = kernel.inputs();
        this.variables = kernel.variables();
        this.batched = kernel.isBatched();
        this.rowsPerExample = variant.lowering().rows(1);
        this.perRow = variant.lowering().widest(variant.plan().schedule().graph());
        this.graphOutputs = variables.size();
        this.workspace = variant.plan().newWorkspace();
        List<Bindings.Slot> slots = new ArrayList<>();
        inputs.forEach(e -> slots.add(new Bindings.Slot("input " + e.name, e.shape)));
        variables.forEach(e -> slots.add(new Bindings.Slot("the gradient of " + e.name, e.shape)));
        this.bindings = new Bindings(slots, inputs.size());
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
        set(indexOf(inputs, input, "bind"), array, offset);
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
        set(inputs.size() + k, array, offset);
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
     * Binds each of the parameters to its elements.
     *
     * @throws IllegalArgumentException if the kernel has no such input
     */
    public Step bind(Parameters parameters) {
        parameters.list().forEach(parameter -> bind(parameter, parameters.get(parameter)));
        return this;
    }

    /**
     * The gradient by each of the parameters goes to its elements.
     *
     * @throws IllegalArgumentException if the kernel does not differentiate by one of them
     */
    public Step gradients(Parameters gradients) {
        gradients.list().forEach(parameter -> gradient(parameter, gradients.get(parameter)));
        return this;
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

    private void check(int rows) {
        bindings.check(rows, perRow);
        for (int k = 0; k < graphInputs.length; k++) {
            workspace.bindInput(k, bindings.array(graphInputs[k]), bindings.offset(graphInputs[k]));
        }
        int firstGradient = inputs.size();
        for (int k = 0; k < graphOutputs; k++) {
            workspace.bindOutput(1 + k, bindings.array(firstGradient + k), bindings.offset(firstGradient + k));
        }
        graphRows = Math.multiplyExact(rows, rowsPerExample);
        checkedRows = rows;
    }

    private void set(int k, float[] array, int offset) {
        bindings.set(k, array, offset);
        checkedRows = -1;
    }

    static int indexOf(List<Expr> list, Expr expr, String operation) {
        for (int k = 0; k < list.size(); k++) {
            if (list.get(k) == expr) {
                return k;
            }
        }
        throw new IllegalArgumentException(operation + ": " + expr + " is not among " + names(list));
    }

    static Expr named(List<Expr> list, String name, String operation) {
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
