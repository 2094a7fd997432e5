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
     * @param hardest where a sweep over all floats found it the farthest off
     */
    record Function(String name, BiFunction<GraphBuilder, Node, Node> node, double bound, float hardest) {
        @Override
        public String toString() {
            return name;
        }
    }

    /** Below it infinity counts as the float that comes after the largest: a result may be that near to it and overflow. */
    private static final double LIMIT = 0x1p128;

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
        all.add(unary(Op.EXP, 1, -5.852335f));
        all.add(unary(Op.EXPM1, 1, 0.40009043f));
        all.add(unary(Op.LOG, 1, 0.7395531f));
        all.add(unary(Op.LOG1P, 1, 0.478602f));
        all.add(unary(Op.SIGMOID, 1, -81.461815f));
        all.add(unary(Op.TANH, 1, 0.8664563f));
        all.add(unary(Op.ERF, 1, 0.9403897f));
        all.add(unary(Op.SIN, 1, 3335.5828f));
        all.add(unary(Op.COS, 1, 2.3745208f));
        all.add(unary(Op.SOFTPLUS, 2, -0.45693034f));
        all.add(unary(Op.SILU, 2, -5.944738f));
        all.add(unary(Op.GELU, 2, -0.95087457f));
        all.add(power(0.5f, 1));
        all.add(power(1.5f, 1.6411971E-25f));
        all.add(power(-0.5f, 1.1827658E-38f));
        all.add(power(2, 1));
        all.add(power(3, 6.9814636E12f));
        all.add(power(-1, 1));
        all.add(power(10, 1.7208018E-4f));
        all.add(power(-3, 3.7205217E12f));
        all.add(power(63, 0.25139457f));
        all.add(power(1 / 3f, 2.6107633E19f));
        all.add(power(2.2f, 3.306939E12f));
        all.add(power(-2.7f, 8.147754E-11f));
        all.add(power(7.9f, 45.319378f));
        all.add(power(-15.9f, 11.276809f));
        all.add(power(63.7f, 0.71818185f));
        all.add(power(100, 0.6908714f));
        all.add(power(251, 1.3918649f));
        all.add(power(-255.5f, 1.3925842f));
        all.add(power(1000.5f, 1.059593f));
        return all;
    }

    private static Function unary(Op op, double bound, float hardest) {
        return new Function(op.text(), (g, x) -> g.unary(op, x), bound, hardest);
    }

    private static Function power(float exponent, float hardest) {
        return new Function("pow(" + exponent + ")", (g, x) -> g.pow(x, exponent), 2, hardest);
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
        double value = Float.isInfinite(y) && exact <= LIMIT && exact >= -LIMIT ? Math.copySign(0x1p128, y) : y;
        double error = Math.abs(value - exact) / Math.ulp((float) Math.min(Math.abs(exact), Float.MAX_VALUE));
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
                sweep.chunk((int) first, stride);
            }
            System.out.printf("| %s | %.3f | %s | %.0f | %.0f |%n",
                    function, sweep.worst, sweep.worstAt, function.bound(), (System.nanoTime() - start) * 1e-9);
        }
    }
}
