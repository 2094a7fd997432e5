package org.fusegrad.engine;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
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
        around(sweep, function.hardest());
        assertTrue(sweep.worst <= function.bound(), function + ": " + sweep.worst + " ulp off at " + sweep.worstAt);
    }

    static List<FunctionSweep.Function> exponentials() {
        return FunctionSweep.functions().stream().filter(function -> List.of("exp", "sigmoid", "softplus", "silu").contains(function.name())).toList();
    }

    /** Where results become negligible, subnormal, 0 or infinite, and are computed in other ways. */
    @ParameterizedTest
    @MethodSource("exponentials")
    void atTheEdgesOfTheNormalFloats(FunctionSweep.Function function) {
        FunctionSweep sweep = new FunctionSweep(function);
        for (float edge : new float[] {40, 87, 87.33654f, 88.72284f, 91.85677f, 104}) {
            around(sweep, edge);
            around(sweep, -edge);
        }
        assertTrue(sweep.worst <= function.bound(), function + ": " + sweep.worst + " ulp off at " + sweep.worstAt);
    }

    private static void around(FunctionSweep sweep, float x) {
        sweep.chunk(Float.floatToRawIntBits(x) - FunctionSweep.CHUNK / 2, 1);
    }
}
