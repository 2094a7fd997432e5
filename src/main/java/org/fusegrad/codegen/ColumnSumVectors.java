package org.fusegrad.codegen;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.fusegrad.codegen.Code.Value;
import org.fusegrad.codegen.Code.Var;
import org.fusegrad.fusion.Fold;
import org.fusegrad.fusion.Loop;
import org.fusegrad.fusion.Place;
import org.fusegrad.fusion.Sink;
import org.fusegrad.ir.Node;
import org.fusegrad.ir.Sums;

/**
 * Vector loops that reduce over rows: strips of columns whose accumulators stay in registers while all rows of
 * the tile pass by. For narrow rows see {@link NarrowColumnSumVectors}.
 */
final class ColumnSumVectors extends VectorLowering {
    /** Accumulators of a strip: enough to hide the latency of an addition, few enough for the registers. */
    private static final int STRIP_ACCUMULATORS = 8;

    private final BiConsumer<Var, Runnable> eachRow;
    private final List<Fold> ends; // of the only tile, otherwise null

    ColumnSumVectors(Loop loop, List<String> slotNames, int lanes) {
        this(loop, null, slotNames, lanes);
    }

    /** @param ends where the sums of the only tile go; null where accumulators go from tile to tile */
    ColumnSumVectors(Loop loop, List<Fold> ends, List<String> slotNames, int lanes) {
        super(loop, slotNames, lanes);
        this.eachRow = (r, row) -> row.run();
        this.ends = ends;
    }

    /** @param eachRow emits what is done for row r, a row into its accumulators among it */
    ColumnSumVectors(Loop loop, MethodBody method, int lanes, BiConsumer<Var, Runnable> eachRow) {
        super(loop, method, Parameters.BASE, Parameters.FROM, lanes);
        this.eachRow = eachRow;
        this.ends = null;
    }

    @Override
    String name() {
        return ends == null ? super.name() : super.name() + OneTile.SUFFIX;
    }

    /*
     * for (; c < end; c += strip) {
     *     acc.. = accumulators[c..];
     *     for (; r < end; r++) acc0.. += f(x[r, c..]), and the ways turn
     *     accumulators[c..] = acc..;
     *     for (; r < to; r++) accumulators[c..] += f(x[r, c..])
     * }
     *
     * and over the only tile
     *
     *     acc.. = -0.0f;
     *     for (; r < end; r++) ...
     *     if (r < to) { accumulators[c..] = acc..; for (; r < to; r++) ... acc.. = accumulators[c..]; }
     *     target[c..] = (acc0 + acc1) + (acc2 + acc3)
     */
    @Override
    void body() {
        int cols = loop.cols();
        int width = stripColumns();
        int whole = cols / width;
        if (whole > 1) {
            Var c = let("c", new Code.Int(0));
            forLoop(c, new Code.Int(whole * width), width, () -> strip(c, width));
        } else if (whole == 1) {
            strip(new Code.Int(0), width);
        }
        if (whole * width < cols) {
            strip(new Code.Int(whole * width), cols - whole * width);
        }
    }

    /** Columns whose accumulators fit the registers. */
    private int stripColumns() {
        return Math.max(1, STRIP_ACCUMULATORS / (Sums.ways(loop.cols()) * loop.sinks().size())) * lanes;
    }

    private void strip(Value c, int width) {
        int parts = Math.ceilDiv(width, lanes);
        Map<Node, Value[]> columns = hoistColumns(c, width);
        Map<Sink, Var[][]> accumulators = accumulators(c, width);
        Var r = let("r", new Code.Int(0));
        boolean ragged = width % lanes > 0;
        Value to = ragged ? openRows(1, loop.cols() - width + parts * lanes) : count();
        // A row an iteration: C2 unrolls it until the accumulators are back in their places, and checks the bounds of every load once ahead of the loop.
        forLoop(r, let("end", Code.and(to, -Sums.ways(loop.cols()))), 1, () -> {
            eachRow.accept(r, () -> stripRow(new RowReader(r, columns, ragged), c, width, accumulators));
            accumulators.values().forEach(this::turn);
        });
        if (ends == null) {
            store(c, width, accumulators);
            forLoop(r, count(), 1, () -> lastRow(r, c, width, columns));
            return;
        }
        ifLess(r, count(), () -> {
            store(c, width, accumulators);
            forLoop(r, count(), 1, () -> lastRow(r, c, width, columns));
            reload(c, accumulators);
        });
        accumulators.forEach((sink, acc) -> put((Sink.ColumnReduction) sink, c, width, acc));
    }

    /** A strip's accumulators, by sink, turn and vector. */
    private Map<Sink, Var[][]> accumulators(Value c, int width) {
        int parts = Math.ceilDiv(width, lanes);
        Map<Sink, Var[][]> accumulators = new LinkedHashMap<>();
        for (Sink sink : loop.sinks()) {
            Sink.ColumnReduction reduction = (Sink.ColumnReduction) sink;
            Var[][] acc = new Var[Sums.ways(loop.cols())][parts];
            for (int w = 0; w < acc.length; w++) {
                acc[w] = ends == null ? load(reduction.accumulators(), way(reduction.accumulators(), c, w), parts) : empty(reduction, parts);
            }
            accumulators.put(sink, acc);
        }
        return accumulators;
    }

