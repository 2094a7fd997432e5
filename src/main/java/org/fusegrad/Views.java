package org.fusegrad;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * Which axis of each expression is the batch. Where shapes say so there is nothing to find out. Where all
 * are fixed, as in define-by-run, the leading axis of the tensors of highest rank is taken, and what a
 * tensor of lower rank runs along follows from how it is used.
 */
final class Views {

    /** A shape with the batch axis told apart. */
    record View(boolean batched, int[] dims) {}

    private final Map<Expr, Boolean> lead = new IdentityHashMap<>();
    private final Map<Expr, Boolean> inputLead = new IdentityHashMap<>(); // by the first use that decides
    private final boolean fixed;
    private final int rows;

    /** @param order all expressions, operands before users */
    Views(List<Expr> order) {
        this.fixed = order.stream().noneMatch(e -> e.shape.isBatched());
        this.rows = fixed ? leadingLength(order) : 0;
        if (fixed && rows > 1) {
            infer(order);
        }
    }

    /** The length of the batch where all shapes are fixed; otherwise 0, it comes with the run. */
    int fixedRows() {
        return rows;
    }

    /** The view of anything but an input, which has none until it is used. */
    View of(Expr expr) {
        if (!fixed) {
            return new View(expr.shape.isBatched(), expr.shape.dims());
        }
        return view(expr.shape, lead.getOrDefault(expr, false));
    }

    /** The view of {@code operand} as {@code user} reads it. */
    View ofOperand(Expr operand, Expr user) {
        if (!fixed || operand.kind != Expr.Kind.INPUT) {
            return of(operand);
        }
        return view(operand.shape, wanted(operand, user, lead.getOrDefault(user, false)));
    }

    private View view(Shape shape, boolean leads) {
        int[] dims = shape.dims();
        return leads
                ? new View(true, java.util.Arrays.copyOfRange(dims, 1, dims.length))
                : new View(false, dims);
    }

    private static int leadingLength(List<Expr> order) {
        int rank = 0;
        int length = 1;
        for (Expr expr : order) {
            int own = expr.shape.rank();
            if (own > rank || own == rank && own > 0 && length == 1) {
                rank = own;
                length = expr.shape.dims()[0];
            }
        }
        int highest = rank;
        boolean counted = order.stream().anyMatch(e -> e.kind == Expr.Kind.COLUMN_INDEX && e.shape.rank() == highest);
        return counted ? 1 : length; // what is counted by columns has no rows
    }

    /** Whether an input must run along the batch for {@code user}, whose result does or does not. */
    private boolean wanted(Expr operand, Expr user, boolean userLeads) {
        int[] dims = operand.shape.dims();
        if (dims.length == 0 || dims[0] != rows) {
            return false;
        }
        return switch (user.kind) {
            case ELEMENTWISE -> userLeads && dims.length == user.shape.rank();
            case LAST, UNSQUEEZE -> userLeads;
            case BATCH -> true;
            case ALL -> inputLead.getOrDefault(operand, true);
            case INPUT, CONSTANT, COLUMN_INDEX -> false;
        };
    }

    /** Settles what runs along the batch, from the expressions where only one answer is possible. */
    private void infer(List<Expr> order) {
        int rank = order.stream().mapToInt(e -> e.shape.rank()).max().orElse(0);
        for (Expr expr : order) {
            if (expr.kind != Expr.Kind.INPUT && expr.shape.rank() == rank) {
                lead.put(expr, expr.shape.dims()[0] == rows);
            }
        }
        boolean changed = true;
        while (changed) {
            changed = false;
            for (Expr user : order) {
                for (Expr operand : operands(user)) {
                    changed |= settle(operand, user);
                }
            }
            if (!changed) {
                changed = settleOneFreely(order);
            }
        }
    }

    /** Carries what is known between a value and its user, in both directions. */
    private boolean settle(Expr operand, Expr user) {
        if (operand.kind == Expr.Kind.INPUT) {
            return settleInput(operand, user);
        }
        Boolean up = lead.get(operand);
        Boolean down = lead.get(user);
        return switch (user.kind) {
            case ELEMENTWISE -> {
                boolean sameRank = operand.shape.rank() == user.shape.rank() && operand.shape.rank() > 0;
                if (!sameRank || operand.shape.dims()[0] != user.shape.dims()[0]) {
                    yield set(operand, false);
                }
                yield up != null ? set(user, up) : down != null && set(operand, down);
            }
            case LAST, UNSQUEEZE -> up != null ? set(user, up) : down != null && set(operand, down);
            case BATCH -> set(user, false) | set(operand, true);
            case ALL, INPUT, CONSTANT, COLUMN_INDEX -> false;
        };
    }

    /** One use of an input tells what another, which could be either, is: a penalty on weights has no rows. */
    private boolean settleInput(Expr input, Expr user) {
        boolean highest = user.kind == Expr.Kind.LAST && !lead.containsKey(user)
                && input.shape.dims()[0] == rows && input.shape.rank() > 1;
        if (highest) {
            return set(user, true);
        }
        Boolean down = lead.get(user);
        return switch (user.kind) {
            case ELEMENTWISE -> {
                if (down != null) {
                    yield inputLead.putIfAbsent(input, wanted(input, user, down)) == null;
                }
                boolean sameRank = input.shape.rank() == user.shape.rank() && input.shape.rank() > 0;
                yield sameRank && inputLead.containsKey(input) && set(user, inputLead.get(input));
            }
            case LAST, UNSQUEEZE, BATCH, ALL, INPUT, CONSTANT, COLUMN_INDEX -> false;
        };
    }

    private boolean set(Expr expr, boolean value) {
        boolean possible = value && expr.shape.rank() > 0 && expr.shape.dims()[0] == rows;
        Boolean before = lead.putIfAbsent(expr, possible);
        if (before != null && before != possible) {
            throw new UnsupportedOperationException(
                    expr + " of shape " + expr.shape + " is used along rows and along columns at once");
        }
        return before == null;
    }

    /** Where nothing decides, a value as long as the batch runs along it. */
    private boolean settleOneFreely(List<Expr> order) {
        for (Expr expr : order) {
            if (expr.kind != Expr.Kind.INPUT && !lead.containsKey(expr)) {
                return set(expr, true);
            }
        }
        return false;
    }

    static List<Expr> operands(Expr expr) {
        return Stream.of(expr.a, expr.b, expr.c).filter(Objects::nonNull).toList();
    }

    /** All expressions that {@code roots} need, operands before users. */
    static List<Expr> order(List<Expr> roots) {
        Map<Expr, Boolean> done = new IdentityHashMap<>();
        List<Expr> order = new ArrayList<>();
        List<Expr> todo = new ArrayList<>(roots);
        while (!todo.isEmpty()) {
            Expr expr = todo.getLast();
            if (done.containsKey(expr)) {
                todo.removeLast();
                continue;
            }
            List<Expr> missing = operands(expr).stream().filter(e -> !done.containsKey(e)).toList();
            if (missing.isEmpty()) {
                done.put(expr, true);
                order.add(expr);
                todo.removeLast();
            } else {
                todo.addAll(missing);
            }
        }
        return order;
    }
}
