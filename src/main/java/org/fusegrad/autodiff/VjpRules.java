package org.fusegrad.autodiff;

import java.util.List;
import org.fusegrad.ir.GraphBuilder;
import org.fusegrad.ir.Node;

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

    /** The contributions to the operands of {@code node}, in their order. */
    static List<Node> contributions(GraphBuilder g, Node node, Node outBar) {
        return switch (node.op()) {
            case INPUT, CONSTANT, COUNT -> List.of();
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
            // Broadcasts and sums: the cotangent itself, read at the other extent. Need nothing.
            case EXPAND, SUM, SUM_COLUMNS, SUM_ROWS -> List.of(outBar);
        };
    }
}
