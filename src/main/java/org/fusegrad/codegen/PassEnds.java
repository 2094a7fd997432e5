package org.fusegrad.codegen;

import java.util.List;
import java.util.Map;
import org.fusegrad.fusion.Fold;
import org.fusegrad.fusion.Loop;
import org.fusegrad.fusion.Pass;

/**
 * The methods that begin and end the reductions which a pass gathers in memory, for batches of one block: the first clears
 * lanes and accumulators, the second folds them and leaves the results where they are wanted.
 *
 * @param open the first method's name, or null where there is none
 * @param close the second's
 */
record PassEnds(String open, String close) {

    /** Adds both methods to {@code helpers}. */
    static PassEnds of(Pass pass, List<String> slotNames, int lanes, List<Code.Method> helpers) {
        List<Fold> folds = pass.folds();
        if (folds.isEmpty()) {
            return new PassEnds(null, null);
        }
        String stem = pass.loops().getFirst().name();
        PassEnds ends = new PassEnds(stem + "_open", stem + "_close");
        for (String name : List.of(ends.open, ends.close)) {
            Loop none = new Loop(name, Loop.Shape.TILE, 1, 1, List.of(), Map.of());
            boolean closing = name.equals(ends.close);
            Lowering lowering = lanes == 0
                    ? new PassEndScalars(none, slotNames, folds, closing)
                    : new PassEndVectors(none, slotNames, folds, closing, lanes);
            helpers.add(lowering.lower());
        }
        return ends;
    }
}
