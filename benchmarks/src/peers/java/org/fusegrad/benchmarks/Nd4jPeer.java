package org.fusegrad.benchmarks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.fusegrad.Floats;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.api.OutAndGrad;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.INDArrayIndex;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** ND4J with its automatic differentiation, SameDiff. */
public final class Nd4jPeer implements Peer {
    @Override
    public String name() {
        return "nd4j";
    }

    @Override
    public String description() {
        oneThread();
        return "ND4J " + Nd4j.getBackend().getClass().getSimpleName() + " " + version() + ", SameDiff, " + Nd4j.getEnvironment().maxThreads() + " thread";
    }

    /** The jar's file name says it: the manifest has none. */
    private static String version() {
        String jar = SameDiff.class.getProtectionDomain().getCodeSource().getLocation().getPath();
        return jar.replaceAll(".*nd4j-api-(.*)\\.jar", "$1");
    }

    /** Its own threads and those of the BLAS below it. */
    private static void oneThread() {
        NativeEnvironment.set("SD_MAX_THREADS", "1");
        NativeEnvironment.set("SD_MASTER_THREADS", "1");
        NativeEnvironment.set("OMP_NUM_THREADS", "1");
        Nd4j.getEnvironment().setMaxThreads(1);
        Nd4j.getEnvironment().setMaxMasterThreads(1);
    }

    @Override
    public Kernel lecture(LectureProblem problem) {
        return new Recorded(lectureGraph(problem), List.of("w"));
    }

    @Override
    public Kernel forward(LectureProblem problem) {
        return new Recorded(lectureGraph(problem), List.of());
    }

    private static SameDiff lectureGraph(LectureProblem problem) {
        oneThread();
        SameDiff graph = SameDiff.create();
        SDVariable x = graph.constant("x", array(problem.x(), problem.n()));
        SDVariable y = graph.constant("y", array(problem.y(), problem.n()));
        SDVariable w = graph.var("w", problem.elementwise() ? array(problem.w(), problem.n()) : array(problem.w()));
        SDVariable error = x.mul(w).sub(y);
        return withLoss(graph, error.mul(error).sum("loss"));
    }

    @Override
    public Kernel regression(RegressionProblem problem) {
        oneThread();
        SameDiff graph = SameDiff.create();
        SDVariable x = graph.constant("x", array(problem.x(), problem.rows(), problem.cols()));
        SDVariable y = graph.constant("y", array(problem.y(), problem.rows(), 1));
        SDVariable w = graph.var("w", array(problem.w(), problem.cols(), 1));
        SDVariable b = graph.var("b", array(Floats.copyOf(problem.b())));
        SDVariable error = x.mmul(w).add(b).sub(y);
        return new Recorded(withLoss(graph, error.mul(error).mean("loss")), List.of("w", "b"));
    }

    @Override
    public Kernel chain(ChainProblem problem) {
        oneThread();
        SameDiff graph = SameDiff.create();
        SDVariable x = graph.constant("x", array(problem.x(), problem.n()));
        SDVariable y = graph.constant("y", array(problem.y(), problem.n()));
        SDVariable v = graph.var("w", array(problem.w(), problem.n()));
        for (int k = 0; k < problem.rounds(); k++) {
            v = v.mul(x).add(y).mul(ChainProblem.constant(k)).sub(x);
        }
        return new Recorded(withLoss(graph, v.mul(v).sum("loss")), List.of("w"));
    }

    @Override
    public Kernel loss(LossProblem problem) {
        oneThread();
        RegressionProblem data = problem.data();
        SameDiff graph = SameDiff.create();
        SDVariable x = graph.constant("x", array(data.x(), data.rows(), data.cols()));
        SDVariable y = graph.constant("y", array(data.y(), data.rows(), 1));
        SDVariable w = graph.var("w", array(data.w(), data.cols(), 1));
        SDVariable b = graph.var("b", array(Floats.copyOf(data.b())));
        SDVariable z = x.mmul(w).add(b);
        SDVariable values = switch (problem.loss()) {
            case LOGISTIC -> graph.nn().softplus(z).sub(y.mul(z));
            case HUBER -> {
                SDVariable size = graph.math().abs(z.sub(y));
                SDVariable near = graph.math().min(size, graph.constant(Nd4j.ones(DataType.FLOAT, data.rows(), 1)));
                yield near.mul(size.sub(near.mul(0.5)));
            }
            case POISSON -> graph.math().exp(z).sub(y.mul(z));
        };
        return new Recorded(withLoss(graph, values.mean("loss")), List.of("w", "b"));
    }