    private Var[] empty(Sink.ColumnReduction sink, int parts) {
        Var[] acc = new Var[parts];
        Arrays.setAll(acc, k -> let("acc", identity(sink.reduction())));
        return acc;
    }

    private void reload(Value c, Map<Sink, Var[][]> accumulators) {
        accumulators.forEach((sink, acc) -> {
            Place place = ((Sink.ColumnReduction) sink).accumulators();
            for (int w = 0; w < acc.length; w++) {
                for (int k = 0; k < acc[w].length; k++) {
                    assign(acc[w][k], inMemory(place, way(place, c, w), k));
                }
            }
        });
    }

    private Code.Load inMemory(Place place, Value first, int k) {
        return new Code.Load(array(place.slot()), Code.add(first, new Code.Int(k * lanes)), null);
    }

    /** What a strip's columns come to; the vector under a mask first, see {@link PassEndVectors}. */
    private void put(Sink.ColumnReduction sink, Value c, int width, Var[][] acc) {
        Place target = target(ends, sink);
        for (int k = acc[0].length - 1; k >= 0; k--) {
            int part = k;
            Value sum = let(sink.reduction().ofParts().text(), joinWays(sink.reduction(), Arrays.stream(acc).map(way -> way[part]).toList()));
            emit(new Code.Put(array(target.slot()), column(target, Code.add(c, new Code.Int(k * lanes))), sum, columnMask(width, k)));
        }
    }

    private void store(Value c, int width, Map<Sink, Var[][]> accumulators) {
        accumulators.forEach((sink, acc) -> {
            Place place = ((Sink.ColumnReduction) sink).accumulators();
            for (int w = 0; w < acc.length; w++) {
                store(place, way(place, c, w), width, acc[w]);
            }
        });
    }

    /** Where the accumulators of column {@code c} begin for rows whose turn is {@code w}. */
    private Value way(Place place, Value c, int w) {
        return Code.add(column(place, c), new Code.Int(w * loop.cols()));
    }

    /** The next row belongs to the next accumulators. */
    private void turn(Var[][] accumulators) {
        for (int k = 0; k < accumulators[0].length; k++) {
            int part = k;
            turn(Arrays.stream(accumulators).map(way -> way[part]).toArray(Var[]::new));
        }
    }

    /** A row of the rest: into its accumulators where they stand. */
    private void lastRow(Var r, Value c, int width, Map<Node, Value[]> columns) {
        int ways = Sums.ways(loop.cols());
        Var way = let("way", Code.mul(Code.and(r, ways - 1), loop.cols()));
        Map<Sink, Var[][]> accumulators = new LinkedHashMap<>();
        for (Sink sink : loop.sinks()) {
            Place place = ((Sink.ColumnReduction) sink).accumulators();
            accumulators.put(sink, new Var[][] {load(place, Code.add(column(place, c), way), Math.ceilDiv(width, lanes))});
        }
        stripRow(new RowReader(r, columns, false), c, width, accumulators);
        accumulators.forEach((sink, acc) -> {
            Place place = ((Sink.ColumnReduction) sink).accumulators();
            store(place, Code.add(column(place, c), way), width, acc[0]);
        });
    }

    private Var[] load(Place place, Value at, int parts) {
        Var[] acc = new Var[parts];
        for (int k = 0; k < parts; k++) {
            acc[k] = let("acc", inMemory(place, at, k));
        }
        return acc;
    }

    /** Where other accumulators follow, the last vector keeps what is behind its columns: with 8 lanes a store under a mask takes longer than to load and blend that. */
    private void store(Place place, Value at, int width, Var[] acc) {
        for (int k = 0; k < acc.length; k++) {
            Code.Load old = inMemory(place, at, k);
            Value mask = Sums.ways(loop.cols()) > 1 ? columnMask(width, k) : null;
            Value value = mask == null ? acc[k] : let("kept", new Code.Select(acc[k], let("old", old), mask));
            emit(new Code.Put(old.array(), old.index(), value, null));
        }
    }

    /** A row into the first of the accumulators. */
    private void stripRow(RowReader row, Value c, int width, Map<Sink, Var[][]> accumulators) {
        for (int k = 0; k < Math.ceilDiv(width, lanes); k++) {
            Value at = Code.add(c, new Code.Int(k * lanes));
            // Lanes beyond the last column gather nothing that is read, so no mask is needed.
            Values values = row.values(at, k, columnMask(width, k));
            for (Sink sink : loop.sinks()) {
                accumulate((Sink.ColumnReduction) sink, accumulators.get(sink)[0][k], values, null);
            }
        }
    }
}
