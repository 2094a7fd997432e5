package org.fusegrad.benchmarks;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.training.GradientCollector;
import java.util.Arrays;
import java.util.function.Supplier;
import org.fusegrad.Floats;

/** Deep Java Library on its PyTorch engine. */
public final class DjlPeer implements Peer {
    @Override
    public String name() {
        return "djl";
    }

    @Override
    public String description() {
        Engine engine = engine();
        return "DJL " + Engine.getDjlVersion() + " on PyTorch " + engine.getVersion() + ", eager, " + JniUtils.getNumThreads() + " thread";
    }

    /** With the natives of the class path only, and one thread; both must be said before it is first asked for. */
    private static Engine engine() {
        System.setProperty("ai.djl.offline", "true");
        System.setProperty("ai.djl.pytorch.num_threads", "1");
        System.setProperty("ai.djl.pytorch.num_interop_threads", "1");
        return Engine.getEngine("PyTorch");
    }

    @Override
    public Kernel lecture(LectureProblem problem) {
        return new Eager(problem, true);
    }

    @Override
    public Kernel forward(LectureProblem problem) {
        return new Eager(problem, false);
    }

    @Override
    public Kernel regression(RegressionProblem problem) {
        return new Eager(problem);
    }

    @Override
    public Kernel chain(ChainProblem problem) {
        return new Eager(problem);
    }

    private static final class Eager implements Kernel {
        private final Engine engine = engine();
        private final NDManager manager = NDManager.newBaseManager("PyTorch");
        private final NDArray[] parameters;
        private final Supplier<NDArray> loss;

        Eager(LectureProblem problem, boolean gradient) {
            NDArray x = array(problem.x(), problem.n());
            NDArray y = array(problem.y(), problem.n());
            NDArray w = problem.elementwise() ? array(problem.w(), problem.n()) : array(problem.w());
            parameters = gradient ? new NDArray[] {w} : new NDArray[0];
            loss = () -> x.mul(w).sub(y).square().sum();
            require();
        }

        Eager(RegressionProblem problem) {
            NDArray x = array(problem.x(), problem.rows(), problem.cols());
            NDArray y = array(problem.y(), problem.rows());
            NDArray w = array(problem.w(), problem.cols());
            NDArray b = array(Floats.copyOf(problem.b()));
            parameters = new NDArray[] {w, b};
            loss = () -> x.matMul(w).add(b).sub(y).square().mean();
            require();
        }

        Eager(ChainProblem problem) {
            NDArray x = array(problem.x(), problem.n());
            NDArray y = array(problem.y(), problem.n());
            NDArray w = array(problem.w(), problem.n());
            parameters = new NDArray[] {w};
            loss = () -> {
                NDArray v = w;
                for (int k = 0; k < problem.rounds(); k++) {
                    v = v.mul(x).add(y).mul(ChainProblem.constant(k)).sub(x);
                }
                return v.square().sum();
            };
            require();
        }

        private NDArray array(Floats floats, long... shape) {
            return manager.create(floats.toArray(), new Shape(shape));
        }

        private void require() {
            for (NDArray parameter : parameters) {
                parameter.setRequiresGradient(true);
            }
        }

        @Override
        public float step() {
            if (parameters.length == 0) {
                return value();
            }
            try (GradientCollector collector = engine.newGradientCollector()) {
                for (NDArray parameter : parameters) {
                    JniUtils.zeroGrad((PtNDArray) parameter);
                }
                return value(collector);
            }
        }

        /** What a step makes would otherwise belong to the manager of its operands, and keep its memory until that is closed. */
        private float value(GradientCollector... collector) {
            try (NDScope scope = new NDScope()) {
                scope.suppressNotUsedWarning();
                NDArray result = loss.get();
                for (GradientCollector each : collector) {
                    each.backward(result);
                }
                return result.getFloat();
            }
        }

        @Override
        public float[] gradients() {
            float[] all = new float[0];
            for (NDArray parameter : parameters) {
                float[] gradient = parameter.getGradient().toFloatArray();
                int before = all.length;
                all = Arrays.copyOf(all, before + gradient.length);
                System.arraycopy(gradient, 0, all, before, gradient.length);
            }
            return all;
        }

        @Override
        public void close() {
            manager.close();
        }
    }
}
