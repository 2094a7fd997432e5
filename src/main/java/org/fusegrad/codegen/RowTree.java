package org.fusegrad.codegen;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import org.fusegrad.codegen.Code.Value;
import org.fusegrad.codegen.Code.Var;
import org.fusegrad.ir.Op;

/**
 * Folds the vectors of as many rows as a vector has lanes into one vector of their sums: a step exchanges
 * halves between the vectors of two rows and adds, so that all lanes stay busy and the sums come out in row
 * order. The additions are those of {@code Folds.partial}, operands exchanged at most, which no bit of a sum
 * depends on.
 *
 * <p>Generated in full, because C2 stops inlining a library's own helpers in a method this dense, where it
 * never stops at the Vector API's: called helpers cost 17 ns a row instead of 1.
 */
final class RowTree {
    private final Lowering code;
    private final int lanes;
    private final Var[] high;

    /** Emits the masks that {@link #fold} uses. */
    RowTree(Lowering code, int lanes) {
        this.code = code;
        this.lanes = lanes;
        this.high = new Var[lanes];
        for (int half = lanes / 2; half > 0; half /= 2) {
            high[half] = code.let("high" + half + "_", new Code.MaskBits(highLanes(half)));
        }
    }

    /**
     * @param row emits the vectors of one row's sixteen lanes
     * @return one vector, row j's sum in lane j
     */
    Value fold(IntFunction<Value[]> row) {
        return fold(row, 0, 1);
    }

    /** The rows {@code first}, {@code first + step}, ...: depth first, so that few vectors live at once. */
    private Value fold(IntFunction<Value[]> row, int first, int step) {
        if (step == lanes) {
            return oneVector(row.apply(first));
        }
        return join(fold(row, first, 2 * step), fold(row, first + step, 2 * step), step);
    }

    /** The first steps for four neighbouring rows: one vector, from which {@link #finish} goes on. */
    Value begin(IntFunction<Value[]> row) {
        Value first = join(oneVector(row.apply(0)), oneVector(row.apply(1)), lanes / 2);
        Value second = join(oneVector(row.apply(2)), oneVector(row.apply(3)), lanes / 2);
        return join(first, second, lanes / 4);
    }

    /**
     * The last steps for the vectors of neighbouring fours of rows. Neighbours were joined first, which puts
     * the low bits of a row's number into the high bits of a lane's: the order is turned round at the end.
     *
     * @param four emits the vector of the k-th four rows
     * @return one vector, row j's sum in lane j
     */
    Value finish(IntFunction<Value> four) {
        List<Value> parts = new ArrayList<>();
        for (int k = 0; k < lanes / 4; k++) {
            parts.add(four.apply(k));
        }
        for (int half = lanes / 8; half > 0; half /= 2) {
            List<Value> next = new ArrayList<>();
            for (int k = 0; k < parts.size(); k += 2) {
                next.add(join(parts.get(k), parts.get(k + 1), half));
            }
            parts = next;
        }
        return code.let("sums", new Code.BitReversal(parts.getFirst()));
    }

    private Value join(Value a, Value b, int half) {
        Var kept = code.let("kept", new Code.Select(b, a, high[half]));
        Var other = code.let("other", new Code.Select(a, b, high[half]));
        Var exchanged = code.let("exchanged", new Code.Exchange(other, half));
        return code.let("t", new Code.Apply(Op.ADD, List.of(kept, exchanged)));
    }

    /** Sixteen lanes, added down to as many as a vector has. */
    private Value oneVector(Value[] sixteen) {
        List<Value> parts = List.of(sixteen);
        while (parts.size() > 1) {
            int half = parts.size() / 2;
            List<Value> next = new ArrayList<>();
            for (int j = 0; j < half; j++) {
                next.add(code.let("t", new Code.Apply(Op.ADD, List.of(parts.get(j), parts.get(j + half)))));
            }
            parts = next;
        }
        return parts.getFirst();
    }

    /** The lanes whose number has the bit {@code half}. */
    private long highLanes(int half) {
        long bits = 0;
        for (int i = 0; i < lanes; i++) {
            if ((i & half) != 0) {
                bits |= 1L << i;
            }
        }
        return bits;
    }
}
