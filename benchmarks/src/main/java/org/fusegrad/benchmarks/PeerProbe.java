package org.fusegrad.benchmarks;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Whether a peer runs on this machine and computes the same, found out in a JVM of its own: a native library that crashes takes only that with it. */
final class PeerProbe {
    private static final String RUNS = "runs: ";
    private static final String FAILED = "failed: ";
    private static final int N = 100;
    private static final int COLS = 10;
    private static final int SECONDS = 180;

    private PeerProbe() {}

    /** The child: one argument, the peer. */
    public static void main(String[] args) {
        try {
            check(args[0]);
            System.out.println(RUNS + Peers.named(args[0]).description());
        } catch (Throwable e) { // a native library that does not load is an Error
            e.printStackTrace();
            System.out.println(FAILED + reason(e));
            System.exit(1);
        }
        System.exit(0); // whatever threads it has started
    }

    /** Every workload once, against the referee. */
    static void check(String name) {
        List<String> names = List.of(name);
        for (boolean elementwise : new boolean[] {false, true}) {
            LectureProblem lecture = LectureProblem.random(elementwise, N);
            Agreement.check(names, peer -> LectureKernels.of(peer, lecture), Referee.of(lecture), N);
            Agreement.check(names, peer -> ForwardKernels.of(peer, lecture), Referee.forward(lecture), N);
        }
        RegressionProblem regression = RegressionProblem.random(N, COLS);
        Agreement.check(names, peer -> RegressionKernels.of(peer, regression), Referee.of(regression), N);
        for (int ops : new int[] {16, 64}) {
            ChainProblem chain = ChainProblem.random(ops, N);
            Agreement.check(names, peer -> ChainKernels.of(peer, chain), Referee.of(chain), N);
        }
        for (Loss loss : Loss.values()) {
            LossProblem problem = LossProblem.random(loss, N, COLS);
            Agreement.check(names, peer -> LossKernels.of(peer, problem), Referee.of(problem), N);
        }
        EpochKernels.Data data = EpochKernels.Data.load();
        Agreement.check(names, peer -> EpochKernels.of(peer, data), Referee.once(EpochKernels.referee(data)), data.rows());
        // A second step must not add to the gradients of the first.
        LectureProblem again = LectureProblem.random(true, N);
        try (Kernel kernel = LectureKernels.of(name, again)) {
            kernel.step();
            float loss = kernel.step();
            Agreement.close(name + ", second step", loss, kernel.gradients(), Referee.of(again).step(), Referee.of(again).gradients(), N);
        }
    }

    /** For the report: {@code peer} and {@code description}, or {@code unavailable} with the reason. */
    static JsonObject status(String name, String cLibraryOption) throws IOException {
        JsonObject status = new JsonObject();
        status.addProperty("peer", name);
        if (!Peers.builtIn().containsKey(name)) {
            status.addProperty("unavailable", Peers.NOT_BUILT);
            return status;
        }
        Process child = ChildJvm.start(cLibraryOption, PeerProbe.class, name);
        Thread.ofVirtual().start(() -> kill(child));
        String said = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        String last = said.lines().filter(line -> line.startsWith(RUNS) || line.startsWith(FAILED)).reduce("", (a, b) -> b);
        if (last.startsWith(RUNS)) {
            status.addProperty("description", last.substring(RUNS.length()));
        } else {
            System.out.print(said);
            status.addProperty("unavailable", last.isEmpty() ? "its process ended with exit code " + child.onExit().join().exitValue() : last.substring(FAILED.length()));
        }
        return status;
    }

    private static void kill(Process child) {
        try {
            if (!child.waitFor(SECONDS, TimeUnit.SECONDS)) {
                child.destroyForcibly();
            }
        } catch (InterruptedException e) {
            child.destroyForcibly();
        }
    }

    /** The innermost cause says what is wrong, those around it where it was noticed. */
    private static String reason(Throwable e) {
        Throwable cause = e;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        String message = String.valueOf(cause.getMessage()).lines().findFirst().orElse("");
        return cause.getClass().getSimpleName() + ": " + message;
    }
}
