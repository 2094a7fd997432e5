package org.fusegrad.examples;

import static org.fusegrad.examples.Diabetes.FEATURES;

import java.io.PrintStream;
import java.util.Locale;
import java.util.Random;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.fusegrad.Expr;
import org.fusegrad.Floats;
import org.fusegrad.Fusegrad;
import org.fusegrad.GradientKernel;
import org.fusegrad.Shape;
import org.fusegrad.Step;

/**
 * Linear regression on a real data set with the compiled API: the loss is compiled once into one kernel for loss and
 * gradients, every mini-batch is an offset into one array, and no step allocates. Ends beside the least-squares optimum.
 */
public final class DiabetesRegression {
    /** How far above the optimum the result may be, as a fraction of it. */
    public static final double TOLERANCE = 0.005;

    private static final int BATCH = 32; // 442 rows: 13 full mini-batches and one of 26
    private static final int EPOCHS = 50;
    private static final float LEARNING_RATE = 0.15f; // high: two features are nearly collinear and converge slowly
    private static final long SEED = 4;
    private static final int HOT_STEPS = 10_000;

    private final Expr x = Expr.input("x", Shape.batch(FEATURES));
    private final Expr y = Expr.input("y", Shape.batch());
    private final Expr w = Expr.parameter("w", Shape.of(FEATURES));
    private final Expr b = Expr.parameter("b", Shape.scalar());
    private final GradientKernel kernel =
            GradientKernel.compile(x.mul(w).sum(-1).add(b).sub(y).square().mean()).warmUp();

    private final float[] weights = new float[FEATURES];
    private final float[] bias = new float[1];
    private final float[] weightsGrad = new float[FEATURES];
    private final float[] biasGrad = new float[1];
    private final Step step = kernel.newStep()
            .bind(w, weights).gradient(w, weightsGrad)
            .bind(b, bias).gradient(b, biasGrad);

    private final Diabetes data = Diabetes.load();
    private final Floats shuffledX = Floats.aligned(data.rows() * FEATURES); // [rows, FEATURES]
    private final Floats shuffledY = Floats.aligned(data.rows()); // [rows]
    private final int[] order = new int[data.rows()];
    private final Random random = new Random(SEED);

    private DiabetesRegression() {
        for (int r = 0; r < order.length; r++) {
            order[r] = r;
        }
    }

    /**
     * Trains, prints the loss of every epoch and the comparison with the optimum, and returns the mean squared error over
     * all rows.
     *
     * @param terminal whether somebody watches: shows a progress bar while training
     * @throws IllegalStateException if the result is more than {@link #TOLERANCE} above the optimum
     */
    public static double run(PrintStream out, boolean terminal) {
        DiabetesRegression regression = new DiabetesRegression();
        float[] losses = new float[EPOCHS];
        long nanos = regression.train(losses, terminal);
        double mse = regression.meanSquaredError();
        regression.report(out, losses, nanos, mse);
        if (!(mse <= Diabetes.LEAST_SQUARES_MSE * (1 + TOLERANCE))) { // NaN fails too
            throw new IllegalStateException("diabetes regression: mean squared error " + mse + " is not within "
                    + TOLERANCE + " of the least-squares optimum " + Diabetes.LEAST_SQUARES_MSE);
        }
        return mse;
    }

    private long train(float[] losses, boolean terminal) {
        step.bind(x, shuffledX).bind(y, shuffledY);
        try (ProgressBar bar = terminal ? progressBar() : null) {
            long start = System.nanoTime();
            for (int epoch = 0; epoch < EPOCHS; epoch++) {
                shuffle();
                losses[epoch] = epoch(learningRate(epoch));
                if (bar != null) {
                    bar.step();
                }
            }
            return System.nanoTime() - start;
        }
    }

