package org.fusegrad.engine;

import static org.fusegrad.engine.ParityRuns.columns;
import static org.fusegrad.engine.ParityRuns.everyLengthColumns;
import static org.fusegrad.engine.ParityRuns.forColumns;

import java.util.stream.IntStream;
import org.fusegrad.testing.Jvm;
import org.fusegrad.testing.Losses;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** {@link ParityTest} of linear regressions, their rows reduced by a sum of products and by a dot product. */
@Tag("matrix")
class RegressionParityTest {
    @Test
    void regressionOfAnyNarrowWidth() {
        int[] cols = IntStream.rangeClosed(1, 70).filter(c -> !Jvm.interpretsVectors() || c % 16 == 8 || c == 1).toArray();
        forColumns("regression", cols, Sizes.few(), c -> Losses.regression(c, false));
    }

    @Test
    void regressionOfAnyLength() {
        forColumns("regression", everyLengthColumns(), Sizes.every(), c -> Losses.regression(c, false));
    }

    @Test
    void regressionAroundBlocksOfRows() {
        int[] cols = Jvm.interpretsVectors() ? new int[] {10} : new int[] {10, 33};
        forColumns("regression", cols, Sizes.rowBorders(), c -> Losses.regression(c, false));
    }

    @Test
    void regressionOfSeveralTiles() {
        int[] cols = Jvm.interpretsVectors() ? new int[] {48} : new int[] {33, 48, 63, 64};
        int[] rows = Jvm.isInterpreted() ? new int[] {129} : new int[] {127, 128, 129, 191, 192, 193, 257, 1151, 1152, 1153, 2240};
        forColumns("regression", cols, rows, c -> Losses.regression(c, true));
        forColumns("predicting", cols, rows, Losses::predicting);
        forColumns("rows by columns", cols, rows, Losses::rowsByColumns);
        forColumns("chain of rows", new int[] {64}, rows, Losses::chainOfRows);
    }

    @Test
    void rowsOfSeveralLoops() {
        int[] rows = Jvm.interpretsVectors() ? new int[] {17} : new int[] {1, 3, 16, 31, 48, 63, 64, 65, 130};
        forColumns("long prediction", new int[] {10, 33}, rows, Losses::longPrediction);
    }

    @Test
    void regressionOfManyColumns() {
        int[] cols = Jvm.interpretsVectors() ? new int[] {4097} : new int[] {512, 1024, 4095, 4096, 4097, 5000, 8193};
        int[] rows = Jvm.interpretsVectors() ? new int[] {3} : new int[] {1, 2, 3, 4, 5, 16, 17, 33};
        forColumns("regression", cols, rows, c -> Losses.regression(c, false));
    }

    @Test
    void regressionAccumulating() {
        forColumns("regression accumulating", columns(), Sizes.few(), c -> Losses.regression(c, true));
    }

    @Test
    void penaltyWithoutRows() {
        forColumns("ridge", columns(), Sizes.few(), Losses::ridge);
        forColumns("ridge", new int[] {4097}, new int[] {1, 3}, Losses::ridge);
    }

    @Test
    void dotOfAnyNarrowWidth() {
        int[] cols = IntStream.rangeClosed(1, 70).filter(c -> !Jvm.interpretsVectors() || c % 16 == 8 || c == 1).toArray();
        forColumns("dot", cols, Sizes.few(), c -> Losses.dotRegression(c, false));
    }

    @Test
    void dotOfAnyLength() {
        forColumns("dot", everyLengthColumns(), Sizes.every(), c -> Losses.dotRegression(c, true));
        forColumns("dot", new int[] {10, 33}, Sizes.rowBorders(), c -> Losses.dotRegression(c, false));
    }

    @Test
    void dotOfManyColumns() {
        int[] cols = Jvm.interpretsVectors() ? new int[] {4097} : new int[] {512, 4095, 4096, 4097, 8193};
        forColumns("dot", cols, new int[] {1, 3, 4, 17}, c -> Losses.dotRegression(c, false));
    }
}
