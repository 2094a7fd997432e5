package org.fusegrad;

import static org.fusegrad.testing.Misuse.fails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** Misuse of optimisers, parameters and training steps. A step that fails changes no parameter and no state. */
class BadTrainingTest {
    private final Expr x = Expr.input("x", Shape.batch(3));
    private final Expr y = Expr.input("y", Shape.batch());
    private final Expr w = Expr.parameter("w", Shape.of(3));
    private final Expr b = Expr.parameter("b", Shape.scalar());
    private final Expr loss = x.mul(w).sum(-1).add(b).sub(y).square().mean();

    private final float[] data = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    private final float[] targets = {1, 2, 3};
    private final float[] weights = {0.1f, 0.2f, 0.3f};
    private final float[] bias = {0.5f};

    @Test
    void hyperParametersThatCannotBe() {
        fails(IllegalArgumentException.class, "sgd: learning rate -0.1 is not a finite number of at least 0", () -> Optimizer.sgd(-0.1));
        fails(IllegalArgumentException.class, "adam: learning rate NaN is not a finite number of at least 0",
                () -> Optimizer.adam(Double.NaN));
        fails(IllegalArgumentException.class, "adamW: beta1 1.0 is not in [0, 1)", () -> Optimizer.adamW(1).betas(1, 0.5));
        fails(IllegalArgumentException.class, "adam: beta2 -0.5 is not in [0, 1)", () -> Optimizer.adam(1).betas(0.5, -0.5));
        fails(IllegalArgumentException.class, "adam: eps -1.0 is not a finite number of at least 0", () -> Optimizer.adam(1).eps(-1));
        fails(IllegalArgumentException.class, "sgd: momentum -1.0 is not a finite number of at least 0",
                () -> Optimizer.sgd(1).momentum(-1));
        fails(IllegalArgumentException.class, "sgd: dampening Infinity is not finite",
                () -> Optimizer.sgd(1).dampening(Double.POSITIVE_INFINITY));
        fails(IllegalArgumentException.class, "sgd: Nesterov's step needs momentum and no dampening, not 0.0 and 0.0",
                () -> Optimizer.sgd(1).nesterov());
        fails(IllegalArgumentException.class, "sgd: Nesterov's step needs momentum and no dampening, not 0.9 and 0.1",
                () -> Optimizer.sgd(1).momentum(0.9).nesterov().dampening(0.1));
        fails(IllegalArgumentException.class, "rmsProp: alpha 1.0 is not in [0, 1)", () -> Optimizer.rmsProp(1).alpha(1));
        fails(IllegalArgumentException.class, "adagrad: weight decay -1.0 is not a finite number of at least 0",
                () -> Optimizer.adagrad(1).weightDecay(-1));
        fails(IllegalArgumentException.class, "clipNorm: 0.0 is not above 0", () -> Optimizer.sgd(1).clipNorm(0));
        fails(IllegalArgumentException.class, "cosine: 0 steps; at least 1", () -> LearningRate.cosine(1, 0, 0));
        fails(NullPointerException.class, "learningRate", () -> Optimizer.sgd((LearningRate) null));
    }

    /** Found out at its step; until then nothing tells. */
    @Test
    void aLearningRateThatTurnsNegativeWritesNothing() {
        float[] p = {1, 2};
        OptimizerStep update = Optimizer.sgd(step -> 1 - step).momentum(0.5).newStep(p, 0, new float[] {1, 1}, 0, 2);
        update.run();
        update.run();
        float[] before = p.clone();
        fails(IllegalArgumentException.class, "sgd: learning rate -1.0 is not a finite number of at least 0", update::run);
        assertArrayEquals(before, p);
        assertArrayEquals(new float[] {1.5f, 1.5f}, update.state("momentum_buffer").toArray());
        assertEquals(2, update.steps());
        TrainingStep step = TrainingKernel.compile(loss, Optimizer.adam(t -> 1 - 2 * t), w, b).newStep()
                .bind(x, data).bind(y, targets);
        step.run(3);
        float[] trained = step.parameters().values().toArray();
        fails(IllegalArgumentException.class, "adam: learning rate -1.0 is not a finite number of at least 0", () -> step.run(3));
        assertArrayEquals(trained, step.parameters().values().toArray());
    }

    @Test
    void aRunThatIsRefusedForItsRowsAsksNoLearningRate() {
        int[] asked = {0};
        LearningRate wrongFromStepOne = t -> {
            asked[0]++;
            return 0.1 - t;
        };
        TrainingStep step = TrainingKernel.compile(loss, Optimizer.sgd(wrongFromStepOne), w, b).newStep().bind(x, data).bind(y, targets);
        step.run(3);
        int before = asked[0];
        fails(IllegalArgumentException.class, "run: 0 rows; a batch has at least one", () -> step.run(0));
        fails(IllegalArgumentException.class, "run: input y of shape [batch] with 4 rows needs 4 floats from offset 0, the array has 3", () -> step.run(4));
        assertEquals(before, asked[0]);
        fails(IllegalArgumentException.class, "sgd: learning rate -0.9 is not a finite number of at least 0", () -> step.run(3));
        assertEquals(1, step.steps());
    }

