package org.fusegrad;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.fusegrad.ir.Arithmetic;
import org.fusegrad.ir.Graph;
import org.fusegrad.ir.Interpreter;
import org.fusegrad.testing.Bits;
import org.fusegrad.testing.Jvm;
import org.fusegrad.testing.TorchOptim;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Updates are PyTorch's algorithms to a few ulp, and the interpreter's bits; they write their own elements of the caller's arrays
 * and nothing else.
 */
@Tag("matrix")
class OptimizerTest {
    private static final int STEPS = 12;
    /** Of float rounding, per step, in ulps of the largest value or update that the parameter had. */
    private static final double ULPS_PER_STEP = 4;
    /** Vectors that nothing has compiled yet are slow, and at a width that the machine lacks they stay so. */
    private static final int MOST_COLD = 2000;
    private static final float SENTINEL = Float.intBitsToFloat(0x7fc12345);

    private record Case(Optimizer optimizer, TorchOptim.Rule torch) {}

    private static Map<String, Case> cases() {
        Map<String, Case> cases = new LinkedHashMap<>();
        cases.put("sgd", new Case(Optimizer.sgd(0.1), TorchOptim.sgd(t -> 0.1, 0, 0, 0, false)));
        cases.put("sgd with momentum", new Case(
                Optimizer.sgd(0.1).momentum(0.9), TorchOptim.sgd(t -> 0.1, 0.9, 0, 0, false)));
        cases.put("sgd with dampening and weight decay", new Case(
                Optimizer.sgd(0.1).momentum(0.8).dampening(0.3).weightDecay(0.02),
                TorchOptim.sgd(t -> 0.1, 0.8, 0.3, 0.02, false)));
        cases.put("sgd by Nesterov", new Case(
                Optimizer.sgd(0.1).momentum(0.9).nesterov(), TorchOptim.sgd(t -> 0.1, 0.9, 0, 0, true)));
        cases.put("sgd on a schedule", new Case(
                Optimizer.sgd(LearningRate.exponential(0.2, 0.9)), TorchOptim.sgd(t -> 0.2 * Math.pow(0.9, t), 0, 0, 0, false)));
        cases.put("adagrad", new Case(Optimizer.adagrad(0.1), TorchOptim.adagrad(0.1, 0, 0, 1e-10)));
        cases.put("adagrad with all", new Case(
                Optimizer.adagrad(0.1).learningRateDecay(0.1).weightDecay(0.01).eps(1e-5),
                TorchOptim.adagrad(0.1, 0.1, 0.01, 1e-5)));
        cases.put("rmsProp", new Case(Optimizer.rmsProp(0.01), TorchOptim.rmsProp(0.01, 0.99, 0, 0, false, 1e-8)));
        cases.put("rmsProp with momentum", new Case(
                Optimizer.rmsProp(0.01).alpha(0.9).momentum(0.5).weightDecay(0.1).eps(1e-4),
                TorchOptim.rmsProp(0.01, 0.9, 0.1, 0.5, false, 1e-4)));
        cases.put("rmsProp centered", new Case(
                Optimizer.rmsProp(0.01).alpha(0.8).centered(), TorchOptim.rmsProp(0.01, 0.8, 0, 0, true, 1e-8)));
        cases.put("rmsProp centered on short means", new Case( // the other form of lerp
                Optimizer.rmsProp(0.01).alpha(0.4).centered().momentum(0.2).eps(0.1),
                TorchOptim.rmsProp(0.01, 0.4, 0, 0.2, true, 0.1)));
        cases.put("adam", new Case(Optimizer.adam(0.001), TorchOptim.adam(t -> 0.001, 0.9, 0.999, 0, false, 1e-8)));
        cases.put("adam with weight decay", new Case(
                Optimizer.adam(0.01).betas(0.3, 0.9).weightDecay(0.1).eps(1e-3),
                TorchOptim.adam(t -> 0.01, 0.3, 0.9, 0.1, false, 1e-3)));
        cases.put("adamW", new Case(Optimizer.adamW(0.01), TorchOptim.adam(t -> 0.01, 0.9, 0.999, 0.01, true, 1e-8)));
        cases.put("adamW on a schedule", new Case(
                Optimizer.adamW(LearningRate.cosine(0.01, 0.001, 10)).weightDecay(0.2),
                TorchOptim.adam(t -> 0.001 + 0.009 * (1 + Math.cos(Math.PI * Math.min(t, 10) / 10)) / 2, 0.9, 0.999, 0.2, true,
                        1e-8)));
        return cases;
    }

