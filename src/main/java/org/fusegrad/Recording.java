package org.fusegrad;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.fusegrad.autodiff.Gradients;
import org.fusegrad.engine.Plan;
import org.fusegrad.engine.PlanCache;
import org.fusegrad.engine.Workspace;
import org.fusegrad.ir.Graph;
import org.fusegrad.ir.Node;

/**
 * The compiled form of a define-by-run expression: its value, or its value and the gradients of its leaves.
 * Expressions of the same structure and shapes share one, so that a training loop compiles in its first
 * round only.
 */
final class Recording {
    /** A structure that hashes to the place of another takes it: the plans themselves are cached as well. */
    private static final int CAPACITY = 1 << 12;
    private static final AtomicReferenceArray<Recording> KNOWN = new AtomicReferenceArray<>(CAPACITY);
    private static final ThreadLocal<Flattening> FLATTENING = ThreadLocal.withInitial(Flattening::new);

    private final int[] structure;
    private final Plan plan;
    private final int rows;
    private final int[] inputs; // per input of the graph: the number of the expression it reads, or one of:
    private final int[] variables; // the numbers of the leaves whose gradients are outputs 1, 2, ...

    private static final int UPSTREAM = -1;
    private static final int FIRST_OLD = -2; // -2 - k: the old gradient of variable k

    private Recording(int[] structure, Plan plan, int rows, int[] inputs, int[] variables) {
        this.structure = structure;
        this.plan = plan;
        this.rows = rows;
        this.inputs = inputs;
        this.variables = variables;
    }

    /** Computes the value of {@code root}. */
    static float[] evaluate(Expr root) {
        Flattening flat = FLATTENING.get();
        try {
            flat.flatten(root, false, false);
            float[] value = new float[root.shape.perRow()];
            known(flat, false, false).run(flat, null, value);
            return value;
        } finally {
            flat.clear();
        }
    }

    /**
     * Adds gradients to the leaves of {@code root}, and computes its value.
     *
     * @param upstream the gradient that reaches it, or null for 1
     */
    static float[] backward(Expr root, float[] upstream) {
        Flattening flat = FLATTENING.get();
        try {
            flat.flatten(root, true, upstream != null);
            float[] value = new float[root.shape.perRow()];
            known(flat, true, upstream != null).run(flat, upstream, value);
            return value;
        } finally {
            flat.clear();
        }
    }

    private static Recording known(Flattening flat, boolean backward, boolean upstream) {
        int at = (flat.hash() ^ flat.hash() >>> 16) & CAPACITY - 1;
        Recording known = KNOWN.get(at);
        if (known == null || !flat.hasStructure(known.structure)) {
            known = compile(flat, backward, upstream);
            KNOWN.set(at, known);
        }
        return known;
    }

    // --- running -----------------------------------------------------------------------------------

    private void run(Flattening flat, float[] upstream, float[] value) {
        float[][] grads = gradientArrays(flat);
        Workspace workspace = plan.acquire();
        for (int k = 0; k < inputs.length; k++) {
            int from = inputs[k];
            float[] array = from >= 0 ? flat.expr(from).value : from == UPSTREAM ? upstream : grads[FIRST_OLD - from];
            workspace.bindInput(k, array, 0);
        }
        workspace.bindOutput(0, value, 0);
        for (int k = 0; k < variables.length; k++) {
            workspace.bindOutput(1 + k, grads[k], 0);
        }
        workspace.run(rows);
        workspace.unbind();
        plan.release(workspace);
        for (int k = 0; k < variables.length; k++) {
            flat.expr(variables[k]).source.receive(grads[k]);
        }
    }

    /** The array of each gradient: the tensor's own, where only one variable stands for it. */
    private float[][] gradientArrays(Flattening flat) {
        float[][] grads = new float[variables.length][];
        for (int k = 0; k < grads.length; k++) {
            Expr variable = flat.expr(variables[k]);
            boolean own = flat.addsToGradient(variables[k]);
            grads[k] = own ? variable.source.gradArray() : new float[variable.shape.perRow()];
        }
        return grads;
    }

    // --- compiling ---------------------------------------------------------------------------------

    private static Recording compile(Flattening flat, boolean backward, boolean upstream) {
        List<Expr> copies = flat.copies();
        Expr root = copies.getLast();
        GraphLowering lowering = GraphLowering.of(List.of(root));
        Node rootNode = lowering.node(root);
        List<Integer> variables = new ArrayList<>();
        List<Node> gradients = List.of();
        Node upstreamNode = null;
        if (backward) {
            List<Node> wrt = new ArrayList<>();
            for (int k = 0; k < copies.size(); k++) {
                if (copies.get(k).kind == Expr.Kind.INPUT && copies.get(k).requiresGrad) {
                    variables.add(k);
                    wrt.add(lowering.variable(copies.get(k)));
                }
            }
            upstreamNode = upstream ? lowering.builder().input("upstream", rootNode.extent()) : null;
            Node outBar = upstream ? upstreamNode : lowering.builder().constant(1f);
            gradients = Gradients.of(lowering.builder(), rootNode, outBar, wrt);
        }
        List<Integer> inputs = new ArrayList<>();
        // Leaves take their inputs when they are first used: the upstream gradient comes behind them.
        for (GraphLowering.Leaf leaf : lowering.leaves()) {
            inputs.add(indexOf(copies, leaf.expr()));
        }
        if (upstreamNode != null) {
            inputs.add(upstreamNode.inputIndex(), UPSTREAM);
        }
        List<Graph.Output> outputs = new ArrayList<>();
        outputs.add(new Graph.Output("value", rootNode));
        for (int k = 0; k < gradients.size(); k++) {
            Node gradient = gradients.get(k);
            String name = "grad_" + copies.get(variables.get(k)).name;
            if (flat.addsToGradient(variables.get(k))) {
                Node old = lowering.builder().input("old" + k, gradient.extent());
                outputs.add(Graph.Output.inPlace(name, lowering.builder().add(old, gradient), old));
                inputs.add(FIRST_OLD - k);
            } else {
                outputs.add(new Graph.Output(name, gradient));
            }
        }
        Plan plan = PlanCache.get(lowering.builder().build(outputs));
        int rows = lowering.rows(1);
        return new Recording(flat.structure(), plan, rows, toArray(inputs), toArray(variables));
    }

    private static int indexOf(List<Expr> list, Expr expr) {
        for (int k = 0; k < list.size(); k++) {
            if (list.get(k) == expr) {
                return k;
            }
        }
        throw new AssertionError(expr);
    }

    private static int[] toArray(List<Integer> list) {
        int[] array = new int[list.size()];
        Arrays.setAll(array, list::get);
        return array;
    }
}
