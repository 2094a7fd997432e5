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
    private final boolean begun;

    /**
     * @param blocks partials per row; each is a block of the row's columns
     * @param begun whether each partial is of four rows that have begun to be folded
     */
    RowFoldLowering(
            Loop loop, List<String> slotNames, int lanes, Sink.RowReduction sink, int blocks, int number, boolean begun) {
        super(loop, slotNames, lanes);
        this.sink = sink;
        this.blocks = blocks;
        this.begun = begun;
        this.name = loop.name() + "_fold" + (number == 0 ? "" : "_" + number);
    }

    @Override
    String name() {
        return name;
    }

    @Override
    void body() {
        if (begun) {
            finish();
        } else {
            fold();
        }
    }

    /* for (; v < end; v += lanes) sums[v..] = RowTree.finish(partials[v / 4..]); and the rest masked */
    private void finish() {
        Var partials = array(sink.partials().slot());
        Value at = offset(sink.partials().slot());
        Var out = array(sink.target().slot());
        Var outAt = let("outAt", at(sink.target(), new Code.Int(0)));
        Var count = let("count", Code.and(count(), -4));
        RowTree tree = new RowTree(this, sink.reduction());
        Var v = let("v", new Code.Int(0));
        Var p = let("p", at);
        comment("vector loop");
        forLoop(v, let("end", Code.and(count, -lanes)), lanes, () -> {
            emit(new Code.Put(out, Code.add(outAt, v), finish(tree, partials, p), null));
            assign(p, Code.add(p, new Code.Int(lanes / 4 * lanes)));
        });
        comment("tail");
        ifLess(v, count, () -> {
            Var mask = let("mask", new Code.InRange(v, count));
            emit(new Code.Put(out, Code.add(outAt, v), finish(tree, partials, p), mask));
        });
    }

    private Value finish(RowTree tree, Var partials, Var p) {
        return tree.finish(k -> let("four", new Code.Load(partials, Code.add(p, new Code.Int(k * lanes)), null)));
    }

    /* for (; v < end; v += lanes) sums[v..] = RowTree.fold(partials[v..]); and a scalar tail */
    private void fold() {
        Var partials = array(sink.partials().slot());
        Var at = offset(sink.partials().slot());
        Var count = let("count", Code.mul(count(), blocks));
        // Several blocks to a row: what they come to overwrites partials that have been read.
        Var out = blocks == 1 ? array(sink.target().slot()) : partials;
        Var outAt = let("outAt", blocks == 1 ? at(sink.target(), new Code.Int(0)) : at);
        RowTree tree = new RowTree(this, sink.reduction());
        Var v = let("v", new Code.Int(0));
        Var end = let("end", Code.and(count, -lanes));
        comment("vector loop");
        forLoop(v, end, lanes, () -> {
            Value first = let("p", Code.add(at, Code.mul(v, lanes)));
            Value sums = tree.fold(row ->
                    let("row", new Code.Load(partials, Code.add(first, new Code.Int(row * lanes)), null)));
            emit(new Code.Put(out, Code.add(outAt, v), sums, null));
        });
        comment("tail");
        forLoop(v, count, 1, () -> {
            Value p = Code.add(at, Code.mul(v, lanes));
            Value folded = new Code.CallFloat(folds(sink.reduction()), "partial", List.of(partials, p, new Code.Int(lanes)));
            emit(new Code.Put(out, Code.add(outAt, v), folded, null));
        });
        if (blocks > 1) {
            emit(new Code.Call(folds(sink.reduction()), "joinBlocks", List.of(
                    partials, at, new Code.Int(blocks), array(sink.target().slot()),
                    at(sink.target(), new Code.Int(0)), count())));
        }
    }
}
