package org.fusegrad.engine;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.fusegrad.fusion.Fuser;
import org.fusegrad.ir.Graph;
import org.fusegrad.ir.GraphVerifier;
import org.fusegrad.testing.Jvm;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Random graphs through every route. {@code -Dfusegrad.test.seed=N -Dfusegrad.test.graphs=1} repeats the
 * graph that a failure names.
 */
@Tag("matrix")
class RandomGraphTest {
    private static final int[] ROWS = {1, 2, 3, 5, 15, 16, 17, 31, 33, 64, 65, 100, 257, 300};

    @Test
    void everyRouteGivesTheSameBits() {
        check(RandomGraphs::next, Fuser.OPS_PER_LOOP);
    }

    /** Whatever is stored over an input, everything else saw the old value; most of all in many short loops. */
    @Test
    void valuesInPlaceOfInputsToo() {
        check(RandomGraphs::nextInPlace, Fuser.OPS_PER_LOOP);
        check(RandomGraphs::nextInPlace, 2);
    }

    private static void check(Function<RandomGenerator, Graph> graphsOf, int opsPerLoop) {
        long seed = Long.getLong("fusegrad.test.seed", 20_261_123L);
        int graphs = Integer.getInteger("fusegrad.test.graphs", Jvm.size(200, 40));
        for (int k = 0; k < graphs; k++, seed++) {
            Numbers numbers = k % 2 == 0 ? Numbers.plain(seed) : Numbers.hostile(seed, 20);
            RandomGenerator random = numbers.random();
            Graph graph = graphsOf.apply(random);
            String what = "-Dfusegrad.test.seed=" + seed;
            try {
                assertTrue(GraphVerifier.verify(graph), what);
                Parity parity = new Parity(graph, plans(graph, opsPerLoop));
                parity.check(what, ROWS[random.nextInt(ROWS.length)], numbers);
                if (k % 20 == 0) {
                    parity.check(what, 1100, numbers); // more than one block of rows
                }
            } catch (RuntimeException e) {
                throw new AssertionError(what + "\n" + graph, e);
            }
        }
    }

    private static Map<Integer, Plan> plans(Graph graph, int opsPerLoop) {
        Map<Integer, Plan> plans = new HashMap<>();
        Parity.widths().forEach(lanes -> plans.put(lanes, Plan.of(graph, lanes, opsPerLoop)));
        return plans;
    }
}
