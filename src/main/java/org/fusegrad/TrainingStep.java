package org.fusegrad;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.fusegrad.engine.Workspace;

/**
 * One thread's use of a {@link TrainingKernel}: its parameters, the optimiser's state, and the arrays that are read. Bind
 * once, run per mini-batch; bind again, at another offset, to move on.
 *
 * <p>A run checks everything before it writes anything, and allocates nothing (after the first with that many rows, for the few
 * losses that keep values between passes). Not safe for use by several threads at once; make one each, and give each its own
 * {@link Parameters}.
 */
public final class TrainingStep {
    private final TrainingKernel kernel;
    private final List<Expr> inputs;
    private final Parameters parameters;
    private final Map<String, Parameters> states = new LinkedHashMap<>();
    private final boolean batched;
    private final long perRow;
    private final Workspace workspace;
    private final Arguments arguments;
    private final Bindings bindings; // inputs, then what is overwritten
    private final int[] leafInputs; // for each leaf of the loss, which comes first in the graph: its input, or -1
    private final float[] loss = new float[1];
    private final float[] norm = new float[1];
    private long steps;
    private int checkedRows = -1;
    private int graphRows; // of that many rows of the batch

    TrainingStep(TrainingKernel kernel, Parameters parameters) {
        this.kernel = kernel;
        this.parameters = parameters;
        List<Expr> updated = kernel.objective().variables();
        this.inputs = kernel.objective().inputs().stream().filter(e -> !updated.contains(e)).toList();
        this.leafInputs = kernel.lowering().leaves().stream().mapToInt(leaf -> inputs.indexOf(leaf.expr())).toArray();
        this.batched = kernel.objective().isBatched();
        this.perRow = kernel.lowering().widest(kernel.compiled().schedule().graph());
        this.workspace = kernel.compiled().newWorkspace();
        this.arguments = new Arguments(kernel.updates().arguments(), workspace);
        workspace.bindOutput(0, loss, 0);
        List<Updates.InPlace> written = kernel.updates().written();
        for (int k = 0; k < written.size(); k++) {
            Updates.InPlace w = written.get(k);
            Parameters all = w.name() == null
                    ? parameters
                    : states.computeIfAbsent(w.name(), name -> parameters.zeros());
            Floats own = all.get(updated.get(w.parameter()));
            workspace.bindInput(w.before().inputIndex(), own.array(), own.offset());
            workspace.bindOutput(1 + k, own.array(), own.offset());
        }
        if (kernel.optimizer().clips()) {
            workspace.bindOutput(1 + written.size(), norm, 0);
        }
        this.bindings = bindings();
    }

    /** Inputs, then what is overwritten: an array for all parameters, and one for each kind of state. */
    private Bindings bindings() {
        List<Bindings.Slot> slots = new ArrayList<>();
        inputs.forEach(e -> slots.add(new Bindings.Slot("input " + e.name, e.shape)));
        Map<String, Floats> written = new LinkedHashMap<>();
        written.put("the array of parameters", parameters.values());
        states.forEach((name, state) -> written.put("the array of " + name, state.values()));
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
        Objects.requireNonNull(input, "input");
        bindings.set(Step.indexOf(inputs, input, "bind"), array, offset);
        checkedRows = -1;
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
        return bind(Step.named(inputs, name, "bind"), array, offset);
    }

    /**
     * One step of training without a batch.
     *
     * @return the loss before the update
     * @throws IllegalStateException if the kernel has a batch, or something is not bound
     */
    public float run() {
        if (batched) {
            throw new IllegalStateException("run: this kernel has a batch; say how many rows");
        }
        return runChecked(1);
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
        if (!batched && rows != 1) {
            throw new IllegalArgumentException("run: this kernel has no batch, but " + rows + " rows were given");
        }
        return runChecked(rows);
    }

    private float runChecked(int rows) {
        prepare(rows);
        workspace.run(graphRows);
        steps++;
        return loss[0];
    }

    /** As {@link #run(int)}, with the vector kernel however cold it is, or with the scalar twin. */
    float run(int rows, boolean vectors) {
        prepare(rows);
        workspace.run(graphRows, vectors);
        steps++;
        return loss[0];
    }

    private void prepare(int rows) {
        if (rows != checkedRows) {
            check(rows);
        }
        arguments.set(steps);
    }

    private void check(int rows) {
        bindings.check(rows, perRow);
        for (int k = 0; k < leafInputs.length; k++) {
            if (leafInputs[k] >= 0) {
                workspace.bindInput(k, bindings.array(leafInputs[k]), bindings.offset(leafInputs[k]));
            }
        }
        graphRows = kernel.lowering().rows(rows);
        checkedRows = rows;
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
        Parameters state = states.get(name);
        if (state == null) {
            throw new IllegalArgumentException("state: " + name + " is not among " + stateNames());
        }
        return state;
    }

    /** The names of the state that is kept. */
    public List<String> stateNames() {
        return new ArrayList<>(states.keySet());
    }

    /** How many runs there were. */
    public long steps() {
        return steps;
    }

    /**
     * Goes on as if there had been that many runs.
     *
     * @return this
     * @throws IllegalArgumentException if it is less than 0
     */
    public TrainingStep steps(long steps) {
        if (steps < 0) {
            throw new IllegalArgumentException("steps: " + steps);
        }
        this.steps = steps;
        return this;
    }

    /**
     * The norm of the gradients of the last run, before they were clipped.
     *
     * @throws IllegalStateException if the optimiser does not clip
     */
    public float gradientNorm() {
        if (!kernel.optimizer().clips()) {
            throw new IllegalStateException("gradientNorm: these gradients are not clipped");
        }
        return norm[0];
    }
}
