package org.fusegrad.benchmarks;

/**
 * The same with XLA. The Java API cannot ask for XLA on a CPU, the library's environment variables can.
 */
public final class TensorFlowXlaPeer extends TensorFlowPeer {
    private static final String CLUSTERS = "--tf_xla_auto_jit=2 --tf_xla_cpu_global_jit --tf_xla_min_cluster_size=1";
    private static final String ONE_THREAD = "--xla_cpu_multi_thread_eigen=false";

    @Override
    public String name() {
        return "tensorflow-xla";
    }

    @Override
    public String description() {
        enable();
        return super.description() + ", XLA by TF_XLA_FLAGS=" + CLUSTERS + " XLA_FLAGS=" + ONE_THREAD;
    }

    @Override
    public Kernel lecture(LectureProblem problem) {
        enable();
        return super.lecture(problem);
    }

    @Override
    public Kernel forward(LectureProblem problem) {
        enable();
        return super.forward(problem);
    }

    @Override
    public Kernel regression(RegressionProblem problem) {
        enable();
        return super.regression(problem);
    }

    @Override
    public Kernel chain(ChainProblem problem) {
        enable();
        return super.chain(problem);
    }

    @Override
    public Kernel loss(LossProblem problem) {
        enable();
        return super.loss(problem);
    }

    @Override
    public Kernel epoch(EpochKernels.Data data) {
        enable();
        return super.epoch(data);
    }

    private static void enable() {
        NativeEnvironment.set("TF_XLA_FLAGS", CLUSTERS);
        NativeEnvironment.set("XLA_FLAGS", ONE_THREAD);
    }
}
