package org.fusegrad;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.fusegrad.ir.Extent;
import org.fusegrad.ir.Graph;
import org.fusegrad.ir.GraphBuilder;
import org.fusegrad.ir.Node;
import org.fusegrad.ir.Op;

/**
 * Adds the updates of parameters to a graph: an optimiser's state is inputs that outputs are in place of, one of each kind for
 * every parameter; its hyper-parameters are scalar inputs that all of them share.
 */
final class Updates {
    /** What keeps a norm of zero from being divided by; {@code clip_grad_norm_} has the same. */
    static final float NORM_EPS = 1e-6f;

    /** A hyper-parameter at a step, counted from 0. */
    interface Value {
        double at(long step);
    }

    /** A scalar input of the graph, and what to bind to it at each step. */
    record Argument(String name, Value value, Node node) {}

    /**
     * An array that is overwritten.
     *
     * @param parameter which parameter it belongs to
     * @param name of the state; null for the parameter itself
     */
    record InPlace(int parameter, String name, Node before, Node after) {}

    private final GraphBuilder builder;
    private final List<Argument> arguments = new ArrayList<>();
    private final List<InPlace> written = new ArrayList<>();
    private final Map<String, Node> states = new HashMap<>(); // of the parameter at hand
    private Node norm;
    private int parameters;
    private String parameter;
    private Node at;

    Updates(GraphBuilder builder) {
        this.builder = builder;
    }

    /** Adds the update of one parameter. */
    void add(Optimizer optimizer, String name, Node p, Node gradient) {
        parameter = name;
        at = p;
        states.clear();
        written.add(new InPlace(parameters, null, p, optimizer.update(this, p, gradient)));
        parameters++;
    }

    /** The gradients, all multiplied by what makes their norm no larger than {@code maxNorm}. */
    List<Node> clip(List<Node> gradients, double maxNorm) {
        Node squares = null;
        for (Node gradient : gradients) {
            Node own = builder.sum(builder.square(gradient));
            squares = squares == null ? own : builder.add(squares, own);
        }
        norm = builder.unary(Op.SQRT, squares);
        Node ratio = builder.div(argument("max_norm", step -> maxNorm), builder.add(norm, builder.constant(NORM_EPS)));
        Node factor = builder.binary(Op.MINIMUM, ratio, builder.constant(1f));
        return gradients.stream().map(gradient -> builder.mul(gradient, factor)).toList();
    }

    /** The norm of the gradients before they were clipped; null if they were not. */
    Node norm() {
        return norm;
    }

    List<Argument> arguments() {
        return arguments;
    }

    /** Everything that is overwritten, parameter by parameter, each after its state. */
    List<InPlace> written() {
        return written;
    }

    /** The overwritten arrays as outputs of the graph. */
    List<Graph.Output> outputs() {
        List<Graph.Output> outputs = new ArrayList<>();
        for (InPlace w : written) {
            String input = w.name() == null ? "parameter" + w.parameter() : w.name() + w.parameter();
            outputs.add(Graph.Output.inPlace("new_" + input, w.after(), w.before()));
        }
        return outputs;
    }

    // --- for the rules ------------------------------------------------------------------------------

    GraphBuilder builder() {
        return builder;
    }

    /** The hyper-parameter of that name; the first use says what it is. */
    Node argument(String name, Value value) {
        for (Argument argument : arguments) {
            if (argument.name().equals(name)) {
                return argument.node();
            }
        }
        Node node = builder.input(name, Extent.SCALAR);
        arguments.add(new Argument(name, value, node));
        return node;
    }

    /** What the step before kept under that name; zeros at the first. */
    Node state(String name) {
        return states.computeIfAbsent(name, n -> builder.input(parameter + "_" + n, at.extent()));
    }

    /** Keeps a value for the next step. */
    Node keep(String name, Node value) {
        written.add(new InPlace(parameters, name, state(name), value));
        return value;
    }

    /** {@code gradient + weightDecay * p}; the gradient itself where there is no decay. */
    Node withWeightDecay(Node gradient, Node p, double weightDecay) {
        return weightDecay == 0
                ? gradient
                : builder.add(gradient, builder.mul(argument("weight_decay", step -> weightDecay), p));
    }

    /**
     * From {@code a} towards {@code b} by a weight that is the same at every step, in the form that PyTorch's {@code lerp} takes:
     * the one that is exact at the nearer end.
     */
    Node lerp(Node a, Node b, String name, Value weight) {
        double w = weight.at(0);
        Node difference = builder.sub(b, a);
        return Math.abs(w) < 0.5
                ? builder.add(a, builder.mul(argument(name, weight), difference))
                : builder.sub(b, builder.mul(difference, argument(name + "_rest", step -> 1 - w)));
    }
}
