package org.fusegrad.codegen;

import java.util.List;
import org.fusegrad.codegen.Code.Value;
import org.fusegrad.codegen.Code.Var;
import org.fusegrad.fusion.Loop;
import org.fusegrad.fusion.Sink;

/** The end of a loop that reduces rows: from a vector per row and block to one float per row. */
final class RowFoldLowering extends VectorLowering {
    private final Sink.RowReduction sink;
    private final int blocks;
    private final String name;

    /**
     * @param blocks partials per row; each is a block of the row's columns
     */
    RowFoldLowering(Loop loop, List<String> slotNames, int lanes, Sink.RowReduction sink, int blocks, int number) {
        super(loop, slotNames, lanes);
        this.sink = sink;
        this.blocks = blocks;
        this.name = loop.name() + "_fold" + (number == 0 ? "" : "_" + number);
    }

    @Override
    String name() {
        return name;
    }

    /* for (; v < end; v += lanes) sums[v..] = RowTree.fold(partials[v..]); and the rest masked */
    @Override
    void body() {
        Var partials = array(sink.partials().slot());
        Var at = offset(sink.partials().slot());
        Var count = let("count", Code.mul(count(), blocks));
        // Several blocks to a row: what they come to overwrites partials that have been read.
        Var out = blocks == 1 ? array(sink.target().slot()) : partials;
        Var outAt = let("outAt", blocks == 1 ? at(sink.target(), new Code.Int(0)) : at);
        Var v = let("v", new Code.Int(0));
        Var end = let("end", Code.and(count, -lanes));
        comment("vector loop");
        forLoop(v, end, lanes, () -> emit(new Code.Put(out, Code.add(outAt, v), fold(at, v), null)));
        comment("tail");
        ifLess(v, count, () -> {
            Var mask = let("mask", new Code.InRange(v, count));
            emit(new Code.Put(out, Code.add(outAt, v), fold(at, v), mask));
        });
        if (blocks > 1) {
            emit(new Code.Call(folds(sink.reduction()), "joinBlocks", List.of(
                    partials, at, new Code.Int(blocks), array(sink.target().slot()),
                    at(sink.target(), new Code.Int(0)), count())));
        }
    }

    /** What as many partials come to as there are lanes, from the {@code v}-th on. */
    private Value fold(Value at, Var v) {
        return foldPartials(sink, let("p", Code.add(at, Code.mul(v, lanes))));
    }
}
