package org.fusegrad.benchmarks;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
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

    @Override
    public Kernel loss(LossProblem problem) {
        return new Eager(problem);
    }

    @Override
    public Kernel epoch(EpochKernels.Data data) {
        return new Epoch(data);
    }

    private static final class Epoch implements Kernel {
        private final Engine engine = engine();
        private final NDManager manager = NDManager.newBaseManager("PyTorch");
        private final NDArray x;
        private final NDArray y;
        private final NDArray w = manager.zeros(new Shape(EpochKernels.COLS));
        private final NDArray b = manager.zeros(new Shape());
        private final int rows;

        Epoch(EpochKernels.Data data) {
            rows = data.rows();
            x = manager.create(data.x().toArray(), new Shape(rows, EpochKernels.COLS));
            y = manager.create(data.y().toArray(), new Shape(rows));
            w.setRequiresGradient(true);
            b.setRequiresGradient(true);
        }

        @Override
        public float step() {
            double sum = 0;
            for (int row = 0; row < rows; row += EpochKernels.BATCH) {
                sum += batch(row, Math.min(EpochKernels.BATCH, rows - row));
            }
            return (float) (sum / rows);
        }

        private double batch(int row, int count) {
            try (NDScope scope = new NDScope()) {
                scope.suppressNotUsedWarning();
                NDIndex batch = new NDIndex().addSliceDim(row, row + count);
                float loss;
                try (GradientCollector collector = engine.newGradientCollector()) {
                    JniUtils.zeroGrad((PtNDArray) w);
                    JniUtils.zeroGrad((PtNDArray) b);
                    NDArray value = x.get(batch).matMul(w).add(b).sub(y.get(batch)).square().mean();
                    collector.backward(value);
                    loss = value.getFloat();
                }
                boolean recording = JniUtils.isGradMode();
                JniUtils.setGradMode(false);
                w.subi(w.getGradient().mul(EpochKernels.RATE));
                b.subi(b.getGradient().mul(EpochKernels.RATE));
                JniUtils.setGradMode(recording);
                return count * (double) loss;
            }
        }

        /** The parameters, as {@link EpochKernels} has it. */
        @Override
        public float[] gradients() {
            float[] parameters = Arrays.copyOf(w.toFloatArray(), EpochKernels.COLS + 1);
            parameters[EpochKernels.COLS] = b.getFloat();
            return parameters;
        }

        @Override
        public void close() {
            manager.close();
        }
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

        Eager(LossProblem problem) {
            RegressionProblem data = problem.data();
            NDArray x = array(data.x(), data.rows(), data.cols());
            NDArray y = array(data.y(), data.rows());
            NDArray w = array(data.w(), data.cols());
            NDArray b = array(Floats.copyOf(data.b()));
            parameters = new NDArray[] {w, b};
            Supplier<NDArray> z = () -> x.matMul(w).add(b);
            loss = switch (problem.loss()) {
                case LOGISTIC -> () -> {
                    NDArray logits = z.get();
                    return Activation.softPlus(logits).sub(y.mul(logits)).mean();
                };
                case HUBER -> () -> {
                    NDArray size = z.get().sub(y).abs();
                    NDArray near = size.minimum(1f);
                    return near.mul(size.sub(near.mul(0.5f))).mean();
                };
                case POISSON -> () -> {
                    NDArray rates = z.get();
                    return rates.exp().sub(y.mul(rates)).mean();
                };
            };
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
