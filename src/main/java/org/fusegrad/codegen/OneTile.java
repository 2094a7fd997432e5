package org.fusegrad.codegen;

import java.util.ArrayList;
import java.util.List;
import org.fusegrad.fusion.Loop;
import org.fusegrad.fusion.Pass;
import org.fusegrad.fusion.Sink;

/**
 * The loops of a pass for batches of one tile. What they reduce stays in registers from the first row to the result: nothing is cleared before them, and nothing folded
 * behind. 32 rows of 10 columns take 61 ns so, and 75 through memory (Zen 5), at 8 lanes 76 and 93.
 *
 * @param methods the names of the methods for that, in the order of the loops
 */
record OneTile(List<String> methods) {
    /** What the methods' names have behind the loops'. */
    static final String SUFFIX = "_only";

    /** With four lanes a sum takes sixteen vectors, and 32 rows of 10 columns as long or longer. */
    private static final int LEAST_LANES = 8;

    /**
     * Adds the methods to {@code helpers}.
     *
     * @return null where nothing is reduced over tiles, or not all of it can stay in registers
     */
    static OneTile of(Pass pass, List<String> slotNames, int lanes, List<Code.Method> helpers) {
        if (lanes < LEAST_LANES || pass.folds().isEmpty()) {
            return null;
        }
        List<String> names = new ArrayList<>();
        List<Code.Method> own = new ArrayList<>();
        for (Loop loop : pass.loops()) {
            if (loop.sinks().stream().noneMatch(OneTile::gathers)) {
                names.add(loop.name());
                continue;
            }
            Lowering lowering = VectorLowering.ofOneTile(loop, pass.folds(), slotNames, lanes);
            if (lowering == null) {
                return null;
            }
            names.add(lowering.name());
            own.add(lowering.lower()); // what it calls is there for the loop over several tiles
        }
        helpers.addAll(own);
        return new OneTile(names);
    }

    private static boolean gathers(Sink sink) {
        return sink instanceof Sink.LaneReduction || sink instanceof Sink.ColumnReduction;
    }
}
