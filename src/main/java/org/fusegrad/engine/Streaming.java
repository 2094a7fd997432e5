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
 * <p>Narrow rows in small tiles, wide ones in the largest that the pass has room for: memory is idle while a tile's last loops run, unless the core, which looks some hundred instructions ahead, has begun the next tile before they end.
 * A step of 2^26 floats in 64 columns takes 12 ms in tiles of 16 rows, and 16 in those of 64, which are faster in the caches.
 *
 * <p>A float of each cache line of a small tile is read before its loops begin, by one instruction, one line after the other, as prefetchers know best: C2 unrolls the loops
 * themselves, and then as many instructions as it likes, in whatever order, read every sixteenth line each. That takes 10 ms instead of 12 in 64 columns, and 11 instead of 17
 * in 16 (Zen 4). Tiles of three or four pages gain too, 16.7 instead of 21 ms in 160 to 192 columns; those between lose, 20 instead of 15 ms in 100, and so do larger ones. It loses in
 * a cache, and with 8 lanes where rows are not folded in registers: 11 ms instead of 9.8 in 64 columns.
 */
final class Streaming {
    /** No core has so much of a cache for itself, or hardly. */
    private static final long CACHE_BYTES = 32L << 20;
    private static final int TILE_BYTES = 4 << 10;
    /** Fewer are not folded together. */
    private static final int LEAST_ROWS = 16;
    private static final int LINE_FLOATS = 16;
    /** Columns of rows that are folded in registers at 8 lanes too, at most. */
    private static final int NARROW = 32;

    private final Rows[] readAhead;
    private final int cachedRows;
    private final int tile;

    /**
     * An array that is read row by row.
     *
     * @param step floats of a cache line: no constant, so that C2 does not unroll what reads them
     */
    private record Rows(int slot, int cols, int step) {}

    Streaming(Pass pass, int lanes) {
        Set<Rows> all = new LinkedHashSet<>();
        // Other passes walk along memory, whatever the columns.
        for (Loop loop : pass.kind() == Pass.Kind.ROWS ? pass.loops() : List.<Loop>of()) {
            loop.loads().forEach((node, place) -> {
                Extent extent = node.extent();
                if (extent.isFull() && !place.tiled()) {
                    all.add(new Rows(place.slot(), extent.cols(), LINE_FLOATS));
                }
            });
        }
        long rowBytes = all.stream().mapToLong(rows -> (long) rows.cols * Float.BYTES).sum();
        cachedRows = rowBytes == 0 ? Integer.MAX_VALUE : (int) (CACHE_BYTES / rowBytes);
        long rows = Math.max(TILE_BYTES / Math.max(rowBytes, 1), LEAST_ROWS);
        // Of many columns the last loop alone takes longer than the core looks ahead, however few the rows.
        boolean small = rowBytes * LEAST_ROWS <= 2 * TILE_BYTES;
        boolean onePage = rowBytes * LEAST_ROWS <= TILE_BYTES;
        boolean severalPages = !small && rowBytes * LEAST_ROWS < 4 * TILE_BYTES;
        boolean gains = lanes == 16 || all.stream().allMatch(array -> array.cols <= NARROW);
        readAhead = (onePage || severalPages) && gains ? all.toArray(Rows[]::new) : new Rows[0];
        tile = small ? Math.min(Integer.highestOneBit((int) rows), pass.tile()) : pass.mostTile();
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
    int readAhead(float[][] arrays, int[] offsets, int from, int to) {
        int all = 0;
        for (Rows rows : readAhead) {
            int start = offsets[rows.slot];
            all |= readLines(arrays[rows.slot], start + from * rows.cols, start + to * rows.cols, rows.step);
        }
        return all;
    }

    private static int readLines(float[] array, int from, int to, int step) {
        int all = 0;
        for (int i = from; i < to; i += step) {
            all |= Float.floatToRawIntBits(array[i]);
        }
        return all;
    }
}
