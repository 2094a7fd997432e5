package org.fusegrad.fusion;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.fusegrad.ir.Graph;
import org.fusegrad.ir.Node;
import org.fusegrad.ir.Op;

/**
 * Outputs in place of inputs: none may be stored before the input was read for the last time.
 *
 * <p>Loops of one tile take such stores last by themselves, see {@link TileLoops}. What remains too early (a
 * later pass reads the input again, two inputs change places) is found in the finished schedule, and the
 * output is kept elsewhere until all loops have run.
 */
final class InPlace {
    private InPlace() {}

    /** The outputs whose store comes before a read of the input that they are in place of. */
    static Set<Integer> storedTooEarly(Schedule schedule) {
        List<Loop> loops = new ArrayList<>();
        schedule.passes().forEach(pass -> loops.addAll(pass.loops()));
        Set<Integer> early = new HashSet<>();
        List<Graph.Output> outputs = schedule.graph().outputs();
        for (int k = 0; k < outputs.size(); k++) {
            int slot = schedule.graph().inputs().size() + k;
            int input = outputs.get(k).replaces();
            if (input >= 0 && readAfterStore(schedule, loops, slot, input)) {
                early.add(k);
            }
        }
        return early;
    }

    private static boolean readAfterStore(Schedule schedule, List<Loop> loops, int slot, int input) {
        boolean stored = false;
        for (Loop loop : loops) {
            if (stored && reads(loop, loop.sinks(), input)) {
                return true;
            }
            int at = storeTo(loop, slot);
            stored |= at >= 0;
            // Within a loop a sink computes what it needs when its turn comes, and what was read stays known.
            boolean known = at >= 0 && reads(loop, loop.sinks().subList(0, at + 1), input);
            if (at >= 0 && !known && reads(loop, loop.sinks(), input)) {
                return true;
            }
        }
        return stored && schedule.scalarOutputs().stream().anyMatch(output -> output.place().slot() == input);
    }

    private static int storeTo(Loop loop, int slot) {
        for (int k = 0; k < loop.sinks().size(); k++) {
            if (loop.sinks().get(k) instanceof Sink.Store store && store.place().slot() == slot) {
                return k;
            }
        }
        return -1;
    }

    /** Whether {@code sinks} of a loop need an input's value from memory. */
    private static boolean reads(Loop loop, List<Sink> sinks, int input) {
        Set<Node> needed = Loop.of("", loop.shape(), loop.cols(), loop.most(), sinks, loop.loads()).loads().keySet();
        return needed.stream().anyMatch(node -> node.op() == Op.INPUT && node.inputIndex() == input);
    }
}
