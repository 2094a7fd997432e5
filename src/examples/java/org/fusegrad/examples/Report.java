package org.fusegrad.examples;

import java.io.PrintStream;
import java.util.Locale;

/** What the examples print alike. */
final class Report {
    private Report() {}

    static void print(PrintStream out, String format, Object... values) {
        out.printf(Locale.ROOT, format + "%n", values);
    }

    /**
     * Prints what was reached beside the optimum.
     *
     * @return what was reached
     * @throws IllegalStateException if it is more than {@code tolerance} away
     */
    static double objective(PrintStream out, String what, double reached, double optimum, double tolerance) {
        print(out, "%-28s %.8g", "objective", reached);
        print(out, "%-28s %.8g (%.0e allowed between them)", "optimum, in double", optimum, tolerance);
        if (!(Math.abs(reached - optimum) <= tolerance)) { // NaN fails too
            throw new IllegalStateException(
                    what + ": the objective " + reached + " is not within " + tolerance + " of the optimum " + optimum);
        }
        return reached;
    }
}
