package org.fusegrad;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.fusegrad.ir.Axis;
import org.fusegrad.ir.Extent;
import org.fusegrad.ir.Graph;
import org.fusegrad.ir.GraphBuilder;
import org.fusegrad.ir.Node;
import org.fusegrad.ir.Reduction;

/**
 * From expressions of any rank to a graph over rows and columns: neighbouring axes that broadcast together
 * become one. The batch and perhaps some axes behind it are the rows, the others the columns.
 */
final class GraphLowering {

    /** An expression's input, and the graph's input that reads it. */
    record Leaf(Expr expr, Node node) {}

    private final List<Expr> order;
    private final Views views;
    private final int rowAxes; // axes behind the batch that belong to the rows
    private final int rowsPerExample;
    private final GraphBuilder builder = new GraphBuilder();
    private final List<Leaf> leaves = new ArrayList<>();
    private final Map<Expr, Map<Extent, Node>> nodes = new IdentityHashMap<>();

    private GraphLowering(List<Expr> order, Views views, int rowAxes) throws DoesNotCollapse {
        this.order = order;
        this.views = views;
        this.rowAxes = rowAxes;
        this.rowsPerExample = rowsPerExample();
        for (Expr expr : order) {
            if (expr.kind != Expr.Kind.INPUT) {
                put(expr, lower(expr));
            }
        }
    }

    /**
     * @throws IllegalArgumentException when no split of the axes into rows and columns fits all operations
     */
    static GraphLowering of(List<Expr> roots) {
        List<Expr> order = Views.order(roots);
        Views views = new Views(order);
        int most = order.stream().mapToInt(e -> e.shape.rank()).max().orElse(0);
        DoesNotCollapse first = null;
        for (int rowAxes = 0; rowAxes <= Math.max(0, most - 2); rowAxes++) {
            try {
                return new GraphLowering(order, views, rowAxes);
            } catch (DoesNotCollapse e) {
                first = first == null ? e : first;
            }
        }
        throw new IllegalArgumentException(first.getMessage());
    }

    /** An operation whose axes do not fit the split; another split may. */
    private static final class DoesNotCollapse extends Exception {
        private static final long serialVersionUID = 1L;

        DoesNotCollapse(Expr expr) {
            super(expr.operation() + ": "
                    + Views.operands(expr).stream().map(e -> e.shape.toString()).reduce((a, b) -> a + " and " + b).orElse("")
                    + " needs more than rows and columns: only neighbouring axes can broadcast or be summed together");
        }
    }

    GraphBuilder builder() {
        return builder;
    }

    /** The inputs that the graph reads, in its order. */
    List<Leaf> leaves() {
        return leaves;
    }

    /** The graph's rows for a batch of the given length, which does not matter where all shapes are fixed. */
    int rows(int batch) {
        int fixed = views.fixedRows();
        return Math.multiplyExact(fixed > 0 ? fixed : batch, rowsPerExample);
    }

    /** For one row of the batch, the elements of the widest value in {@code graph}. */
    long widest(Graph graph) {
        int cols = 1;
        for (Node node : graph.nodes()) {
            cols = node.extent().batched() ? Math.max(cols, node.extent().cols()) : cols;
        }
        return (long) cols * rowsPerExample;
    }

    /** The node of an expression; an input that nothing uses runs along the batch where it can. */
    Node node(Expr expr) {
        Map<Extent, Node> known = nodes.get(expr);
        if (known == null) {
            Extent extent;
            try {
                extent = extent(expr, views.of(expr));
            } catch (DoesNotCollapse e) {
                throw new IllegalArgumentException(e.getMessage());
            }
            return input(expr, extent);
        }
        return known.values().iterator().next();
    }

    /** The one node of an input that is to be differentiated by. */
    Node variable(Expr expr) {
        Map<Extent, Node> known = nodes.getOrDefault(expr, Map.of());
        if (known.size() > 1) {
            throw new UnsupportedOperationException(
                    expr.name + " of shape " + expr.shape + " is used along rows and along columns at once");
        }
        return node(expr);
    }

    // --- extents -----------------------------------------------------------------------------------

    private int rowsPerExample() throws DoesNotCollapse {
        int product = 0;
        for (Expr expr : order) {
            Views.View view = views.of(expr);
            if (view.batched() && view.dims().length >= rowAxes) {
                int own = product(view.dims(), 0, rowAxes);
                if (product != 0 && own != product) {
                    throw new DoesNotCollapse(expr);
                }
                product = own;
            }
        }
        return Math.max(1, product);
    }

