package org.fusegrad.engine;

import java.util.List;
import java.util.function.IntFunction;
import org.fusegrad.ir.Graph;
import org.fusegrad.simd.Lanes;
import org.fusegrad.testing.Jvm;

/** {@link Parity} of a loss over many shapes, with plain numbers and with hostile ones. */
final class ParityRuns {
    /** {@code active} where each other width has a run of its own; all of them otherwise. */
    static final List<Integer> WIDTHS =
            System.getProperty("fusegrad.test.widths", "all").equals("active") ? List.of(Lanes.ACTIVE) : Parity.widths();

    private static final long SEED = Long.getLong("fusegrad.test.seed", 7L);
    /** Around whole vectors, whole sets of lanes and the change from four accumulators per column to one. */
    private static final int[] COLUMNS = {10, 16, 17, 32, 33, 63, 64, 65};

    private ParityRuns() {}

    /** One width of each kind: a masked vector, whole and masked, several, a whole set of lanes and more. */
    static int[] everyLengthColumns() {
        return Jvm.isInterpreted() ? new int[] {17} : new int[] {10, 17, 64, 65};
    }

    static int[] columns() {
        return Jvm.isInterpreted() ? new int[] {10, 65} : COLUMNS;
    }

    static void everyLength(String what, Graph graph) {
        Parity parity = new Parity(graph, WIDTHS);
        check(what, parity, Sizes.every());
        check(what, parity, Sizes.borders());
    }

    static void atCallBorders(String what, Graph graph) {
        check(what, new Parity(graph, WIDTHS), Sizes.callBorders());
    }

    static void forColumns(String what, int[] cols, int[] rows, IntFunction<Graph> loss) {
        for (int c : cols) {
            check(what + " cols " + c, new Parity(loss.apply(c), WIDTHS), rows);
        }
    }

    private static void check(String what, Parity parity, int[] rows) {
        Numbers plain = Numbers.plain(SEED);
        Numbers hostile = Numbers.hostile(SEED, 50);
        for (int n : rows) {
            parity.check(what + " seed " + SEED + " plain", n, plain);
            parity.check(what + " seed " + SEED + " hostile", n, hostile);
        }
    }
}
