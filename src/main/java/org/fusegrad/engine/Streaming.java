package org.fusegrad.engine;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.fusegrad.fusion.Loop;
import org.fusegrad.fusion.Pass;
import org.fusegrad.ir.Extent;

/**
 * How a pass by rows walks a batch that no cache holds.
 *
 * <p>In small tiles: memory is idle while a tile's last loops run, unless the core, which looks some hundred instructions ahead, has begun the next tile before they end.
 * A step of 2^26 floats in 64 columns takes 12 ms in tiles of 16 rows, and 16 in those of 64, which are faster in the caches.
 *
 * <p>Rows that are folded in registers are read in the order of a tree, which no prefetcher follows. So a float of each cache line of their tile is read before its
 * loops begin: 18 instead of 22 ms in 30 columns, no difference in 10 (Zen 4); in the caches it would take a quarter longer.
 */
final class Streaming {
    /** No core has so much of a cache for itself, or hardly. */
    private static final long CACHE_BYTES = 32L << 20;
    private static final int TILE_BYTES = 4 << 10;
    /** Fewer are not folded together. */
    private static final int LEAST_ROWS = 16;
    private static final int LINE_FLOATS = 16;
    /** Columns of rows that are folded in registers, at most. */
    private static final int NARROW = 32;

    private final Rows[] readAhead;
    private final int cachedRows;
    private final int tile;

    /** An array that is read row by row. */
    private record Rows(int slot, int cols) {}

    Streaming(Pass pass) {
        Set<Rows> all = new LinkedHashSet<>();
        // Other passes walk along memory, whatever the columns.
        for (Loop loop : pass.kind() == Pass.Kind.ROWS ? pass.loops() : List.<Loop>of()) {
            loop.loads().forEach((node, place) -> {
                Extent extent = node.extent();
                if (extent.isFull() && !place.tiled()) {
                    all.add(new Rows(place.slot(), extent.cols()));
                }
            });
        }
        readAhead = all.stream().filter(rows -> rows.cols < NARROW && rows.cols % LINE_FLOATS != 0).toArray(Rows[]::new);
        long rowBytes = all.stream().mapToLong(rows -> (long) rows.cols * Float.BYTES).sum();
        cachedRows = rowBytes == 0 ? Integer.MAX_VALUE : (int) (CACHE_BYTES / rowBytes);
        long rows = Math.max(TILE_BYTES / Math.max(rowBytes, 1), LEAST_ROWS);
        // Of many columns the last loop alone takes longer than the core looks ahead, however few the rows.
        boolean small = rowBytes * LEAST_ROWS <= 2 * TILE_BYTES;
        tile = small ? Math.min(Integer.highestOneBit((int) rows), pass.tile()) : pass.tile();
    }

    /** The rows up to which a cache holds the batch. */
    int cachedRows() {
        return cachedRows;
    }

    /** The rows of a tile of a larger one; of a pass of one loop 0. */
    int tile() {
        return tile;
    }

    /** @return what makes the compiler read; it has no meaning */
    float read(Workspace w, int from, int to) {
        float all = 0;
        for (Rows rows : readAhead) {
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
