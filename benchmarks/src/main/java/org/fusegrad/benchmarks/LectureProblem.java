package org.fusegrad.benchmarks;

import java.util.SplittableRandom;
import org.fusegrad.Floats;

/** The data of {@code sum((x*w - y)^2)}: n elements of x and y; w one float per element, or one for all. */
record LectureProblem(boolean elementwise, int n, Floats x, Floats y, Floats w) {
    /** The same data for the same arguments. w is some way off, so that the gradient does not cancel out. */
    static LectureProblem random(boolean elementwise, int n) {
        SplittableRandom random = new SplittableRandom(42);
        Floats x = Floats.aligned(n);
        Floats y = Floats.aligned(n);
        Floats w = Floats.aligned(elementwise ? n : 1);
        for (int i = 0; i < n; i++) {
            float value = (float) random.nextDouble(-1, 1);
            x.array()[x.offset() + i] = value;
            y.array()[y.offset() + i] = (float) (2 * value + random.nextDouble(-0.1, 0.1));
        }
        for (int i = 0; i < w.length(); i++) {
            w.array()[w.offset() + i] = (float) random.nextDouble(1.4, 1.6);
        }
        return new LectureProblem(elementwise, n, x, y, w);
    }
}
