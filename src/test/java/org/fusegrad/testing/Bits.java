package org.fusegrad.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

/** Equality of floats as the numeric contract means it: all bits, +0 and -0 apart, any NaN equal to any NaN. */
public final class Bits {
    private Bits() {}

    public static void same(String what, float expected, float actual) {
        if (Float.floatToIntBits(expected) != Float.floatToIntBits(actual)) {
            fail(what + ": expected " + text(expected) + " but was " + text(actual));
        }
    }

    public static void same(String what, float[] expected, float[] actual) {
        assertEquals(expected.length, actual.length, what + ": length");
        for (int i = 0; i < expected.length; i++) {
            if (Float.floatToIntBits(expected[i]) != Float.floatToIntBits(actual[i])) {
                fail(what + "[" + i + "]: expected " + text(expected[i]) + " but was " + text(actual[i]));
            }
        }
    }

    private static String text(float value) {
        return value + " (" + Integer.toHexString(Float.floatToRawIntBits(value)) + ")";
    }
}
