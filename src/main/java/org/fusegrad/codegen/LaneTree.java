package org.fusegrad.codegen;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.fusegrad.codegen.Code.Value;
import org.fusegrad.ir.Reduction;

/** The fixed tree that joins the sixty-four lanes of a contiguous reduction, in registers. */
final class LaneTree {
    private static final int PARTIAL = 16;

    private final VectorLowering code;
    private final Reduction reduction;
    private final int lanes;

    LaneTree(VectorLowering code, Reduction reduction) {
        this.code = code;
        this.reduction = reduction;
        this.lanes = code.lanes;
    }

    /** The first two accumulators of sixteen to one: what half of the sixty-four lanes come to. */
    Value[] pairs(Value[] acc) {
        Value[] joined = new Value[PARTIAL / lanes];
        for (int j = 0; j < joined.length; j++) {
            int other = joined.length + j;
            joined[j] = joinPresent(j < acc.length ? acc[j] : null, other < acc.length ? acc[other] : null);
        }
        return joined;
    }

    /** Both halves of the sixty-four lanes, as the sixteen they come to. */
    Value[] joinHalves(Value[] low, Value[] high) {
        Value[] joined = new Value[low.length];
        for (int j = 0; j < low.length; j++) {
            joined[j] = joinPresent(low[j], high[j]);
        }
        return joined;
    }

    private Value joinPresent(Value a, Value b) {
        if (a == null || b == null) {
            return a == null ? b : a;
        }
        return join(a, b);
    }

    private Value join(Value a, Value b) {
        return code.let("t", code.join(reduction, a, b));
    }

    /** Accumulators of sixty-four lanes, or of the sixteen they came to, joined down to one vector; an absent one holds nothing. */
    Value oneVector(Value[] acc) {
        int half = Math.min(2 * PARTIAL / lanes, acc.length);
        Value[] parts = joinHalves(pairs(Arrays.copyOf(acc, half)), pairs(Arrays.copyOfRange(acc, half, acc.length)));
        while (parts.length > 1) {
            Value[] next = new Value[parts.length / 2];
            for (int j = 0; j < next.length; j++) {
                next[j] = joinPresent(parts[j], parts[j + next.length]);
            }
            parts = next;
        }
        return parts[0];
    }

    /**
     * One step of the tree over two vectors at once: of each, lanes that differ in the bit {@code half} are
     * joined, and the results of {@code b} end in the lanes with the bit. For sums the additions are those of
     * {@code Folds.partial}, operands exchanged at most, which no bit of a sum depends on.
     */
    Value join(Value a, Value b, int half) {
        Value kept = code.let("kept", new Code.Select(b, a, code.high(half)));
        Value other = code.let("other", new Code.Select(a, b, code.high(half)));
        Value exchanged = code.let("exchanged", new Code.Exchange(other, half));
        return join(kept, exchanged);
    }

    /**
     * The tree's last steps, over the lanes of a vector for each of several reductions.
     *
     * @param vectorOfEach at most as many as a vector has lanes
     * @return one float for each, in their order
     */
    List<Value> fold(List<Value> vectorOfEach) {
        List<Value> parts = vectorOfEach;
        for (int half = lanes / 2; half > 0; half /= 2) {
            List<Value> next = new ArrayList<>();
            for (int k = 0; k < parts.size(); k += 2) {
                Value a = parts.get(k);
                next.add(k + 1 < parts.size()
                        ? join(a, parts.get(k + 1), half)
                        : join(a, code.let("exchanged", new Code.Exchange(a, half))));
            }
            parts = next;
        }
        List<Value> results = new ArrayList<>();
        for (int k = 0; k < vectorOfEach.size(); k++) {
            // Neighbours were joined first: the low bits of a reduction's number are the high ones of its lane's.
            int lane = Integer.reverse(k) >>> Integer.numberOfLeadingZeros(lanes) + 1;
            results.add(new Code.Lane(parts.getFirst(), lane));
        }
        return results;
    }
}