    @Override
    public Kernel epoch(EpochKernels.Data data) {
        oneThread();
        return new Epoch(data);
    }

    private static final class Epoch implements Kernel {
        private final SameDiff graph = SameDiff.create();
        private final List<Map<String, INDArray>> batches = new ArrayList<>();
        private final int rows;

        Epoch(EpochKernels.Data data) {
            rows = data.rows();
            INDArray xs = array(data.x(), rows, EpochKernels.COLS);
            INDArray ys = array(data.y(), rows, 1);
            for (int row = 0; row < rows; row += EpochKernels.BATCH) {
                INDArrayIndex batch = NDArrayIndex.interval(row, Math.min(rows, row + EpochKernels.BATCH));
                batches.add(Map.of("x", xs.get(batch, NDArrayIndex.all()), "y", ys.get(batch, NDArrayIndex.all())));
            }
            SDVariable x = graph.placeHolder("x", DataType.FLOAT, -1, EpochKernels.COLS);
            SDVariable y = graph.placeHolder("y", DataType.FLOAT, -1, 1);
            SDVariable w = graph.var("w", Nd4j.zeros(DataType.FLOAT, EpochKernels.COLS, 1));
            SDVariable b = graph.var("b", Nd4j.scalar(0f));
            SDVariable error = x.mmul(w).add(b).sub(y);
            withLoss(graph, error.mul(error).mean("loss"));
        }

        @Override
        public float step() {
            double sum = 0;
            for (Map<String, INDArray> batch : batches) {
                OutAndGrad result = graph.calculateGradientsAndOutputs(batch, List.of("loss"), List.of("w", "b"));
                for (String parameter : List.of("w", "b")) {
                    graph.getVariable(parameter).getArr().subi(result.getGradients().get(parameter).mul(EpochKernels.RATE));
                }
                sum += batch.get("y").length() * (double) result.getOutputs().get("loss").getFloat();
            }
            return (float) (sum / rows);
        }

        /** The parameters, as {@link EpochKernels} has it. */
        @Override
        public float[] gradients() {
            float[] parameters = Arrays.copyOf(graph.getVariable("w").getArr().dup().data().asFloat(), EpochKernels.COLS + 1);
            parameters[EpochKernels.COLS] = graph.getVariable("b").getArr().getFloat();
            return parameters;
        }
    }

    private static SameDiff withLoss(SameDiff graph, SDVariable loss) {
        graph.setLossVariables(loss);
        return graph;
    }

    private static INDArray array(Floats floats, long... shape) {
        return shape.length == 0 ? Nd4j.scalar(floats.get(0)) : Nd4j.createFromArray(floats.toArray()).reshape(shape);
    }

    private static final class Recorded implements Kernel {
        private final SameDiff graph;
        private final List<String> parameters;
        private OutAndGrad last;

        Recorded(SameDiff graph, List<String> parameters) {
            this.graph = graph;
            this.parameters = parameters;
        }

        @Override
        public float step() {
            if (parameters.isEmpty()) {
                return graph.outputSingle(null, "loss").getFloat();
            }
            last = graph.calculateGradientsAndOutputs(null, List.of("loss"), parameters);
            return last.getOutputs().get("loss").getFloat();
        }

        @Override
        public float[] gradients() {
            float[] all = new float[0];
            for (String parameter : parameters) {
                float[] gradient = last.getGradients().get(parameter).dup().data().asFloat();
                int before = all.length;
                all = Arrays.copyOf(all, before + gradient.length);
                System.arraycopy(gradient, 0, all, before, gradient.length);
            }
            return all;
        }
    }
}
