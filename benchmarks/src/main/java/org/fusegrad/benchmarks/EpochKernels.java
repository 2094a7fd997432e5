package org.fusegrad.benchmarks;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.fusegrad.Expr;
import org.fusegrad.Floats;
import org.fusegrad.GradientKernel;
import org.fusegrad.Shape;
import org.fusegrad.Step;
import org.fusegrad.examples.Diabetes;

/**
 * One epoch of linear regression over the diabetes data, 442 rows of ten features in mini-batches of 32, with plain gradient descent between them. A step of
 * such a kernel is an epoch, its loss the mean over the rows, its "gradients" the weights and the bias that it leaves behind.
 */
final class EpochKernels {
    static final int BATCH = 32;
    static final int COLS = Diabetes.FEATURES;
    static final float RATE = 0.05f;

    private EpochKernels() {}

    /** The data, each on a cache line. */
    record Data(Floats x, Floats y, int rows) {
        static Data load() {
            Diabetes diabetes = Diabetes.load();
            return new Data(Floats.copyOf(diabetes.features()), Floats.copyOf(diabetes.progression()), diabetes.rows());
        }
    }

    static Kernel of(String variant, Data data) {
        return switch (variant) {
            case Implementations.FUSEGRAD -> new Generated(data);
            case Implementations.VECTOR -> new Vector(data);
            case Implementations.PLAIN -> new Plain(data);
            case Implementations.C -> new InC(data);
            default -> Peers.named(variant).epoch(data);
        };
    }

    /** The epoch of the numeric contract. */
    static Kernel referee(Data data) {
        return new ByReferee(data);
    }

    private abstract static class OnHeap implements Kernel {
        final Data data;
        final Floats w = Floats.aligned(COLS);
        final Floats dw = Floats.aligned(COLS);
        final float[] b = new float[1];
        final float[] db = new float[1];

        OnHeap(Data data) {
            this.data = data;
        }

        /** The loss of {@code rows} rows from {@code row} on, its gradients into dw and db. */
        abstract float batch(int row, int rows);

        @Override
        public final float step() {
            double sum = 0;
            for (int row = 0; row < data.rows(); row += BATCH) {
                int rows = Math.min(BATCH, data.rows() - row);
                sum += rows * (double) batch(row, rows);
                for (int c = 0; c < COLS; c++) {
                    w.array()[w.offset() + c] -= RATE * dw.array()[dw.offset() + c];
                }
                b[0] -= RATE * db[0];
            }
            return (float) (sum / data.rows());
        }

        @Override
        public float[] gradients() {
            float[] parameters = Arrays.copyOf(w.toArray(), COLS + 1);
            parameters[COLS] = b[0];
            return parameters;
        }
    }

    private static final class Generated extends OnHeap {
        private final Step step;

        Generated(Data data) {
            super(data);
            Expr x = Expr.input("x", Shape.batch(COLS));
            Expr y = Expr.input("y", Shape.batch());
            Expr ws = Expr.parameter("w", Shape.of(COLS));
            Expr bs = Expr.parameter("b", Shape.scalar());
            step = Hot.warm(GradientKernel.compile(x.mul(ws).sum(-1).add(bs).sub(y).square().mean()))
                    .newStep()
                    .bind(x, data.x())
                    .bind(y, data.y())
                    .bind(ws, w.array(), w.offset())
                    .bind(bs, b)
                    .gradient(ws, dw.array(), dw.offset())
                    .gradient(bs, db);
        }

        @Override
        float batch(int row, int rows) {
            return step.run(row, rows);
        }
    }

    private static final class Vector extends OnHeap {
        private final RegressionVector kernel = new RegressionVector(COLS);

        Vector(Data data) {
            super(data);
        }

        @Override
        float batch(int row, int rows) {
            Floats x = data.x();
            Floats y = data.y();
            return kernel.step(
                    x.array(), x.offset() + row * COLS, w.array(), w.offset(), b[0], y.array(), y.offset() + row, dw.array(), dw.offset(), db, 0, rows);
        }
    }

    private static final class Plain extends OnHeap {
        Plain(Data data) {
            super(data);
        }

        @Override
        float batch(int row, int rows) {
            Floats x = data.x();
            Floats y = data.y();
            return RegressionPlain.step(
                    x.array(), x.offset() + row * COLS, w.array(), w.offset(), b[0], y.array(), y.offset() + row, dw.array(), dw.offset(), db, 0, rows, COLS);
        }
    }

    private static final class ByReferee extends OnHeap {
        ByReferee(Data data) {
            super(data);
        }

        @Override
        float batch(int row, int rows) {
            Floats x = new Floats(data.x().array(), data.x().offset() + row * COLS, rows * COLS);
            Floats y = new Floats(data.y().array(), data.y().offset() + row, rows);
            Referee referee = Referee.of(new RegressionProblem(rows, COLS, x, w, b[0], y));
            System.arraycopy(referee.gradients(), 0, dw.array(), dw.offset(), COLS);
            db[0] = referee.gradients()[COLS];
            return referee.step();
        }
    }

    private static final class InC implements Kernel {
        private final Arena arena = Arena.ofShared();
        private final int rows;
        private final long x;
        private final long y;
        private final MemorySegment w; // [COLS], and b
        private final MemorySegment dw; // [COLS], and db

        InC(Data data) {
            rows = data.rows();
            x = OffHeap.copy(arena, data.x()).address();
            y = OffHeap.copy(arena, data.y()).address();
            w = OffHeap.allocate(arena, COLS + 1);
            dw = OffHeap.allocate(arena, COLS + 1);
        }

        @Override
        public float step() {
            double sum = 0;
            for (int row = 0; row < rows; row += BATCH) {
                int count = Math.min(BATCH, rows - row);
                sum += count * (double) batch(row, count);
                for (int c = 0; c <= COLS; c++) {
                    float value = w.getAtIndex(ValueLayout.JAVA_FLOAT, c) - RATE * dw.getAtIndex(ValueLayout.JAVA_FLOAT, c);
                    w.setAtIndex(ValueLayout.JAVA_FLOAT, c, value);
                }
            }
            return (float) (sum / rows);
        }

        private float batch(int row, int count) {
            long xs = x + (long) row * COLS * Float.BYTES;
            long ys = y + (long) row * Float.BYTES;
            float b = w.getAtIndex(ValueLayout.JAVA_FLOAT, COLS);
            try {
                return (float) CKernels.Loaded.REGRESSION.invokeExact(
                        xs, w.address(), b, ys, dw.address(), dw.address() + COLS * (long) Float.BYTES, (long) count, (long) COLS);
            } catch (Throwable e) {
                throw new AssertionError(e);
            }
        }

        @Override
        public float[] gradients() {
            return w.toArray(ValueLayout.JAVA_FLOAT);
        }

        @Override
        public void close() {
            arena.close();
        }
    }
}