    @Test
    void updatesAreThoseOfPyTorch() {
        cases().forEach((what, c) -> compare(what, c.optimizer, c.torch, Double.POSITIVE_INFINITY));
    }

    @Test
    void clippedGradientsAreThoseOfPyTorch() {
        for (double maxNorm : new double[] {0.5, 5, 1e9}) {
            cases().forEach((what, c) -> compare(what + " clipped to " + maxNorm, c.optimizer.clipNorm(maxNorm), c.torch, maxNorm));
        }
    }

    private static void compare(String what, Optimizer optimizer, TorchOptim.Rule torch, double maxNorm) {
        int n = 37;
        Random random = new Random(what.hashCode());
        float[] parameters = gaussian(n, random);
        float[] gradients = new float[n];
        double[] expected = widen(parameters);
        double[] largest = new double[n];
        double[][] states = new double[n][3];
        OptimizerStep step = optimizer.newStep(parameters, 0, gradients, 0, n);
        for (long t = 1; t <= STEPS; t++) {
            System.arraycopy(gaussian(n, random), 0, gradients, 0, n);
            double factor = TorchOptim.clipFactor(widen(gradients), maxNorm);
            step.run();
            for (int i = 0; i < n; i++) {
                double before = expected[i];
                expected[i] = torch.step(t, before, factor * gradients[i], states[i]);
                largest[i] = Math.max(largest[i], Math.max(Math.abs(before), Math.abs(expected[i] - before)));
                double allowed = t * ULPS_PER_STEP * Math.ulp((float) largest[i]);
                assertEquals(expected[i], parameters[i], allowed, what + " step " + t + " element " + i);
            }
        }
    }

    /** In place, at odd offsets, with sentinels on both sides of everything, by the vector kernel and by its scalar twin. */
    @Test
    void updatesHaveTheBitsOfTheInterpreter() {
        int[] sizes = Jvm.isInterpreted() ? new int[] {1, 17, 1030} : new int[] {1, 2, 3, 7, 8, 15, 16, 17, 31, 63, 64, 65, 100, 1030, 70_001};
        cases().forEach((what, c) -> {
            for (int n : sizes) {
                interpreted(what, c.optimizer, n, false);
                if (n <= MOST_COLD) {
                    interpreted(what, c.optimizer, n, true);
                }
            }
        });
    }

    private static void interpreted(String what, Optimizer optimizer, int n, boolean vectors) {
        Random random = new Random(n);
        float[] parameters = surrounded(hostile(n, random), 5);
        float[] gradients = surrounded(hostile(n, random), 9);
        float[] untouched = gradients.clone();
        OptimizerStep step = optimizer.newStep(parameters, 5, gradients, 9, n);
        Graph graph = step.plan().schedule().graph();
        for (int t = 0; t < 3; t++) {
            List<double[]> outputs = interpret(graph, optimizer, step, n, parameters, gradients);
            step.run(vectors);
            for (int k = 0; k < outputs.size(); k++) {
                String name = graph.outputs().get(k).name();
                Floats actual = name.equals("new_parameter0")
                        ? new Floats(parameters, 5, n)
                        : step.state(name.substring("new_".length(), name.length() - 1));
                Bits.same(what + " n " + n + " step " + t + " " + name, narrow(outputs.get(k)), actual.toArray());
            }
            assertSurrounded(what, parameters, 5, n);
            Bits.same(what + " gradients", untouched, gradients);
        }
    }

