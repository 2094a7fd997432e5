package org.fusegrad.engine;

import java.util.Map;
import org.fusegrad.examples.Diabetes;
import org.fusegrad.ir.Graph;
import org.fusegrad.testing.Bits;
import org.fusegrad.testing.Jvm;
import org.fusegrad.testing.Losses;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A whole training run on real data ends in the same weights at every width: no difference is small enough to be none. */
@Tag("matrix")
class TrainingParityTest {
    private static final int BATCH = 32;
    private static final int EPOCHS = Jvm.size(20, 2);
    private static final float LEARNING_RATE = 0.05f;

    private final Diabetes data = Diabetes.load();

    @Test
    void trainingEndsInTheSameWeightsAtEveryWidth() {
        Graph graph = Losses.regression(Diabetes.FEATURES, false);
        Map<Integer, Plan> plans = new Parity(graph).plans();
        float[] expected = train(plans.values().iterator().next(), false);
        plans.forEach((lanes, plan) -> Bits.same("lanes " + lanes, expected, train(plan, lanes > 0)));
    }

    /** Weights and bias, then the loss of each epoch's last mini-batch. */
    private float[] train(Plan plan, boolean vectors) {
        int features = Diabetes.FEATURES;
        float[] weights = new float[features + 1 + EPOCHS];
        float[] grads = new float[features + 1];
        float[] loss = new float[1];
        Workspace workspace = plan.newWorkspace();
        workspace.bindInput(0, weights, 0);
        workspace.bindInput(1, weights, features);
        workspace.bindOutput(0, loss, 0);
        workspace.bindOutput(1, grads, 0);
        workspace.bindOutput(2, grads, features);
        for (int epoch = 0; epoch < EPOCHS; epoch++) {
            for (int row = 0; row < data.rows(); row += BATCH) {
                workspace.bindInput(2, data.features(), row * features);
                workspace.bindInput(3, data.progression(), row);
                workspace.run(Math.min(BATCH, data.rows() - row), vectors);
                for (int k = 0; k <= features; k++) {
                    weights[k] -= LEARNING_RATE * grads[k];
                }
            }
            weights[features + 1 + epoch] = loss[0];
        }
        return weights;
    }
}
