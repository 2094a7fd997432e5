package org.fusegrad.benchmarks;

import org.fusegrad.Expr;
import org.fusegrad.Floats;
import org.fusegrad.GradientKernel;
import org.fusegrad.Shape;
import org.fusegrad.Step;

/** The variants of the mean of a {@link Loss} of {@code sum(x*w, cols) + b}, with its gradients for w and b, by name. */
final class LossKernels {
    private LossKernels() {}

    static Kernel of(String variant, LossProblem problem) {
        return switch (variant) {
            case Implementations.FUSEGRAD -> new Generated(problem);
            case Implementations.VECTOR -> new Vector(problem);
            case Implementations.PLAIN -> new Plain(problem);
            case Implementations.C -> new InC(problem);
            default -> Peers.named(variant).loss(problem);
        };
    }

    private static final class Generated extends RegressionKernels.OnHeap {
        private final Step step;

        Generated(LossProblem loss) {
            super(loss.data());
            Expr x = Expr.input("x", Shape.batch(problem.cols()));
            Expr w = Expr.parameter("w", Shape.of(problem.cols()));
            Expr b = Expr.parameter("b", Shape.scalar());
            Expr y = Expr.input("y", Shape.batch());
            step = GradientKernel.compile(loss.loss().of(x.mul(w).sum(-1).add(b), y).mean())
                    .warmUp()
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

    private static final class Vector extends RegressionKernels.OnHeap {
        private final LossVector kernel;

        Vector(LossProblem loss) {
            super(loss.data());
            kernel = new LossVector(loss.loss(), problem.cols());
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

    private static final class Plain extends RegressionKernels.OnHeap {
        private final LossProblem loss;

        Plain(LossProblem loss) {
            super(loss.data());
            this.loss = loss;
        }

        @Override
        public float step() {
            return LossPlain.step(loss, dw, db);
        }
    }

    private static final class InC extends RegressionKernels.InC {
        private final Loss loss;

        InC(LossProblem problem) {
            super(problem.data());
            loss = problem.loss();
        }

        @Override
        float call() throws Throwable {
            return switch (loss) {
                case LOGISTIC -> (float) CKernels.Loaded.LOGISTIC.invokeExact(x, w, b, y, dw, db, rows, cols);
                case HUBER -> (float) CKernels.Loaded.HUBER.invokeExact(x, w, b, y, dw, db, rows, cols);
                case POISSON -> (float) CKernels.Loaded.POISSON.invokeExact(x, w, b, y, dw, db, rows, cols);
            };
        }
    }
}
