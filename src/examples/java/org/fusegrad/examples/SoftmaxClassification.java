package org.fusegrad.examples;

import java.io.PrintStream;
import java.util.Random;
import org.fusegrad.Expr;
import org.fusegrad.LearningRate;
import org.fusegrad.Losses;
import org.fusegrad.Optimizer;
import org.fusegrad.Shape;
import org.fusegrad.TrainingKernel;
import org.fusegrad.TrainingStep;

/**
 * Three clusters in a plane, told apart by softmax regression: cross-entropy from the number of the class, and a penalty on the
 * weights.
 */
public final class SoftmaxClassification {
    static final int CLASSES = 3;
    static final float PENALTY = 0.01f;

    /** The least value of the objective, by gradient descent in double. */
    public static final double OPTIMUM = 0.20038390166525163;

    /** How far above the optimum the result may be. */
    public static final double TOLERANCE = 1e-5;

    private static final double[][] CENTRES = {{0, 2}, {2, -1}, {-2, -1}};
    private static final int ROWS = 600;
    private static final int STEPS = 800;
    private static final long SEED = 21;
    /** What is classified correctly at least: some points lie nearer to the centre of another cluster. */
    private static final double ACCURACY = 0.93;

    /**
     * Points and their classes, column by column.
     *
     * @param across {@code [rows]}
     * @param up {@code [rows]}
     * @param label {@code [rows]}, 0 to 2
     */
    record Points(float[] across, float[] up, float[] label) {}

    private SoftmaxClassification() {}

    /**
     * Fits, prints, and returns the objective that is reached.
     *
     * @throws IllegalStateException if it is more than {@link #TOLERANCE} from the optimum, or fewer points than expected are
     *     classified correctly
     */
    public static double run(PrintStream out) {
        Points points = points();
        Expr across = Expr.input("across", Shape.batch());
        Expr up = Expr.input("up", Shape.batch());
        Expr label = Expr.input("label", Shape.batch());
        Expr u = Expr.parameter("u", Shape.of(CLASSES));
        Expr v = Expr.parameter("v", Shape.of(CLASSES));
        Expr b = Expr.parameter("b", Shape.of(CLASSES));
        Expr logits = across.mul(u).add(up.mul(v)).add(b); // [batch, CLASSES]
        Expr penalty = Losses.l2Penalty(u).add(Losses.l2Penalty(v)).add(Losses.l2Penalty(b)).mul(PENALTY);
        Expr loss = Losses.crossEntropy(logits, label).add(penalty);
        TrainingStep step = TrainingKernel.compile(loss, Optimizer.adam(LearningRate.cosine(0.1, 0, STEPS)), u, v, b).newStep()
                .bind(across, points.across).bind(up, points.up).bind(label, points.label);
        float last = Float.NaN;
        for (int k = 0; k < STEPS; k++) {
            last = step.run(ROWS);
        }
        double accuracy = accuracy(step.parameters().values().toArray(), points);
        Report.print(out, "%-28s %d points, %d classes", "data", ROWS, CLASSES);
        Report.print(out, "%-28s %.2f %% (at least %.0f %%)", "classified correctly", 100 * accuracy, 100 * ACCURACY);
        if (!(accuracy >= ACCURACY)) {
            throw new IllegalStateException("softmax classification: only " + accuracy + " are classified correctly");
        }
        return Report.objective(out, "softmax classification", last, OPTIMUM, TOLERANCE);
    }

    /** @param p the weights across, those up, and the intercepts, of each class */
    private static double accuracy(float[] p, Points points) {
        int right = 0;
        for (int r = 0; r < ROWS; r++) {
            int best = 0;
            float largest = Float.NEGATIVE_INFINITY;
            for (int k = 0; k < CLASSES; k++) {
                float logit = points.across[r] * p[k] + points.up[r] * p[CLASSES + k] + p[2 * CLASSES + k];
                best = logit > largest ? k : best;
                largest = Math.max(logit, largest);
            }
            right += best == points.label[r] ? 1 : 0;
        }
        return (double) right / ROWS;
    }

    static Points points() {
        Random random = new Random(SEED);
        Points points = new Points(new float[ROWS], new float[ROWS], new float[ROWS]);
        for (int r = 0; r < ROWS; r++) {
            int k = r % CLASSES;
            points.across[r] = (float) (CENTRES[k][0] + random.nextGaussian());
            points.up[r] = (float) (CENTRES[k][1] + random.nextGaussian());
            points.label[r] = k;
        }
        return points;
    }
}
