package org.fusegrad.fusion;

import java.util.List;
import java.util.Objects;
import org.fusegrad.ir.Graph;
import org.fusegrad.ir.Node;

/**
 * The ordered loops that compute a graph, and their buffers. Array slots are the graph's inputs, then its
 * outputs, then the buffers.
 *
 * @param graph what it computes
 * @param passes in order
 * @param buffers all of them, by slot
 * @param counts the scalars that hold a multiple of the number of rows
 * @param scalarOutputs the scalar outputs that are left elsewhere and copied at the end
 * @param totals doubles that collect the blocks of reductions
 */
public record Schedule(
        Graph graph,
        List<Pass> passes,
        List<Buffer> buffers,
        List<Count> counts,
        List<ScalarOutput> scalarOutputs,
        int totals) {
    /** No array may be used beyond this index: the largest int less room for what one launch covers. */
    public static final int MOST_INDEX = Integer.MAX_VALUE - (1 << 24);

    /** A scalar that holds {@code rows * multiple}. */
    public record Count(Node node, Place place) {}

    /** A scalar output and the place to copy it from. */
    public record ScalarOutput(int output, Place place) {}

    /** The passes that read batched memory: what the cost of a large batch depends on. */
    public List<Pass> passesOverBatch() {
        return passes.stream()
                .filter(pass -> pass.kind() != Pass.Kind.SCALAR && pass.index().batched())
                .toList();
    }

    /** The loops over two tiles of all passes, in order. */
    public List<Overlap> overlaps() {
        return passes.stream().map(Pass::overlap).filter(Objects::nonNull).toList();
    }

    /** The batched values kept from one pass for a later one. */
    public List<Buffer> saved() {
        return buffers.stream().filter(b -> b.use() == Buffer.Use.SAVED).toList();
    }

    public int slots() {
        return graph.inputs().size() + graph.outputs().size() + buffers.size();
    }

    @Override
    public String toString() {
        return SchedulePrinter.text(this);
    }
}
