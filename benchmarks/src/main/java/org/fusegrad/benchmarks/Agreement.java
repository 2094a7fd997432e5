package org.fusegrad.benchmarks;

import java.util.List;
import java.util.function.Function;

/** What every benchmark demands before it measures: that the variants compute the same thing. */
final class Agreement {
    /** The same bits as the contract. */
    static final List<String> EXACT = List.of("generated", "vector", "c");

    private Agreement() {}

    /** Runs each variant that can run here once and compares it with the referee; keeps none of them. */
    static void check(List<String> variants, Function<String, Kernel> kernels, Kernel referee, int terms) {
        for (String variant : variants) {
            if (variant.equals("c") && !CKernels.available()) {
                continue;
            }
            try (Kernel kernel = kernels.apply(variant)) {
                float loss = kernel.step();
                if (EXACT.contains(variant)) {
                    sameBits(variant, loss, kernel.gradients(), referee.step(), referee.gradients());
                } else {
                    close(variant, loss, kernel.gradients(), referee.step(), referee.gradients(), terms);
                }
            }
        }
    }

    /** Any NaN equals any NaN, zeros differ by their sign. */
    private static void sameBits(String variant, float loss, float[] gradients, float expectedLoss, float[] expected) {
        if (Float.floatToIntBits(loss) != Float.floatToIntBits(expectedLoss)) {
            throw new IllegalStateException(variant + ": the loss is " + loss + ", not " + expectedLoss);
        }
        for (int i = 0; i < expected.length; i++) {
            if (Float.floatToIntBits(gradients[i]) != Float.floatToIntBits(expected[i])) {
                throw new IllegalStateException(variant + ": gradient " + i + " of " + expected.length + " is " + gradients[i] + ", not " + expected[i]);
            }
        }
    }

    /** Within the tolerance, relative to the loss and to the largest gradient. */
    private static void close(String variant, float loss, float[] gradients, float expectedLoss, float[] expected, int terms) {
        double tolerance = tolerance(terms);
        if (!(Math.abs(loss - expectedLoss) <= tolerance * expectedLoss)) {
            throw new IllegalStateException(variant + ": the loss is " + loss + ", not near " + expectedLoss);
        }
        double largest = 0;
        for (float gradient : expected) {
            largest = Math.max(largest, Math.abs(gradient));
        }
        for (int i = 0; i < expected.length; i++) {
            if (!(Math.abs(gradients[i] - expected[i]) <= tolerance * largest)) {
                throw new IllegalStateException(variant + ": gradient " + i + " of " + expected.length + " is " + gradients[i] + ", not near " + expected[i]);
            }
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