    private static List<double[]> interpret(
            Graph graph, Optimizer optimizer, OptimizerStep step, int n, float[] parameters, float[] gradients) {
        List<double[]> inputs = new ArrayList<>();
        Map<String, double[]> arguments = arguments(optimizer, step.steps());
        for (Graph.Input input : graph.inputs()) {
            inputs.add(switch (input.name()) {
                case "parameter" -> widen(Arrays.copyOfRange(parameters, 5, 5 + n));
                case "gradient" -> widen(Arrays.copyOfRange(gradients, 9, 9 + n));
                default -> input.name().startsWith("state_")
                        ? widen(step.state(input.name().substring("state_".length())).toArray())
                        : arguments.get(input.name());
            });
        }
        return new Interpreter(graph, Arithmetic.FLOAT).run(n, inputs);
    }

    private static Map<String, double[]> arguments(Optimizer optimizer, long step) {
        Updates updates = new Updates(new org.fusegrad.ir.GraphBuilder());
        var p = updates.builder().input("p", org.fusegrad.ir.Extent.ROW);
        updates.add(optimizer, "state", p, updates.builder().input("g", org.fusegrad.ir.Extent.ROW));
        Map<String, double[]> arguments = new LinkedHashMap<>();
        updates.arguments().forEach(a -> arguments.put(a.name(), new double[] {(float) a.value().at(step)}));
        return arguments;
    }

    @Test
    void hyperParametersAreNoPartOfTheCode() {
        OptimizerStep one = adam(Optimizer.adam(0.001));
        assertSame(one.plan(), adam(Optimizer.adam(0.5).betas(0.8, 0.9).eps(1e-3)).plan());
        assertSame(one.plan(), adam(Optimizer.adamW(LearningRate.cosine(1, 0, 100)).weightDecay(0)).plan());
        assertNotSame(one.plan(), adam(Optimizer.adamW(0.001)).plan());
    }

    private static OptimizerStep adam(Optimizer optimizer) {
        return optimizer.newStep(new float[3], 0, new float[3], 0, 3);
    }

    @Test
    void anUpdateIsOneLoopOverItsArrays() {
        cases().forEach((what, c) -> {
            String plan = c.optimizer.newStep(new float[3], 0, new float[3], 0, 3).plan().schedule().toString();
            List<String> passes = plan.lines().filter(line -> line.startsWith("pass ")).toList();
            String loop = "pass " + (passes.size() - 1) + ": flat over [rows]";
            assertTrue(
                    passes.equals(List.of(loop)) || passes.equals(List.of("pass 0: scalar over []", loop)), what + "\n" + plan);
            assertTrue(plan.endsWith("passes over the batch: 1, saved between passes: 0\n"), what + "\n" + plan);
        });
    }

    @Test
    void stateThatIsSavedAndSetGoesOnWithTheSameBits() {
        cases().forEach((what, c) -> {
            float[] gradients = gaussian(20, new Random(1));
            float[] through = gaussian(20, new Random(2));
            float[] stopped = through.clone();
            OptimizerStep whole = c.optimizer.newStep(through, 0, gradients, 0, 20);
            OptimizerStep first = c.optimizer.newStep(stopped, 0, gradients, 0, 20);
            for (int t = 0; t < 3; t++) {
                whole.run();
                first.run();
            }
            float[] resumed = stopped.clone();
            OptimizerStep second = c.optimizer.newStep(resumed, 0, gradients, 0, 20).steps(first.steps());
            for (String name : first.stateNames()) {
                Floats to = second.state(name);
                System.arraycopy(first.state(name).toArray(), 0, to.array(), to.offset(), 20);
            }
            whole.run();
            second.run();
            Bits.same(what, through, resumed);
        });
    }

    @Test
    void clippingAParametersNorm() {
        float[] parameters = {1, 1};
        OptimizerStep step = Optimizer.sgd(1).clipNorm(1).newStep(parameters, 0, new float[] {3, 4}, 0, 2);
        step.run();
        assertEquals(5, step.gradientNorm());
        float factor = 1 / (5 + 1e-6f);
        Bits.same("clipped", new float[] {1 - 3 * factor, 1 - 4 * factor}, parameters);
    }

    @Test
    void clippingGoesOverAllParameters() {
        Expr w = Expr.parameter("w", Shape.of(2));
        Expr b = Expr.parameter("b", Shape.scalar());
        Parameters parameters = Parameters.of(w, b);
        Parameters gradients = parameters.zeros().set(w, 2, 3).set(b, 6);
        OptimizerStep step = Optimizer.sgd(1).clipNorm(100).newStep(parameters, gradients);
        step.run();
        assertEquals(7, step.gradientNorm());
        Bits.same("not clipped", new float[] {-2, -3, -6}, parameters.values().toArray());
    }

