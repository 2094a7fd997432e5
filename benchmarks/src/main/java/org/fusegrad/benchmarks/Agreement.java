package org.fusegrad.benchmarks;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/** What every benchmark demands before it measures: that the implementations compute the same thing. */
final class Agreement {
    /** Up to here a fork compares all implementations; beyond, where that takes longer than measuring, the one that it measures. */
    private static final long ALL = 1 << 20;

    private Agreement() {}

    /** The implementation that is about to be measured, and on data of a moderate size the others that need no other library. */
    static void check(String measured, Function<String, Kernel> kernels, Kernel referee, long floats, int terms) {
        Set<String> names = new LinkedHashSet<>(floats <= ALL ? Implementations.runnable() : List.of());
        names.add(measured);
        check(List.copyOf(names), kernels, referee, terms);
    }

    /** Runs each implementation once and compares it with the referee; keeps none of them. */
    static void check(List<String> names, Function<String, Kernel> kernels, Kernel referee, int terms) {
        for (String name : names) {
            try (Kernel kernel = kernels.apply(name)) {
                float loss = kernel.step();
                if (Implementations.EXACT.contains(name)) {
                    sameBits(name, loss, kernel.gradients(), referee.step(), referee.gradients());
                } else {
                    close(name, loss, kernel.gradients(), referee.step(), referee.gradients(), terms);
                }
            }
        }
    }

    /** Any NaN equals any NaN, zeros differ by their sign. */
    private static void sameBits(String name, float loss, float[] gradients, float expectedLoss, float[] expected) {
        if (Float.floatToIntBits(loss) != Float.floatToIntBits(expectedLoss)) {
            throw new IllegalStateException(name + ": the loss is " + loss + ", not " + expectedLoss);
        }
        sameLength(name, gradients, expected);
        for (int i = 0; i < expected.length; i++) {
            if (Float.floatToIntBits(gradients[i]) != Float.floatToIntBits(expected[i])) {
                throw new IllegalStateException(name + ": gradient " + i + " of " + expected.length + " is " + gradients[i] + ", not " + expected[i]);
            }
        }
    }

    /** Within the tolerance, relative to the loss and to the largest gradient. */
    static void close(String name, float loss, float[] gradients, float expectedLoss, float[] expected, int terms) {
        double tolerance = tolerance(terms);
        if (!(Math.abs(loss - expectedLoss) <= tolerance * Math.abs(expectedLoss))) {
            throw new IllegalStateException(name + ": the loss is " + loss + ", not near " + expectedLoss);
        }
        sameLength(name, gradients, expected);
        double largest = 0;
        for (float gradient : expected) {
            largest = Math.max(largest, Math.abs(gradient));
        }
        for (int i = 0; i < expected.length; i++) {
            if (!(Math.abs(gradients[i] - expected[i]) <= tolerance * largest)) {
                throw new IllegalStateException(name + ": gradient " + i + " of " + expected.length + " is " + gradients[i] + ", not near " + expected[i]);
            }
        }
    }

    private static void sameLength(String name, float[] gradients, float[] expected) {
        if (gradients.length != expected.length) {
            throw new IllegalStateException(name + ": " + gradients.length + " gradients, not " + expected.length);
        }
    }

    /**
     * What a sum of so many terms in one float may be off by, relatively: 32 units of rounding times the root of the number of terms, as errors of random sign grow.
     * Not so from millions of terms on, where a term is smaller than half a unit of the sum and lost (0.7 % of a loss of 6.7 million terms); there it is a
     * sixteenth of the proven bound, which is one unit for each term.
     */
    static double tolerance(int terms) {
        return Math.max(32 * Math.sqrt(terms), terms / 16.0) * 0x1p-24;
    }
}
