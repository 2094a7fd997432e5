package org.fusegrad.benchmarks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.fusegrad.Floats;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.TensorFlow;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.types.TFloat32;

/** TensorFlow Java: a graph with its gradients, run by a session; data is fed without a copy. */
public class TensorFlowPeer implements Peer {
    @Override
    public String name() {
        return "tensorflow";
    }

    @Override
    public String description() {
        return "TensorFlow " + TensorFlow.version() + ", graph and session, 1 thread";
    }

    @Override
    public Kernel lecture(LectureProblem problem) {
        return lecture(problem, true);
    }

    @Override
    public Kernel forward(LectureProblem problem) {
        return lecture(problem, false);
    }

    private static Kernel lecture(LectureProblem problem, boolean gradient) {
        Built built = new Built();
        Operand<TFloat32> x = built.input(problem.x(), problem.n());
        Operand<TFloat32> y = built.input(problem.y(), problem.n());
        Operand<TFloat32> w = problem.elementwise() ? built.input(problem.w(), problem.n()) : built.input(problem.w());
        Ops tf = built.tf;
        Operand<TFloat32> loss = tf.sum(tf.math.square(tf.math.sub(tf.math.mul(x, w), y)), tf.constant(0));
        return gradient ? built.kernel(loss, w) : built.kernel(loss);
    }

    @Override
    public Kernel regression(RegressionProblem problem) {
        Built built = new Built();
        Operand<TFloat32> x = built.input(problem.x(), problem.rows(), problem.cols());
        Operand<TFloat32> y = built.input(problem.y(), problem.rows(), 1);
        Operand<TFloat32> w = built.input(problem.w(), problem.cols(), 1);
        Operand<TFloat32> b = built.input(Floats.copyOf(problem.b()));
        Ops tf = built.tf;
        Operand<TFloat32> error = tf.math.sub(tf.math.add(tf.linalg.matMul(x, w), b), y);
        return built.kernel(tf.math.mean(tf.math.square(error), tf.constant(new int[] {0, 1})), w, b);
    }

    @Override
    public Kernel chain(ChainProblem problem) {
        Built built = new Built();
        Operand<TFloat32> x = built.input(problem.x(), problem.n());
        Operand<TFloat32> y = built.input(problem.y(), problem.n());
        Operand<TFloat32> w = built.input(problem.w(), problem.n());
        Ops tf = built.tf;
        Operand<TFloat32> v = w;
        for (int k = 0; k < problem.rounds(); k++) {
            v = tf.math.sub(tf.math.mul(tf.math.add(tf.math.mul(v, x), y), tf.constant(ChainProblem.constant(k))), x);
        }
        return built.kernel(tf.sum(tf.math.square(v), tf.constant(0)), w);
    }

    @Override
    public Kernel loss(LossProblem problem) {
        RegressionProblem data = problem.data();
        Built built = new Built();
        Operand<TFloat32> x = built.input(data.x(), data.rows(), data.cols());
        Operand<TFloat32> y = built.input(data.y(), data.rows(), 1);
        Operand<TFloat32> w = built.input(data.w(), data.cols(), 1);
        Operand<TFloat32> b = built.input(Floats.copyOf(data.b()));
        Ops tf = built.tf;
        Operand<TFloat32> z = tf.math.add(tf.linalg.matMul(x, w), b);
        Operand<TFloat32> values = switch (problem.loss()) {
            case LOGISTIC -> tf.math.sub(tf.math.softplus(z), tf.math.mul(y, z));
            case HUBER -> {
                Operand<TFloat32> size = tf.math.abs(tf.math.sub(z, y));
                Operand<TFloat32> near = tf.math.minimum(size, tf.constant(1f));
                yield tf.math.mul(near, tf.math.sub(size, tf.math.mul(near, tf.constant(0.5f))));
            }
            case POISSON -> tf.math.sub(tf.math.exp(z), tf.math.mul(y, z));
        };
        return built.kernel(tf.math.mean(values, tf.constant(new int[] {0, 1})), w, b);
    }

    @Override
    public Kernel epoch(EpochKernels.Data data) {
        return new Epoch(data);
    }

    /** Parameters are fed too, and updated where they lie. */
    private static final class Epoch implements Kernel {
        private final int rows;
        private final Graph graph = new Graph();
        private final Operand<TFloat32> x;
        private final Operand<TFloat32> y;
        private final Operand<TFloat32> w;
        private final Operand<TFloat32> b;
        private final List<Output<?>> fetched = new ArrayList<>();
        private final Session session;
        private final List<TFloat32> xBatches = new ArrayList<>();
        private final List<TFloat32> yBatches = new ArrayList<>();
        private final TFloat32 wValue = TFloat32.tensorOf(Shape.of(EpochKernels.COLS, 1), DataBuffers.of(new float[EpochKernels.COLS]));
        private final TFloat32 bValue = TFloat32.scalarOf(0f);

