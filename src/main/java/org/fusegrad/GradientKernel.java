package org.fusegrad;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.fusegrad.codegen.KernelCompiler;
import org.fusegrad.engine.Plan;
import org.fusegrad.engine.PlanCache;
import org.fusegrad.ir.Graph;
import org.fusegrad.ir.GraphPrinter;
import org.fusegrad.ir.Node;

/**
 * A loss and its gradients as one compiled kernel. Immutable and safe to share between threads; what
 * belongs to one thread (the arrays, the number of rows) is in a {@link Step}.
 *
 * <p>Kernels of equal structure share their code, and the length of the batch is no part of it.
 */
public final class GradientKernel {
    private final Objective objective;
    private final Variant overwriting;
    private Variant accumulating; // made when it is first wanted; guarded by this
    private boolean warm; // guarded by this

    /**
     * One way to leave gradients behind.
     *
     * @param plan the compiled graph
     * @param lowering what the graph was made from
     * @param inputs for each input of the graph, the expression it reads; null for an old gradient
     * @param oldGradients for each input of the graph, the variable whose old gradient it reads, or -1
     */
    record Variant(Plan plan, GraphLowering lowering, List<Expr> inputs, int[] oldGradients) {}

    private GradientKernel(Objective objective) {
        this.objective = objective;
        this.overwriting = variant(false);
    }

    /**
     * Compiles a loss and its gradients by every parameter in it.
     *
     * @param loss a scalar expression
     * @throws IllegalArgumentException if the loss is not a scalar, depends on no parameter, or has two inputs of one name
     */
    public static GradientKernel compile(Expr loss) {
        return new GradientKernel(Objective.of(loss));
    }

    /**
     * Compiles a loss and its gradients by some of its parameters.
     *
     * @param loss a scalar expression
     * @param variables parameters of the loss
     * @throws IllegalArgumentException if the loss is not a scalar or has two inputs of one name, or a
     *     variable is an operation's result, not in the loss, or an input without gradient
     */
    public static GradientKernel compile(Expr loss, Expr... variables) {
        return new GradientKernel(Objective.of(loss, variables));
    }

    private Variant variant(boolean accumulate) {
        List<Expr> variables = objective.variables();
        GraphLowering lowering = objective.lower();
        Node lossNode = lowering.node(objective.loss());
        List<Node> gradients = objective.gradients(lowering);
        List<Expr> read = new ArrayList<>();
        lowering.leaves().forEach(leaf -> read.add(leaf.expr()));
        List<Graph.Output> outputs = new ArrayList<>();
        outputs.add(new Graph.Output("loss", lossNode));
        int[] old = new int[read.size() + (accumulate ? variables.size() : 0)];
        Arrays.fill(old, -1);
        for (int k = 0; k < variables.size(); k++) {
            String name = "grad_" + variables.get(k).name;
            Node gradient = gradients.get(k);
            if (accumulate) {
                Node before = lowering.builder().input("old_" + name, gradient.extent());
                outputs.add(Graph.Output.inPlace(name, lowering.builder().add(before, gradient), before));
                old[read.size()] = k;
                read.add(null);
            } else {
                outputs.add(new Graph.Output(name, gradient));
            }
        }
        Plan plan = PlanCache.get(lowering.builder().build(outputs));
        return new Variant(plan, lowering, read, old);
    }

    /** A new caller's frame whose runs overwrite the gradient arrays. */
    public Step newStep() {
        return new Step(this, overwriting);
    }

    /** A new caller's frame whose runs add to the gradient arrays, as {@code backward()} does. */
    public synchronized Step newAccumulatingStep() {
        if (accumulating == null) {
            accumulating = variant(true);
            if (warm) {
                accumulating.plan.warmUp();
            }
        }
        return new Step(this, accumulating);
    }

    /**
     * Drives the vector kernel through the JIT compiler now, which takes up to some seconds, rather than
     * over the first thousands of runs. The accumulating kernel is included, or warmed up with its first
     * step.
     *
     * @return this
     */
    public synchronized GradientKernel warmUp() {
        warm = true;
        overwriting.plan.warmUp();
        if (accumulating != null) {
            accumulating.plan.warmUp();
        }
        return this;
    }

    /** The passes over memory: what each loop reads, computes and leaves behind, and what is saved. */
    public String plan() {
        return overwriting.plan.schedule().toString();
    }

    /** The graph of the loss and its gradients, one node a line. */
    public String graph() {
        return overwriting.plan.schedule().graph().toString();
    }

    /** The graph as DOT, for Graphviz. */
    public String dot() {
        return GraphPrinter.dot(overwriting.plan.schedule().graph());
    }

    /** The generated loops, as the Java that their bytecode corresponds to. */
    public String source() {
        return KernelCompiler.loops(overwriting.plan.schedule(), overwriting.plan.lanes());
    }

    List<Expr> inputs() {
        return objective.inputs();
    }

    List<Expr> variables() {
        return objective.variables();
    }
}
