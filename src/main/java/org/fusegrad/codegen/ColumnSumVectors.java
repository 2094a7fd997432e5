package org.fusegrad.codegen;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.fusegrad.codegen.Code.Value;
import org.fusegrad.codegen.Code.Var;
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

    ColumnSumVectors(Loop loop, List<String> slotNames, int lanes) {
        super(loop, slotNames, lanes);
        this.eachRow = (r, row) -> row.run();
    }

    /** @param eachRow emits what is done for row r, a row into its accumulators among it */
    ColumnSumVectors(Loop loop, MethodBody method, int lanes, BiConsumer<Var, Runnable> eachRow) {
        super(loop, method, Parameters.BASE, Parameters.FROM, lanes);
        this.eachRow = eachRow;
    }

    /*
     * for (; c < end; c += strip) {
     *     acc.. = accumulators[c..];
     *     for (; r < end; r++) acc0.. += f(x[r, c..]), and the ways turn
     *     accumulators[c..] = acc..;
     *     for (; r < to; r++) accumulators[c..] += f(x[r, c..])
     * }
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
        Map<Sink, Var[][]> accumulators = load(c, width);
        Var r = let("r", new Code.Int(0));
        boolean ragged = width % lanes > 0;
        Value to = ragged ? openRows(1, loop.cols() - width + parts * lanes) : count();
        // A row an iteration: C2 unrolls it until the accumulators are back in their places, and checks the bounds of every load once ahead of the loop.
        forLoop(r, let("end", Code.and(to, -Sums.ways(loop.cols()))), 1, () -> {
            eachRow.accept(r, () -> stripRow(new RowReader(r, columns, ragged), c, width, accumulators));
            accumulators.values().forEach(this::turn);
        });
        store(c, width, accumulators);
        forLoop(r, count(), 1, () -> lastRow(r, c, width, columns));
    }

    /** A strip's accumulators, by sink, turn and vector. */
    private Map<Sink, Var[][]> load(Value c, int width) {
        Map<Sink, Var[][]> accumulators = new LinkedHashMap<>();
        for (Sink sink : loop.sinks()) {
            Place place = ((Sink.ColumnReduction) sink).accumulators();
            Var[][] acc = new Var[Sums.ways(loop.cols())][];
            for (int w = 0; w < acc.length; w++) {
                acc[w] = load(place, way(place, c, w), Math.ceilDiv(width, lanes));
            }
            accumulators.put(sink, acc);
        }
        return accumulators;
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
            acc[k] = let("acc", new Code.Load(array(place.slot()), Code.add(at, new Code.Int(k * lanes)), null));
        }
        return acc;
    }

    /** Where other accumulators follow, the last vector keeps what is behind its columns: with 8 lanes a store under a mask takes longer than to load and blend that. */
    private void store(Place place, Value at, int width, Var[] acc) {
        for (int k = 0; k < acc.length; k++) {
            Value to = Code.add(at, new Code.Int(k * lanes));
            Value mask = Sums.ways(loop.cols()) > 1 ? columnMask(width, k) : null;
            Value value = mask == null ? acc[k] : let("kept", new Code.Select(acc[k], let("old", new Code.Load(array(place.slot()), to, null)), mask));
            emit(new Code.Put(array(place.slot()), to, value, null));
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
