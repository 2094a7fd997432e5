package org.fusegrad;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.fusegrad.testing.ChildJvm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Every misuse fails with an exception that names the operation, the tensors and the shapes, and writes nothing. */
class BadInputTest {
    private static final float SENTINEL = -77;

    private final Expr x = Expr.input("x", Shape.batch(3));
    private final Expr y = Expr.input("y", Shape.batch());
    private final Expr w = Expr.parameter("w", Shape.of(3));
    private final Expr b = Expr.parameter("b", Shape.scalar());
    private final Expr loss = x.mul(w).sum(-1).add(b).sub(y).square().mean();
    private final GradientKernel kernel = GradientKernel.compile(loss, w, b);

    private final float[] data = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    private final float[] targets = {1, 2, 3};
    private final float[] weights = {0.1f, 0.2f, 0.3f};
    private final float[] bias = {0.5f};
    private final float[] grads = sentinels();

    private static void fails(Class<? extends Throwable> type, String message, Executable action) {
        assertEquals(message, assertThrows(type, action).getMessage());
    }

    // --- shapes of expressions ------------------------------------------------------------------------------

    @Test
    void shapesThatDoNotBroadcast() {
        Expr ten = Expr.input("a", Shape.batch(10));
        Expr nine = Expr.input("b", Shape.of(9));
        fails(IllegalArgumentException.class, "sub: shapes [batch, 10] and [9] do not broadcast", () -> ten.sub(nine));
        fails(IllegalArgumentException.class, "add: shapes [9] and [batch, 10] do not broadcast", () -> nine.add(ten));
        fails(IllegalArgumentException.class, "mul: shapes [2, 3] and [3, 2] do not broadcast",
                () -> matrix(2, 3).mul(matrix(3, 2)));
        fails(IllegalArgumentException.class, "div: shapes [4] and [3] do not broadcast",
                () -> Tensor.of(1, 2, 3, 4).div(Tensor.of(1, 2, 3)));
    }

    @Test
    void sumOverAnAxisThatIsNotThere() {
        fails(IllegalArgumentException.class, "sum: shape [] has no axis -1", () -> b.sum(-1));
        fails(IllegalArgumentException.class, "sum: shape [batch, 3] has no axis 2", () -> x.sum(2));
        fails(IllegalArgumentException.class, "sum: shape [3] has no axis -2", () -> w.sum(-2));
        fails(IllegalArgumentException.class, "sum: axis 1 of shape [2, 3, 4] is neither the first nor the last",
                () -> Expr.input("t", Shape.of(2, 3, 4)).sum(1));
    }

    @Test
    void reductionsOverAnAxisThatIsNotThere() {
        Expr cube = Expr.input("t", Shape.of(2, 3, 4));
        fails(IllegalArgumentException.class, "max: axis 1 of shape [2, 3, 4] is neither the first nor the last",
                () -> cube.max(1));
        fails(IllegalArgumentException.class, "min: shape [batch, 3] has no axis 2", () -> x.min(2));
        fails(IllegalArgumentException.class, "mean: shape [] has no axis 0", () -> b.mean(0));
        fails(IllegalArgumentException.class, "softmax: axis 0 of shape [batch, 3] is not the last", () -> x.softmax(0));
        fails(IllegalArgumentException.class, "logSoftmax: axis -2 of shape [batch, 3] is not the last",
                () -> x.logSoftmax(-2));
        fails(IllegalArgumentException.class, "logSumExp: shape [] has no axis -1", () -> b.logSumExp(-1));
    }

    @Test
    void dotOfShapesThatDoNotFit() {
        Expr ten = Expr.input("a", Shape.batch(10));
        fails(IllegalArgumentException.class, "dot: shapes [batch, 10] and [9] have no last axis in common",
                () -> ten.dot(Expr.input("b", Shape.of(9))));
        fails(IllegalArgumentException.class, "dot: shapes [batch, 10] and [1] have no last axis in common",
                () -> ten.dot(Expr.input("b", Shape.of(1))));
        fails(IllegalArgumentException.class, "dot: shapes [batch, 3] and [batch] have no last axis in common",
                () -> x.dot(y));
        fails(IllegalArgumentException.class, "dot: shapes [] and [] have no last axis in common", () -> b.dot(b));
        fails(IllegalArgumentException.class, "dot: shapes [2, 3] and [4, 3] do not broadcast",
                () -> matrix(2, 3).dot(matrix(4, 3)));
        fails(NullPointerException.class, "dot: the second operand is null", () -> x.dot(null));
    }

