package org.fusegrad.benchmarks;

import java.lang.foreign.Arena;
import java.util.Arrays;
import org.fusegrad.Expr;
import org.fusegrad.Floats;
import org.fusegrad.GradientKernel;
import org.fusegrad.Shape;
import org.fusegrad.Step;

/** The variants of {@code sum((x*w - y)^2)} with its gradient for w, by name. */
final class LectureKernels {
    private LectureKernels() {}

    static Kernel of(String variant, LectureProblem problem) {
        return switch (variant) {
            case Implementations.FUSEGRAD -> new Generated(problem, true);
            case Implementations.VECTOR -> problem.elementwise() ? new VectorElementwise(problem) : new VectorScalar(problem);
            case Implementations.PLAIN -> problem.elementwise() ? new PlainElementwise(problem) : new PlainScalar(problem);
            case Implementations.C -> problem.elementwise() ? new CElementwise(problem) : new CScalar(problem);
            default -> Peers.named(variant).lecture(problem);
        };
    }

    /** Fusegrad as a new process has it: its vector kernel takes over when HotSpot has compiled it. */
    static Kernel cold(LectureProblem problem) {
        return new Generated(problem, false);
    }

    private abstract static class OnHeap implements Kernel {
        final int n;
        final float[] x;
        final float[] y;
        final float[] w;
        final float[] dw;
        final int xAt;
        final int yAt;
        final int wAt;
        final int dwAt;
        private final int gradients;

        OnHeap(LectureProblem problem) {
            Floats gradient = problem.dw();
            n = problem.n();
            x = problem.x().array();
            y = problem.y().array();
            w = problem.w().array();
            dw = gradient.array();
            xAt = problem.x().offset();
            yAt = problem.y().offset();
            wAt = problem.w().offset();
            dwAt = gradient.offset();
            gradients = gradient.length();
            problem.clearGradient();
        }

        @Override
        public float[] gradients() {
            return Arrays.copyOfRange(dw, dwAt, dwAt + gradients);
        }
    }

    private static final class Generated extends OnHeap {
        private final Step step;

        Generated(LectureProblem problem, boolean warm) {
            super(problem);
            Expr xs = Expr.input("x", Shape.batch());
            Expr ys = Expr.input("y", Shape.batch());
            Expr ws = Expr.parameter("w", problem.elementwise() ? Shape.batch() : Shape.scalar());
            Expr loss = xs.mul(ws).sub(ys).square().sum();
            GradientKernel kernel = GradientKernel.compile(loss);
            if (warm) {
                Hot.warm(kernel);
            }
            step = kernel.newStep().bind(xs, x, xAt).bind(ys, y, yAt).bind(ws, w, wAt).gradient(ws, dw, dwAt);
        }

        @Override
        public float step() {
            return step.run(n);
        }
    }

    private static final class VectorScalar extends OnHeap {
        private final LectureVector kernel = new LectureVector();

        VectorScalar(LectureProblem problem) {
            super(problem);
        }

        @Override
        public float step() {
            return kernel.scalar(x, xAt, y, yAt, w[wAt], dw, dwAt, n);
        }
    }

    private static final class VectorElementwise extends OnHeap {
        private final LectureVector kernel = new LectureVector();

        VectorElementwise(LectureProblem problem) {
            super(problem);
        }

        @Override
        public float step() {
            return kernel.elementwise(x, xAt, y, yAt, w, wAt, dw, dwAt, n);
        }
    }

    private static final class PlainScalar extends OnHeap {
        PlainScalar(LectureProblem problem) {
            super(problem);
        }

        @Override
        public float step() {
            return LecturePlain.scalar(x, xAt, y, yAt, w[wAt], dw, dwAt, n);
        }
    }

    private static final class PlainElementwise extends OnHeap {
        PlainElementwise(LectureProblem problem) {
            super(problem);
        }

        @Override
        public float step() {
            return LecturePlain.elementwise(x, xAt, y, yAt, w, wAt, dw, dwAt, n);
        }
    }

    private abstract static class InC implements Kernel {
        private final Arena arena = Arena.ofShared();
        private final LectureProblem problem;
        private final OffHeap.Image image;
        final long n;
        final long x;
        final long y;
        final long w;
        final long dw;

        InC(LectureProblem problem) {
            this.problem = problem;
            problem.clearGradient();
            image = OffHeap.image(arena, problem.x(), problem.y(), problem.w(), problem.dw());
            n = problem.n();
            x = image.address(problem.x());
            y = image.address(problem.y());
            w = image.address(problem.w());
            dw = image.address(problem.dw());
        }

        @Override
        public float[] gradients() {
            return image.toArray(problem.dw());
        }

        @Override
        public void close() {
            arena.close();
        }
    }

    private static final class CScalar extends InC {
        private final float w;

        CScalar(LectureProblem problem) {
            super(problem);
            w = problem.w().array()[problem.w().offset()];
        }

        @Override
        public float step() {
            try {
                return (float) CKernels.Loaded.LECTURE_SCALAR.invokeExact(x, y, w, dw, n);
            } catch (Throwable e) {
                throw new AssertionError(e);
            }
        }
    }

    private static final class CElementwise extends InC {
        CElementwise(LectureProblem problem) {
            super(problem);
        }

        @Override
        public float step() {
            try {
                return (float) CKernels.Loaded.LECTURE_ELEMENTWISE.invokeExact(x, y, w, dw, n);
            } catch (Throwable e) {
                throw new AssertionError(e);
            }
        }
    }
}
