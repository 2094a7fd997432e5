package org.fusegrad.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.fusegrad.autodiff.Gradients;
import org.fusegrad.ir.Axis;
import org.fusegrad.ir.Extent;
import org.fusegrad.ir.Graph;
import org.fusegrad.ir.GraphBuilder;
import org.fusegrad.ir.Node;
import org.fusegrad.ir.Op;
import org.fusegrad.ir.Reduction;

/** Random losses with all their gradients, from a seed. */
final class RandomGraphs {
    private RandomGraphs() {}

    /**
     * A graph whose outputs are a loss, its gradients by some inputs (for input v, named grad_v), and perhaps a
     * value on the way.
     */
    static Graph next(RandomGenerator random) {
        int cols = List.of(2, 3, 7, 10, 16, 17, 31, 33, 64, 65, 130).get(random.nextInt(11));
        int steps = random.nextInt(1, random.nextInt(5) == 0 ? 45 : 12);
        return next(random, cols, steps, false);
    }

    /** As {@link #next}, small, and without poles: what is divided by is 1 or more. */
    static Graph nextSmooth(RandomGenerator random) {
        return next(random, random.nextInt(2, 5), random.nextInt(1, 8), true);
    }

    /** As {@link #next}, with some values on the way written in place of inputs. */
    static Graph nextInPlace(RandomGenerator random) {
        GraphBuilder g = new GraphBuilder();
        Extent[] extents = {Extent.full(random.nextInt(2, 40)), Extent.ROW, Extent.col(17), Extent.SCALAR};
        extents[2] = Extent.col(extents[0].cols());
        List<Node> leaves = new ArrayList<>();
        for (int k = 0; k < 6; k++) {
            leaves.add(g.input("v" + k, extents[random.nextInt(4)]));
        }
        List<Node> pool = new ArrayList<>(leaves);
        int steps = random.nextInt(4, 30);
        for (int k = 0; k < steps; k++) {
            pool.add(step(g, pool, random, false));
        }
        List<Graph.Output> outputs = new ArrayList<>(List.of(new Graph.Output("total", g.sum(pool.getLast()))));
        for (Node leaf : leaves) {
            List<Node> fitting = pool.stream()
                    .filter(node -> node.op().isElementwise() && node.extent().equals(leaf.extent()))
                    .toList();
            if (!fitting.isEmpty() && random.nextInt(4) > 0) {
                Node value = fitting.get(random.nextInt(fitting.size()));
                outputs.add(Graph.Output.inPlace("new_v" + leaves.indexOf(leaf), value, leaf));
            }
        }
        if (random.nextBoolean()) {
            outputs.add(random.nextInt(outputs.size() + 1), new Graph.Output("value", pool.get(random.nextInt(pool.size()))));
        }
        return g.build(outputs);
    }

    private static Graph next(RandomGenerator random, int cols, int steps, boolean smooth) {
        GraphBuilder g = new GraphBuilder();
        Extent[] extents = {Extent.full(cols), Extent.ROW, Extent.col(cols), Extent.SCALAR};
        List<Node> leaves = new ArrayList<>();
        int leafCount = random.nextInt(2, 6);
        for (int k = 0; k < leafCount; k++) {
            leaves.add(g.input("v" + k, extents[random.nextInt(4)]));
        }
        List<Node> pool = new ArrayList<>(leaves);
        for (int k = 0; k < steps; k++) {
            pool.add(step(g, pool, random, smooth));
        }
        Node loss = g.sum(pool.getLast());
        if (random.nextBoolean()) {
            loss = g.div(loss, g.count(pool.getLast().extent()));
        }
        List<Graph.Output> outputs = new ArrayList<>();
        outputs.add(new Graph.Output("loss", loss));
        List<Node> wrt = leaves.stream().filter(leaf -> random.nextInt(4) > 0).toList();
        List<Node> gradients = Gradients.of(g, loss, g.constant(1f), wrt);
        for (int k = 0; k < wrt.size(); k++) {
            outputs.add(new Graph.Output("grad_v" + leaves.indexOf(wrt.get(k)), gradients.get(k)));
        }
        if (random.nextInt(3) == 0) {
            outputs.add(new Graph.Output("value", pool.get(random.nextInt(pool.size()))));
        }
        return g.build(outputs);
    }

