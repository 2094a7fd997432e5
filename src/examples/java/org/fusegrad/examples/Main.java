package org.fusegrad.examples;

import java.io.Console;
import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.fusegrad.Fusegrad;

/**
 * The examples: {@code mvn -q compile exec:exec} runs the lecture's loop and the diabetes regression, and
 * {@code -Dexample=NAME} another one, or {@code all}.
 */
public final class Main {
    private record Example(String title, Consumer<PrintStream> run) {}

    private static final Map<String, Example> EXAMPLES = new LinkedHashMap<>();

    static {
        EXAMPLES.put("lecture", new Example(
                "The lecture's loop: y = w * x, define by run, one sample at a time", out -> LectureLoop.run(out, sample -> {})));
        EXAMPLES.put("diabetes", new Example(
                "Diabetes regression: one fused kernel for loss and gradients, mini-batches of 32",
                out -> DiabetesRegression.run(out, isTerminal())));
        EXAMPLES.put("logistic", new Example(
                "Logistic regression: which tumours are benign, with a penalty on the weights", LogisticRegression::run));
        EXAMPLES.put("robust", new Example(
                "Robust regression: Huber's loss on the diabetes data", RobustRegression::run));
        EXAMPLES.put("poisson", new Example(
                "Poisson regression: counts, and what their rates depend on", PoissonRegression::run));
        EXAMPLES.put("softmax", new Example(
                "Softmax classification: which of three clusters a point belongs to", SoftmaxClassification::run));
    }

    private static final String DEFAULT = "default";
    private static final List<String> BY_DEFAULT = List.of("lecture", "diabetes");

    private Main() {}

    public static void main(String[] args) {
        String name = args.length == 0 ? DEFAULT : args[0];
        List<String> chosen = names(name);
        PrintStream out = System.out;
        out.println(Fusegrad.environment());
        for (String example : chosen) {
            heading(out, EXAMPLES.get(example).title);
            EXAMPLES.get(example).run.accept(out);
        }
        if (name.equals(DEFAULT)) {
            out.println();
            out.println("Others: -Dexample=" + String.join("|", EXAMPLES.keySet()) + "|all");
        }
    }

    private static List<String> names(String name) {
        if (name.equals(DEFAULT)) {
            return BY_DEFAULT;
        }
        if (name.equals("all")) {
            return List.copyOf(EXAMPLES.keySet());
        }
        if (!EXAMPLES.containsKey(name)) {
            throw new IllegalArgumentException("example: " + name + " is not among " + EXAMPLES.keySet());
        }
        return List.of(name);
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
