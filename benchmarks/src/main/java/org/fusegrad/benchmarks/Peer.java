package org.fusegrad.benchmarks;

/**
 * A library that people would use instead, set up to compute the same losses with one thread. Found as a service; present in builds with the profile
 * {@code peers} only. What it needs of native code is loaded when it is first asked for a kernel, so that one that cannot run stops nobody else.
 *
 * <p>A kernel copies the problem's data into the library's own tensors once. Its step runs forward and backward and fetches the loss as a float; gradients
 * stay with the library, fresh in every step, until they are asked for.
 */
interface Peer {
    /** The value of the parameter {@code variant}. */
    String name();

    /** Library, version and how it is run, for the report. */
    String description();

    /** {@code sum((x*w - y)^2)} with its gradient for w. */
    Kernel lecture(LectureProblem problem);

    /** The same without the gradient. */
    Kernel forward(LectureProblem problem);

    /** {@code mean((x @ w + b - y)^2)} with its gradients for w and b; a matrix product, as its users would write it. */
    Kernel regression(RegressionProblem problem);

    /** The chain of {@link ChainProblem} with its gradient for w. */
    Kernel chain(ChainProblem problem);

    /** The mean of a {@link Loss} of {@code x @ w + b}, with its gradients for w and b. */
    Kernel loss(LossProblem problem);

    /** An epoch as {@link EpochKernels} describes it: mini-batches of its rows in order, w and b updated after each. */
    Kernel epoch(EpochKernels.Data data);
}
