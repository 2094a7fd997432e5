package org.fusegrad.benchmarks;

import org.fusegrad.Floats;

/** The variants of the mean of a {@link Loss} of {@code sum(x*w, cols) + b}, with its gradients for w and b, by name. */
final class LossKernels {
    private LossKernels() {}

    static Kernel of(String variant, LossProblem problem) {
        return switch (variant) {
            case Implementations.FUSEGRAD -> new RegressionKernels.Generated(problem.data(), problem.loss()::of);
            case Implementations.VECTOR -> new Vector(problem);
            case Implementations.PLAIN -> new Plain(problem);
            case Implementations.C -> new InC(problem);
            default -> Peers.named(variant).loss(problem);
        };
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
