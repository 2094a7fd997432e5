package org.fusegrad;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.fusegrad.testing.ChildJvm;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A step that is warm allocates not one byte. Each kind has a JVM of its own, as a program that trains one model has: in one that has
 * compiled dozens of kernels C2 may leave vectors in objects.
 */
class AllocationTest {
    @ParameterizedTest
    @MethodSource("org.fusegrad.Allocations#names")
    void nothingIsAllocated(String steps) {
        ChildJvm.Result result = ChildJvm.run(Allocations.class, List.of("@jvm.config"), steps);
        assertEquals(0, result.exit(), result.err());
        assertFalse(result.out().isBlank());
        result.out().lines().forEach(line -> assertTrue(line.contains(": 0 bytes"), line));
    }
}
