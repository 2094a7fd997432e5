package org.fusegrad.benchmarks;

import java.util.ArrayList;
import java.util.List;

/** The names of what computes a workload: values of the parameter {@code variant}, and the implementations of the report. */
public final class Implementations {
    public static final String FUSEGRAD = "fusegrad";

    /** Written by hand with the Vector API. */
    public static final String VECTOR = "vector";

    /** Written by hand with C intrinsics, compiled on the machine that is measured. */
    public static final String C = "c";

    /** A loop as one would write it without a thought for vectors. */
    public static final String PLAIN = "plain";

    /** All that need no other library, in the order of the tables. */
    public static final List<String> OURS = List.of(FUSEGRAD, VECTOR, C, PLAIN);

    /** Those written by hand: what a generated kernel can be expected to reach. */
    public static final List<String> BY_HAND = List.of(VECTOR, C, PLAIN);

    /** Those that promise the bits of the numeric contract. */
    static final List<String> EXACT = List.of(FUSEGRAD, VECTOR, C);

    private Implementations() {}

    /** Those of {@link #OURS} that can run here, in order. */
    static List<String> runnable() {
        List<String> names = new ArrayList<>(OURS);
        if (!CKernels.available()) {
            names.remove(C);
        }
        return List.copyOf(names);
    }
}
