package org.fusegrad.benchmarks;

import org.fusegrad.Floats;

/**
 * Where the arrays of a problem lie: all in one, so that their places relative to each other are the same in every run and for every implementation, also after a
 * garbage collection.
 *
 * <p>It matters because a load waits for an earlier store whose address has the same low 12 bits. Four arrays one after the other, each beginning a line further
 * in its page, cost a step of 1024 elements 60 % more than four that are well apart. So each begins a quarter of a page further than the one before.
 */
final class Placement {
    /** Addresses this far apart look alike to the store buffer. */
    static final int PAGE = 4096 / Float.BYTES;

    static final int STAGGER = PAGE / 4;

    private Placement() {}

    /** Room for so many floats each, on cache lines. */
    static Floats[] of(int... lengths) {
        int[] starts = new int[lengths.length];
        int end = 0;
        for (int k = 0; k < lengths.length; k++) {
            int within = k * STAGGER % PAGE;
            starts[k] = Math.addExact(end, Math.floorMod(within - end, PAGE));
            end = Math.addExact(starts[k], lengths[k]);
        }
        Floats all = Floats.aligned(end);
        Floats[] rooms = new Floats[lengths.length];
        for (int k = 0; k < rooms.length; k++) {
            rooms[k] = new Floats(all.array(), all.offset() + starts[k], lengths[k]);
        }
        return rooms;
    }
}
