package org.fusegrad;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.fusegrad.testing.ChildJvm;
import org.junit.jupiter.api.Test;

/** The property {@code fusegrad.lanes} takes a number of lanes that exists, or says which do. */
class LanesPropertyTest {
    /** Asks for lanes in a JVM of its own. */
    static final class Lanes {
        private Lanes() {}

        public static void main(String[] args) {
            System.out.println(Fusegrad.lanes());
        }
    }

    @Test
    void lanesThatNoMachineHas() {
        ChildJvm.Result result = ChildJvm.run(Lanes.class, List.of(ChildJvm.VECTORS, "-Dfusegrad.lanes=5"));
        assertEquals(1, result.exit());
        assertTrue(result.err().contains("fusegrad.lanes=5: expected one of [0, 4, 8, 16]"), result.err());
        result = ChildJvm.run(Lanes.class, List.of(ChildJvm.VECTORS, "-Dfusegrad.lanes=wide"));
        assertEquals(1, result.exit());
        assertTrue(result.err().contains("fusegrad.lanes=wide: expected one of [0, 4, 8, 16]"), result.err());
        result = ChildJvm.run(Lanes.class, List.of(ChildJvm.VECTORS, "-Dfusegrad.lanes=8"));
        assertEquals("8", result.out().strip());
    }
}
