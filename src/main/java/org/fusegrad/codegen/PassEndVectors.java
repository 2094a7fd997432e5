package org.fusegrad.codegen;

import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.fusegrad.codegen.Code.Value;
import org.fusegrad.codegen.Code.Var;
import org.fusegrad.fusion.Fold;
import org.fusegrad.fusion.Loop;
import org.fusegrad.fusion.Place;
import org.fusegrad.ir.Sums;

/** Clears the lanes and accumulators of a pass, or folds them. */
final class PassEndVectors extends VectorLowering {
    /** Vectors that are written out one by one; more are a loop. */
    private static final int STRAIGHT = 16;

    private final List<Fold> folds;
    private final boolean closing;

    PassEndVectors(Loop loop, List<String> slotNames, List<Fold> folds, boolean closing, int lanes) {
        super(loop, slotNames, lanes);
        this.folds = folds;
        this.closing = closing;
    }

    @Override
    void body() {
        if (!closing) {
            folds.forEach(this::clear);
            return;
        }
        folds.stream().filter(fold -> fold.kind() == Fold.Kind.LANES).forEach(this::foldLanes);
        folds.stream().filter(fold -> fold.kind() == Fold.Kind.COLUMNS).forEach(this::foldColumns);
    }

    private void clear(Fold fold) {
        int slot = fold.source().slot();
        vectors(fold.gathered() / lanes, i ->
                emit(new Code.Put(array(slot), Code.add(offset(slot), i), identity(fold.reduction()), null)));
    }

    private void foldLanes(Fold fold) {
        LaneTree tree = new LaneTree(this, fold.reduction());
        int slot = fold.source().slot();
        Value[] acc = new Value[vectors];
        for (int k = 0; k < vectors; k++) {
            Value at = Code.add(offset(slot), new Code.Int(k * lanes));
            acc[k] = new Code.Load(array(slot), at, null);
        }
        putScalar(fold.target(), tree.fold(tree.oneVector(acc)));
    }

    /**
     * The vector under a mask comes first: C2 may check the bounds of all stores to one array with the first of them, as if the last were
     * a whole vector, and fail, with what that means for all vectors (see {@link ClassWriter}).
     */
    private void foldColumns(Fold fold) {
        int whole = fold.cols() / lanes;
        int rest = fold.cols() - whole * lanes;
        if (rest > 0) {
            foldColumns(fold, new Code.Int(whole * lanes), columnMask(rest, 0));
        }
        vectors(whole, c -> foldColumns(fold, c, null));
    }

    /* target[c..] = (acc0[c..] + acc1[c..]) + (acc2[c..] + acc3[c..]) */
    private void foldColumns(Fold fold, Value c, Value mask) {
        List<Value> ways = IntStream.range(0, Sums.ways(fold.cols())).mapToObj(way -> accumulator(fold, way, c)).toList();
        Place target = fold.target();
        Value sum = let(fold.reduction().ofParts().text(), joinWays(fold.reduction(), ways));
        emit(new Code.Put(array(target.slot()), column(target, c), sum, mask));
    }

    private Value accumulator(Fold fold, int way, Value c) {
        int slot = fold.source().slot();
        Value at = Code.add(Code.add(offset(slot), c), new Code.Int(way * fold.cols()));
        return let("acc", new Code.Load(array(slot), at, null));
    }

    /** Does something for the first {@code count} vectors, given the index of each. */
    private void vectors(int count, Consumer<Value> body) {
        if (count <= STRAIGHT) {
            for (int k = 0; k < count; k++) {
                body.accept(new Code.Int(k * lanes));
            }
        } else {
            Var i = let("i", new Code.Int(0));
            forLoop(i, new Code.Int(count * lanes), lanes, () -> body.accept(i));
        }
    }
}