    @Test
    void anIndexThatIsNotOnePerRow() {
        fails(IllegalArgumentException.class,
                "pick: shape [batch, 3] with an index of shape [3]; it has an index per row", () -> x.pick(w));
        fails(IllegalArgumentException.class,
                "pick: shape [batch] with an index of shape []; it has an index per row", () -> y.pick(b));
        fails(IllegalArgumentException.class,
                "pick: shape [] with an index of shape []; it has an index per row", () -> b.pick(b));
        fails(IllegalArgumentException.class, "pick: shape [16777217] has more columns than floats can count",
                () -> Expr.input("p", Shape.of((1 << 24) + 1)).pick(b));
        fails(NullPointerException.class, "pick: the index is null", () -> x.pick(null));
    }

    @Test
    void shapesThatCannotBe() {
        fails(IllegalArgumentException.class, "shape [3, 0]: dimensions are at least 1", () -> Shape.of(3, 0));
        fails(IllegalArgumentException.class, "shape [-1]: dimensions are at least 1", () -> Shape.batch(-1));
        fails(IllegalArgumentException.class, "shape [65536, 32768] has too many elements", () -> Shape.of(65536, 32768));
        fails(IllegalArgumentException.class, "mul: shapes [65536, 1] and [32768] broadcast to too many elements",
                () -> matrix(65536, 1).mul(Tensor.of(new float[32768])));
        fails(IllegalArgumentException.class, "add: shapes [batch, 65536, 1] and [32768] broadcast to too many elements",
                () -> Expr.input("p", Shape.batch(65536, 1)).add(Expr.input("q", Shape.of(32768))));
    }

    @Test
    void axesThatDoNotBecomeRowsAndColumns() {
        Expr cube = Expr.input("cube", Shape.batch(3, 4));
        Expr middle = Expr.parameter("middle", Shape.of(3, 1));
        fails(IllegalArgumentException.class,
                "mul: [batch, 3, 4] and [3, 1] needs more than rows and columns: only neighbouring axes can broadcast or be"
                        + " summed together",
                () -> GradientKernel.compile(cube.mul(middle).sum()));
    }

    // --- nulls ----------------------------------------------------------------------------------------------

    @Test
    void aNullOperandIsNamedByItsOperation() {
        aNullOperandIsNamedByItsOperation(x);
        aNullOperandIsNamedByItsOperation(Tensor.scalar(1));
    }

    private static <T extends Operations<T>> void aNullOperandIsNamedByItsOperation(T some) {
        Map<String, UnaryOperator<T>> operations = new LinkedHashMap<>();
        operations.put("add", some::add);
        operations.put("sub", some::sub);
        operations.put("mul", some::mul);
        operations.put("div", some::div);
        operations.put("maximum", some::maximum);
        operations.put("minimum", some::minimum);
        operations.put("lt", some::lt);
        operations.put("le", some::le);
        operations.put("gt", some::gt);
        operations.put("ge", some::ge);
        operations.put("eq", some::eq);
        operations.put("ne", some::ne);
        operations.put("dot", some::dot);
        operations.forEach((name, operation) ->
                fails(NullPointerException.class, name + ": the second operand is null", () -> operation.apply(null)));
    }

    @Test
    void nullsAreNamed() {
        fails(NullPointerException.class, "name", () -> Expr.input(null, Shape.scalar()));
        fails(NullPointerException.class, "shape of x", () -> Expr.input("x", null));
        fails(NullPointerException.class, "mul: the second operand is null", () -> x.mul((Expr) null));
        fails(NullPointerException.class, "sub: the second operand is null", () -> Tensor.scalar(1).sub((Tensor) null));
        fails(NullPointerException.class, "loss", () -> GradientKernel.compile(null));
        fails(NullPointerException.class, "variable", () -> GradientKernel.compile(loss, w, null));
        fails(NullPointerException.class, "values", () -> Tensor.of((float[]) null));
        fails(NullPointerException.class, "shape", () -> Tensor.of((Shape) null, 1f));
        fails(NullPointerException.class, "backward: the upstream gradient is null",
                () -> Tensor.scalar(1).requiresGrad().backward(null));
        fails(NullPointerException.class, "assign: the value is null", () -> Tensor.scalar(1).assign(null));
        Step step = kernel.newStep();
        fails(NullPointerException.class, "input", () -> step.bind((Expr) null, data));
        fails(NullPointerException.class, "input x: the array is null", () -> step.bind(x, (float[]) null));
        fails(NullPointerException.class, "the gradient of w: the array is null", () -> step.gradient(w, (float[]) null));
        fails(NullPointerException.class, "bind: floats for x", () -> step.bind(x, (Floats) null));
    }

