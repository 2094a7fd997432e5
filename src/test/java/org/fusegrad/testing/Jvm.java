package org.fusegrad.testing;

import java.lang.management.ManagementFactory;
import java.util.List;

/** What this JVM was told to do; tests choose their sizes by it. */
public final class Jvm {
    private static final boolean INTERPRETED = ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
            .anyMatch(List.of("-Xint", "-XX:TieredStopAtLevel=1")::contains);

    private Jvm() {}

    /** Whether loops of vectors are never compiled, as by C1 alone, which refuses them: they are then thousands of times slower. */
    public static boolean isInterpreted() {
        return INTERPRETED;
    }

    /** {@code compiled} where loops of vectors are, sooner or later, otherwise {@code interpreted}. */
    public static int size(int compiled, int interpreted) {
        return INTERPRETED ? interpreted : compiled;
    }
}
