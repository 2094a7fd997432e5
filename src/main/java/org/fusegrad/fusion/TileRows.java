package org.fusegrad.fusion;

/**
 * How many rows a pass takes at a time, so that what its loops read a second time is still in a cache.
 *
 * @param cached of a batch that a cache holds
 * @param most of any batch: buffers have room for so many
 */
record TileRows(int cached, int most) {
    /** Rows that are folded together. */
    static final int FOLDED = 16;

    /** What a tile may take of the first-level cache, which is 32 KB at least. */
    private static final int TILE_BYTES = 24 << 10;
    /**
     * Rows of which that is less than are folded together take 32 KB, with a little beside them: 512 columns of 1024 rows take 37 us instead of 46 in a first-level cache of 48 KB (Zen 5). In one of
     * 32 KB some of them are read from the second level, as all would be in larger tiles.
     */
    private static final int WIDE_TILE_BYTES = 33 << 10;
    /** Of rows wider than that as many as the second level has room for: a few would not be worth the beginnings of the loops. */
    private static final int LEAST_WIDE = 8;
    /** Beyond the caches many of all wide rows: wherever a tile ends, memory is idle until the next one's are asked for. */
    private static final int LARGE_TILE_BYTES = 256 << 10;
    private static final int MOST = 512;

    /**
     * @param bytesPerRow what a row takes of a cache
     * @param least the fewest rows that the pass's loops allow
     */
    static TileRows of(long bytesPerRow, int least) {
        long narrow = TILE_BYTES / bytesPerRow;
        if (narrow >= FOLDED) {
            int rows = powerOfTwo(narrow, least);
            return new TileRows(rows, rows);
        }
        long wide = WIDE_TILE_BYTES / bytesPerRow;
        int most = powerOfTwo(LARGE_TILE_BYTES / bytesPerRow, least);
        return new TileRows(wide < LEAST_WIDE ? most : powerOfTwo(wide, least), most);
    }

    private static int powerOfTwo(long rows, int least) {
        return (int) Long.highestOneBit(Math.clamp(rows, least, MOST));
    }
}
