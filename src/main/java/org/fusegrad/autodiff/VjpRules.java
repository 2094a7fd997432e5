package org.fusegrad.autodiff;

import java.util.List;
import org.fusegrad.ir.GraphBuilder;
import org.fusegrad.ir.Node;
import org.fusegrad.ir.Op;
import org.fusegrad.ir.Reduction;

/**
 * One vector-Jacobian product per operation: from the cotangent of the result to those of the operands.
 *
 * <p>A cotangent may have a smaller extent than its value; it then stands for its broadcast. Where an
 * operand was broadcast, {@link Gradients} sums the contribution back to the operand's extent, so a rule
 * only knows the elementwise algebra. Rules say what they need saved; fusion decides whether that is
 * kept or computed again.
 */
final class VjpRules {
    private VjpRules() {}

    /** Whether a gradient goes through {@code node} to its k-th operand at all. */
    static boolean passes(Node node, int k) {
        return switch (node.op()) {
            case LESS, LESS_EQUAL, EQUAL, DETACH -> false; // steps have no slope, and a detached value no past
            case WHERE -> k > 0;
            default -> true;
        };
    }

    /** The contributions to the operands of {@code node}, in their order. */
    static List<Node> contributions(GraphBuilder g, Node node, Node outBar) {
        return switch (node.op()) {
            case INPUT, CONSTANT, COUNT, COLUMN_INDEX, LESS, LESS_EQUAL, EQUAL, DETACH -> List.of();
            // out = a + b: aBar = outBar, bBar = outBar. Needs nothing.
            case ADD -> List.of(outBar, outBar);
            // out = a - b: aBar = outBar, bBar = -outBar. Needs nothing.
            case SUB -> List.of(outBar, g.neg(outBar));
            // out = a * b: aBar = outBar * b, bBar = outBar * a. Needs the inputs.
            case MUL -> List.of(g.mul(outBar, node.input(1)), g.mul(outBar, node.input(0)));
            // out = a / b: aBar = outBar / b, bBar = -outBar * (out / b). Needs b and the output.
            case DIV -> {
                Node b = node.input(1);
                yield List.of(g.div(outBar, b), g.mul(g.neg(outBar), g.div(node, b)));
            }
            // out = -a: aBar = -outBar. Needs nothing.
            case NEG -> List.of(g.neg(outBar));
            // out = a * a: aBar = outBar * (2 * a). Needs the input.
            case SQUARE -> List.of(g.mul(outBar, g.mul(g.constant(2f), node.input(0))));
            // out = |a|: aBar = outBar * sign(a), 0 at 0 and at NaN. Needs the input.
            case ABS -> {
                Node a = node.input(0);
                Node zero = g.constant(0f);
                Node sign = g.sub(g.binary(Op.LESS, zero, a), g.binary(Op.LESS, a, zero));
                yield List.of(g.mul(outBar, sign));
            }
            // out = sqrt(a): aBar = outBar / (2 * out). Needs the output.
            case SQRT -> List.of(g.div(outBar, g.mul(g.constant(2f), node)));
            // out = 1 / a: aBar = -outBar * (out * out). Needs the output.
            case RECIPROCAL -> List.of(g.mul(g.neg(outBar), g.square(node)));
            // out = max(a, 0): aBar = outBar where a > 0, 0 elsewhere; outBar at NaN. Needs the input.
            case RELU -> {
                Node off = g.binary(Op.LESS_EQUAL, node.input(0), g.constant(0f));
                yield List.of(g.where(off, g.constant(0f), outBar));
            }
            // out = e^a: aBar = outBar * out. Needs the output.
            case EXP -> List.of(g.mul(outBar, node));
            // out = e^a - 1: aBar = outBar * (out + 1). Needs the output.
            case EXPM1 -> List.of(g.mul(outBar, g.add(node, g.constant(1f))));
            // out = ln(a): aBar = outBar / a. Needs the input.
            case LOG -> List.of(g.div(outBar, node.input(0)));
            // out = ln(1 + a): aBar = outBar / (a + 1). Needs the input.
            case LOG1P -> List.of(g.div(outBar, g.add(node.input(0), g.constant(1f))));
            // out = sigmoid(a): aBar = outBar * (1 - out) * out. Needs the output.
            case SIGMOID -> List.of(g.mul(g.mul(outBar, g.sub(g.constant(1f), node)), node));
            // out = tanh(a): aBar = outBar * (1 - out * out). Needs the output.
            case TANH -> List.of(g.mul(outBar, g.sub(g.constant(1f), g.square(node))));
            // out = ln(1 + e^a): aBar = outBar * sigmoid(a). Needs the input.
            case SOFTPLUS -> List.of(g.mul(outBar, g.unary(Op.SIGMOID, node.input(0))));
            // out = a * sigmoid(a): aBar = outBar * (s * (1 + a * (1 - s))). Needs the input.
            case SILU -> {
                Node a = node.input(0);
                Node s = g.unary(Op.SIGMOID, a);
                Node one = g.constant(1f);
                yield List.of(g.mul(outBar, g.mul(s, g.add(one, g.mul(a, g.sub(one, s))))));
            }
            // out = a * cdf(a): aBar = outBar * (cdf + a * pdf), cdf = (1 + erf(a / sqrt 2)) / 2,
            // pdf = e^(-a*a/2) / sqrt(2 pi). Needs the input.
            case GELU -> {
                Node a = node.input(0);
                Node erf = g.unary(Op.ERF, g.mul(a, g.constant((float) Math.sqrt(0.5))));
                Node cdf = g.mul(g.constant(0.5f), g.add(g.constant(1f), erf));
                Node e = g.unary(Op.EXP, g.mul(g.constant(-0.5f), g.square(a)));
                Node pdf = g.mul(g.constant((float) (1 / Math.sqrt(2 * Math.PI))), e);
                yield List.of(g.mul(outBar, g.add(cdf, g.mul(a, pdf))));
            }
            // out = erf(a): aBar = outBar * 2/sqrt(pi) * e^(-a*a). Needs the input.
            case ERF -> {
                Node e = g.unary(Op.EXP, g.neg(g.square(node.input(0))));
                yield List.of(g.mul(outBar, g.mul(g.constant((float) (2 / Math.sqrt(Math.PI))), e)));
            }
            // out = max(a, b): outBar to the larger, half to each of equal ones, all to both at NaN. Needs the inputs.
            case MAXIMUM -> List.of(
                    toLarger(g, outBar, node.input(0), node.input(1)), toLarger(g, outBar, node.input(1), node.input(0)));
            // out = min(a, b): likewise, to the smaller.
            case MINIMUM -> List.of(
                    toSmaller(g, outBar, node.input(0), node.input(1)), toSmaller(g, outBar, node.input(1), node.input(0)));
            // out = c ? a : b: aBar = c ? outBar : 0, bBar = c ? 0 : outBar, chosen and not multiplied, so that
            // no NaN of the other side comes through. Needs the condition.
            case WHERE -> {
                Node zero = g.constant(0f);
                Node c = node.input(0);
                yield List.of(zero, g.where(c, outBar, zero), g.where(c, zero, outBar));
            }
            // out = sum(a * b): aBar = outBar * b, bBar = outBar * a, each summed by FMA where the operand was broadcast.
            // Needs the inputs.
            case DOT, DOT_COLUMNS, DOT_ROWS -> List.of(
                    g.dotTo(outBar, node.input(1), node.walked(), node.input(0).extent()),
                    g.dotTo(outBar, node.input(0), node.walked(), node.input(1).extent()));
            // out = max(a): outBar in equal parts to the elements that equal it, 0 to the others, NaN to all where it is
            // NaN. Needs the input and the output.
            case MAX, MAX_COLUMNS, MAX_ROWS -> {
                Node chosen = g.binary(Op.EQUAL, node.input(0), node);
                Node count = g.reduce(Reduction.SUM, node.op().axis(), chosen);
                yield List.of(g.mul(chosen, g.div(outBar, count)));
            }
            // Broadcasts and sums: the cotangent itself, read at the other extent. Need nothing.
            case EXPAND, SUM, SUM_COLUMNS, SUM_ROWS -> List.of(outBar);
        };
    }

    private static Node toLarger(GraphBuilder g, Node outBar, Node a, Node b) {
        return shared(g, outBar, a, b, g.binary(Op.LESS, a, b));
    }

    private static Node toSmaller(GraphBuilder g, Node outBar, Node a, Node b) {
        return shared(g, outBar, a, b, g.binary(Op.LESS, b, a));
    }

    private static Node shared(GraphBuilder g, Node outBar, Node a, Node b, Node isOther) {
        Node half = g.mul(outBar, g.constant(0.5f));
        return g.where(g.binary(Op.EQUAL, a, b), half, g.where(isOther, g.constant(0f), outBar));
    }
}
