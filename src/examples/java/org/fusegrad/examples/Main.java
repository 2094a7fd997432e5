package org.fusegrad.examples;

import java.io.Console;
import java.io.PrintStream;
import org.fusegrad.Fusegrad;

/** Both examples, the small one first: {@code mvn -q compile exec:exec}. */
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        PrintStream out = System.out;
        out.println(Fusegrad.environment());
        heading(out, "The lecture's loop: y = w * x, define by run, one sample at a time");
        LectureLoop.run(out, sample -> {});
        heading(out, "Diabetes regression: one fused kernel for loss and gradients, mini-batches of 32");
        DiabetesRegression.run(out, isTerminal());
    }

    private static void heading(PrintStream out, String title) {
        out.println();
        out.println(title);
        out.println("-".repeat(title.length()));
    }

    /** Since JDK 22 there may be a console without a terminal. */
    private static boolean isTerminal() {
        Console console = System.console();
        return console != null && console.isTerminal();
    }
}
