package org.fusegrad.benchmarks;

import java.util.Arrays;
import org.fusegrad.Floats;
import org.fusegrad.ir.Arithmetic;
import org.fusegrad.ir.Extent;
import org.fusegrad.ir.GraphBuilder;
import org.fusegrad.ir.Op;

/**
 * The numeric contract in scalars, written to be read against its definition and not to be fast. All that claims the same bits is compared with this.
 *
 * <p>A contiguous sum: in a block of 4096, element i goes to lane i mod 64, every lane starts from -0 and takes its elements in order; a fixed tree over the
 * lanes. A sum over the batch: in a block of 1024, row r goes to accumulator r mod 4 for up to 32 columns, to the only one for more. Blocks are added in double.
 */
final class Referee implements Kernel {
    private final float loss;
    private final float[] gradients;

    private Referee(float loss, float[] gradients) {
        this.loss = loss;
        this.gradients = gradients;
    }

    /** What a kernel computes in one step, for kernels whose steps change something. */
    static Referee once(Kernel kernel) {
        return new Referee(kernel.step(), kernel.gradients());
    }

    static Referee of(LectureProblem problem) {
        int n = problem.n();
        float[] squares = new float[n];
        float[] dw = new float[n];
        for (int i = 0; i < n; i++) {
            float x = at(problem.x(), i);
            float e = x * at(problem.w(), problem.elementwise() ? i : 0) - at(problem.y(), i);
            squares[i] = e * e;
            float t = 2 * e;
            dw[i] = t * x;
        }
        return new Referee(sum(squares, 0, n), problem.elementwise() ? dw : new float[] {sum(dw, 0, n)});
    }

    /** The loss alone. */
    static Referee forward(LectureProblem problem) {
        return new Referee(of(problem).loss, new float[0]);
    }

    static Referee of(ChainProblem problem) {
        int n = problem.n();
        float[] squares = new float[n];
        float[] dw = new float[n];
        for (int i = 0; i < n; i++) {
            float x = at(problem.x(), i);
            float y = at(problem.y(), i);
            float v = at(problem.w(), i);
            for (int k = 0; k < problem.rounds(); k++) {
                v = (v * x + y) * ChainProblem.constant(k) - x;
            }
            squares[i] = v * v;
            dw[i] = 2 * v;
            for (int k = problem.rounds() - 1; k >= 0; k--) {
                dw[i] = dw[i] * ChainProblem.constant(k) * x;
            }
        }
        return new Referee(sum(squares, 0, n), dw);
    }

    /** The gradient for b comes last. */
    static Referee of(RegressionProblem problem) {
        float s = 1f / problem.rows();
        return overRows(problem, (z, y) -> (z - y) * (z - y), (z, y) -> s * (2 * (z - y)));
    }

    /** The same; the slopes are made of the operations that autodiff makes them of. */
    static Referee of(LossProblem problem) {
        float s = 1f / problem.data().rows();
        return switch (problem.loss()) {
            case LOGISTIC -> overRows(
                    problem.data(),
                    (z, y) -> Math.max(z, 0) - y * z + unary(Op.LOG1P, unary(Op.EXP, -Math.abs(z))),
                    (z, y) -> {
                        float e = unary(Op.EXP, -Math.abs(z));
                        float linear = z < 0 ? 0 : z == 0 ? s * 0.5f : s;
                        return linear + -s * y + -(s / (e + 1) * e) * Math.signum(z);
                    });
            case POISSON -> overRows(problem.data(), (z, y) -> unary(Op.EXP, z) - y * z, (z, y) -> s * unary(Op.EXP, z) + -s * y);
            case HUBER -> overRows(
                    problem.data(),
                    (z, y) -> Math.abs(z - y) < 1 ? (z - y) * (z - y) * 0.5f : Math.abs(z - y) - 0.5f,
                    (z, y) -> {
                        float e = z - y;
                        boolean near = Math.abs(e) < 1;
                        float sign = (e > 0 ? 1f : 0f) - (e < 0 ? 1f : 0f);
                        return (near ? s : 0f) * 0.5f * (2 * e) + (near ? 0f : s) * sign;
                    });
        };
    }

    private interface OfRow {
        float of(float z, float y);
    }

    private static Referee overRows(RegressionProblem problem, OfRow value, OfRow slope) {
        int rows = problem.rows();
        int cols = problem.cols();
        float[] values = new float[rows];
        float[] g = new float[rows];
        float[] products = new float[cols];
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < cols; c++) {
                products[c] = at(problem.x(), r * cols + c) * at(problem.w(), c);
            }
            float z = sum(products, 0, cols) + problem.b();
            values[r] = value.of(z, at(problem.y(), r));
            g[r] = slope.of(z, at(problem.y(), r));
        }
        float[] gradients = Arrays.copyOf(sumOverBatch(problem.x(), g, rows, cols), cols + 1);
        gradients[cols] = sum(g, 0, rows);
        return new Referee(sum(values, 0, rows) / (float) rows, gradients);
    }

    /** A function that has no definition but its steps: those of the interpreter. */
    private static float unary(Op op, float x) {
        GraphBuilder graph = new GraphBuilder();
        return (float) Arithmetic.FLOAT.apply(graph.unary(op, graph.input("x", Extent.SCALAR)), x);
    }

    static float sum(float[] v, int from, int n) {
        double total = 0;
        for (int start = 0; start < n; start += 4096) {
            float[] lane = new float[64];
            Arrays.fill(lane, -0.0f);
            for (int i = start; i < Math.min(n, start + 4096); i++) {
                lane[i % 64] += v[from + i];
            }
            float[] t = new float[16];
            for (int j = 0; j < 16; j++) {
                t[j] = (lane[j] + lane[16 + j]) + (lane[32 + j] + lane[48 + j]);
            }
            for (int half = 8; half >= 1; half /= 2) {
                for (int j = 0; j < half; j++) {
                    t[j] += t[j + half];
                }
            }
            total = start == 0 ? t[0] : total + t[0];
        }
        return (float) total;
    }

    /** For each column, the sum of {@code g[r] * x[r, c]} over the rows. */
    private static float[] sumOverBatch(Floats x, float[] g, int rows, int cols) {
        int ways = cols <= 32 ? 4 : 1;
        double[] totals = new double[cols];
        for (int start = 0; start < rows; start += 1024) {
            float[][] acc = new float[ways][cols];
            for (float[] a : acc) {
                Arrays.fill(a, -0.0f);
            }
            for (int r = start; r < Math.min(rows, start + 1024); r++) {
                for (int c = 0; c < cols; c++) {
                    acc[r % ways][c] += g[r] * at(x, r * cols + c);
                }
            }
            for (int c = 0; c < cols; c++) {
                float block = ways == 4 ? (acc[0][c] + acc[1][c]) + (acc[2][c] + acc[3][c]) : acc[0][c];
                totals[c] = start == 0 ? block : totals[c] + block;
            }
        }
        float[] sums = new float[cols];
        for (int c = 0; c < cols; c++) {
            sums[c] = (float) totals[c];
        }
        return sums;
    }

    private static float at(Floats floats, int i) {
        return floats.array()[floats.offset() + i];
    }

    @Override
    public float step() {
        return loss;
    }

    @Override
    public float[] gradients() {
        return gradients;
    }
}
