package org.fusegrad.codegen;

import java.util.List;
import java.util.function.Consumer;
import org.fusegrad.codegen.Code.Type;
import org.fusegrad.codegen.Code.Value;
import org.fusegrad.codegen.Code.Var;
import org.fusegrad.fusion.Fold;
import org.fusegrad.fusion.Loop;
import org.fusegrad.fusion.Overlap;
import org.fusegrad.fusion.Pass;
import org.fusegrad.fusion.Schedule;
import org.fusegrad.ir.Sums;

/**
 * A whole step as one method: all loops in order, over tiles, and the ends of their sums, for batches that no sum over tiles
 * cuts into blocks. A batch of 32 rows of 10 columns spent 60 % of its time between its loops before.
 */
final class StepLowering {
    private static final String NAME = "step";
    /** A method of more calls would near the limit of what HotSpot compiles, and its loops are where its time goes. */
    private static final int MOST_LOOPS = 100;

    private final int mostRows;
    private final MethodBody method = new MethodBody(List.of());

    StepLowering(Schedule schedule) {
        this.mostRows = mostRows(schedule);
    }

    /** The rows up to which every sum over tiles has one block; 0 where there are none. */
    static int mostRows(Schedule schedule) {
        int loops = 0;
        int most = Schedule.MOST_INDEX;
        for (Pass pass : schedule.passes()) {
            loops += pass.loops().size();
            int cols = pass.index().cols();
            switch (pass.kind()) {
                case SCALAR, FLAT -> { }
                case TILED -> most = pass.folds().isEmpty() ? most : Math.min(most, rows(pass, Sums.BLOCK, cols));
                case ROWS -> {
                    for (Fold fold : pass.folds()) {
                        boolean columns = fold.kind() == Fold.Kind.COLUMNS;
                        most = Math.min(most, columns ? Sums.ROW_BLOCK : Sums.BLOCK / fold.cols());
                    }
                }
            }
        }
        return loops > MOST_LOOPS ? 0 : most;
    }

    /** The rows of {@code elements} elements; a pass without rows has all of its elements whatever the batch. */
    private static int rows(Pass pass, int elements, int cols) {
        if (pass.index().batched()) {
            return elements / cols;
        }
        return cols <= elements ? Schedule.MOST_INDEX : 0;
    }

    /** @param oneTile the loops for batches of one tile, or null where they are the same */
    void add(Pass pass, PassEnds ends, OneTile oneTile) {
        List<Loop> loops = pass.loops();
        Value rows = Parameters.TO;
        int cols = pass.index().cols();
        Value elements = pass.index().batched() ? Code.mul(rows, cols) : new Code.Int(cols);
        switch (pass.kind()) {
            case SCALAR -> launches(loops, new Code.Int(0), new Code.Int(1));
            case FLAT -> launches(loops, new Code.Int(0), elements);
            case TILED -> oneOrMore(pass, ends, oneTile, elements);
            case ROWS -> oneOrMore(pass, ends, oneTile, rows);
        }
    }

    Code.Method lower() {
        return method.as(NAME);
    }

    /* if (count < 513) { first_only(0, count); second_only(0, count); ... } else { tiles } */
    private void oneOrMore(Pass pass, PassEnds ends, OneTile oneTile, Value count) {
        if (oneTile == null) {
            tiles(pass, ends, count);
            return;
        }
        method.emit(new Code.IfLess(count, new Code.Int(pass.tile() + 1), method.nested(() -> {
            for (int k = 0; k < pass.loops().size(); k++) {
                launch(oneTile.methods().get(k), pass.loops().get(k), new Code.Int(0), count);
            }
        }), method.nested(() -> tiles(pass, ends, count))));
    }

    /*
     * open();
     * for (; tile < count; tile += 512) { end = min(tile + 512, count); first(tile, end); second(tile, end); ... }
     * close();
     */
    private void tiles(Pass pass, PassEnds ends, Value count) {
        end(ends.open(), count);
        boolean oneTile = pass.kind() == Pass.Kind.ROWS && mostRows <= pass.tile();
        if (oneTile) {
            launches(pass.loops(), new Code.Int(0), count);
        } else {
            Var tile = let("tile", new Code.Int(0));
            Overlap overlap = pass.overlap();
            if (overlap == null) {
                eachTile(tile, count, pass.tile(), end -> launches(pass.loops(), tile, end));
            } else {
                overlappedTiles(pass, overlap, tile, count);
            }
        }
        end(ends.close(), count);
    }

    /*
     * first(0, min(64, count));
     * if (127 < count) { tile = (count - 64) & -64; tiles(0, tile); }
     * for (; tile < count; tile += 64) {
     *     end = min(tile + 64, count); second(tile, end); ... last(tile, end);
     *     if (end < count) first(end, min(end + 64, count));
     * }
     */
    private void overlappedTiles(Pass pass, Overlap overlap, Var tile, Value count) {
        List<Loop> first = pass.loops().subList(0, 1);
        List<Loop> others = pass.loops().subList(1, pass.loops().size());
        int rows = pass.tile();
        int two = overlap.rows(rows);
        launches(first, new Code.Int(0), new Code.Min(new Code.Int(rows), count));
        method.emit(new Code.IfLess(new Code.Int(two - 1), count, method.nested(() -> {
            method.emit(new Code.Set(tile, Code.and(Code.add(count, new Code.Int(rows - two)), -rows)));
            method.emit(new Code.CallSelf(overlap.tiles(), new Code.Int(0), new Code.Int(0), tile));
        }), List.of()));
        eachTile(tile, count, rows, end -> {
            launches(others, tile, end);
            method.emit(new Code.IfLess(end, count, method.nested(() ->
                    launches(first, end, new Code.Min(Code.add(end, new Code.Int(rows)), count))), List.of()));
        });
    }

    private void eachTile(Var tile, Value count, int rows, Consumer<Var> body) {
        method.emit(new Code.For(tile, count, rows, method.nested(() ->
                body.accept(let("end", new Code.Min(Code.add(tile, new Code.Int(rows)), count))))));
    }

    private Var let(String stem, Value value) {
        Var variable = method.fresh(stem, Type.INT);
        method.emit(new Code.Set(variable, value));
        return variable;
    }

    private void launches(List<Loop> loops, Value from, Value to) {
        for (Loop loop : loops) {
            launch(loop.name(), loop, from, to);
        }
    }

    private void launch(String name, Loop loop, Value from, Value to) {
        int cols = loop.walksMemory() ? loop.cols() : 1;
        Value first = Code.mul(from, cols);
        method.emit(new Code.CallSelf(name, first, first, Code.mul(to, cols)));
    }

    private void end(String name, Value count) {
        if (name != null) {
            method.emit(new Code.CallSelf(name, new Code.Int(0), new Code.Int(0), count));
        }
    }
}