        Epoch(EpochKernels.Data data) {
            rows = data.rows();
            Ops tf = Ops.create(graph);
            x = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, EpochKernels.COLS)));
            y = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 1)));
            w = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(EpochKernels.COLS, 1)));
            b = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of()));
            Operand<TFloat32> error = tf.math.sub(tf.math.add(tf.linalg.matMul(x, w), b), y);
            Operand<TFloat32> loss = tf.math.mean(tf.math.square(error), tf.constant(new int[] {0, 1}));
            fetched.add(loss.asOutput());
            fetched.addAll(List.of(graph.addGradients(loss.asOutput(), new Output<?>[] {w.asOutput(), b.asOutput()})));
            session = oneThread(graph);
            for (int row = 0; row < rows; row += EpochKernels.BATCH) {
                int count = Math.min(EpochKernels.BATCH, rows - row);
                int at = row * EpochKernels.COLS;
                float[] xs = Arrays.copyOfRange(data.x().toArray(), at, at + count * EpochKernels.COLS);
                xBatches.add(TFloat32.tensorOf(Shape.of(count, EpochKernels.COLS), DataBuffers.of(xs)));
                yBatches.add(TFloat32.tensorOf(Shape.of(count, 1), DataBuffers.of(Arrays.copyOfRange(data.y().toArray(), row, row + count))));
            }
        }

        @Override
        public float step() {
            double sum = 0;
            for (int k = 0; k < xBatches.size(); k++) {
                Session.Runner runner = session.runner().feed(x, xBatches.get(k)).feed(y, yBatches.get(k)).feed(w, wValue).feed(b, bValue);
                fetched.forEach(runner::fetch);
                try (Result result = runner.run()) {
                    TFloat32 dw = (TFloat32) result.get(1);
                    for (int c = 0; c < EpochKernels.COLS; c++) {
                        wValue.setFloat(wValue.getFloat(c, 0) - EpochKernels.RATE * dw.getFloat(c, 0), c, 0);
                    }
                    bValue.setFloat(bValue.getFloat() - EpochKernels.RATE * ((TFloat32) result.get(2)).getFloat());
                    sum += yBatches.get(k).size() * (double) ((TFloat32) result.get(0)).getFloat();
                }
            }
            return (float) (sum / rows);
        }

        /** The parameters, as {@link EpochKernels} has it. */
        @Override
        public float[] gradients() {
            float[] parameters = new float[EpochKernels.COLS + 1];
            for (int c = 0; c < EpochKernels.COLS; c++) {
                parameters[c] = wValue.getFloat(c, 0);
            }
            parameters[EpochKernels.COLS] = bValue.getFloat();
            return parameters;
        }

        @Override
        public void close() {
            session.close();
            xBatches.forEach(TFloat32::close);
            yBatches.forEach(TFloat32::close);
            wValue.close();
            bValue.close();
            graph.close();
        }
    }

    private static Session oneThread(Graph graph) {
        return new Session(graph, ConfigProto.newBuilder().setIntraOpParallelismThreads(1).setInterOpParallelismThreads(1).build());
    }

    /** A graph under construction. Inputs are placeholders: constants would be folded before anything is measured. */
    private static final class Built {
        final Graph graph = new Graph();
        final Ops tf = Ops.create(graph);
        final Map<Operand<TFloat32>, TFloat32> inputs = new LinkedHashMap<>();

        Operand<TFloat32> input(Floats floats, long... dims) {
            Shape shape = Shape.of(dims);
            Operand<TFloat32> input = tf.placeholder(TFloat32.class, Placeholder.shape(shape));
            inputs.put(input, TFloat32.tensorOf(shape, DataBuffers.of(floats.toArray())));
            return input;
        }

        Kernel kernel(Operand<TFloat32> loss, Operand<?>... parameters) {
            List<Output<?>> fetched = new ArrayList<>(List.of(loss.asOutput()));
            if (parameters.length > 0) {
                Output<?>[] by = Arrays.stream(parameters).map(Operand::asOutput).toArray(Output<?>[]::new);
                fetched.addAll(List.of(graph.addGradients(loss.asOutput(), by)));
            }
            return new InSession(this, fetched);
        }
    }

    private static final class InSession implements Kernel {
        private final Built built;
        private final List<Output<?>> fetched;
        private final Session session;
        private Result last;

        InSession(Built built, List<Output<?>> fetched) {
            this.built = built;
            this.fetched = fetched;
            session = oneThread(built.graph);
        }

        @Override
        public float step() {
            closeLast();
            Session.Runner runner = session.runner();
            built.inputs.forEach((input, tensor) -> runner.feed(input, tensor));
            fetched.forEach(runner::fetch);
            last = runner.run();
            return ((TFloat32) last.get(0)).getFloat();
        }

        @Override
        public float[] gradients() {
            float[] all = new float[0];
            for (int k = 1; k < fetched.size(); k++) {
                TFloat32 gradient = (TFloat32) last.get(k);
                float[] values = new float[(int) gradient.size()];
                gradient.asRawTensor().data().asFloats().read(values);
                int before = all.length;
                all = Arrays.copyOf(all, before + values.length);
                System.arraycopy(values, 0, all, before, values.length);
            }
            return all;
        }

        private void closeLast() {
            if (last != null) {
                last.close();
            }
        }

        @Override
        public void close() {
            closeLast();
            session.close();
            built.inputs.values().forEach(TFloat32::close);
            built.graph.close();
        }
    }
}
