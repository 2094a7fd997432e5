package org.fusegrad.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.fusegrad.ir.Arithmetic;
import org.fusegrad.ir.Graph;
import org.fusegrad.ir.Interpreter;
import org.fusegrad.simd.Lanes;

/**
 * Runs a graph by every route and demands the same bits: the float interpreter, the scalar twin, and the
 * vector kernel at each width, with arrays at odd offsets, some of which go on behind their last element, and sentinels around every output.
 */
public final class Parity {
    private static final float SENTINEL = Float.intBitsToFloat(0x7fc12345);
    private static final int MARGIN = 19;
    /** Floats that follow a mini-batch in an array that goes on. */
    private static final int BEHIND = 70;

    private final Graph graph;
    private final Map<Integer, Plan> plans = new HashMap<>();

    /** Compiles for the width the JVM was told to use, or for all of them. */
    public Parity(Graph graph) {
        this(graph, widths());
    }

    Parity(Graph graph, List<Integer> lanes) {
        this.graph = graph;
        lanes.forEach(n -> plans.put(n, Plan.of(graph, n)));
    }

    /** Plans by their lanes. */
    Parity(Graph graph, Map<Integer, Plan> plans) {
        this.graph = graph;
        this.plans.putAll(plans);
    }

    static List<Integer> widths() {
        if (Integer.getInteger("fusegrad.lanes") != null || !Lanes.AVAILABLE) {
            return List.of(Lanes.ACTIVE);
        }
        return Lanes.SUPPORTED;
    }

    Map<Integer, Plan> plans() {
        return plans;
    }

    /** One call with fresh data. */
    void check(String what, int rows, Numbers numbers) {
        List<float[]> inputs = new ArrayList<>();
        for (Graph.Input input : graph.inputs()) {
            inputs.add(numbers.next(input.extent().count(rows)));
        }
        check(what, rows, inputs, true);
    }

    public void check(String what, int rows, List<float[]> inputs, boolean offsets) {
        List<double[]> wide = inputs.stream().map(Parity::widen).toList();
        List<double[]> expected = new Interpreter(graph, Arithmetic.FLOAT).run(rows, wide);
        plans.forEach((lanes, plan) -> {
            compare(what + " scalar twin", plan, rows, inputs, expected, false, offsets);
            if (lanes > 0) {
                compare(what + " lanes " + lanes, plan, rows, inputs, expected, true, offsets);
            }
        });
    }

    private void compare(
            String what, Plan plan, int rows, List<float[]> inputs, List<double[]> expected, boolean vectors, boolean offsets) {
        Workspace workspace = plan.newWorkspace();
        for (int k = 0; k < inputs.size(); k++) {
            int at = offsets ? k * 3 + 1 : 0;
            boolean endsThere = !offsets || ((rows >> 2) + k & 1) == 0;
            float[] copy = new float[at + inputs.get(k).length + (endsThere ? 0 : BEHIND)];
            java.util.Arrays.fill(copy, Float.NaN); // what is around must not matter
            System.arraycopy(inputs.get(k), 0, copy, at, inputs.get(k).length);
            workspace.bindInput(k, copy, at);
        }
        List<float[]> outputs = new ArrayList<>();
        for (int k = 0; k < expected.size(); k++) {
            float[] out = new float[expected.get(k).length + 2 * MARGIN];
            java.util.Arrays.fill(out, SENTINEL);
            outputs.add(out);
            workspace.bindOutput(k, out, MARGIN);
        }
        for (int repeat = 0; repeat < 2; repeat++) { // a workspace keeps nothing from run to run
            for (int k = 0; k < expected.size(); k++) {
                int input = graph.outputs().get(k).replaces();
                if (input >= 0) { // one array for both, which the run before has overwritten
                    System.arraycopy(inputs.get(input), 0, outputs.get(k), MARGIN, inputs.get(input).length);
                    workspace.bindInput(input, outputs.get(k), MARGIN);
                }
            }
            workspace.run(rows, vectors);
        }
        for (int k = 0; k < expected.size(); k++) {
            String label = what + " rows " + rows + " output " + graph.outputs().get(k).name();
            same(label, expected.get(k), outputs.get(k), graph);
        }
    }

    private static void same(String label, double[] expected, float[] out, Graph graph) {
        for (int i = 0; i < MARGIN; i++) {
            assertEquals(Float.floatToRawIntBits(SENTINEL), Float.floatToRawIntBits(out[i]), label + " sentinel before");
            int after = MARGIN + expected.length + i;
            assertEquals(Float.floatToRawIntBits(SENTINEL), Float.floatToRawIntBits(out[after]), label + " sentinel after");
        }
        for (int i = 0; i < expected.length; i++) {
            float want = (float) expected[i];
            float got = out[MARGIN + i];
            if (Float.floatToIntBits(want) != Float.floatToIntBits(got)) {
                fail(label + "[" + i + "]: expected " + want + " but was " + got + "\n" + graph);
            }
        }
    }

    public static double[] widen(float[] values) {
        double[] wide = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            wide[i] = values[i];
        }
        return wide;
    }
}
