package org.fusegrad;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.ConcurrentModificationException;
import java.util.List;
import org.fusegrad.ir.Op;

/**
 * A recorded expression as a list, operands before users, and as the words that tell its structure. It is
 * made for every {@code backward()}, so it works in arrays that it keeps.
 */
final class Flattening {
    /** Numbers of operands up to this fit one word beside the operation. */
    private static final int SHORT = 1 << 11;
    private static final int OPS = Op.values().length;
    private static final int KINDS = Expr.Kind.values().length;

    private Expr[] order = new Expr[32];
    private boolean[] adds = new boolean[32];
    private int count;
    private Expr[] stack = new Expr[32];
    private int[] words = new int[256];
    private int wordCount;
    private int hash;

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
            if (number(expr) < 0) {
                boolean leaf = isLeaf(expr, root, backward);
                if (!leaf && expr.c != null && number(expr.c) < 0) {
                    push(depth++, expr.c);
                }
                if (!leaf && expr.b != null && number(expr.b) < 0) {
                    push(depth++, expr.b);
                }
                if (!leaf && expr.a != null && number(expr.a) < 0) {
                    push(depth++, expr.a);
                }
                if (stack[depth - 1] != expr) {
                    continue;
                }
                append(expr, leaf, backward);
            }
            stack[--depth] = null;
        }
    }

    private static boolean isLeaf(Expr expr, Expr root, boolean backward) {
        return expr.kind == Expr.Kind.INPUT || !backward && expr != root && expr.value != null;
    }

    private void push(int depth, Expr expr) {
        if (depth == stack.length) {
            stack = Arrays.copyOf(stack, 2 * depth);
        }
        stack[depth] = expr;
    }

    private void append(Expr expr, boolean leaf, boolean backward) {
        if (count == order.length) {
            order = Arrays.copyOf(order, 2 * count);
            adds = Arrays.copyOf(adds, 2 * count);
        }
        boolean add = backward && leaf && expr.requiresGrad && expr.source.gradArray() != null && isFirstOf(expr.source);
        order[count] = expr;
        adds[count] = add;
        expr.number = count++;
        if (leaf) {
            word(-1 - (expr.requiresGrad ? 1 : 0) - (add ? 2 : 0));
            int[] dims = expr.shape.dims();
            word(dims.length);
            for (int dim : dims) {
                word(dim);
            }
        } else if (expr.kind == Expr.Kind.CONSTANT) {
            word(code(expr));
            word(Float.floatToRawIntBits(expr.constant));
        } else if (expr.kind == Expr.Kind.COLUMN_INDEX) {
            word(code(expr));
            word(expr.shape.perRow());
        } else {
            int a = listed(expr.a);
            int b = expr.b == null ? a : listed(expr.b);
            if (count <= SHORT) {
                word(code(expr) | a << 8 | b << 20);
            } else {
                word(code(expr));
                word(a);
                word(b);
            }
            if (expr.c != null) {
                word(listed(expr.c));
            }
        }
    }

    /** A number below 256 for what an expression does. */
    private static int code(Expr expr) {
        if (expr.op != null) {
            return expr.op.ordinal();
        }
        int reduce = expr.reduce == null ? 0 : 1 + expr.reduce.ordinal();
        return OPS + KINDS * reduce + expr.kind.ordinal();
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

    private int listed(Expr expr) {
        int number = number(expr);
        if (number < 0) {
            throw new ConcurrentModificationException("two threads use the tensors behind " + expr + " at once");
        }
        return number;
    }

    /** The number of an expression in this list, or -1. What the expression holds is a hint, checked here. */
    private int number(Expr expr) {
        int hint = expr.number;
        return hint < count && order[hint] == expr ? hint : -1;
    }

    private void word(int word) {
        if (wordCount == words.length) {
            words = Arrays.copyOf(words, 2 * wordCount);
        }
        words[wordCount++] = word;
        hash = 31 * hash + word;
    }

    /** A hash of the structure. */
    int hash() {
        return hash;
    }

    /** The structure: operations with the numbers of their operands, shapes and flags of the leaves. */
    int[] structure() {
        return Arrays.copyOf(words, wordCount);
    }

    boolean hasStructure(int[] other) {
        return Arrays.equals(words, 0, wordCount, other, 0, other.length);
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
            boolean leaf = isLeaf(expr, order[count - 1], words[0] != 0);
            copies.add(leaf
                    ? Expr.anonymous("t" + k, expr)
                    : expr.over(copy(copies, expr.a), copy(copies, expr.b), copy(copies, expr.c)));
        }
        return copies;
    }

    private Expr copy(List<Expr> copies, Expr operand) {
        return operand == null ? null : copies.get(listed(operand));
    }

    /** Forgets the expressions, so that a thread keeps none alive. */
    void clear() {
        Arrays.fill(order, 0, count, null);
        count = 0;
        wordCount = 0;
        hash = 0;
    }
}
