package org.fusegrad.benchmarks;

import java.lang.foreign.Arena;
import org.fusegrad.Expr;
import org.fusegrad.GradientKernel;
import org.fusegrad.Shape;
import org.fusegrad.Step;

/** The implementations of {@code sum((x*w - y)^2)} without a gradient, by name: what the loss alone costs. */
final class ForwardKernels {
    private ForwardKernels() {}

    static Kernel of(String variant, LectureProblem problem) {
        return switch (variant) {
            case Implementations.FUSEGRAD -> new Generated(problem);
            case Implementations.VECTOR -> new Vector(problem);
            case Implementations.PLAIN -> new Plain(problem);
            case Implementations.C -> new InC(problem);
            default -> Peers.named(variant).forward(problem);
        };
    }

    private abstract static class LossOnly implements Kernel {
        final LectureProblem problem;
        final float[] x;
        final float[] y;
        final float[] w;
        final int n;

        LossOnly(LectureProblem problem) {
            this.problem = problem;
            x = problem.x().array();
            y = problem.y().array();
            w = problem.w().array();
            n = problem.n();
        }

        /** There are none. */
        @Override
        public float[] gradients() {
            return new float[0];
        }
    }

    private static final class Generated extends LossOnly {
        private final Step step;

        /** No variables, no backward pass: the kernel of a loss and no gradient. */
        Generated(LectureProblem problem) {
            super(problem);
            Expr xs = Expr.input("x", Shape.batch());
            Expr ys = Expr.input("y", Shape.batch());
            Expr ws = Expr.input("w", problem.elementwise() ? Shape.batch() : Shape.scalar());
            step = Hot.warm(GradientKernel.compile(xs.mul(ws).sub(ys).square().sum(), new Expr[0]))
                    .newStep()
                    .bind(xs, x, problem.x().offset())
                    .bind(ys, y, problem.y().offset())
                    .bind(ws, w, problem.w().offset());
        }

        @Override
        public float step() {
            return step.run(n);
        }
    }

    private static final class Vector extends LossOnly {
        private final ForwardVector kernel = new ForwardVector();

        Vector(LectureProblem problem) {
            super(problem);
        }

        @Override
        public float step() {
            int wAt = problem.w().offset();
            return problem.elementwise()
                    ? kernel.elementwise(x, problem.x().offset(), y, problem.y().offset(), w, wAt, n)
                    : kernel.scalar(x, problem.x().offset(), y, problem.y().offset(), w[wAt], n);
        }
    }

    private static final class Plain extends LossOnly {
        Plain(LectureProblem problem) {
            super(problem);
        }

        @Override
        public float step() {
            int xAt = problem.x().offset();
            int yAt = problem.y().offset();
            int wAt = problem.w().offset();
            return problem.elementwise() ? elementwise(x, xAt, y, yAt, w, wAt, n) : scalar(x, xAt, y, yAt, w[wAt], n);
        }

        private static float scalar(float[] x, int xAt, float[] y, int yAt, float w, int n) {
            float loss = 0;
            for (int i = 0; i < n; i++) {
                float e = x[xAt + i] * w - y[yAt + i];
                loss += e * e;
            }
            return loss;
        }

        private static float elementwise(float[] x, int xAt, float[] y, int yAt, float[] w, int wAt, int n) {
            float loss = 0;
            for (int i = 0; i < n; i++) {
                float e = x[xAt + i] * w[wAt + i] - y[yAt + i];
                loss += e * e;
            }
            return loss;
        }
    }

    private static final class InC implements Kernel {
        private final Arena arena = Arena.ofShared();
        private final boolean elementwise;
        private final long n;
        private final long x;
        private final long y;
        private final long w;

        InC(LectureProblem problem) {
            elementwise = problem.elementwise();
            n = problem.n();
            OffHeap.Image image = OffHeap.image(arena, problem.x(), problem.y(), problem.w());
            x = image.address(problem.x());
            y = image.address(problem.y());
            w = image.address(problem.w());
        }

        @Override
        public float step() {
            try {
                return elementwise
                        ? (float) CKernels.Loaded.FORWARD_ELEMENTWISE.invokeExact(x, y, w, n)
                        : (float) CKernels.Loaded.FORWARD_SCALAR.invokeExact(x, y, w, n);
            } catch (Throwable e) {
                throw new AssertionError(e);
            }
        }

        /** There are none. */
        @Override
        public float[] gradients() {
            return new float[0];
        }

        @Override
        public void close() {
            arena.close();
        }
    }
}
