package org.fusegrad.examples;

import java.io.PrintStream;
import java.util.function.Consumer;
import org.fusegrad.Tensor;

/**
 * The first loop of the lecture on back-propagation: fit {@code y = w * x} to three points, one sample at a time, through
 * the define-by-run {@link Tensor}. It prints what the PyTorch original prints, digit for digit; only the gradients, which
 * the original shows as {@code tensor(-7.8400)}, appear in full here.
 */
public final class LectureLoop {
    private static final float[] X = {1, 2, 3};
    private static final float[] Y = {2, 4, 6};
    private static final int EPOCHS = 10;
    private static final float LEARNING_RATE = 0.01f;

    private LectureLoop() {}

    /** Everything that one step computes; {@code w} is the weight after it. */
    public record Sample(int epoch, float x, float y, float grad, float loss, float w) {}

    /** Runs the loop; the listener hears of every sample, after its update of the weight. */
    public static void run(PrintStream out, Consumer<? super Sample> listener) {
        Tensor w = Tensor.scalar(1).requiresGrad();
        out.println("Prediction (before training) 4 " + text(w.mul(4).item()));
        for (int epoch = 0; epoch < EPOCHS; epoch++) {
            float lastLoss = Float.NaN;
            for (int i = 0; i < X.length; i++) {
                Tensor loss = w.mul(X[i]).sub(Y[i]).square();
                loss.backward();
                float grad = w.grad().item();
                out.println("\tgrad :  " + text(X[i]) + " " + text(Y[i]) + " " + text(grad));
                w.descend(LEARNING_RATE);
                w.zeroGrad();
                lastLoss = loss.item();
                listener.accept(new Sample(epoch, X[i], Y[i], grad, lastLoss, w.item()));
            }
            out.println("Epoch : " + epoch + " | Loss : " + text(lastLoss));
        }
        out.println("Prediction (after training) 4 " + text(w.mul(4).item()));
    }

    /** Python has no float32: it widens to double before it prints, which shows more digits than {@code Float.toString}. */
    private static String text(float value) {
        return Double.toString(value);
    }
}
