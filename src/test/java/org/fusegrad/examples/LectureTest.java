package org.fusegrad.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.fusegrad.Expr;
import org.fusegrad.GradientKernel;
import org.fusegrad.Shape;
import org.fusegrad.Step;
import org.fusegrad.Tensor;
import org.fusegrad.testing.Bits;
import org.fusegrad.testing.Golden;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The lecture's loop gives PyTorch's numbers bit for bit, through both ways into the engine, and prints its lines. */
@Tag("matrix")
@Tag("debugprint")
class LectureTest {
    private static final List<String[]> SAMPLES = Golden.rows("lesson04.tsv");
    private static final float LEARNING_RATE = 0.01f;

    @Test
    void loopOverTensorsGivesTheGoldenBits() {
        List<LectureLoop.Sample> samples = new ArrayList<>();
        LectureLoop.run(new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8), samples::add);
        assertEquals(SAMPLES.size(), samples.size());
        for (int k = 0; k < samples.size(); k++) {
            LectureLoop.Sample sample = samples.get(k);
            assertEquals(Integer.parseInt(SAMPLES.get(k)[0]), sample.epoch());
            assertEquals(Float.parseFloat(SAMPLES.get(k)[1]), sample.x());
            check(k, sample.grad(), sample.loss(), sample.w());
        }
    }

    @Test
    void printsWhatPyTorchPrintsWithPlainGradients() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        LectureLoop.run(new PrintStream(bytes, true, StandardCharsets.UTF_8), sample -> {});
        List<String> expected = new ArrayList<>();
        int sample = 0;
        for (String line : Golden.lines("lesson04_pytorch.txt")) {
            if (line.startsWith("\tgrad")) {
                String plain = Double.toString(Golden.bits(SAMPLES.get(sample++)[4]));
                expected.add(line.substring(0, line.indexOf("tensor(")) + plain);
            } else {
                expected.add(line);
            }
        }
        assertEquals(expected, bytes.toString(StandardCharsets.UTF_8).lines().toList());
    }

    @Test
    void compiledStepOfOneSampleGivesTheGoldenBits() {
        Expr x = Expr.input("x", Shape.batch());
        Expr y = Expr.input("y", Shape.batch());
        Expr w = Expr.parameter("w", Shape.scalar());
        compiledLoop(x, y, w, x.mul(w).sub(y).square().sum(), true);
    }

    @Test
    void compiledStepWithoutBatchGivesTheGoldenBits() {
        Expr x = Expr.input("x", Shape.scalar());
        Expr y = Expr.input("y", Shape.scalar());
        Expr w = Expr.parameter("w", Shape.scalar());
        compiledLoop(x, y, w, x.mul(w).sub(y).square(), false);
    }

    private static void compiledLoop(Expr x, Expr y, Expr w, Expr loss, boolean batched) {
        float[] xs = {1, 2, 3};
        float[] ys = {2, 4, 6};
        float[] weight = {1};
        float[] grad = new float[1];
        Step step = GradientKernel.compile(loss).newStep().bind(w, weight).gradient(w, grad);
        for (int k = 0; k < SAMPLES.size(); k++) {
            step.bind(x, xs, k % 3).bind(y, ys, k % 3);
            float value = batched ? step.run(1) : step.run();
            weight[0] -= LEARNING_RATE * grad[0];
            check(k, grad[0], value, weight[0]);
        }
    }

    private static void check(int k, float grad, float loss, float w) {
        String[] golden = SAMPLES.get(k);
        Bits.same("grad of sample " + k, Golden.bits(golden[4]), grad);
        Bits.same("loss of sample " + k, Golden.bits(golden[6]), loss);
        Bits.same("w after sample " + k, Golden.bits(golden[8]), w);
    }

    // --- the worked examples ---------------------------------------------------------------------------

    @Test
    void productWithUpstreamFive() {
        Tensor x = Tensor.scalar(2).requiresGrad();
        Tensor y = Tensor.scalar(3).requiresGrad();
        Tensor z = x.mul(y);
        assertEquals(6f, z.item());
        z.backward(Tensor.scalar(5));
        assertEquals(15f, x.grad().item());
        assertEquals(10f, y.grad().item());
    }

    @Test
    void squaredErrorOfOneSample() {
        assertEquals(-2f, gradientOfWeight(1, 2, 1));
        assertEquals(-8f, gradientOfWeight(2, 4, 1));
    }

    private static float gradientOfWeight(float x, float y, float weight) {
        Tensor w = Tensor.scalar(weight).requiresGrad();
        w.mul(x).sub(y).square().backward();

        Expr input = Expr.input("x", Shape.scalar());
        Expr target = Expr.input("y", Shape.scalar());
        Expr parameter = Expr.parameter("w", Shape.scalar());
        float[] grad = new float[1];
        GradientKernel.compile(parameter.mul(input).sub(target).square())
                .newStep()
                .bind(input, new float[] {x})
                .bind(target, new float[] {y})
                .bind(parameter, new float[] {weight})
                .gradient(parameter, grad)
                .run();
        assertEquals(w.grad().item(), grad[0], "compiled");
        return grad[0];
    }

    @Test
    void squaredErrorWithBias() {
        Tensor w = Tensor.scalar(1).requiresGrad();
        Tensor b = Tensor.scalar(2).requiresGrad();
        w.mul(1).add(b).sub(2).square().backward();
        assertEquals(2f, w.grad().item());
        assertEquals(2f, b.grad().item());

        Expr x = Expr.input("x", Shape.batch());
        Expr y = Expr.input("y", Shape.batch());
        Expr weight = Expr.parameter("w", Shape.scalar());
        Expr bias = Expr.parameter("b", Shape.scalar());
        float[] grads = new float[2];
        float loss = GradientKernel.compile(x.mul(weight).add(bias).sub(y).square().mean())
                .newStep()
                .bind(x, new float[] {1})
                .bind(y, new float[] {2})
                .bind(weight, new float[] {1})
                .bind(bias, new float[] {2})
                .gradient(weight, grads, 0)
                .gradient(bias, grads, 1)
                .run(1);
        assertEquals(1f, loss);
        assertEquals(2f, grads[0]);
        assertEquals(2f, grads[1]);
    }
}
