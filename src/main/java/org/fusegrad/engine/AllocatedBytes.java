package org.fusegrad.engine;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/**
 * What the current thread has allocated. The module {@code jdk.management} is optional; loading its classes takes some milliseconds,
 * so nothing asks before it has to.
 */
final class AllocatedBytes {
    private static final ThreadMXBean THREADS = threads();

    private AllocatedBytes() {}

    /** Bytes since the thread began, or always the same number where that is not known. */
    static long now() {
        return THREADS == null ? 0 : THREADS.getCurrentThreadAllocatedBytes();
    }

    private static ThreadMXBean threads() {
        try {
            return ManagementFactory.getThreadMXBean() instanceof ThreadMXBean beans && beans.isThreadAllocatedMemoryEnabled() ? beans : null;
        } catch (NoClassDefFoundError | UnsupportedOperationException e) {
            return null; // the module is not there, or the JVM does not count
        }
    }
}