    /** One pass over the shuffled rows; returns the mean loss, each mini-batch seen with the weights of its step. */
    private float epoch(float learningRate) {
        double sum = 0;
        for (int row = 0; row < data.rows(); row += BATCH) {
            int rows = Math.min(BATCH, data.rows() - row);
            float loss = step.run(row, rows);
            descend(weights, weightsGrad, learningRate);
            descend(bias, biasGrad, learningRate);
            sum += (double) loss * rows;
        }
        return (float) (sum / data.rows());
    }

    /** Falls in a straight line: small steps at the end average out the noise of the mini-batches. */
    private static float learningRate(int epoch) {
        return LEARNING_RATE * (EPOCHS - epoch) / EPOCHS;
    }

    private static void descend(float[] parameter, float[] gradient, float learningRate) {
        for (int i = 0; i < parameter.length; i++) {
            parameter[i] -= learningRate * gradient[i];
        }
    }

    /** Fisher-Yates on the row numbers, then one gather, so that every mini-batch lies in one piece. */
    private void shuffle() {
        for (int r = order.length - 1; r > 0; r--) {
            int other = random.nextInt(r + 1);
            int row = order[r];
            order[r] = order[other];
            order[other] = row;
        }
        for (int r = 0; r < order.length; r++) {
            System.arraycopy(data.features(), order[r] * FEATURES,
                    shuffledX.array(), shuffledX.offset() + r * FEATURES, FEATURES);
            shuffledY.array()[shuffledY.offset() + r] = data.progression()[order[r]];
        }
    }

    /** The loss of all rows at once, through the same kernel: the number of rows is not part of it. */
    private float meanSquaredError() {
        return step.bind(x, data.features()).bind(y, data.progression()).run(data.rows());
    }

    /** Loss and gradients of all rows, over and over: the first round warms up, the second one counts. */
    private double hotRowsPerSecond() {
        long nanos = 0;
        for (int round = 0; round < 2; round++) {
            long start = System.nanoTime();
            for (int i = 0; i < HOT_STEPS; i++) {
                meanSquaredError();
            }
            nanos = System.nanoTime() - start;
        }
        return (double) HOT_STEPS * data.rows() / (nanos / 1e9);
    }

    private static ProgressBar progressBar() {
        return new ProgressBarBuilder()
                .setTaskName("training")
                .setUnit(" epochs", 1)
                .setInitialMax(EPOCHS)
                .setStyle(ProgressBarStyle.ASCII)
                .setUpdateIntervalMillis(50)
                .clearDisplayOnFinish()
                .build();
    }

    private void report(PrintStream out, float[] losses, long nanos, double mse) {
        print(out, "%5s  %10s  %13s", "epoch", "loss", "learning rate");
        for (int epoch = 0; epoch < losses.length; epoch++) {
            print(out, "%5d  %10.2f  %13.3f", epoch + 1, losses[epoch], learningRate(epoch));
        }
        int rows = data.rows();
        long trained = (long) rows * losses.length;
        double optimum = Diabetes.LEAST_SQUARES_MSE;
        out.println();
        print(out, "%-22s %,13d in %.1f ms", "rows trained", trained, nanos / 1e6);
        print(out, "%-22s %,13.0f from a cold start, with shuffling", "rows per second", trained / (nanos / 1e9));
        print(out, "%-22s %,13.0f kernel alone, hot, %s", "", hotRowsPerSecond(), lanes());
        print(out, "%-22s %13.3f over all %d rows", "mean squared error", mse, rows);
        print(out, "%-22s %13.3f", "least-squares optimum", optimum);
        print(out, "%-22s %13.3f %% (%.1f %% allowed)", "above the optimum", 100 * (mse / optimum - 1), 100 * TOLERANCE);
    }

    private static String lanes() {
        return Fusegrad.lanes() == 0 ? "scalar" : Fusegrad.lanes() + " lanes";
    }

    private static void print(PrintStream out, String format, Object... values) {
        out.printf(Locale.ROOT, format + "%n", values);
    }
}
