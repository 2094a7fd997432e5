package org.fusegrad.engine;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A sample of {@link FunctionSweep}: floats of every exponent and both signs, and those around the hardest. */
@Tag("matrix")
class FunctionSweepTest {
    private static final int CHUNKS = 4;

    @ParameterizedTest
    @MethodSource("org.fusegrad.engine.FunctionSweep#functions")
    void nearTheTrueValueAndTheSameScalar(FunctionSweep.Function function) {
        FunctionSweep sweep = new FunctionSweep(function);
        int stride = (int) ((1L << 32) / CHUNKS / FunctionSweep.CHUNK) - 1; // odd, so that all low bits occur
        for (int k = 0; k < CHUNKS; k++) {
            sweep.chunk(k << 30, stride);
        }
        sweep.chunk(Float.floatToRawIntBits(function.hardest()) - FunctionSweep.CHUNK / 2, 1);
        assertTrue(sweep.worst <= function.bound(), function + ": " + sweep.worst + " ulp off at " + sweep.worstAt);
    }
}
