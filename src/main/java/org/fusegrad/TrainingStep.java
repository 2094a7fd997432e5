package org.fusegrad;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.fusegrad.engine.Workspace;

/**
 * One thread's use of a {@link TrainingKernel}: its parameters, the optimiser's state, and the arrays that are read. Bind
 * all of the data once, and run per mini-batch, by its first row and their number; or bind again, other arrays or offsets.
 *
 * <p>A run checks everything before it writes anything, and allocates nothing (after the first with that many rows, for the few
 * losses that keep values between passes). Not safe for use by several threads at once; make one each, and give each its own
 * {@link Parameters}.
 */
public final class TrainingStep {
    private final TrainingKernel training;
    private final Parameters parameters;
    private final OptimizerState<Parameters> state = new OptimizerState<>();
    private final BoundKernel kernel;
    private final Arguments arguments;
    private final float[] norm = new float[1];

    TrainingStep(TrainingKernel training, Parameters parameters) {
        this.training = training;
        this.parameters = parameters;
        List<Expr> updated = training.objective().variables();
        List<Updates.InPlace> written = training.updates().written();
        List<Floats> arrays = new ArrayList<>();
        for (Updates.InPlace w : written) {
            Parameters all = w.name() == null ? parameters : state.getOrAdd(w.name(), parameters::zeros);
            arrays.add(all.get(updated.get(w.parameter())));
        }
        List<Expr> inputs = training.objective().inputs().stream().filter(e -> !updated.contains(e)).toList();
        // The leaves of the loss come first in the graph.
        int[] slots = training.lowering().leaves().stream().mapToInt(leaf -> inputs.indexOf(leaf.expr())).toArray();
        this.kernel = new BoundKernel(
                inputs, training.lowering(), training.compiled(), bindings(inputs), slots, new int[0]);
        Workspace workspace = kernel.workspace();
        this.arguments = new Arguments(training.updates().arguments(), workspace);
        for (int k = 0; k < written.size(); k++) {
            Floats own = arrays.get(k);
            workspace.bindInput(written.get(k).before().inputIndex(), own.array(), own.offset());
            workspace.bindOutput(1 + k, own.array(), own.offset());
        }
        if (training.optimizer().clips()) {
            workspace.bindOutput(1 + written.size(), norm, 0);
        }
    }

    /** Inputs, then what is overwritten: an array for all parameters, and one for each kind of state. */
    private Bindings bindings(List<Expr> inputs) {
        List<Bindings.Slot> slots = new ArrayList<>();
        inputs.forEach(e -> slots.add(new Bindings.Slot("input " + e.name, e.shape)));
        Map<String, Floats> written = new LinkedHashMap<>();
        written.put("the array of parameters", parameters.values());
        state.names().forEach(name -> written.put("the array of " + name, state.get(name).values()));
        written.forEach((what, floats) -> slots.add(new Bindings.Slot(what, Shape.of(floats.length()))));
        Bindings all = new Bindings(slots, inputs.size());
        int k = inputs.size();
        for (Floats floats : written.values()) {
            all.set(k++, floats.array(), floats.offset());
        }
        return all;
    }

    /**
     * Binds an input to an array, from {@code offset} on, row-major.
     *
     * @throws IllegalArgumentException if the kernel has no such input
     * @throws NullPointerException if an argument is null
     * @throws IndexOutOfBoundsException if the offset is not inside the array
     */
    public TrainingStep bind(Expr input, float[] array, int offset) {
        kernel.bind(input, array, offset);
        return this;
    }

    /** Binds from element 0 on. */
    public TrainingStep bind(Expr input, float[] array) {
        return bind(input, array, 0);
    }

    /** Binds to an aligned block. */
    public TrainingStep bind(Expr input, Floats floats) {
        if (floats == null) {
            throw new NullPointerException("bind: floats for " + input);
        }
        return bind(input, floats.array(), floats.offset());
    }

    /** As {@link #bind(Expr, float[], int)}, by name. */
    public TrainingStep bind(String name, float[] array, int offset) {
        kernel.bind(name, array, offset);
        return this;
    }

    /**
     * One step of training without a batch.
     *
     * @return the loss before the update
     * @throws IllegalStateException if the kernel has a batch, or something is not bound
     */
    public float run() {
        kernel.requireNoBatch();
        return run(0, 1);
    }

    /**
     * One step of training on {@code rows} rows from each array's offset: computes loss and gradients, and updates the
     * parameters and the optimiser's state.
     *
     * @param rows the length of the batch
     * @return the loss before the update
     * @throws IllegalArgumentException if there is no row, an array is too short or overlaps the parameters, or the learning rate
     *     of this step is not a finite number of at least 0; then nothing is written
     * @throws IllegalStateException if an input is not bound
     */
    public float run(int rows) {
        return run(0, rows);
    }

    /**
     * As {@link #run(int)}, on the mini-batch of {@code rows} rows from row {@code first} on: in each batched array they are {@code first} rows behind its
     * offset. Nothing is bound anew for that.
     *
     * @throws IllegalArgumentException if there is no row, {@code first} is negative, an array ends before the last of them or overlaps the parameters, or
     *     the learning rate of this step is not a finite number of at least 0; then nothing is written
     * @throws IllegalStateException if an input is not bound
     */
    public float run(int first, int rows) {
        kernel.check(first, rows); // before a schedule is asked, which may be the user's own and count
        arguments.set(state.steps());
        float loss = kernel.run();
        state.countStep();
        return loss;
    }

    /** As {@link #run(int)}, with the vector kernel however cold it is, or with the scalar twin. */
    float run(int rows, boolean vectors) {
        kernel.check(0, rows);
        arguments.set(state.steps());
        float loss = kernel.run(vectors);
        state.countStep();
        return loss;
    }

    /** The parameters that runs update. */
    public Parameters parameters() {
        return parameters;
    }

    /**
     * The optimiser's state of that name; the array itself, so that it can be saved and set again.
     *
     * @throws IllegalArgumentException if the optimiser keeps none of that name
     */
    public Parameters state(String name) {
        return state.get(name);
    }

    /** The names of the state that is kept. */
    public List<String> stateNames() {
        return state.names();
    }

    /** How many runs there were. */
    public long steps() {
        return state.steps();
    }

    /**
     * Goes on as if there had been that many runs.
     *
     * @return this
     * @throws IllegalArgumentException if it is less than 0
     */
    public TrainingStep steps(long steps) {
        state.setSteps(steps);
        return this;
    }

    /**
     * The norm of the gradients of the last run, before they were clipped.
     *
     * @throws IllegalStateException if the optimiser does not clip
     */
    public float gradientNorm() {
        if (!training.optimizer().clips()) {
            throw new IllegalStateException("gradientNorm: these gradients are not clipped");
        }
        return norm[0];
    }
}