    @Test
    void oneStepFromSeveralMiniBatches() {
        Expr x = Expr.input("x", Shape.batch(3));
        Expr w = Expr.parameter("w", Shape.of(3));
        GradientKernel kernel = GradientKernel.compile(x.mul(w).sum(-1).square().sum());
        Parameters parameters = Parameters.of(w).set(w, 1, 2, 3);
        Parameters gradients = parameters.zeros();
        float[] data = {1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 1, 1};
        Step accumulate = kernel.newAccumulatingStep().bind(x, data).bind(parameters).gradients(gradients);
        OptimizerStep update = Optimizer.sgd(0.001).newStep(parameters, gradients);
        for (int row = 0; row < 4; row += 2) {
            accumulate.run(row, 2);
        }
        Bits.same("gradients", new float[] {2 + 12, 4 + 12, 6 + 12}, gradients.values().toArray());
        update.run();
        Bits.same("w", new float[] {1 - 0.001f * 14, 2 - 0.001f * 16, 3 - 0.001f * 18}, parameters.get(w).toArray());
    }

    @Test
    void learningRates() {
        assertEquals(0.5, LearningRate.constant(0.5).at(100));
        LearningRate stepwise = LearningRate.stepwise(8, 0.5, 10);
        assertEquals(8, stepwise.at(9));
        assertEquals(4, stepwise.at(10));
        assertEquals(2, stepwise.at(29));
        assertEquals(2, LearningRate.exponential(8, 0.5).at(2));
        LearningRate cosine = LearningRate.cosine(1, 0.2, 100);
        assertEquals(1, cosine.at(0));
        assertEquals(0.6, cosine.at(50), 1e-15);
        assertEquals(0.2, cosine.at(100), 1e-15);
        assertEquals(0.2, cosine.at(1000), 1e-15);
        LearningRate warm = LearningRate.constant(2).warmUp(0.5, 4);
        assertEquals(1, warm.at(0));
        assertEquals(1.5, warm.at(2));
        assertEquals(2, warm.at(4));
        assertEquals(2, warm.at(400));
        LearningRate composed = LearningRate.constant(3).then(5, LearningRate.exponential(1, 0.5));
        assertEquals(3, composed.at(4));
        assertEquals(1, composed.at(5));
        assertEquals(0.5, composed.at(6));
    }

    // --- numbers ------------------------------------------------------------------------------------------

    private static float[] gaussian(int n, Random random) {
        float[] values = new float[n];
        for (int i = 0; i < n; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    /** With a NaN, infinities, zeros, subnormals and extremes among them. */
    private static float[] hostile(int n, Random random) {
        float[] special = {
            Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, 0f, -0f, Float.MIN_VALUE, Float.MAX_VALUE, -1e30f, 1e-30f};
        float[] values = gaussian(n, random);
        for (int i = 0; i < n; i++) {
            if (random.nextInt(10) == 0) {
                values[i] = special[random.nextInt(special.length)];
            }
        }
        return values;
    }

    private static float[] surrounded(float[] values, int before) {
        float[] array = new float[before + values.length + 19];
        Arrays.fill(array, SENTINEL);
        System.arraycopy(values, 0, array, before, values.length);
        return array;
    }

    private static void assertSurrounded(String what, float[] array, int before, int n) {
        for (int i = 0; i < array.length; i++) {
            if (i < before || i >= before + n) {
                assertEquals(Float.floatToRawIntBits(SENTINEL), Float.floatToRawIntBits(array[i]), what + " sentinel " + i);
            }
        }
    }

    private static double[] widen(float[] values) {
        double[] wide = new double[values.length];
        for (int i = 0; i < wide.length; i++) {
            wide[i] = values[i];
        }
        return wide;
    }

    private static float[] narrow(double[] values) {
        float[] narrow = new float[values.length];
        for (int i = 0; i < narrow.length; i++) {
            narrow[i] = (float) values[i];
        }
        return narrow;
    }
}
