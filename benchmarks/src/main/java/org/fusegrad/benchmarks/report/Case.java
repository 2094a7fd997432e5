package org.fusegrad.benchmarks.report;

import java.util.Comparator;
import java.util.Map;
import org.fusegrad.benchmarks.LossBenchmark;
import org.fusegrad.benchmarks.RegressionBenchmark;

/**
 * What was computed in one result, whoever computed it: a row of a table.
 *
 * @param workload the table it belongs to
 * @param size for people, such as {@code 1024} or {@code 1024 x 10}
 * @param elements what "per element" divides by: elements of the largest input
 * @param bytes what a step must move at least: each input read once, each gradient written once; NaN where nothing is moved
 * @param writes whether an output as long as the inputs is among them, which decides on the ceiling
 */
record Case(Workload workload, String size, double elements, double bytes, boolean writes) implements Comparable<Case> {
    private static final int DIABETES_ROWS = 442;
    private static final int DIABETES_COLS = 10;

    /** From the simple name of a benchmark class and its parameters; null for a class that the report does not know. */
    static Case of(String benchmark, Map<String, String> params) {
        return switch (benchmark) {
            case "LectureBenchmark" -> lecture(params, "step of the lecture", "sum((x*w - y)^2) with its gradient for w", true);
            case "ForwardBenchmark" -> lecture(params, "forward only", "sum((x*w - y)^2)", false);
            case "RegressionBenchmark" -> {
                int features = Integer.parseInt(params.get("features"));
                int rows = RegressionBenchmark.rows(params.get("rows"), features);
                Workload workload = new Workload("regression-" + features, 3, features, "linear regression, " + features + " features",
                        "mean((sum(x*w, cols) + b - y)^2) with its gradients for w and b", "rows x features");
                yield new Case(workload, rows + " x " + features, (double) rows * features, 4.0 * rows * (features + 1), false);
            }
            case "LossBenchmark" -> loss(params.get("loss"), Integer.parseInt(params.get("rows")));
            case "ChainBenchmark" -> {
                double n = Double.parseDouble(params.get("n"));
                int ops = Integer.parseInt(params.get("ops"));
                Workload workload = new Workload("chain-" + ops, 5, ops, "chain of " + ops + " operations",
                        "sum(v^2) after " + ops + " elementwise operations, with its gradient for an elementwise w", "n");
                yield new Case(workload, params.get("n"), n, 16 * n, true);
            }
            case "EpochBenchmark" -> new Case(
                    new Workload("epoch", 6, 0, "epoch over the diabetes data", "linear regression, mini-batches of 32, with updates", "rows x features"),
                    DIABETES_ROWS + " x " + DIABETES_COLS,
                    DIABETES_ROWS * DIABETES_COLS,
                    4.0 * DIABETES_ROWS * (DIABETES_COLS + 1),
                    false);
            case "DefineByRunBenchmark" -> {
                double n = Double.parseDouble(params.get("n"));
                Workload workload = new Workload("define-by-run", 7, 0, "define-by-run", "sum((x*w - y)^2) with its gradient for a scalar w, and the update", "n");
                yield new Case(workload, params.get("n"), n, 8 * n, false);
            }
            case "CompileBenchmark" -> new Case(
                    new Workload("compile", 8, 0, "kernel compile time", "from an expression to a loaded kernel, by a hot compiler", "loss"),
                    params.get("loss"),
                    Double.NaN,
                    Double.NaN,
                    false);
            default -> null;
        };
    }

    private static Case lecture(Map<String, String> params, String title, String formula, boolean gradient) {
        double n = Double.parseDouble(params.get("n"));
        boolean elementwise = params.get("w").equals("elementwise");
        String id = (gradient ? "lecture-" : "forward-") + params.get("w");
        Workload workload = new Workload(id, gradient ? 1 : 2, elementwise ? 1 : 0, title + ", w " + (elementwise ? "elementwise" : "scalar"), formula, "n");
        // x and y are read; where w is elementwise it is read too, and its gradient written
        int arrays = !elementwise ? 2 : gradient ? 4 : 3;
        return new Case(workload, params.get("n"), n, 4 * arrays * n, elementwise && gradient);
    }

    private static Case loss(String loss, int rows) {
        int features = LossBenchmark.FEATURES;
        String gradients = " with its gradients for w and b, z = sum(x*w, cols) + b";
        Workload workload = switch (loss) {
            case "logistic" -> new Workload(loss, 4, 0, "logistic regression, " + features + " features", "mean(max(z, 0) - y*z + log1p(exp(-|z|)))" + gradients, "rows x features");
            case "huber" -> new Workload(
                    loss, 4, 1, "robust regression, " + features + " features", "mean(|z - y| < 1 ? (z - y)^2 / 2 : |z - y| - 1/2)" + gradients, "rows x features");
            case "poisson" -> new Workload(loss, 4, 2, "Poisson regression, " + features + " features", "mean(exp(z) - y*z)" + gradients, "rows x features");
            default -> throw new IllegalArgumentException("no loss " + loss);
        };
        return new Case(workload, rows + " x " + features, (double) rows * features, 4.0 * rows * (features + 1), false);
    }

    @Override
    public int compareTo(Case other) {
        return Comparator.comparing(Case::workload)
                .thenComparingDouble(Case::elements)
                .thenComparing(Case::size)
                .compare(this, other);
    }
}
