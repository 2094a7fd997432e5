package org.fusegrad.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import org.fusegrad.ir.Arithmetic;
import org.fusegrad.ir.Extent;
import org.fusegrad.ir.Graph;
import org.fusegrad.ir.GraphBuilder;
import org.fusegrad.ir.Node;
import org.fusegrad.ir.Op;
import org.fusegrad.testing.Bits;
import org.fusegrad.testing.Jvm;

/**
 * Functions at float after float: the vector kernel has the bits of its scalar twin, and both are near the value in
 * double. {@link #main} goes through all 2^32 floats.
 */
final class FunctionSweep {
    /**
     * A function as a node over its operand, and the most ulp that it may be off.
     *
     * @param slow from where on it is computed one by one in double: {@link #main} tries every 16th chunk there
     */
    record Function(String name, BiFunction<GraphBuilder, Node, Node> node, double bound, float slow) {
        Function(String name, BiFunction<GraphBuilder, Node, Node> node, double bound) {
            this(name, node, bound, Float.POSITIVE_INFINITY);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    static final int CHUNK = Jvm.size(1 << 16, 1 << 12);

    private final Function function;
    private final Node node;
    private final Plan plan;
    private final Workspace workspace;
    private final float[] x = new float[CHUNK];
    private final float[] vector = new float[CHUNK];
    private final float[] scalar = new float[CHUNK];
    private final double[] operands;
    double worst = 0.5; // what rounding alone is off at most
    float worstAt;

    FunctionSweep(Function function) {
        this.function = function;
        GraphBuilder g = new GraphBuilder();
        node = function.node().apply(g, g.input("x", Extent.ROW));
        operands = new double[node.inputs().size()];
        if (node.op() == Op.POW) {
            operands[1] = node.exponent();
        }
        Graph graph = g.build(List.of(new Graph.Output("y", node)));
        plan = Plan.of(graph);
        workspace = plan.newWorkspace();
        workspace.bindInput(0, x, 0);
    }

    static List<Function> functions() {
        List<Function> all = new ArrayList<>();
        for (Op op : List.of(Op.EXP, Op.EXPM1, Op.LOG, Op.LOG1P, Op.SIGMOID, Op.TANH, Op.ERF)) {
            all.add(new Function(op.text(), (g, x) -> g.unary(op, x), 1));
        }
        for (Op op : List.of(Op.SIN, Op.COS)) {
            all.add(new Function(op.text(), (g, x) -> g.unary(op, x), 1, 6500));
        }
        for (Op op : List.of(Op.SOFTPLUS, Op.SILU, Op.GELU)) {
            all.add(new Function(op.text(), (g, x) -> g.unary(op, x), 2));
        }
        for (float exponent : new float[] {0.5f, 1.5f, -0.5f, 2, 3, -1, 10, 1 / 3f, 2.2f, -2.7f, 100.5f}) {
            all.add(new Function("pow(" + exponent + ")", (g, x) -> g.pow(x, exponent), 2));
        }
        return all;
    }

    /** The floats with the bits {@code first}, {@code first + stride}, ... */
    void chunk(int first, int stride) {
        for (int i = 0; i < CHUNK; i++) {
            x[i] = Float.intBitsToFloat(first + i * stride);
        }
        workspace.bindOutput(0, vector, 0);
        workspace.run(CHUNK, true);
        workspace.bindOutput(0, scalar, 0);
        workspace.run(CHUNK, false);
        for (int i = 0; i < CHUNK; i++) {
            if (Float.floatToIntBits(vector[i]) != Float.floatToIntBits(scalar[i])) {
                Bits.same(function + " at " + x[i] + ", vector and scalar", scalar[i], vector[i]);
            }
            judge(x[i], vector[i]);
        }
    }

    private void judge(float x, float y) {
        operands[0] = x;
        double exact = Arithmetic.DOUBLE.apply(node, operands);
        if (Float.floatToIntBits(y) == Float.floatToIntBits((float) exact)) {
            return;
        }
        double error = Math.abs(y - exact) / Math.ulp((float) Math.min(Math.abs(exact), Float.MAX_VALUE));
        if (Math.copySign(1, y) != Math.copySign(1, exact) && exact == 0 || Double.isNaN(error)) {
            error = Double.POSITIVE_INFINITY; // the sign of a zero, or NaN where there is a number
        }
        if (error > worst) {
            worst = error;
            worstAt = x;
        }
    }

    /**
     * All floats of the named functions, or of all, as a table: {@code FunctionSweep [exp log ...]}. With
     * {@code -Dfusegrad.test.stride=n} every n-th float.
     */
    public static void main(String[] names) {
        int stride = Integer.getInteger("fusegrad.test.stride", 1);
        System.out.println("| Function | ulp off at most | at | bound | seconds |\n|---|--:|--:|--:|--:|");
        for (Function function : functions()) {
            if (names.length > 0 && !List.of(names).contains(function.name())) {
                continue;
            }
            FunctionSweep sweep = new FunctionSweep(function);
            sweep.plan.warmUp();
            long start = System.nanoTime();
            for (long first = 0; first < 1L << 32; first += (long) CHUNK * stride) {
                boolean slow = Math.abs(Float.intBitsToFloat((int) first)) > function.slow();
                if (!slow || first / CHUNK / stride % 16 == 0) {
                    sweep.chunk((int) first, stride);
                }
            }
            System.out.printf("| %s | %.3f | %s | %.0f | %.0f |%n",
                    function, sweep.worst, sweep.worstAt, function.bound(), (System.nanoTime() - start) * 1e-9);
        }
    }
}
