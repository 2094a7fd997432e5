package org.fusegrad.benchmarks;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.fusegrad.Floats;

/**
 * The data of a long elementwise chain: v = w, then over and over {@code v*x, v+y, v*c, v-x}, one operation each and another constant in each round; the loss is
 * {@code sum(v^2)}, its gradient one float per element, for which there is room.
 *
 * <p>x lies in [0.5, 1) and c in [1, 1.11]: over 64 operations neither v nor the gradient overflows or becomes subnormal, which would be slow for another reason.
 */
record ChainProblem(int ops, int n, Floats x, Floats y, Floats w, Floats dw) {
    static final int OPS_PER_ROUND = 4;

    /** The constant of each round, as many as the longest chain has. */
    private static final float[] CONSTANTS = new float[16];

    static {
        for (int k = 0; k < CONSTANTS.length; k++) {
            CONSTANTS[k] = 1 + k % 8 / 64f;
        }
    }

    ChainProblem {
        if (ops % OPS_PER_ROUND != 0 || ops < OPS_PER_ROUND || ops > OPS_PER_ROUND * CONSTANTS.length) {
            throw new IllegalArgumentException(ops + " operations: not a multiple of " + OPS_PER_ROUND + " up to " + OPS_PER_ROUND * CONSTANTS.length);
        }
    }

    /** The same data for the same arguments. */
    static ChainProblem random(int ops, int n) {
        SplittableRandom random = new SplittableRandom(42);
        Floats[] rooms = Placement.of(n, n, n, n);
        Floats x = rooms[0];
        Floats y = rooms[1];
        Floats w = rooms[2];
        for (int i = 0; i < n; i++) {
            x.array()[x.offset() + i] = (float) random.nextDouble(0.5, 1);
            y.array()[y.offset() + i] = (float) random.nextDouble(-1, 1);
            w.array()[w.offset() + i] = (float) random.nextDouble(-1, 1);
        }
        return new ChainProblem(ops, n, x, y, w, rooms[3]);
    }

    int rounds() {
        return ops / OPS_PER_ROUND;
    }

    /** The constant of a round. */
    static float constant(int round) {
        return CONSTANTS[round];
    }

    static float[] constants(int rounds) {
        return Arrays.copyOf(CONSTANTS, rounds);
    }

    /** So that a kernel cannot show what another one has left there. */
    void clearGradient() {
        Arrays.fill(dw.array(), dw.offset(), dw.offset() + dw.length(), Float.NaN);
    }
}
