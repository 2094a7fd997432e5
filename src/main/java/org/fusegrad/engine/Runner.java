package org.fusegrad.engine;

import org.fusegrad.codegen.Kernel;
import org.fusegrad.fusion.Fold;
import org.fusegrad.fusion.Place;
import org.fusegrad.fusion.Schedule;
import org.fusegrad.ir.Sums;
import org.fusegrad.simd.Folds;
import org.fusegrad.simd.MaxFolds;

/** Walks a plan's passes: launches loops, those over tiles by tiles and blocks, and ends their reductions. */
final class Runner {
    private Runner() {}

    static void run(Kernel kernel, Plan.Step[] steps, Workspace w, int rows) {
        for (Plan.Step step : steps) {
            switch (step.kind()) {
                case SCALAR -> kernel.launch(step.launches()[0].loop(), w.arrays, w.offsets, 0, 0, 1);
                case FLAT -> kernel.launch(step.launches()[0].loop(), w.arrays, w.offsets, 0, 0, elements(step, rows));
                case TILED -> tiled(kernel, step, w, elements(step, rows));
                case ROWS -> tiled(kernel, step, w, rows);
            }
        }
    }

    /** One launch of one loop, over the first tile where there are tiles; what it computes has no meaning. */
    static void launchAlone(Kernel kernel, Plan.Step step, Plan.Launch launch, Workspace w, int rows) {
        int to = switch (step.kind()) {
            case SCALAR -> 1;
            case FLAT -> elements(step, rows);
            case TILED -> Math.min(elements(step, rows), step.tile());
            case ROWS -> Math.min(rows, step.tile()) * (launch.flatOverColumns() ? launch.cols() : 1);
        };
        kernel.launch(launch.loop(), w.arrays, w.offsets, 0, 0, to);
    }

    /** One launch of the loop over two tiles, likewise. */
    static void launchAlone(Kernel kernel, Plan.Step step, Workspace w) {
        kernel.launch(step.ahead().loop(), w.arrays, w.offsets, 0, 0, step.tile());
    }

    private static int elements(Plan.Step step, int rows) {
        return step.batched() ? rows * step.cols() : step.cols();
    }

    private static void tiled(Kernel kernel, Plan.Step step, Workspace w, int n) {
        open(step, w);
        boolean overlaps = step.ahead() != null && n <= step.streaming().cachedRows();
        boolean begun = false; // the first loop over the next block's first tile is done
        for (int from = 0; from < n; from += Sums.ROW_BLOCK) {
            int to = Math.min(from + Sums.ROW_BLOCK, n);
            if (overlaps) {
                begun = overlappedTiles(kernel, step, w, from, to, n, begun);
            } else {
                tiles(kernel, step, w, from, to, n);
            }
            if (to % Sums.BLOCK == 0 || to == n) {
                for (Plan.Launch launch : step.launches()) {
                    if (!launch.flatOverColumns()) {
                        endBlock(launch, w, to, n);
                    }
                }
            }
            endRowBlock(step, w, to, n);
        }
    }

    /**
     * The tiles of a block. Whatever stands between the loops of two tiles leaves the core less of them to look ahead at: with a hundred instructions more, a step beyond the
     * caches takes a tenth longer.
     */
    private static void tiles(Kernel kernel, Plan.Step step, Workspace w, int from, int end, int n) {
        Streaming streaming = step.streaming();
        boolean cached = n <= streaming.cachedRows();
        int rows = cached ? step.tile() : streaming.tile();
        Plan.Launch[] launches = step.launches();
        float[][] arrays = w.arrays;
        int[] offsets = w.offsets;
        for (int tile = from; tile < end; tile += rows) {
            int to = Math.min(tile + rows, end);
            if (!cached) {
                w.readAhead = streaming.readAhead(arrays, offsets, tile, to);
            }
            launch(kernel, launches, 0, launches.length, w, tile, to, n);
        }
    }

    /**
     * The tiles of a block in a cache, the first loop of each beside the last one of the tile before where both are whole.
     *
     * @param begun whether the first loop of the first of them is done
     * @return whether that of the next block's is
     */
    private static boolean overlappedTiles(Kernel kernel, Plan.Step step, Workspace w, int from, int end, int n, boolean begun) {
        Plan.Launch[] launches = step.launches();
        int all = launches.length;
        int rows = step.tile();
        int tile = from;
        if (!begun) {
            launch(kernel, launches, 0, 1, w, tile, Math.min(tile + rows, end), n);
        }
        int more = Math.min(end, n - step.ahead().rows() + rows) - tile;
        if (more >= rows) {
            tile += more / rows * rows;
            kernel.launch(step.ahead().loop(), w.arrays, w.offsets, from, from, tile);
            if (tile == end) {
                return true;
            }
        }
        for (; tile < end; tile += rows) {
            int to = Math.min(tile + rows, end);
            launch(kernel, launches, 1, all, w, tile, to, n);
            if (to < end) {
                launch(kernel, launches, 0, 1, w, to, Math.min(to + rows, end), n);
            }
        }
        return false;
    }

