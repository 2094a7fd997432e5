package org.fusegrad.benchmarks.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.fusegrad.benchmarks.Implementations;

/** How the report calls implementations, and in which order. */
final class Names {
    private static final Map<String, String> DISPLAYED = Map.ofEntries(
            Map.entry(Implementations.FUSEGRAD, "Fusegrad"),
            Map.entry(Implementations.VECTOR, "Vector API by hand"),
            Map.entry(Implementations.C, "C by hand"),
            Map.entry(Implementations.PLAIN, "plain Java"),
            Map.entry("compiled", "compiled"),
            Map.entry("recorded", "define-by-run"),
            Map.entry("pytorch", "PyTorch (JavaCPP)"),
            Map.entry("djl", "DJL (PyTorch)"),
            Map.entry("nd4j", "ND4J"),
            Map.entry("tensorflow", "TensorFlow Java"),
            Map.entry("tensorflow-xla", "TensorFlow Java, XLA"),
            Map.entry("python-eager", "PyTorch eager (Python)"),
            Map.entry("python-compile", "torch.compile (Python)"),
            Map.entry("python-jax", "JAX jit (Python)"));

    private static final List<String> ORDER = List.of(
            Implementations.FUSEGRAD, "compiled", "recorded", Implementations.VECTOR, Implementations.C, Implementations.PLAIN,
            "pytorch", "djl", "nd4j", "tensorflow", "tensorflow-xla", "python-eager", "python-compile", "python-jax");

    private Names() {}

    static String displayed(String implementation) {
        return DISPLAYED.getOrDefault(implementation, implementation);
    }

    /** Ours and those by hand first, then the peers; what is not known last. */
    static List<String> sorted(Iterable<String> implementations) {
        List<String> sorted = new ArrayList<>();
        implementations.forEach(sorted::add);
        sorted.sort((a, b) -> order(a) != order(b) ? Integer.compare(order(a), order(b)) : a.compareTo(b));
        return sorted;
    }

    static int order(String implementation) {
        int order = ORDER.indexOf(implementation);
        return order < 0 ? ORDER.size() : order;
    }

    /** Whether it is the work of this library, in the workloads that compare two ways of using it too. */
    static boolean isOurs(String implementation) {
        return implementation.equals(Implementations.FUSEGRAD) || implementation.equals("compiled") || implementation.equals("recorded");
    }

    static boolean isPeer(String implementation) {
        return !isOurs(implementation) && !Implementations.BY_HAND.contains(implementation);
    }
}
