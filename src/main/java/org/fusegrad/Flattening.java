package org.fusegrad;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * A recorded expression as a list, operands before users, and as the words that tell its structure. It is
 * made for every {@code backward()}, so it works in arrays that it keeps.
 */
final class Flattening {
    /** Up to this many expressions, looking through the list is faster than a map. */
    private static final int FEW = 24;

    /** What a structure is: operations with the numbers of their operands, shapes and flags of the leaves. */
    static final class Key {
        private final int[] words;
        private final int hash;

        private Key(int[] words, int count) {
            this.words = Arrays.copyOf(words, count);
            this.hash = Arrays.hashCode(this.words);
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Key key && hash == key.hash && Arrays.equals(words, key.words);
        }

        @Override
        public int hashCode() {
            return hash;
        }
    }

    private Expr[] order = new Expr[32];
    private boolean[] adds = new boolean[32];
    private int count;
    private Expr[] stack = new Expr[32];
    private int[] words = new int[256];
    private int wordCount;
    private Key key;
    private final Map<Expr, Integer> numbers = new IdentityHashMap<>();

    /**
     * @param backward whether gradients are wanted; a value alone needs nothing behind what is computed already
     * @param upstream whether an upstream gradient is given
     */
    void flatten(Expr root, boolean backward, boolean upstream) {
        word(backward ? upstream ? 2 : 1 : 0);
        int depth = 0;
        stack[depth++] = root;
        while (depth > 0) {
            Expr expr = stack[depth - 1];
            if (number(expr) >= 0) {
                depth--;
                continue;
            }
            boolean leaf = isLeaf(expr, root, backward);
            boolean ready = true;
            if (!leaf && expr.b != null && number(expr.b) < 0) {
                stack = push(stack, depth++, expr.b);
                ready = false;
            }
            if (!leaf && expr.a != null && number(expr.a) < 0) {
                stack = push(stack, depth++, expr.a);
                ready = false;
            }
            if (ready) {
                append(expr, leaf, backward);
                depth--;
            }
        }
        key = new Key(words, wordCount);
    }

    private static boolean isLeaf(Expr expr, Expr root, boolean backward) {
        return expr.kind == Expr.Kind.INPUT || !backward && expr != root && expr.value != null;
    }

    private static Expr[] push(Expr[] stack, int depth, Expr expr) {
        Expr[] room = depth < stack.length ? stack : Arrays.copyOf(stack, 2 * depth);
        room[depth] = expr;
        return room;
    }

    private void append(Expr expr, boolean leaf, boolean backward) {
        if (count == order.length) {
            order = Arrays.copyOf(order, 2 * count);
            adds = Arrays.copyOf(adds, 2 * count);
        }
        boolean add = backward && leaf && expr.requiresGrad && expr.source.gradArray() != null && isFirstOf(expr.source);
        order[count] = expr;
        adds[count] = add;
        if (++count > FEW) {
            for (int k = numbers.size(); k < count; k++) {
                numbers.put(order[k], k);
            }
        }
        if (leaf) {
            word(-1 - (expr.requiresGrad ? 1 : 0) - (add ? 2 : 0));
            int[] dims = expr.shape.dims();
            word(dims.length);
            for (int dim : dims) {
                word(dim);
            }
        } else if (expr.kind == Expr.Kind.CONSTANT) {
            word(expr.kind.ordinal());
            word(Float.floatToRawIntBits(expr.constant));
        } else {
            word(expr.kind.ordinal());
            word(number(expr.a));
            word(expr.b == null ? -1 : number(expr.b));
        }
    }

    /** A tensor may stand behind two leaves, before and after it changed; only the first adds in place. */
    private boolean isFirstOf(Tensor source) {
        for (int k = 0; k < count; k++) {
            if (order[k].source == source) {
                return false;
            }
        }
        return true;
    }

    private int number(Expr expr) {
        if (count > FEW) {
            return numbers.getOrDefault(expr, -1);
        }
        for (int k = count - 1; k >= 0; k--) {
            if (order[k] == expr) {
                return k;
            }
        }
        return -1;
    }

    private void word(int word) {
        if (wordCount == words.length) {
            words = Arrays.copyOf(words, 2 * wordCount);
        }
        words[wordCount++] = word;
    }

    Key key() {
        return key;
    }

    Expr expr(int number) {
        return order[number];
    }

    /** Whether the gradient of a leaf is added to what its tensor has. */
    boolean addsToGradient(int number) {
        return adds[number];
    }

    /** The same expressions without their tensors, to be compiled and kept. */
    List<Expr> copies() {
        List<Expr> copies = new ArrayList<>();
        for (int k = 0; k < count; k++) {
            Expr expr = order[k];
            boolean leaf = isLeaf(expr, order[count - 1], key.words[0] != 0);
            copies.add(leaf
                    ? Expr.anonymous("t" + k, expr)
                    : expr.over(copy(copies, expr.a), copy(copies, expr.b)));
        }
        return copies;
    }

    private Expr copy(List<Expr> copies, Expr operand) {
        return operand == null ? null : copies.get(number(operand));
    }

    /** Forgets the expressions, so that a thread keeps none alive. */
    void clear() {
        Arrays.fill(order, 0, count, null);
        Arrays.fill(stack, null);
        numbers.clear();
        count = 0;
        wordCount = 0;
        key = null;
    }
}
