package org.fusegrad.benchmarks;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * The same with XLA. The Java API cannot ask for XLA on a CPU, the library's environment variables can; they are read when it is loaded, which is after this
 * process has begun, so they are set by the C library's own function.
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

    @SuppressWarnings("restricted")
    private static void enable() {
        Linker linker = Linker.nativeLinker();
        MethodHandle setenv = linker.downcallHandle(
                linker.defaultLookup()
                        .find("setenv")
                        .orElseThrow(() -> new IllegalStateException("XLA: the C library has no setenv")),
                FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS, ValueLayout.JAVA_INT));
        set(setenv, "TF_XLA_FLAGS", CLUSTERS);
        set(setenv, "XLA_FLAGS", ONE_THREAD);
    }

    private static void set(MethodHandle setenv, String name, String value) {
        try (Arena arena = Arena.ofConfined()) {
            int failed = (int) setenv.invokeExact(arena.allocateFrom(name), arena.allocateFrom(value), 1);
            if (failed != 0) {
                throw new IllegalStateException("XLA: setenv " + name + " failed");
            }
        } catch (RuntimeException e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }
}
