package org.fusegrad.benchmarks;

import java.lang.foreign.Arena;
import org.fusegrad.Expr;
import org.fusegrad.Floats;
import org.fusegrad.GradientKernel;
import org.fusegrad.Shape;
import org.fusegrad.Step;

/** The implementations of {@link ChainProblem}'s chain with its gradient for w, by name. */
final class ChainKernels {
    private ChainKernels() {}

    static Kernel of(String variant, ChainProblem problem) {
        return switch (variant) {
            case Implementations.FUSEGRAD -> new Generated(problem);
            case Implementations.VECTOR -> new Vector(problem);
            case Implementations.PLAIN -> new Plain(problem);
            case Implementations.C -> new InC(problem);
            default -> Peers.named(variant).chain(problem);
        };
    }

    /** The chain as an expression, with inputs named x and y and a parameter w. */
    static Expr loss(int rounds, Expr x, Expr y, Expr w) {
        Expr v = w;
        for (int k = 0; k < rounds; k++) {
            v = v.mul(x).add(y).mul(ChainProblem.constant(k)).sub(x);
        }
        return v.square().sum();
    }

    private abstract static class OnHeap implements Kernel {
        final ChainProblem problem;
        final Floats dw;

        OnHeap(ChainProblem problem) {
            this.problem = problem;
            dw = problem.dw();
            problem.clearGradient();
        }

        @Override
        public float[] gradients() {
            return dw.toArray();
        }
    }

    private static final class Generated extends OnHeap {
        private final Step step;

        Generated(ChainProblem problem) {
            super(problem);
            Expr x = Expr.input("x", Shape.batch());
            Expr y = Expr.input("y", Shape.batch());
            Expr w = Expr.parameter("w", Shape.batch());
            step = Hot.warm(GradientKernel.compile(loss(problem.rounds(), x, y, w)))
                    .newStep()
                    .bind(x, problem.x().array(), problem.x().offset())
                    .bind(y, problem.y().array(), problem.y().offset())
                    .bind(w, problem.w().array(), problem.w().offset())
                    .gradient(w, dw.array(), dw.offset());
        }

        @Override
        public float step() {
            return step.run(problem.n());
        }
    }

    private static final class Vector extends OnHeap {
        private final ChainVector kernel;

        Vector(ChainProblem problem) {
            super(problem);
            kernel = new ChainVector(ChainProblem.constants(problem.rounds()));
        }

        @Override
        public float step() {
            Floats x = problem.x();
            Floats y = problem.y();
            Floats w = problem.w();
            return kernel.step(x.array(), x.offset(), y.array(), y.offset(), w.array(), w.offset(), dw.array(), dw.offset(), problem.n());
        }
    }

    private static final class Plain extends OnHeap {
        private final float[] constants;

        Plain(ChainProblem problem) {
            super(problem);
            constants = ChainProblem.constants(problem.rounds());
        }

        @Override
        public float step() {
            Floats x = problem.x();
            Floats y = problem.y();
            Floats w = problem.w();
            return ChainPlain.step(
                    x.array(), x.offset(), y.array(), y.offset(), w.array(), w.offset(), dw.array(), dw.offset(), problem.n(), constants);
        }
    }

    private static final class InC implements Kernel {
        private final Arena arena = Arena.ofShared();
        private final int rounds;
        private final long n;
        private final ChainProblem problem;
        private final OffHeap.Image image;
        private final long x;
        private final long y;
        private final long w;
        private final long dw;
        private final long constants;

        InC(ChainProblem problem) {
            rounds = problem.rounds();
            n = problem.n();
            this.problem = problem;
            problem.clearGradient();
            image = OffHeap.image(arena, problem.x(), problem.y(), problem.w(), problem.dw());
            x = image.address(problem.x());
            y = image.address(problem.y());
            w = image.address(problem.w());
            dw = image.address(problem.dw());
            constants = OffHeap.copy(arena, Floats.copyOf(ChainProblem.constants(rounds))).address();
        }

        @Override
        public float step() {
            try {
                return (float) CKernels.Loaded.CHAIN.invokeExact(x, y, w, dw, constants, rounds, n);
            } catch (Throwable e) {
                throw new AssertionError(e);
            }
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
}