    /** Some of the loops over a tile. */
    private static void launch(Kernel kernel, Plan.Launch[] launches, int first, int last, Workspace w, int tile, int to, int n) {
        for (int k = first; k < last; k++) {
            Plan.Launch launch = launches[k];
            if (launch.flatOverColumns()) {
                alongMemory(kernel, launch, w, tile, to, n);
            } else {
                kernel.launch(launch.loop(), w.arrays, w.offsets, tile, tile, to);
            }
        }
    }

    /** A contiguous reduction over rows and columns: its blocks end where they end in memory, not with tiles. */
    private static void alongMemory(Kernel kernel, Plan.Launch launch, Workspace w, int tile, int to, int rows) {
        int base = tile * launch.cols();
        int end = to * launch.cols();
        int from = base;
        while (from < end) {
            int stop = (int) Math.min(end, ((long) from / Sums.BLOCK + 1) * Sums.BLOCK);
            kernel.launch(launch.loop(), w.arrays, w.offsets, base, from, stop);
            if (stop % Sums.BLOCK == 0 || stop == rows * launch.cols()) {
                endBlock(launch, w, stop, rows * launch.cols());
            }
            from = stop;
        }
    }

    // --- ends of reductions ------------------------------------------------------------------------------

    private static void open(Plan.Step step, Workspace w) {
        for (Plan.Launch launch : step.launches()) {
            for (Fold fold : launch.lanes()) {
                clear(w, fold, Sums.LANES);
            }
        }
        for (Fold fold : step.folds()) {
            clearColumns(w, fold);
        }
    }

    private static void endBlock(Plan.Launch launch, Workspace w, int to, int n) {
        int live = (to - 1) % Sums.BLOCK + 1;
        for (Fold fold : launch.lanes()) {
            float part = lanes(w, fold, live);
            double total = to <= Sums.BLOCK ? part : fold.reduction().join(w.totals[fold.total()], part);
            w.totals[fold.total()] = total;
            if (to == n) {
                put(w, fold.target(), (float) total);
            } else {
                clear(w, fold, Sums.LANES);
            }
        }
    }

    private static void endRowBlock(Plan.Step step, Workspace w, int to, int n) {
        for (Fold fold : step.folds()) {
            int cols = fold.cols();
            float[] out = w.arrays[fold.target().slot()];
            int outAt = w.offsets[fold.target().slot()];
            if (n <= Sums.ROW_BLOCK) {
                columns(w, fold, out, outAt);
                continue;
            }
            double[] totals = w.totals;
            int total = fold.total();
            float[] block = w.arrays[fold.source().slot()];
            int at = w.offsets[fold.source().slot()];
            columns(w, fold, block, at);
            if (to == Sums.ROW_BLOCK) {
                java.util.Arrays.fill(totals, total, total + cols, fold.reduction().identity());
            }
            switch (fold.reduction()) {
                case SUM, DOT -> Folds.join(totals, total, block, at, cols);
                case MAX -> MaxFolds.join(totals, total, block, at, cols);
            }
            if (to < n) {
                clearColumns(w, fold);
                continue;
            }
            for (int c = 0; c < cols; c++) {
                out[outAt + c] = (float) totals[total + c];
            }
        }
    }

    private static void clearColumns(Workspace w, Fold fold) {
        clear(w, fold, fold.gathered());
    }

    private static void clear(Workspace w, Fold fold, int count) {
        int at = w.offsets[fold.source().slot()];
        java.util.Arrays.fill(w.arrays[fold.source().slot()], at, at + count, fold.reduction().identity());
    }

    /** What the lanes come to that {@code live} elements reached. */
    private static float lanes(Workspace w, Fold fold, int live) {
        float[] lanes = w.arrays[fold.source().slot()];
        int at = w.offsets[fold.source().slot()];
        return switch (fold.reduction()) {
            case SUM, DOT -> Folds.lanes(lanes, at, live);
            case MAX -> MaxFolds.lanes(lanes, at, live);
        };
    }

    /** What the accumulators of each column come to. */
    private static void columns(Workspace w, Fold fold, float[] out, int to) {
        float[] accumulators = w.arrays[fold.source().slot()];
        int at = w.offsets[fold.source().slot()];
        int ways = Sums.ways(fold.cols());
        switch (fold.reduction()) {
            case SUM, DOT -> Folds.columns(accumulators, at, fold.cols(), ways, out, to);
            case MAX -> MaxFolds.columns(accumulators, at, fold.cols(), ways, out, to);
        }
    }

    private static void put(Workspace w, Place place, float value) {
        w.arrays[place.slot()][w.offsets[place.slot()] + place.index()] = value;
    }

    /** Copies finished scalars to where the caller wants them. */
    static void putScalarOutputs(Schedule.ScalarOutput[] outputs, Workspace w, int firstOutput) {
        for (Schedule.ScalarOutput output : outputs) {
            int slot = firstOutput + output.output();
            w.arrays[slot][w.offsets[slot]] = Plan.scalar(w, output.place());
        }
    }
}