    @Test
    void flatArraysThatDoNotFit() {
        Optimizer sgd = Optimizer.sgd(1);
        float[] eight = new float[8];
        fails(IllegalArgumentException.class, "sgd: 9 parameters from offset 0, the array has 8",
                () -> sgd.newStep(eight, 0, new float[9], 0, 9));
        fails(IllegalArgumentException.class, "sgd: 8 gradients from offset 1, the array has 8",
                () -> sgd.newStep(eight, 0, new float[8], 1, 8));
        fails(IllegalArgumentException.class, "sgd: 0 parameters; at least one", () -> sgd.newStep(eight, 0, new float[8], 0, 0));
        fails(IndexOutOfBoundsException.class, "sgd: parameters: offset -1 in an array of 8",
                () -> sgd.newStep(eight, -1, new float[8], 0, 4));
        fails(IllegalArgumentException.class, "sgd: the gradients overlap the parameters", () -> sgd.newStep(eight, 0, eight, 3, 4));
        sgd.newStep(eight, 0, eight, 4, 4); // neighbours
        fails(NullPointerException.class, "gradients", () -> sgd.newStep(eight, 0, null, 0, 4));
        fails(IllegalArgumentException.class, "newStep: these are different parameters: [w] and [w, b]",
                () -> sgd.newStep(Parameters.of(w), Parameters.of(w, b)));
        fails(IllegalArgumentException.class, "state: exp_avg is not among []",
                () -> sgd.newStep(eight, 0, new float[8], 0, 4).state("exp_avg"));
        fails(IllegalArgumentException.class, "state: exp_avg is not among [momentum_buffer]",
                () -> Optimizer.sgd(1).momentum(0.5).newStep(eight, 0, new float[8], 0, 4).state("exp_avg"));
        fails(IllegalStateException.class, "gradientNorm: these gradients are not clipped",
                () -> sgd.newStep(eight, 0, new float[8], 0, 4).gradientNorm());
    }

    @Test
    void parametersThatAreNone() {
        fails(IllegalArgumentException.class, "parameters: x is not a parameter", () -> Parameters.of(x));
        fails(IllegalArgumentException.class, "parameters: none are given", () -> Parameters.of());
        fails(IllegalArgumentException.class, "parameters: two are named w", () -> Parameters.of(w, w));
        Expr rows = Expr.parameter("r", Shape.batch(2));
        fails(IllegalArgumentException.class, "parameters: r of shape [batch, 2] has no fixed length", () -> Parameters.of(rows));
        fails(IllegalArgumentException.class, "parameters: r of shape [batch, 2] has no fixed length",
                () -> TrainingKernel.compile(rows.sum(), Optimizer.sgd(1)));
        fails(IllegalArgumentException.class, "parameters: w of shape [3] has 3 elements, not 2",
                () -> Parameters.of(w).set(w, 1, 2));
        fails(IllegalArgumentException.class, "parameters: b is not among [w]", () -> Parameters.of(w).get(b));
        fails(IllegalArgumentException.class, "parameters: b is not among [w]",
                () -> TrainingKernel.compile(loss, Optimizer.sgd(1), w, b).newStep(Parameters.of(w)));
    }

    @Test
    void trainingStepsThatCannotRun() {
        Parameters parameters = Parameters.of(w, b).set(w, weights).set(b, bias);
        TrainingStep step = TrainingKernel.compile(loss, Optimizer.sgd(1).momentum(0.5), w, b).newStep(parameters);
        float[] before = parameters.values().toArray();
        step.bind(y, targets);
        fails(IllegalStateException.class, "run: input x of shape [batch, 3] is not bound", () -> step.run(3));
        step.bind(x, data);
        fails(IllegalArgumentException.class, "run: 0 rows; a batch has at least one", () -> step.run(0));
        fails(IllegalArgumentException.class,
                "run: input y of shape [batch] with 4 rows needs 4 floats from offset 0, the array has 3", () -> step.run(4));
        fails(IllegalStateException.class, "run: this kernel has a batch; say how many rows", step::run);
        fails(IllegalArgumentException.class, "bind: w is not among [y, x]", () -> step.bind(w, weights));
        step.bind(y, parameters.values());
        fails(IllegalArgumentException.class, "run: the array of parameters overlaps input y", () -> step.run(2));
        step.bind(y, step.state("momentum_buffer").values());
        fails(IllegalArgumentException.class, "run: the array of momentum_buffer overlaps input y", () -> step.run(2));
        assertArrayEquals(before, parameters.values().toArray());
        assertArrayEquals(new float[4], step.state("momentum_buffer").values().toArray());
        assertEquals(0, step.steps());
        step.bind(y, targets).run(3);
        assertEquals(1, step.steps());
    }
}
