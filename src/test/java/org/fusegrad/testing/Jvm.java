package org.fusegrad.testing;

import java.lang.management.ManagementFactory;

/** What this JVM was told to do; tests choose their sizes by it. */
public final class Jvm {
    private static final boolean INTERPRETED =
            ManagementFactory.getRuntimeMXBean().getInputArguments().contains("-Xint");

    private Jvm() {}

    /** Whether nothing is ever compiled: vector code is then thousands of times slower. */
    public static boolean isInterpreted() {
        return INTERPRETED;
    }

    /** {@code compiled} where there is a compiler, {@code interpreted} where there is none. */
    public static int size(int compiled, int interpreted) {
        return INTERPRETED ? interpreted : compiled;
    }
}
