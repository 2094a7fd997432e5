package org.fusegrad;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.fusegrad.autodiff.Gradients;
import org.fusegrad.ir.GraphBuilder;
import org.fusegrad.ir.Node;

/**
 * A loss, and the parameters it is to be differentiated by.
 *
 * @param loss a scalar expression
 * @param inputs everything the caller binds, in the order of first use
 * @param variables some of the inputs
 */
record Objective(Expr loss, List<Expr> inputs, List<Expr> variables) {

    /** A loss and every parameter in it. */
    static Objective of(Expr loss) {
        Objects.requireNonNull(loss, "loss");
        Expr[] parameters = Views.order(List.of(loss)).stream()
                .filter(e -> e.kind == Expr.Kind.INPUT && e.requiresGrad)
                .toArray(Expr[]::new);
        if (parameters.length == 0) {
            throw new IllegalArgumentException("gradient: " + loss + " depends on no parameter");
        }
        return of(loss, parameters);
    }

    static Objective of(Expr loss, Expr... variables) {
        Objects.requireNonNull(loss, "loss");
        if (loss.shape.rank() > 0) {
            throw new IllegalArgumentException(
                    "gradient: the loss has shape " + loss.shape + ", not []; reduce it by sum() or mean()");
        }
        List<Expr> inputs = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (Expr expr : Views.order(List.of(loss))) {
            if (expr.kind == Expr.Kind.INPUT) {
                if (!names.add(expr.name)) {
                    throw new IllegalArgumentException("gradient: two inputs are named " + expr.name);
                }
                inputs.add(expr);
            }
        }
        for (Expr variable : variables) {
            Objects.requireNonNull(variable, "variable");
            if (variable.kind != Expr.Kind.INPUT) {
                throw new IllegalArgumentException("gradient: " + variable + " is not a parameter");
            }
            if (!variable.requiresGrad) {
                throw new IllegalArgumentException(
                        "gradient: " + variable + " does not require one; declare it with Expr.parameter");
            }
            if (!inputs.contains(variable)) {
                throw new IllegalArgumentException("gradient: the loss does not depend on " + variable);
            }
        }
        if (new HashSet<>(Arrays.asList(variables)).size() < variables.length) {
            throw new IllegalArgumentException("gradient: a variable is named twice");
        }
        return new Objective(loss, List.copyOf(inputs), List.of(variables));
    }

    GraphLowering lower() {
        return GraphLowering.of(List.of(loss));
    }

    /** Adds the backward pass to the graph that {@link #lower} made; one gradient per variable. */
    List<Node> gradients(GraphLowering lowering) {
        GraphBuilder g = lowering.builder();
        List<Node> wrt = variables.stream().map(lowering::variable).toList();
        return Gradients.of(g, lowering.node(loss), g.constant(1f), wrt);
    }
}