    // --- compiling ------------------------------------------------------------------------------------------

    @Test
    void lossThatIsNoScalar() {
        fails(IllegalArgumentException.class, "gradient: the loss has shape [batch], not []; reduce it by sum() or mean()",
                () -> GradientKernel.compile(x.mul(w).sum(-1)));
    }

    @Test
    void gradientOfWhatDoesNotRequireOne() {
        fails(IllegalArgumentException.class, "gradient: x does not require one; declare it with Expr.parameter",
                () -> GradientKernel.compile(loss, w, x));
        fails(IllegalArgumentException.class, "gradient: sum(square(y)) depends on no parameter",
                () -> GradientKernel.compile(y.square().sum()));
        fails(IllegalArgumentException.class, "gradient: mul(x, w) is not a parameter",
                () -> GradientKernel.compile(loss, x.mul(w)));
        fails(IllegalArgumentException.class, "gradient: the loss does not depend on v",
                () -> GradientKernel.compile(loss, Expr.parameter("v", Shape.scalar())));
        fails(IllegalArgumentException.class, "gradient: a variable is named twice", () -> GradientKernel.compile(loss, w, w));
    }

    @Test
    void twoInputsOfOneName() {
        Expr other = Expr.input("x", Shape.batch());
        fails(IllegalArgumentException.class, "gradient: two inputs are named x",
                () -> GradientKernel.compile(x.mul(w).sum(-1).sub(other).square().sum()));
    }

    // --- binding --------------------------------------------------------------------------------------------

    @Test
    void unknownInputs() {
        Step step = kernel.newStep();
        Expr z = Expr.input("z", Shape.batch());
        for (Executable action : List.<Executable>of(() -> step.bind(z, targets), () -> step.bind("z", targets, 0))) {
            String message = assertThrows(IllegalArgumentException.class, action).getMessage();
            assertTrue(message.startsWith("bind: z is not among ["), message);
            for (String name : List.of("x", "w", "b", "y")) {
                assertTrue(message.substring(20).contains(name), message);
            }
        }
        fails(IllegalArgumentException.class, "gradient: x is not among [w, b]", () -> step.gradient(x, grads));
        Step onlyW = GradientKernel.compile(loss, w).newStep();
        fails(IllegalArgumentException.class, "gradient: b is not among [w]", () -> onlyW.gradient(b, grads));
    }

    @Test
    void offsetsOutsideTheArray() {
        Step step = kernel.newStep();
        fails(IndexOutOfBoundsException.class, "input x of shape [batch, 3]: offset -1 in an array of 9",
                () -> step.bind(x, data, -1));
        fails(IndexOutOfBoundsException.class, "input y of shape [batch]: offset 4 in an array of 3",
                () -> step.bind(y, targets, 4));
        fails(IndexOutOfBoundsException.class, "the gradient of w of shape [3]: offset 10 in an array of 9",
                () -> step.gradient(w, grads, 10));
    }

    // --- running --------------------------------------------------------------------------------------------

    /** Everything bound but nothing run. */
    private Step bound() {
        return kernel.newStep().bind(x, data).bind(y, targets).bind(w, weights).bind(b, bias)
                .gradient(w, grads, 0).gradient(b, grads, 8);
    }

    private void writesNothing(Class<? extends Throwable> type, String message, Step step, int rows) {
        float[] before = weights.clone();
        fails(type, message, () -> step.run(rows));
        assertArrayEquals(sentinels(), grads);
        assertArrayEquals(before, weights);
    }

