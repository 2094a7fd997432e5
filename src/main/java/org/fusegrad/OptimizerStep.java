package org.fusegrad;

import java.util.List;
import org.fusegrad.engine.Plan;
import org.fusegrad.engine.PlanCache;
import org.fusegrad.engine.Workspace;
import org.fusegrad.fusion.Schedule;
import org.fusegrad.ir.Extent;
import org.fusegrad.ir.Graph;
import org.fusegrad.ir.GraphBuilder;
import org.fusegrad.ir.Node;

/**
 * One thread's use of an {@link Optimizer} on parameters and gradients in flat arrays, with the optimiser's state. A run
 * is one pass over them and allocates nothing. Who computes the gradients, and from how many mini-batches, is not its business.
 *
 * <p>Not safe for use by several threads at once.
 */
public final class OptimizerStep {
    private final Plan plan;
    private final Workspace workspace;
    private final Arguments arguments;
    private final int length;
    private final OptimizerState<Floats> state = new OptimizerState<>();
    private final GradientNorm norm; // null where gradients are not clipped
    private final float[] clipFactor = new float[1];

    OptimizerStep(Optimizer optimizer, Floats parameters, Floats gradients, int[] lengths) {
        check(optimizer, "parameters", parameters);
        check(optimizer, "gradients", gradients);
        boolean apart = parameters.array() != gradients.array()
                || parameters.offset() + parameters.length() <= gradients.offset()
                || gradients.offset() + gradients.length() <= parameters.offset();
        if (!apart) {
            throw new IllegalArgumentException(optimizer.name() + ": the gradients overlap the parameters");
        }
        this.length = parameters.length();
        GraphBuilder g = new GraphBuilder();
        Updates updates = new Updates(g);
        Node p = g.input("parameter", Extent.ROW);
        Node gradient = g.input("gradient", Extent.ROW);
        Node factor = optimizer.clips() ? g.input("clip_factor", Extent.SCALAR) : null;
        updates.add(optimizer, "state", p, factor == null ? gradient : g.mul(gradient, factor));
        List<Graph.Output> outputs = updates.outputs();
        this.plan = PlanCache.get(g.build(outputs));
        this.workspace = plan.newWorkspace();
        this.arguments = new Arguments(updates.arguments(), workspace);
        workspace.bindInput(gradient.inputIndex(), gradients.array(), gradients.offset());
        for (int k = 0; k < outputs.size(); k++) {
            Updates.InPlace written = updates.written().get(k);
            Floats floats = written.name() == null
                    ? parameters
                    : state.getOrAdd(written.name(), () -> Floats.aligned(length));
            workspace.bindInput(written.before().inputIndex(), floats.array(), floats.offset());
            workspace.bindOutput(k, floats.array(), floats.offset());
        }
        this.norm = factor == null ? null : new GradientNorm(gradients, lengths, (float) optimizer.maxNorm());
        if (factor != null) {
            workspace.bindInput(factor.inputIndex(), clipFactor, 0);
        }
    }

    private static void check(Optimizer optimizer, String what, Floats floats) {
        int capacity = floats.array().length;
        if (floats.offset() < 0 || floats.offset() > capacity) {
            throw new IndexOutOfBoundsException(
                    optimizer.name() + ": " + what + ": offset " + floats.offset() + " in an array of " + capacity);
        }
        if (floats.length() < 1) {
            throw new IllegalArgumentException(optimizer.name() + ": " + floats.length() + " " + what + "; at least one");
        }
        long end = (long) floats.offset() + floats.length();
        if (end > capacity) {
            throw new IllegalArgumentException(optimizer.name() + ": " + floats.length() + " " + what + " from offset "
                    + floats.offset() + ", the array has " + capacity);
        }
        if (end > Schedule.MOST_INDEX) {
            throw new IllegalArgumentException(optimizer.name() + ": " + what + " end beyond index " + Schedule.MOST_INDEX);
        }
    }

    /**
     * Updates the parameters and the state from the gradients.
     *
     * @throws IllegalArgumentException if the learning rate of this step is not a finite number of at least 0; then nothing is
     *     written
     */
    public void run() {
        prepare();
        workspace.run(length);
        state.countStep();
    }

    /** As {@link #run()}, with the vector kernel however cold it is, or with the scalar twin. */
    void run(boolean vectors) {
        prepare();
        workspace.run(length, vectors);
        state.countStep();
    }

    private void prepare() {
        arguments.set(state.steps());
        if (norm != null) {
            clipFactor[0] = norm.clipFactor();
        }
    }

    /**
     * Drives the vector kernel through the JIT compiler now, rather than over the first many runs.
     *
     * @return this
     */
    public OptimizerStep warmUp() {
        plan.warmUp();
        if (norm != null) {
            norm.warmUp();
        }
        return this;
    }

    /**
     * State of that name, one number for each parameter; the array itself, so that it can be saved and set again.
     *
     * @throws IllegalArgumentException if the optimiser keeps none of that name
     */
    public Floats state(String name) {
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
    public OptimizerStep steps(long steps) {
        state.setSteps(steps);
        return this;
    }

    /**
     * The norm of the gradients of the last run, before they were clipped.
     *
     * @throws IllegalStateException if the optimiser does not clip
     */
    public float gradientNorm() {
        if (norm == null) {
            throw new IllegalStateException("gradientNorm: these gradients are not clipped");
        }
        return norm.value();
    }

    Plan plan() {
        return plan;
    }
}