    private static Node step(GraphBuilder g, List<Node> pool, RandomGenerator random, boolean smooth) {
        Node a = pick(pool, random);
        Node b = pick(pool, random);
        if (random.nextInt(4) == 0) {
            return smooth ? smoothStep(g, a, b, random) : anyStep(g, a, b, pick(pool, random), random);
        }
        return switch (random.nextInt(14)) {
            case 0, 1 -> g.add(a, b);
            case 2, 3 -> g.sub(a, b);
            case 4, 5 -> g.mul(a, b);
            case 6 -> g.div(a, smooth ? g.add(g.square(b), g.constant(1f)) : b);
            case 7 -> g.neg(a);
            case 8 -> g.square(a);
            case 9 -> g.mul(a, g.constant((float) random.nextGaussian()));
            case 10, 11 -> g.sumColumns(a);
            case 12 -> g.sumRows(a);
            default -> random.nextInt(3) == 0 ? g.sum(a) : g.sub(b, a);
        };
    }

    private static final List<Op> FUNCTIONS = List.of(
            Op.ABS, Op.SQRT, Op.RECIPROCAL, Op.RELU, Op.EXP, Op.EXPM1, Op.LOG, Op.LOG1P, Op.SIGMOID, Op.TANH, Op.SOFTPLUS,
            Op.SILU, Op.GELU, Op.ERF, Op.SIN, Op.COS, Op.DETACH);
    private static final List<Float> EXPONENTS = List.of(0f, 0.5f, -0.5f, -1f, 3f, -3f, 1.5f, -2.2f, 3.7f, 10f);
    private static final List<Op> COMPARING = List.of(Op.MAXIMUM, Op.MINIMUM, Op.LESS, Op.LESS_EQUAL, Op.EQUAL);
    private static final List<Op> SMOOTH =
            List.of(Op.SIGMOID, Op.TANH, Op.SOFTPLUS, Op.SILU, Op.GELU, Op.ERF, Op.SIN, Op.COS);

    private static Node anyStep(GraphBuilder g, Node a, Node b, Node c, RandomGenerator random) {
        return switch (random.nextInt(7)) {
            case 0 -> g.reduce(Reduction.MAX, axis(random), a);
            case 1 -> g.reduce(Reduction.DOT, axis(random), a, b);
            case 2 -> g.binary(COMPARING.get(random.nextInt(COMPARING.size())), a, b);
            case 3 -> g.where(g.binary(Op.LESS, a, random.nextBoolean() ? b : columnIndex(g, b)), b, c);
            case 4 -> g.pow(a, EXPONENTS.get(random.nextInt(EXPONENTS.size())));
            default -> g.unary(FUNCTIONS.get(random.nextInt(FUNCTIONS.size())), a);
        };
    }

    private static Axis axis(RandomGenerator random) {
        return Axis.values()[random.nextInt(Axis.values().length)];
    }

    /** The numbers of as many columns as a value has. */
    private static Node columnIndex(GraphBuilder g, Node like) {
        return g.columnIndex(like.extent().cols());
    }

    private static Node smoothStep(GraphBuilder g, Node a, Node b, RandomGenerator random) {
        if (random.nextInt(3) == 0) {
            return g.reduce(Reduction.DOT, axis(random), a, b);
        }
        Node y = g.unary(SMOOTH.get(random.nextInt(SMOOTH.size())), a);
        return random.nextInt(4) == 0 ? g.unary(Op.EXP, g.unary(Op.TANH, y)) : y;
    }

    /** Prefers recent nodes, so that graphs become deep as well as wide. */
    private static Node pick(List<Node> pool, RandomGenerator random) {
        int back = random.nextBoolean() ? random.nextInt(Math.min(3, pool.size())) : random.nextInt(pool.size());
        return pool.get(pool.size() - 1 - back);
    }
}
