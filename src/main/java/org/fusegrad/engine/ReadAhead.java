package org.fusegrad.engine;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.fusegrad.fusion.Loop;
import org.fusegrad.fusion.Pass;
import org.fusegrad.ir.Extent;

/**
 * Reads a tile's rows from memory, a float of each cache line, before its loops do. Prefetchers follow vectors badly that lie across two lines each, as those
 * of rows do that are not whole lines: beyond the caches a step of 10 columns takes 3.45 ns a row without this and 2.8 with it, in some processes 4.7 and 3.4.
 * In the caches it takes a quarter longer with it.
 */
final class ReadAhead {
    /** No core has so much of a cache for itself, or hardly. */
    private static final long CACHE_BYTES = 32L << 20;
    private static final int LINE_FLOATS = 16;

    private final Rows[] ragged;
    private final int cached;

    /** An array that is read row by row. */
    private record Rows(int slot, int cols) {}

    ReadAhead(Pass pass) {
        Set<Rows> rows = new LinkedHashSet<>();
        // Other passes walk along memory, whatever the columns.
        for (Loop loop : pass.kind() == Pass.Kind.ROWS ? pass.loops() : List.<Loop>of()) {
            loop.loads().forEach((node, place) -> {
                Extent extent = node.extent();
                if (extent.isFull() && !place.tiled() && extent.cols() % LINE_FLOATS != 0) {
                    rows.add(new Rows(place.slot(), extent.cols()));
                }
            });
        }
        ragged = rows.toArray(new Rows[0]);
        long rowBytes = rows.stream().mapToLong(r -> (long) r.cols * Float.BYTES).sum();
        cached = rowBytes == 0 ? Integer.MAX_VALUE : (int) (CACHE_BYTES / rowBytes);
    }

    /** The rows up to which nothing need be read ahead. */
    int cached() {
        return cached;
    }

    /** @return what makes the compiler read; it has no meaning */
    float rows(Workspace w, int from, int to) {
        float all = 0;
        for (Rows rows : ragged) {
            float[] array = w.arrays[rows.slot];
            int start = w.offsets[rows.slot];
            int end = start + to * rows.cols;
            for (int i = start + from * rows.cols; i < end; i += LINE_FLOATS) {
                all += array[i];
            }
        }
        return all;
    }
}