    private Extent extent(Expr expr, Views.View view) throws DoesNotCollapse {
        int[] dims = view.dims();
        if (!view.batched()) {
            return new Extent(false, product(dims, 0, dims.length));
        }
        if (dims.length < rowAxes || product(dims, 0, rowAxes) != rowsPerExample) {
            throw new DoesNotCollapse(expr);
        }
        return new Extent(true, product(dims, rowAxes, dims.length));
    }

    private static int product(int[] dims, int from, int to) {
        int product = 1;
        for (int k = from; k < to; k++) {
            product = Math.multiplyExact(product, dims[k]);
        }
        return product;
    }

    // --- nodes -------------------------------------------------------------------------------------

    private void put(Expr expr, Node node) {
        nodes.computeIfAbsent(expr, e -> new HashMap<>()).put(node.extent(), node);
    }

    private Node input(Expr expr, Extent extent) {
        Map<Extent, Node> known = nodes.computeIfAbsent(expr, e -> new HashMap<>());
        return known.computeIfAbsent(extent, e -> {
            Node node = builder.input(expr.name, e);
            leaves.add(new Leaf(expr, node));
            return node;
        });
    }

    private Node operand(Expr operand, Expr user) throws DoesNotCollapse {
        if (operand.kind == Expr.Kind.INPUT) {
            return input(operand, extent(operand, views.ofOperand(operand, user)));
        }
        return node(operand);
    }

    private Node lower(Expr expr) throws DoesNotCollapse {
        if (expr.kind == Expr.Kind.CONSTANT) {
            return builder.constant(expr.constant);
        }
        if (expr.kind == Expr.Kind.COLUMN_INDEX) {
            return builder.columnIndex(expr.shape.perRow());
        }
        List<Node> operands = new ArrayList<>();
        for (Expr operand : Views.operands(expr)) {
            operands.add(operand(operand, expr));
        }
        if (!extent(expr, views.of(expr)).equals(combined(expr, operands))) {
            throw new DoesNotCollapse(expr);
        }
        Node a = operands.getFirst();
        return switch (expr.kind) {
            case UNSQUEEZE -> a;
            case ELEMENTWISE -> elementwise(expr, operands);
            case ALL -> reduce(expr, Axis.ALL, a);
            case LAST -> reduce(expr, Axis.COLUMNS, a);
            case BATCH -> reduce(expr, Axis.ROWS, a);
            case INPUT, CONSTANT, COLUMN_INDEX -> throw new AssertionError(expr.kind);
        };
    }

    private Node reduce(Expr expr, Axis axis, Node a) throws DoesNotCollapse {
        return switch (expr.reduce) {
            case SUM -> builder.reduce(Reduction.SUM, axis, a);
            case MEAN -> builder.div(builder.reduce(Reduction.SUM, axis, a), builder.count(reduced(a.extent(), axis)));
            case MAX -> builder.reduce(Reduction.MAX, axis, a);
            case DOT -> {
                Expr product = expr.a;
                yield builder.reduce(Reduction.DOT, axis, operand(product.a, product), operand(product.b, product));
            }
        };
    }

    /** What of an extent goes into each element of a reduction. */
    private static Extent reduced(Extent extent, Axis axis) {
        return switch (axis) {
            case ALL -> extent;
            case COLUMNS -> Extent.col(extent.cols());
            case ROWS -> new Extent(extent.batched(), 1);
        };
    }

    private Node elementwise(Expr expr, List<Node> operands) {
        Node a = operands.getFirst();
        return switch (operands.size()) {
            case 1 -> builder.unary(expr.op, a);
            case 2 -> builder.binary(expr.op, a, operands.get(1));
            default -> builder.where(a, operands.get(1), operands.get(2));
        };
    }

    /** What rows and columns would make of the operands; not the shape's own answer, if axes do not collapse. */
    private Extent combined(Expr expr, List<Node> operands) {
        Extent a = operands.getFirst().extent();
        return switch (expr.kind) {
            case ELEMENTWISE -> {
                for (Node operand : operands) {
                    a = a == null ? null : Extent.broadcast(a, operand.extent());
                }
                yield a;
            }
            case UNSQUEEZE -> a;
            case ALL -> Extent.SCALAR;
            case LAST -> sumsAllColumns(expr.a, expr) ? new Extent(a.batched(), 1) : null;
            case BATCH -> rowsPerExample == 1 && a.batched() ? new Extent(false, a.cols()) : null;
            case INPUT, CONSTANT, COLUMN_INDEX -> throw new AssertionError(expr.kind);
        };
    }

    /** Whether the last axis is all there is of the columns. */
    private boolean sumsAllColumns(Expr operand, Expr user) {
        Views.View view = views.ofOperand(operand, user);
        int last = view.dims().length - 1;
        int from = view.batched() ? rowAxes : 0;
        return last >= from && product(view.dims(), from, last) == 1;
    }
}
