package org.fusegrad;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.fusegrad.codegen.KernelCompiler;
import org.fusegrad.engine.Plan;
import org.fusegrad.engine.PlanCache;
import org.fusegrad.ir.Graph;
import org.fusegrad.ir.Node;

/**
 * A loss, its gradients and the update of its parameters as one compiled kernel. Gradients stay inside: those of parameters
 * that all rows share end with the pass over the batch, and the parameters are updated right behind it.
 *
 * <p>It gives the bits of a {@link GradientKernel} followed by an {@link OptimizerStep}. Immutable and safe to share between
 * threads; what belongs to one thread (the arrays, the state) is in a {@link TrainingStep}.
 */
public final class TrainingKernel {
    private final Objective objective;
    private final Optimizer optimizer;
    private final GraphLowering lowering;
    private final Updates updates;
    private final Plan plan;

    private TrainingKernel(Objective objective, Optimizer optimizer) {
        this.objective = objective;
        this.optimizer = optimizer;
        this.lowering = objective.lower();
        this.updates = new Updates(lowering.builder());
        List<Node> gradients = objective.gradients(lowering);
        if (optimizer.clips()) {
            gradients = updates.clip(gradients, optimizer.maxNorm());
        }
        for (int k = 0; k < gradients.size(); k++) {
            Expr parameter = objective.variables().get(k);
            updates.add(optimizer, parameter.name, lowering.variable(parameter), gradients.get(k));
        }
        List<Graph.Output> outputs = new ArrayList<>();
        outputs.add(new Graph.Output("loss", lowering.node(objective.loss())));
        outputs.addAll(updates.outputs());
        if (optimizer.clips()) {
            outputs.add(new Graph.Output("gradient_norm", updates.norm()));
        }
        this.plan = PlanCache.get(lowering.builder().build(outputs));
    }

    /**
     * Compiles a loss with the update of every parameter in it.
     *
     * @param loss a scalar expression
     * @throws IllegalArgumentException if the loss is not a scalar, depends on no parameter, has two inputs of one name, or a
     *     parameter with a batch axis
     */
    public static TrainingKernel compile(Expr loss, Optimizer optimizer) {
        return compile(Objective.of(loss), optimizer);
    }

    /**
     * Compiles a loss with the update of some of its parameters; the others are inputs.
     *
     * @param loss a scalar expression
     * @param parameters of the loss
     * @throws IllegalArgumentException if the loss is not a scalar or has two inputs of one name, or if what is to be updated
     *     is not in the loss, no parameter, or has a batch axis
     */
    public static TrainingKernel compile(Expr loss, Optimizer optimizer, Expr... parameters) {
        return compile(Objective.of(loss, parameters), optimizer);
    }

    private static TrainingKernel compile(Objective objective, Optimizer optimizer) {
        Objects.requireNonNull(optimizer, "optimizer");
        Parameters.check(objective.variables());
        return new TrainingKernel(objective, optimizer);
    }

    /** A step with parameters and state of its own; all begin at zero. */
    public TrainingStep newStep() {
        return newStep(Parameters.of(objective.variables()));
    }

    /**
     * A step that updates the given parameters, with state of its own that begins at zero.
     *
     * @throws IllegalArgumentException if they are not the ones that the kernel updates
     */
    public TrainingStep newStep(Parameters parameters) {
        Objects.requireNonNull(parameters, "parameters");
        objective.variables().forEach(parameters::get);
        return new TrainingStep(this, parameters);
    }

    /**
     * Drives the vector kernel through the JIT compiler now, which takes up to some seconds, rather than over the first
     * thousands of runs.
     *
     * @return this
     */
    public TrainingKernel warmUp() {
        plan.warmUp();
        return this;
    }

    /** The passes over memory: what each loop reads, computes and leaves behind, and what is saved. */
    public String plan() {
        return plan.schedule().toString();
    }

    /** The graph of the loss, its gradients and the updates, one node a line. */
    public String graph() {
        return plan.schedule().graph().toString();
    }

    /** The generated loops, as the Java that their bytecode corresponds to. */
    public String source() {
        return KernelCompiler.loops(plan.schedule(), plan.lanes());
    }

    Objective objective() {
        return objective;
    }

    Optimizer optimizer() {
        return optimizer;
    }

    GraphLowering lowering() {
        return lowering;
    }

    Updates updates() {
        return updates;
    }

    Plan compiled() {
        return plan;
    }
}
