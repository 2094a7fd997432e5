package org.fusegrad.benchmarks;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.BinaryOperator;
import org.fusegrad.Expr;
import org.fusegrad.Floats;
import org.fusegrad.GradientKernel;
import org.fusegrad.Losses;
import org.fusegrad.Shape;
import org.fusegrad.Step;

/** The variants of {@code mean((sum(x*w, cols) + b - y)^2)} with its gradients for w and b, by name. */
final class RegressionKernels {
    private RegressionKernels() {}

    static Kernel of(String variant, RegressionProblem problem) {
        return switch (variant) {
            case Implementations.FUSEGRAD -> new Generated(problem, Losses::mse);
            case Implementations.VECTOR -> new Vector(problem);
            case Implementations.PLAIN -> new Plain(problem);
            case Implementations.C -> new InC(problem);
            default -> Peers.named(variant).regression(problem);
        };
    }

    abstract static class OnHeap implements Kernel {
        final RegressionProblem problem;
        final Floats dw;
        final float[] db = new float[1];

        OnHeap(RegressionProblem problem) {
            this.problem = problem;
            dw = Floats.aligned(problem.cols());
        }

        /** The gradient for b comes last. */
        @Override
        public float[] gradients() {
            float[] gradients = new float[dw.length() + 1];
            System.arraycopy(dw.array(), dw.offset(), gradients, 0, dw.length());
            gradients[dw.length()] = db[0];
            return gradients;
        }
    }

    static final class Generated extends OnHeap {
        private final Step step;

        /** @param loss of predictions and their targets, over all rows */
        Generated(RegressionProblem problem, BinaryOperator<Expr> loss) {
            super(problem);
            Expr x = Expr.input("x", Shape.batch(problem.cols()));
            Expr w = Expr.parameter("w", Shape.of(problem.cols()));
            Expr b = Expr.parameter("b", Shape.scalar());
            Expr y = Expr.input("y", Shape.batch());
            step = Hot.warm(GradientKernel.compile(loss.apply(x.mul(w).sum(-1).add(b), y)))
                    .newStep()
                    .bind(x, problem.x().array(), problem.x().offset())
                    .bind(w, problem.w().array(), problem.w().offset())
                    .bind(b, new float[] {problem.b()})
                    .bind(y, problem.y().array(), problem.y().offset())
                    .gradient(w, dw.array(), dw.offset())
                    .gradient(b, db);
        }

        @Override
        public float step() {
            return step.run(problem.rows());
        }
    }

    private static final class Vector extends OnHeap {
        private final RegressionVector kernel;

        Vector(RegressionProblem problem) {
            super(problem);
            kernel = new RegressionVector(problem.cols());
        }

        @Override
        public float step() {
            Floats x = problem.x();
            Floats w = problem.w();
            Floats y = problem.y();
            return kernel.step(
                    x.array(), x.offset(), w.array(), w.offset(), problem.b(), y.array(), y.offset(), dw.array(), dw.offset(), db, 0, problem.rows());
        }
    }

    private static final class Plain extends OnHeap {
        Plain(RegressionProblem problem) {
            super(problem);
        }

        @Override
        public float step() {
            Floats x = problem.x();
            Floats w = problem.w();
            Floats y = problem.y();
            return RegressionPlain.step(
                    x.array(), x.offset(), w.array(), w.offset(), problem.b(), y.array(), y.offset(), dw.array(), dw.offset(), db, 0, problem.rows(), problem.cols());
        }
    }

    /** The step in C, of the squared error unless {@link #call} is another. */
    static class InC implements Kernel {
        private final Arena arena = Arena.ofShared();
        final long rows;
        final long cols;
        final float b;
        private final MemorySegment gradients;
        final long x;
        final long w;
        final long y;
        final long dw;
        final long db;

        InC(RegressionProblem problem) {
            rows = problem.rows();
            cols = problem.cols();
            b = problem.b();
            gradients = OffHeap.allocate(arena, problem.cols() + 1);
            x = OffHeap.copy(arena, problem.x()).address();
            w = OffHeap.copy(arena, problem.w()).address();
            y = OffHeap.copy(arena, problem.y()).address();
            dw = gradients.address();
            db = dw + cols * Float.BYTES;
        }

        float call() throws Throwable {
            return (float) CKernels.Loaded.REGRESSION.invokeExact(x, w, b, y, dw, db, rows, cols);
        }

        @Override
        public final float step() {
            try {
                return call();
            } catch (Throwable e) {
                throw new AssertionError(e);
            }
        }

        @Override
        public float[] gradients() {
            return gradients.toArray(ValueLayout.JAVA_FLOAT);
        }

        @Override
        public void close() {
            arena.close();
        }
    }
}
