package org.fusegrad.codegen;

import java.util.ArrayList;
import java.util.List;
import org.fusegrad.codegen.Code.Statement;
import org.fusegrad.codegen.Code.Type;
import org.fusegrad.codegen.Code.Value;
import org.fusegrad.codegen.Code.Var;
import org.fusegrad.fusion.Fold;
import org.fusegrad.fusion.Loop;
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
    private final List<Statement> body = new ArrayList<>();
    private int tiled;

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

    void add(Pass pass, PassEnds ends) {
        List<Loop> loops = pass.loops();
        Value rows = Parameters.TO;
        int cols = pass.index().cols();
        Value elements = pass.index().batched() ? Code.mul(rows, cols) : new Code.Int(cols);
        switch (pass.kind()) {
            case SCALAR -> launch(loops.getFirst(), new Code.Int(0), new Code.Int(1), 1);
            case FLAT -> launch(loops.getFirst(), new Code.Int(0), elements, 1);
            case TILED -> tiles(pass, ends, elements);
            case ROWS -> tiles(pass, ends, rows);
        }
    }

    Code.Method lower() {
        return new Code.Method(NAME, body);
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
            launches(pass, new Code.Int(0), count);
        } else {
            String number = tiled++ == 0 ? "" : "" + tiled;
            Var tile = new Var("tile" + number, Type.INT);
            Var end = new Var("end" + number, Type.INT);
            body.add(new Code.Set(tile, new Code.Int(0)));
            int before = body.size();
            body.add(new Code.Set(end, new Code.Min(Code.add(tile, new Code.Int(pass.tile())), count)));
            launches(pass, tile, end);
            List<Statement> inner = new ArrayList<>(body.subList(before, body.size()));
            body.subList(before, body.size()).clear();
            body.add(new Code.For(tile, count, pass.tile(), inner));
        }
        end(ends.close(), count);
    }

    private void launches(Pass pass, Value from, Value to) {
        for (Loop loop : pass.loops()) {
            launch(loop, from, to, loop.walksMemory() ? loop.cols() : 1);
        }
    }

    private void launch(Loop loop, Value from, Value to, int cols) {
        Value first = Code.mul(from, cols);
        body.add(new Code.CallSelf(loop.name(), first, first, Code.mul(to, cols)));
    }

    private void end(String method, Value count) {
        if (method != null) {
            body.add(new Code.CallSelf(method, new Code.Int(0), new Code.Int(0), count));
        }
    }
}
