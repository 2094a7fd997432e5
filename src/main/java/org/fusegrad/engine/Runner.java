package org.fusegrad.engine;

import org.fusegrad.codegen.Kernel;
import org.fusegrad.fusion.Fold;
import org.fusegrad.fusion.Place;
import org.fusegrad.fusion.Schedule;
import org.fusegrad.ir.Sums;
import org.fusegrad.simd.Folds;

/** Walks a plan's passes: cuts the batch into tiles and blocks, launches loops, ends sums. */
final class Runner {
    private Runner() {}

    static void run(Kernel kernel, Plan.Step[] steps, Workspace w, int rows) {
        for (Plan.Step step : steps) {
            switch (step.kind()) {
                case SCALAR -> kernel.launch(step.launches()[0].loop(), w.arrays, w.offsets, 0, 0, 1);
                case FLAT -> flat(kernel, step, w, elements(step, rows));
                case TILED -> tiled(kernel, step, w, elements(step, rows));
                case ROWS -> tiled(kernel, step, w, rows);
            }
        }
    }

    /** One launch of one loop over the first tile, or block; what it computes has no meaning. */
    static void launchAlone(Kernel kernel, Plan.Step step, Plan.Launch launch, Workspace w, int rows) {
        int to = switch (step.kind()) {
            case SCALAR -> 1;
            case FLAT -> Math.min(elements(step, rows), Sums.BLOCK);
            case TILED -> Math.min(elements(step, rows), step.tile());
            case ROWS -> Math.min(rows, step.tile()) * (launch.flatOverColumns() ? launch.cols() : 1);
        };
        kernel.launch(launch.loop(), w.arrays, w.offsets, 0, 0, to);
    }

    private static int elements(Plan.Step step, int rows) {
        return step.batched() ? rows * step.cols() : step.cols();
    }

    private static void flat(Kernel kernel, Plan.Step step, Workspace w, int n) {
        int loop = step.launches()[0].loop();
        int most = step.launches()[0].most();
        Fold[] folds = step.folds();
        if (n <= most) {
            kernel.launch(loop, w.arrays, w.offsets, 0, 0, n);
            return;
        }
        for (int block = 0; block < n; block += most) {
            kernel.launch(loop, w.arrays, w.offsets, 0, block, Math.min(block + most, n));
            for (Fold fold : folds) {
                float part = Plan.scalar(w, fold.target());
                w.totals[fold.total()] = block == 0 ? part : w.totals[fold.total()] + part;
            }
        }
        for (Fold fold : folds) {
            put(w, fold.target(), (float) w.totals[fold.total()]);
        }
    }

    private static void tiled(Kernel kernel, Plan.Step step, Workspace w, int n) {
        open(step, w);
        for (int tile = 0; tile < n; tile += step.tile()) {
            int to = Math.min(tile + step.tile(), n);
            for (Plan.Launch launch : step.launches()) {
                if (launch.flatOverColumns()) {
                    alongMemory(kernel, launch, w, tile, to, n);
                } else {
                    kernel.launch(launch.loop(), w.arrays, w.offsets, tile, tile, to);
                    if (to % Sums.BLOCK == 0 || to == n) {
                        endBlock(launch, w, to, n);
                    }
                }
            }
            if (to % Sums.ROW_BLOCK == 0 || to == n) {
                endRowBlock(step, w, to, n);
            }
        }
    }

    /** A contiguous sum over rows and columns: its blocks end where they end in memory, not with tiles. */
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

    // --- ends of sums ------------------------------------------------------------------------------

    private static void open(Plan.Step step, Workspace w) {
        for (Plan.Launch launch : step.launches()) {
            for (Fold fold : launch.lanes()) {
                clear(w, fold.source(), Sums.LANES);
            }
        }
        for (Fold fold : step.folds()) {
            clearColumns(w, fold);
        }
    }

    private static void endBlock(Plan.Launch launch, Workspace w, int to, int n) {
        int live = (to - 1) % Sums.BLOCK + 1;
        for (Fold fold : launch.lanes()) {
            Place lanes = fold.source();
            float part = Folds.lanes(w.arrays[lanes.slot()], w.offsets[lanes.slot()], live);
            double total = to <= Sums.BLOCK ? part : w.totals[fold.total()] + part;
            w.totals[fold.total()] = total;
            if (to == n) {
                put(w, fold.target(), (float) total);
            } else {
                clear(w, lanes, Sums.LANES);
            }
        }
    }

    private static void endRowBlock(Plan.Step step, Workspace w, int to, int n) {
        for (Fold fold : step.folds()) {
            int cols = fold.cols();
            int ways = Sums.ways(cols);
            int stride = Sums.padded(cols);
            float[] acc = w.arrays[fold.source().slot()];
            int at = w.offsets[fold.source().slot()];
            float[] out = w.arrays[fold.target().slot()];
            int outAt = w.offsets[fold.target().slot()];
            if (n <= Sums.ROW_BLOCK) {
                for (int c = 0; c < cols; c++) {
                    out[outAt + c] = Folds.column(acc, at, c, ways, stride);
                }
                continue;
            }
            boolean first = to == Sums.ROW_BLOCK;
            for (int c = 0; c < cols; c++) {
                float part = Folds.column(acc, at, c, ways, stride);
                double total = first ? part : w.totals[fold.total() + c] + part;
                w.totals[fold.total() + c] = total;
            }
            if (to < n) {
                clearColumns(w, fold);
                continue;
            }
            for (int c = 0; c < cols; c++) {
                out[outAt + c] = (float) w.totals[fold.total() + c];
            }
        }
    }

    private static void clearColumns(Workspace w, Fold fold) {
        clear(w, fold.source(), fold.gathered());
    }

    private static void clear(Workspace w, Place place, int count) {
        int at = w.offsets[place.slot()];
        java.util.Arrays.fill(w.arrays[place.slot()], at, at + count, -0.0f);
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
