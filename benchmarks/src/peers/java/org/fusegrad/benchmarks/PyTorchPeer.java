package org.fusegrad.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.function.Supplier;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.fusegrad.Floats;

/** PyTorch's C++ library in eager mode, through JavaCPP. */
public final class PyTorchPeer implements Peer {
    @Override
    public String name() {
        return "pytorch";
    }

    @Override
    public String description() {
        oneThread();
        try {
            return "PyTorch " + Loader.getVersion("org.bytedeco", "pytorch") + " through JavaCPP, eager, " + torch.get_num_threads() + " thread";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void oneThread() {
        torch.set_num_threads(1);
    }

    @Override
    public Kernel lecture(LectureProblem problem) {
        oneThread();
        Tensor x = tensor(problem.x(), problem.n());
        Tensor y = tensor(problem.y(), problem.n());
        Tensor w = parameter(problem);
        return new Backward(() -> x.mul(w).sub(y).square().sum(), x, y, new Tensor[] {w});
    }

    @Override
    public Kernel forward(LectureProblem problem) {
        oneThread();
        Tensor x = tensor(problem.x(), problem.n());
        Tensor y = tensor(problem.y(), problem.n());
        Tensor w = parameter(problem).requires_grad_(false);
        return new Backward(() -> x.mul(w).sub(y).square().sum(), x, y, new Tensor[0], w);
    }

    @Override
    public Kernel regression(RegressionProblem problem) {
        oneThread();
        Tensor x = tensor(problem.x(), problem.rows(), problem.cols());
        Tensor y = tensor(problem.y(), problem.rows());
        Tensor w = tensor(problem.w(), problem.cols()).requires_grad_(true);
        Tensor b = tensor(Floats.copyOf(problem.b())).requires_grad_(true);
        return new Backward(() -> x.mv(w).add(b).sub(y).square().mean(), x, y, new Tensor[] {w, b});
    }

    @Override
    public Kernel chain(ChainProblem problem) {
        oneThread();
        Tensor x = tensor(problem.x(), problem.n());
        Tensor y = tensor(problem.y(), problem.n());
        Tensor w = tensor(problem.w(), problem.n()).requires_grad_(true);
        Scalar[] constants = new Scalar[problem.rounds()];
        for (int k = 0; k < constants.length; k++) {
            constants[k] = new Scalar(ChainProblem.constant(k));
        }
        return new Backward(
                () -> {
                    Tensor v = w;
                    for (Scalar c : constants) {
                        v = v.mul(x).add(y).mul(c).sub(x);
                    }
                    return v.square().sum();
                },
                x,
                y,
                new Tensor[] {w});
    }

    @Override
    public Kernel loss(LossProblem problem) {
        oneThread();
        RegressionProblem data = problem.data();
        Tensor x = tensor(data.x(), data.rows(), data.cols());
        Tensor y = tensor(data.y(), data.rows());
        Tensor w = tensor(data.w(), data.cols()).requires_grad_(true);
        Tensor b = tensor(Floats.copyOf(data.b())).requires_grad_(true);
        Supplier<Tensor> z = () -> x.mv(w).add(b);
        Supplier<Tensor> loss = switch (problem.loss()) {
            case LOGISTIC -> () -> torch.binary_cross_entropy_with_logits(z.get(), y);
            case HUBER -> () -> torch.huber_loss(z.get(), y);
            case POISSON -> () -> {
                Tensor rates = z.get();
                return rates.exp().sub(y.mul(rates)).mean();
            };
        };
        return new Backward(loss, x, y, new Tensor[] {w, b});
    }

    @Override
    public Kernel epoch(EpochKernels.Data data) {
        oneThread();
        return new Epoch(data);
    }

    private static Tensor parameter(LectureProblem problem) {
        Tensor w = problem.elementwise() ? tensor(problem.w(), problem.n()) : tensor(problem.w());
        return w.requires_grad_(true);
    }

    /** Memory of PyTorch's own, as its allocator aligns it. */
    private static Tensor tensor(Floats floats, long... shape) {
        try (FloatPointer values = new FloatPointer(floats.toArray()); Tensor view = torch.from_blob(values, shape)) {
            return view.clone();
        }
    }

    private static final class Epoch implements Kernel {
        private final Tensor x;
        private final Tensor y;
        private final Tensor w = tensor(Floats.aligned(EpochKernels.COLS), EpochKernels.COLS).requires_grad_(true);
        private final Tensor b = tensor(Floats.aligned(1)).requires_grad_(true);
        private final Scalar rate = new Scalar(EpochKernels.RATE);
        private final int rows;

        Epoch(EpochKernels.Data data) {
            rows = data.rows();
            x = tensor(data.x(), rows, EpochKernels.COLS);
            y = tensor(data.y(), rows);
        }

        @Override
        public float step() {
            double sum = 0;
            for (int row = 0; row < rows; row += EpochKernels.BATCH) {
                int count = Math.min(EpochKernels.BATCH, rows - row);
                try (PointerScope _ = new PointerScope()) {
                    w.mutable_grad().reset();
                    b.mutable_grad().reset();
                    Tensor loss = x.narrow(0, row, count).mv(w).add(b).sub(y.narrow(0, row, count)).square().mean();
                    loss.backward();
                    try (NoGradGuard _ = new NoGradGuard()) {
                        w.sub_(w.grad(), rate);
                        b.sub_(b.grad(), rate);
                    }
                    sum += count * (double) loss.item_float();
                }
            }
            return (float) (sum / rows);
        }

        /** The parameters, as {@link EpochKernels} has it. */
        @Override
        public float[] gradients() {
            float[] parameters = new float[EpochKernels.COLS + 1];
            w.data_ptr_float().get(parameters, 0, EpochKernels.COLS);
            b.data_ptr_float().get(parameters, EpochKernels.COLS, 1);
            return parameters;
        }

        @Override
        public void close() {
            for (Tensor tensor : new Tensor[] {x, y, w, b}) {
                tensor.close();
            }
            rate.close();
        }
    }

    private static final class Backward implements Kernel {
        private final Supplier<Tensor> loss;
        private final Tensor[] parameters;
        private final Tensor[] others;

        Backward(Supplier<Tensor> loss, Tensor x, Tensor y, Tensor[] parameters, Tensor... others) {
            this.loss = loss;
            this.parameters = parameters;
            this.others = new Tensor[others.length + 2];
            System.arraycopy(others, 0, this.others, 2, others.length);
            this.others[0] = x;
            this.others[1] = y;
        }

        @Override
        public float step() {
            // Frees what the step has made, as leaving a scope does in C++.
            try (PointerScope _ = new PointerScope()) {
                if (parameters.length == 0) {
                    try (NoGradGuard _ = new NoGradGuard()) {
                        return loss.get().item_float();
                    }
                }
                for (Tensor parameter : parameters) {
                    parameter.mutable_grad().reset(); // zero_grad(), which drops them
                }
                Tensor value = loss.get();
                value.backward();
                return value.item_float();
            }
        }

        @Override
        public float[] gradients() {
            float[] all = new float[0];
            for (Tensor parameter : parameters) {
                Tensor gradient = parameter.grad().contiguous();
                float[] values = new float[(int) gradient.numel()];
                gradient.data_ptr_float().get(values);
                all = joined(all, values);
            }
            return all;
        }

        private static float[] joined(float[] first, float[] second) {
            float[] both = Arrays.copyOf(first, first.length + second.length);
            System.arraycopy(second, 0, both, first.length, second.length);
            return both;
        }

        @Override
        public void close() {
            for (Tensor tensor : parameters) {
                tensor.close();
            }
            for (Tensor tensor : others) {
                tensor.close();
            }
        }
    }
}