    @Test
    void noRows() {
        writesNothing(IllegalArgumentException.class, "run: 0 rows; a batch has at least one", bound(), 0);
        writesNothing(IllegalArgumentException.class, "run: -3 rows; a batch has at least one", bound(), -3);
        fails(IllegalStateException.class, "run: this kernel has a batch; say how many rows", () -> bound().run());
        Step single = GradientKernel.compile(b.square()).newStep().bind(b, bias).gradient(b, grads);
        writesNothing(IllegalArgumentException.class, "run: this kernel has no batch, but 2 rows were given", single, 2);
    }

    @Test
    void arraysThatAreTooShort() {
        writesNothing(IllegalArgumentException.class,
                "run: input x of shape [batch, 3] with 4 rows needs 12 floats from offset 0, the array has 9",
                bound().bind(y, data), 4);
        writesNothing(IllegalArgumentException.class,
                "run: input x of shape [batch, 3] with 3 rows needs 9 floats from offset 1, the array has 9",
                bound().bind(x, data, 1), 3);
        writesNothing(IllegalArgumentException.class,
                "run: input y of shape [batch] with 2 rows needs 2 floats from offset 2, the array has 3",
                bound().bind(y, targets, 2), 2);
        writesNothing(IllegalArgumentException.class,
                "run: the gradient of w of shape [3] with 2 rows needs 3 floats from offset 7, the array has 9",
                bound().gradient(w, grads, 7), 2);
    }

    @Test
    void moreRowsThanAnArrayCanHold() {
        writesNothing(IllegalArgumentException.class,
                "run: 1431655766 rows of 3 elements are too many", bound(), 1431655766); // 2 modulo 2^32
    }

    @Test
    void moreElementsThanAnArrayCouldHoldBetweenOperandsThatFit() {
        int rows = 65536;
        int cols = 32768;
        Expr u = Expr.parameter("u", Shape.batch(1));
        Expr v = Expr.parameter("v", Shape.of(cols));
        float[] gradU = new float[rows];
        float[] gradV = new float[cols];
        Arrays.fill(gradU, SENTINEL);
        Arrays.fill(gradV, SENTINEL);
        Step step = GradientKernel.compile(u.mul(v).sum()).newStep()
                .bind(u, new float[rows]).bind(v, new float[cols]).gradient(u, gradU).gradient(v, gradV);
        fails(IllegalArgumentException.class, "run: 65536 rows of 32768 elements are too many", () -> step.run(rows));
        assertEquals(SENTINEL, gradU[0]);
        assertEquals(SENTINEL, gradV[0]);
    }

    @Test
    void somethingNotBound() {
        writesNothing(IllegalStateException.class, "run: input y of shape [batch] is not bound",
                kernel.newStep().bind(x, data).bind(w, weights).bind(b, bias).gradient(w, grads).gradient(b, grads, 8), 2);
        writesNothing(IllegalStateException.class, "run: the gradient of b of shape [] is not bound",
                kernel.newStep().bind(x, data).bind(y, targets).bind(w, weights).bind(b, bias).gradient(w, grads), 2);
    }

    @Test
    void gradientsOverOtherArrays() {
        writesNothing(IllegalArgumentException.class, "run: the gradient of w overlaps input w",
                bound().gradient(w, weights), 2);
        writesNothing(IllegalArgumentException.class, "run: the gradient of b overlaps the gradient of w",
                bound().gradient(b, grads, 2), 2);
        writesNothing(IllegalArgumentException.class, "run: the gradient of w overlaps input x",
                bound().gradient(w, data, 5), 2);
        assertArrayEquals(new float[] {1, 2, 3, 4, 5, 6, 7, 8, 9}, data);
    }

    @Test
    void neighboursInOneArrayDoNotOverlap() {
        float[] all = new float[16];
        System.arraycopy(weights, 0, all, 0, 3);
        Step step = bound().bind(w, all, 0).gradient(w, all, 3).gradient(b, all, 6);
        assertEquals(bound().run(3), step.run(3));
        assertArrayEquals(Arrays.copyOf(grads, 3), Arrays.copyOfRange(all, 3, 6));
    }

    @Test
    void aStepThatFailedRunsWhenItIsPutRight() {
        float expected = bound().run(3);
        Step step = bound().bind(y, targets, 2);
        assertThrows(IllegalArgumentException.class, () -> step.run(3));
        assertEquals(expected, step.bind(y, targets).run(3));
        assertThrows(IllegalArgumentException.class, () -> step.run(4));
        assertEquals(expected, step.run(3));
    }

