package org.fusegrad.codegen;

import java.util.List;
import org.fusegrad.codegen.Code.Value;
import org.fusegrad.fusion.Fold;
import org.fusegrad.fusion.Loop;
import org.fusegrad.fusion.Place;
import org.fusegrad.ir.Sums;
import org.fusegrad.simd.Folds;

/** The scalar twin of {@link PassEndVectors}. */
final class PassEndScalars extends ScalarLowering {
    private final List<Fold> folds;
    private final boolean closing;

    PassEndScalars(Loop loop, List<String> slotNames, List<Fold> folds, boolean closing) {
        super(loop, slotNames);
        this.folds = folds;
        this.closing = closing;
    }

    @Override
    void body() {
        for (Fold fold : folds) {
            Place source = fold.source();
            Value at = offset(source.slot());
            if (!closing) {
                Value size = new Code.Int(fold.gathered());
                Value identity = new Code.FloatLiteral(fold.reduction().identity());
                emit(new Code.Call(Folds.class, "clear", List.of(array(source.slot()), at, size, identity)));
            } else if (fold.kind() == Fold.Kind.LANES) {
                Value all = new Code.Int(Sums.LANES);
                Class<?> folds = folds(fold.reduction());
                putScalar(fold.target(), new Code.CallFloat(folds, "lanes", List.of(array(source.slot()), at, all)));
            } else {
                Value cols = new Code.Int(fold.cols());
                Value ways = new Code.Int(Sums.ways(fold.cols()));
                Place target = fold.target();
                emit(new Code.Call(folds(fold.reduction()), "columns", List.of(
                        array(source.slot()), at, cols, ways, array(target.slot()), column(target, new Code.Int(0)))));
            }
        }
    }
}
