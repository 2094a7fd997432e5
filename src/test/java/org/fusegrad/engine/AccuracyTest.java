package org.fusegrad.engine;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.ArrayList;
import java.util.List;
import org.fusegrad.ir.Arithmetic;
import org.fusegrad.ir.Graph;
import org.fusegrad.ir.Interpreter;
import org.fusegrad.testing.Losses;
import org.junit.jupiter.api.Test;

/** Float kernels are as near to the same graph in double as one rounding per operation allows. */
class AccuracyTest {

    @Test
    void namedLossesOfAnyLength() {
        Numbers numbers = Numbers.plain(11);
        for (int rows : new int[] {1, 2, 63, 64, 65, 1023, 1025, 4097, 9000}) {
            check("lecture", Losses.lecture(false, false), rows, numbers);
            check("lecture elementwise", Losses.lecture(true, false), rows, numbers);
            check("regression", Losses.regression(10, false), rows, numbers);
            check("distance", Losses.distance(3), rows, numbers);
            check("dot", Losses.dotRegression(10, false), rows, numbers);
            check("similarity", Losses.similarity(10), rows, numbers);
        }
        for (int cols : new int[] {33, 512, 4097, 9000}) {
            check("regression", Losses.regression(cols, false), 40, numbers);
            check("ridge", Losses.ridge(cols), 40, numbers);
            check("dot", Losses.dotRegression(cols, false), 40, numbers);
            check("largest", Losses.largest(cols), 40, numbers);
        }
    }

    @Test
    void randomGraphs() {
        long seed = Long.getLong("fusegrad.test.seed", 900L);
        int bounded = 0;
        for (int k = 0; k < 200; k++, seed++) {
            Numbers numbers = Numbers.plain(seed);
            Graph graph = RandomGraphs.nextSmooth(numbers.random());
            bounded += check("-Dfusegrad.test.seed=" + seed, graph, 70, numbers);
        }
        assertTrue(bounded > 1000, "finite bounds: " + bounded);
    }

    /** Returns how many elements had a bound at all. */
    private static int check(String what, Graph graph, int rows, Numbers numbers) {
        List<float[]> inputs = new ArrayList<>();
        graph.inputs().forEach(input -> inputs.add(numbers.next(input.extent().count(rows))));
        List<double[]> wide = inputs.stream().map(Parity::widen).toList();
        List<double[]> exact = new Interpreter(graph, Arithmetic.DOUBLE).run(rows, wide);
        List<double[]> bounds = ErrorBound.of(graph, rows, wide);
        Plan plan = Plan.of(graph);
        Workspace workspace = plan.newWorkspace();
        for (int k = 0; k < inputs.size(); k++) {
            workspace.bindInput(k, inputs.get(k), 0);
        }
        List<float[]> outputs = exact.stream().map(values -> new float[values.length]).toList();
        for (int k = 0; k < outputs.size(); k++) {
            workspace.bindOutput(k, outputs.get(k), 0);
        }
        workspace.run(rows, plan.lanes() > 0);
        int bounded = 0;
        for (int k = 0; k < outputs.size(); k++) {
            for (int i = 0; i < outputs.get(k).length; i++) {
                double bound = bounds.get(k)[i];
                double value = exact.get(k)[i];
                if (!(bound + Math.abs(value) < Float.MAX_VALUE)) {
                    continue; // may overflow, or divides by what may be zero
                }
                bounded++;
                double distance = Math.abs(outputs.get(k)[i] - value);
                if (!(distance <= bound)) {
                    fail(what + " rows " + rows + " " + graph.outputs().get(k).name() + "[" + i + "]: " + outputs.get(k)[i]
                            + " is " + distance + " from " + value + ", more than " + bound + "\n" + graph);
                }
            }
        }
        return bounded;
    }
}
