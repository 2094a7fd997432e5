package org.fusegrad.codegen;

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

    private Value joinPresent(Value a, Value b) {
        if (a == null || b == null) {
            return a == null ? b : a;
        }
        return join(a, b);
    }

    private Value join(Value a, Value b) {
        return code.let("t", code.join(reduction, a, b));
    }

    /** Accumulators of sixty-four lanes, joined down to one vector; those beyond the last one hold nothing. */
    Value oneVector(Value[] acc) {
        Value[] parts = new Value[PARTIAL / lanes];
        for (int j = 0; j < parts.length; j++) {
            Value low = joinPresent(part(acc, j), part(acc, j + parts.length));
            parts[j] = joinPresent(low, joinPresent(part(acc, j + 2 * parts.length), part(acc, j + 3 * parts.length)));
        }
        while (parts.length > 1) {
            Value[] next = new Value[parts.length / 2];
            for (int j = 0; j < next.length; j++) {
                next[j] = joinPresent(parts[j], parts[j + next.length]);
            }
            parts = next;
        }
        return parts[0];
    }

    private static Value part(Value[] acc, int k) {
        return k < acc.length ? acc[k] : null;
    }

    /**
     * One step of the tree over two vectors at once: of each, lanes that differ in the bit {@code half} are
     * joined, and the results of {@code b} end in the lanes with the bit. For sums the additions are those of
     * {@code Folds.partial}, operands exchanged at most, which no bit of a sum depends on.
     */
    Value join(Value a, Value b, int half) {
        Value kept = code.let("kept", new Code.Select(b, a, code.high(half)));
        return join(kept, code.let("exchanged", exchange(a, b, half)));
    }

    /** Whether one instruction takes lanes of two vectors, as AVX-512's does. Shorter vectors need two. */
    static boolean exchangesTwo(int lanes) {
        return lanes == 16;
    }

    /** The lanes that {@link #join} does not keep where they are. */
    private Value exchange(Value a, Value b, int half) {
        if (exchangesTwo(lanes)) {
            return new Code.RearrangeTwo(code.indices(new Code.Shuffle(Code.Fact.PAIR, half)), a, b);
        }
        return new Code.Rearrange(code.let("other", new Code.Select(a, b, code.high(half))), new Code.Shuffle(Code.Fact.EXCHANGE, half));
    }

    /**
     * The tree's last steps, over the lanes of one vector, with shorter vectors as fewer lanes are left: within 128 bits a permutation takes one cycle, over 512 five. To take
     * the trees of two vectors together, as {@link #join(Value, Value, int)} does, is fewer instructions but a longer wait: a step of 1024 elements with a gradient for a scalar, each
     * with what the last one gave, takes 67 ns so and took 74 together (Zen 5).
     *
     * @return one float
     */
    Value fold(Value vector) {
        Value part = vector;
        for (int live = lanes; live > 2; live /= 2) {
            if (live < lanes) {
                part = code.let("low", new Code.Low(part, live));
            }
            part = join(part, code.let("exchanged", new Code.Rearrange(part, new Code.Shuffle(Code.Fact.HALVES, live))));
        }
        return code.join(reduction, new Code.Lane(part, 0), new Code.Lane(part, 1));
    }
}
