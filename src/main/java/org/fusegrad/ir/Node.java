package org.fusegrad.ir;

import java.util.List;

/**
 * One application of an {@link Op}: immutable, and interned by the {@link GraphBuilder} that made it, so
 * that equal expressions are the same object and identity is equality.
 */
public final class Node {
    private final Op op;
    private final List<Node> inputs;
    private final Extent extent;
    private final int attribute;
    private final int id;

    Node(Op op, List<Node> inputs, Extent extent, int attribute, int id) {
        this.op = op;
        this.inputs = inputs;
        this.extent = extent;
        this.attribute = attribute;
        this.id = id;
    }

    public Op op() {
        return op;
    }

    public List<Node> inputs() {
        return inputs;
    }

    public Node input(int k) {
        return inputs.get(k);
    }

    public Extent extent() {
        return extent;
    }

    /** The extent at whose elements this is computed: its own, or, of a reduction, what it reduces. */
    public Extent walked() {
        if (!op.isReduction()) {
            return extent;
        }
        Extent walked = inputs.getFirst().extent;
        for (Node input : inputs) {
            walked = Extent.broadcast(walked, input.extent);
        }
        return walked;
    }

    /** The position in the builder's order of creation; inputs come before their users. */
    public int id() {
        return id;
    }

    /** {@link Op#INPUT}: which input of the graph. */
    public int inputIndex() {
        return attribute;
    }

    /** {@link Op#CONSTANT}: the number. */
    public float constant() {
        return Float.intBitsToFloat(attribute);
    }

    /** {@link Op#COUNT}: what the number of rows is multiplied by. */
    public int multiple() {
        return attribute;
    }

    public boolean isConstant(float value) {
        return op == Op.CONSTANT && attribute == Float.floatToRawIntBits(value);
    }

    /** Whether this reduces over the batch, so that its value exists only after all rows were seen. */
    public boolean reducesBatch() {
        return op.isReduction() && op.axis() != Axis.COLUMNS && walked().batched();
    }

    @Override
    public String toString() {
        return "%" + id + " " + op.text() + " " + extent;
    }
}
