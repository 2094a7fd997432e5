package org.fusegrad.benchmarks;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.fusegrad.Floats;

/** The data of {@code sum((x*w - y)^2)}: n elements of x and y; w one float per element, or one for all; and room for the gradient. */
record LectureProblem(boolean elementwise, int n, Floats x, Floats y, Floats w, Floats dw) {
    /** The same data for the same arguments. w is some way off, so that the gradient does not cancel out. */
    static LectureProblem random(boolean elementwise, int n) {
        SplittableRandom random = new SplittableRandom(42);
        int weights = elementwise ? n : 1;
        Floats[] rooms = Placement.of(n, n, weights, weights);
        Floats x = rooms[0];
        Floats y = rooms[1];
        Floats w = rooms[2];
        for (int i = 0; i < n; i++) {
            float value = (float) random.nextDouble(-1, 1);
            x.array()[x.offset() + i] = value;
            y.array()[y.offset() + i] = (float) (2 * value + random.nextDouble(-0.1, 0.1));
        }
        for (int i = 0; i < w.length(); i++) {
            w.array()[w.offset() + i] = (float) random.nextDouble(1.4, 1.6);
        }
        return new LectureProblem(elementwise, n, x, y, w, rooms[3]);
    }

    /** So that a kernel cannot show what another one has left there. */
    void clearGradient() {
        Arrays.fill(dw.array(), dw.offset(), dw.offset() + dw.length(), Float.NaN);
    }
}
