package org.fusegrad.testing;

import java.lang.management.ManagementFactory;
import java.util.List;

/** What this JVM was told to do; tests choose their sizes by it. */
public final class Jvm {
    private static final List<String> ARGUMENTS = ManagementFactory.getRuntimeMXBean().getInputArguments();
    private static final boolean INTERPRETED = ARGUMENTS.contains("-Xint");
    private static final boolean VECTORS_INTERPRETED = INTERPRETED || ARGUMENTS.contains("-XX:TieredStopAtLevel=1");

    private Jvm() {}

    /** Whether nothing is ever compiled: vector code is then thousands of times slower. */
    public static boolean isInterpreted() {
        return INTERPRETED;
    }

    /** Whether loops of vectors are never compiled, as with C1 alone, which refuses them. */
    public static boolean interpretsVectors() {
        return VECTORS_INTERPRETED;
    }

    /** {@code compiled} where loops of vectors are, sooner or later, otherwise {@code interpreted}. */
    public static int size(int compiled, int interpreted) {
        return VECTORS_INTERPRETED ? interpreted : compiled;
    }
}
