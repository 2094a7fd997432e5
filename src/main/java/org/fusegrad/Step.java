package org.fusegrad;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * One thread's use of a {@link GradientKernel}: the arrays it reads and writes, and its buffers. Bind all of the data once, and
 * run per mini-batch, by its first row and their number; or bind again, other arrays or offsets. Not safe for use by several threads at
 * once; make one each.
 *
 * <p>A run checks everything before it writes anything, and allocates nothing (after the first with that
 * many rows, for the few losses that keep values between passes).
 */
public final class Step {
    private final List<Expr> variables;
    private final int firstGradient; // of the slots
    private final BoundKernel kernel;

    Step(GradientKernel kernel, GradientKernel.Variant variant) {
        List<Expr> inputs = kernel.inputs();
        this.variables = kernel.variables();
        this.firstGradient = inputs.size();
        List<Bindings.Slot> slots = new ArrayList<>();
        inputs.forEach(e -> slots.add(new Bindings.Slot("input " + e.name, e.shape)));
        variables.forEach(e -> slots.add(new Bindings.Slot("the gradient of " + e.name, e.shape)));
        List<Expr> read = variant.inputs();
        int[] inputSlots = new int[read.size()];
        Arrays.setAll(inputSlots, k -> read.get(k) != null
                ? inputs.indexOf(read.get(k))
                : firstGradient + variant.oldGradients()[k]);
        int[] outputSlots = new int[variables.size()];
        Arrays.setAll(outputSlots, k -> firstGradient + k);
        this.kernel = new BoundKernel(
                inputs, variant.lowering(), variant.plan(), new Bindings(slots, firstGradient), inputSlots, outputSlots);
    }

    /**
     * Binds an input or parameter to an array, from {@code offset} on, row-major.
     *
     * @throws IllegalArgumentException if the kernel has no such input
     * @throws NullPointerException if an argument is null
     * @throws IndexOutOfBoundsException if the offset is not inside the array
     */
    public Step bind(Expr input, float[] array, int offset) {
        kernel.bind(input, array, offset);
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
        kernel.bind(name, array, offset);
        return this;
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
        kernel.bind(firstGradient + BoundKernel.indexOf(variables, variable, "gradient"), array, offset);
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
        kernel.bind(firstGradient + BoundKernel.named(variables, name, "gradient"), array, offset);
        return this;
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
        kernel.requireNoBatch();
        return run(0, 1);
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
        return run(0, rows);
    }

    /**
     * As {@link #run(int)}, over the mini-batch of {@code rows} rows from row {@code first} on: in each batched array they are {@code first} rows behind its
     * offset. Nothing is bound anew for that.
     *
     * @throws IllegalArgumentException if there is no row, {@code first} is negative, an array ends before the last of them, or a gradient's array overlaps
     *     another array
     * @throws IllegalStateException if an input or gradient is not bound
     */
    public float run(int first, int rows) {
        kernel.check(first, rows);
        return kernel.run();
    }
}