    // --- tensors --------------------------------------------------------------------------------------------

    @Test
    void backwardOfAMatrixWithoutUpstream() {
        Tensor weight = Tensor.of(1, 2, 3).requiresGrad();
        fails(IllegalStateException.class, "backward: shape [3] is not a scalar; give the upstream gradient",
                () -> weight.mul(2).backward());
        fails(IllegalArgumentException.class, "backward: upstream of shape [2] for a tensor of shape [3]",
                () -> weight.mul(2).backward(Tensor.of(1, 2)));
        assertNull(weight.grad());
    }

    @Test
    void backwardWhereNothingRequiresAGradient() {
        fails(IllegalStateException.class, "backward: nothing in square(t) requires a gradient",
                () -> Tensor.scalar(2).square().backward());
    }

    @Test
    void failedBackwardLeavesGradientsAsTheyWere() {
        Tensor cube = matrix(2, 3, 4).requiresGrad();
        cube.sum().backward();
        Tensor middle = matrix(3, 1);
        assertThrows(IllegalArgumentException.class, () -> cube.mul(middle).sum().backward());
        for (float g : cube.grad().toArray()) {
            assertEquals(1f, g);
        }
    }

    @Test
    void elementsThatDoNotFitTheShape() {
        fails(IllegalArgumentException.class, "tensor: shape [2, 2] has 4 elements, not 3",
                () -> Tensor.of(Shape.of(2, 2), 1, 2, 3));
        fails(IllegalArgumentException.class, "tensor: shape [batch, 2] has no fixed batch",
                () -> Tensor.of(Shape.batch(2), 1, 2));
        fails(IllegalArgumentException.class, "shape [0]: dimensions are at least 1", () -> Tensor.of());
    }

    @Test
    void changingWhatIsNoLeaf() {
        Tensor leaf = Tensor.of(1, 2).requiresGrad();
        fails(IllegalStateException.class, "descend: t has no gradient; call backward first", () -> leaf.descend(1));
        fails(IllegalStateException.class, "assign: mul(t, 2.0) is the result of an operation",
                () -> leaf.mul(2).assign(leaf));
        fails(IllegalArgumentException.class, "assign: shape [3] to a tensor of shape [2]",
                () -> leaf.assign(Tensor.of(1, 2, 3)));
        fails(IllegalStateException.class, "item: shape [2] has 2 elements", leaf::item);
        assertArrayEquals(new float[] {1, 2}, leaf.toArray());
    }

    @Test
    void blocksOfFloats() {
        fails(IllegalArgumentException.class, "length -1", () -> Floats.aligned(-1));
        Floats block = Floats.copyOf(1, 2);
        assertThrows(IndexOutOfBoundsException.class, () -> block.get(2));
        assertThrows(IndexOutOfBoundsException.class, () -> block.set(-1, 0));
    }

    // --- properties -----------------------------------------------------------------------------------------

    /** Asks for lanes in a JVM of its own. */
    static final class Lanes {
        private Lanes() {}

        public static void main(String[] args) {
            System.out.println(Fusegrad.lanes());
        }
    }

    @Test
    void lanesThatNoMachineHas() {
        ChildJvm.Result result = ChildJvm.run(Lanes.class, List.of(ChildJvm.VECTORS, "-Dfusegrad.lanes=5"));
        assertEquals(1, result.exit());
        assertTrue(result.err().contains("fusegrad.lanes=5: expected one of [0, 4, 8, 16]"), result.err());
        result = ChildJvm.run(Lanes.class, List.of(ChildJvm.VECTORS, "-Dfusegrad.lanes=wide"));
        assertEquals(1, result.exit());
        assertTrue(result.err().contains("fusegrad.lanes=wide: expected one of [0, 4, 8, 16]"), result.err());
        result = ChildJvm.run(Lanes.class, List.of(ChildJvm.VECTORS, "-Dfusegrad.lanes=8"));
        assertEquals("8", result.out().strip());
    }

    // --- training -------------------------------------------------------------------------------------------

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

    private static float[] sentinels() {
        float[] array = new float[9];
        Arrays.fill(array, SENTINEL);
        return array;
    }

    private static Tensor matrix(int... shape) {
        Shape s = Shape.of(shape);
        return Tensor.of(s, new float[s.perRow()]);
    }
}
