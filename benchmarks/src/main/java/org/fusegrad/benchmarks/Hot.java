package org.fusegrad.benchmarks;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import org.fusegrad.GradientKernel;

/**
 * Runs code until C2 has compiled it. Warm-up iterations of a fixed length do not suffice for the Vector API: until then it is hundreds of times slower, and how
 * long that lasts depends on what else the machine does. But until then it also allocates, which tells when it is over.
 */
final class Hot {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final long SLICE = 5_000_000; // ns
    private static final int QUIET_SLICES = 3; // a step may take another path in the next
    private static final long QUIET = 2_000_000_000; // ns

    /** After so many ns it gives up: a method that C1 has given up on may never be compiled. */
    private static final long LIMIT = 10_000_000_000L;
    private static final long HURRIED_LIMIT = 100_000_000;

    /** Set by a test, which measures nothing: it does not wait until all is hot. */
    static boolean hurried;

    private Hot() {}

    /** Steps of a kernel, if it is one of ours that should not allocate. */
    static void drive(String name, Kernel kernel) {
        // Vectors wider than the machine has are never compiled to registers.
        boolean compilable = !name.equals(Implementations.VECTOR) || VectorLanes.supported();
        if (Implementations.OURS.contains(name) && compilable) {
            drive(kernel.getClass().getName() + " (" + name + ")", kernel::step);
        }
    }

    /** The kernel, warmed up unless there is no time for it: the numbers are the same. */
    static GradientKernel warm(GradientKernel kernel) {
        return hurried ? kernel : kernel.warmUp();
    }

    private static long limit() {
        return hurried ? HURRIED_LIMIT : LIMIT;
    }

    /** Code that allocates in any case: until it has not become a tenth faster for two seconds. */
    static void settle(Runnable code) {
        long limit = limit();
        long start = System.nanoTime();
        long marked = start;
        double best = Double.MAX_VALUE;
        while (System.nanoTime() - marked < QUIET && System.nanoTime() - start < limit) {
            long slice = System.nanoTime();
            long runs = 0;
            do {
                code.run();
                runs++;
            } while (System.nanoTime() - slice < SLICE);
            double time = (double) (System.nanoTime() - slice) / runs;
            if (time < best * 0.9) {
                best = time;
                marked = System.nanoTime();
            }
        }
    }

    /** Until it allocates nothing; says so if that does not happen, because its times are then not those of compiled code. */
    static void drive(String name, Runnable code) {
        long limit = limit();
        long start = System.nanoTime();
        int quiet = 0;
        while (quiet < QUIET_SLICES && System.nanoTime() - start < limit) {
            long before = THREADS.getCurrentThreadAllocatedBytes();
            long slice = System.nanoTime();
            do {
                code.run();
            } while (System.nanoTime() - slice < SLICE);
            quiet = THREADS.getCurrentThreadAllocatedBytes() == before ? quiet + 1 : 0;
        }
        if (quiet < QUIET_SLICES) {
            System.err.println("not hot after " + limit / 1_000_000 + " ms: " + name);
        }
    }
}
