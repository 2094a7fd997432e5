package org.fusegrad.engine;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.random.RandomGenerator;
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
        long seed = Long.getLong("fusegrad.test.seed", 20_261_123L);
        int graphs = Integer.getInteger("fusegrad.test.graphs", Jvm.size(200, 40));
        for (int k = 0; k < graphs; k++, seed++) {
            Numbers numbers = k % 2 == 0 ? Numbers.plain(seed) : Numbers.hostile(seed, 20);
            RandomGenerator random = numbers.random();
            Graph graph = RandomGraphs.next(random);
            String what = "-Dfusegrad.test.seed=" + seed;
            try {
                assertTrue(GraphVerifier.verify(graph), what);
                Parity parity = new Parity(graph);
                parity.check(what, ROWS[random.nextInt(ROWS.length)], numbers);
                if (k % 20 == 0) {
                    parity.check(what, 1100, numbers); // more than one block of rows
                }
            } catch (RuntimeException e) {
                throw new AssertionError(what + "\n" + graph, e);
            }
        }
    }
}
