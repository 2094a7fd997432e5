package org.fusegrad.benchmarks;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Random;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.fusegrad.Floats;
import org.fusegrad.engine.AlignedArrays;
import org.fusegrad.engine.Plan;
import org.fusegrad.engine.Workspace;
import org.fusegrad.ir.Arithmetic;
import org.fusegrad.ir.Graph;
import org.fusegrad.ir.Interpreter;

/** The implementations of one operation, by name, on the same data. Matrices have {@link FunctionGraphs#COLS} columns. */
final class FunctionKernels {
    /** Each of two implementations may be off by one or two. */
    private static final double MOST_ULP = 4;
    private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;

    /** One run over all elements. */
    interface Map {
        void run();
    }

    private interface Loop {
        void run(float[] x, int xAt, float[] y, int yAt, int n);
    }

    private interface Number {
        float of(float x, float b, float c);
    }

    /** Where the Vector API has the operation. A vector operation is compiled to vectors only where its operator is a constant. */
    private static final java.util.Map<String, Loop> LANEWISE = new LinkedHashMap<>();

    static {
        LANEWISE.put("exp", (x, xAt, y, yAt, n) -> {
            for (int i = 0; i < n; i += S.length()) {
                FloatVector.fromArray(S, x, xAt + i).lanewise(VectorOperators.EXP).intoArray(y, yAt + i);
            }
        });
        LANEWISE.put("expm1", (x, xAt, y, yAt, n) -> {
            for (int i = 0; i < n; i += S.length()) {
                FloatVector.fromArray(S, x, xAt + i).lanewise(VectorOperators.EXPM1).intoArray(y, yAt + i);
            }
        });
        LANEWISE.put("log", (x, xAt, y, yAt, n) -> {
            for (int i = 0; i < n; i += S.length()) {
                FloatVector.fromArray(S, x, xAt + i).lanewise(VectorOperators.LOG).intoArray(y, yAt + i);
            }
        });
        LANEWISE.put("log1p", (x, xAt, y, yAt, n) -> {
            for (int i = 0; i < n; i += S.length()) {
                FloatVector.fromArray(S, x, xAt + i).lanewise(VectorOperators.LOG1P).intoArray(y, yAt + i);
            }
        });
        LANEWISE.put("tanh", (x, xAt, y, yAt, n) -> {
            for (int i = 0; i < n; i += S.length()) {
                FloatVector.fromArray(S, x, xAt + i).lanewise(VectorOperators.TANH).intoArray(y, yAt + i);
            }
        });
        LANEWISE.put("sin", (x, xAt, y, yAt, n) -> {
            for (int i = 0; i < n; i += S.length()) {
                FloatVector.fromArray(S, x, xAt + i).lanewise(VectorOperators.SIN).intoArray(y, yAt + i);
            }
        });
        LANEWISE.put("cos", (x, xAt, y, yAt, n) -> {
            for (int i = 0; i < n; i += S.length()) {
                FloatVector.fromArray(S, x, xAt + i).lanewise(VectorOperators.COS).intoArray(y, yAt + i);
            }
        });
    }

    private static Loop lanewise(String function) {
        return FunctionGraphs.isPower(function) ? lanewisePower(FunctionGraphs.exponent(function)) : LANEWISE.get(function);
    }

    private static Loop lanewisePower(float exponent) {
        return (x, xAt, y, yAt, n) -> {
            FloatVector c = FloatVector.broadcast(S, exponent);
            for (int i = 0; i < n; i += S.length()) {
                FloatVector.fromArray(S, x, xAt + i).lanewise(VectorOperators.POW, c).intoArray(y, yAt + i);
            }
        };
    }

    private final String function;
    private final int n;
    private final int rows;
    private final Floats[] inputs = new Floats[3];
    private final Floats y;
    private final Graph graph;
    private final Plan plan;

    /**
     * @param n elements, of which a whole number of vectors or of rows is measured
     * @param from the least magnitude of an argument
     * @param to the largest
     */
    FunctionKernels(String function, int n, float from, float to) {
        this.function = function;
        boolean matrix = FunctionGraphs.ofMatrix(function);
        int whole = matrix ? FunctionGraphs.COLS : S.length();
        this.n = n / whole * whole;
        rows = matrix ? this.n / FunctionGraphs.COLS : this.n;
        boolean positive = List.of("log", "sqrt").contains(function) || FunctionGraphs.isPower(function);
        Random random = new Random(7);
        for (int k = 0; k < inputs.length; k++) {
            inputs[k] = room();
            for (int i = 0; i < this.n; i++) {
                float at = (float) (from + random.nextDouble() * (to - from));
                inputs[k].array()[inputs[k].offset() + i] = positive || random.nextBoolean() || function.equals("log1p") ? at : -at;
            }
        }
        if (function.startsWith("pick")) {
            for (int r = 0; r < rows; r++) {
                inputs[1].array()[inputs[1].offset() + r] = random.nextInt(FunctionGraphs.COLS);
            }
        }
        y = room();
        graph = FunctionGraphs.of(function);
        plan = Hot.hurried ? Plan.of(graph, 0) : Plan.of(graph); // to warm up dozens of kernels takes a minute
    }

    /** All begin at the same offset: C2 vectorises no plain loop over several. */
    private Floats room() {
        return new Floats(AlignedArrays.allocate(n), AlignedArrays.LEAD, n);
    }

    /** Whether there is such an implementation at all. */
    static boolean exists(String variant, String function) {
        return switch (variant) {
            case Implementations.VECTOR -> lanewise(function) != null;
            case Implementations.PLAIN -> !FunctionGraphs.ofMatrix(function);
            default -> true;
        };
    }

    Map of(String variant) {
        return switch (variant) {
            case Implementations.FUSEGRAD -> {
                plan.warmUp();
                yield generated();
            }
            case Implementations.VECTOR -> lanewise();
            case Implementations.PLAIN -> plain(number());
            default -> throw new IllegalArgumentException("variant " + variant);
        };
    }

    /** Vectors or not: both have the same bits. */
    private Map generated() {
        Workspace workspace = plan.newWorkspace();
        for (int k = 0; k < graph.inputs().size(); k++) {
            workspace.bindInput(k, inputs[k].array(), inputs[k].offset());
        }
        workspace.bindOutput(0, y.array(), y.offset());
        return () -> workspace.run(rows);
    }

    private Map lanewise() {
        Loop loop = lanewise(function);
        if (loop == null) {
            throw new IllegalArgumentException("the Vector API has no " + function);
        }
        return () -> loop.run(inputs[0].array(), inputs[0].offset(), y.array(), y.offset(), n);
    }

    private Map plain(Number number) {
        float[] a = inputs[0].array();
        float[] b = inputs[1].array();
        float[] c = inputs[2].array();
        int at = inputs[0].offset();
        return () -> {
            for (int i = 0; i < n; i++) {
                y.array()[at + i] = number.of(a[at + i], b[at + i], c[at + i]);
            }
        };
    }

    private Number number() {
        if (FunctionGraphs.isPower(function)) {
            float exponent = FunctionGraphs.exponent(function);
            return (a, b, c) -> (float) Math.pow(a, exponent);
        }
        return switch (function) {
            case "add" -> (a, b, c) -> a + b;
            case "sub" -> (a, b, c) -> a - b;
            case "mul" -> (a, b, c) -> a * b;
            case "div" -> (a, b, c) -> a / b;
            case "neg" -> (a, b, c) -> -a;
            case "square" -> (a, b, c) -> a * a;
            case "abs" -> (a, b, c) -> Math.abs(a);
            case "sqrt" -> (a, b, c) -> (float) Math.sqrt(a);
            case "reciprocal" -> (a, b, c) -> 1 / a;
            case "relu" -> (a, b, c) -> Math.max(a, 0);
            case "leakyRelu" -> (a, b, c) -> a > 0 ? a : FunctionGraphs.SLOPE * a;
            case "clamp" -> (a, b, c) -> Math.clamp(a, FunctionGraphs.LOW, FunctionGraphs.HIGH);
            case "maximum" -> (a, b, c) -> Math.max(a, b);
            case "minimum" -> (a, b, c) -> Math.min(a, b);
            case "lt" -> (a, b, c) -> a < b ? 1 : 0;
            case "where" -> (a, b, c) -> a != 0 ? b : c;
            case "exp" -> (a, b, c) -> (float) Math.exp(a);
            case "expm1" -> (a, b, c) -> (float) Math.expm1(a);
            case "log" -> (a, b, c) -> (float) Math.log(a);
            case "log1p" -> (a, b, c) -> (float) Math.log1p(a);
            case "tanh" -> (a, b, c) -> (float) Math.tanh(a);
            case "sin" -> (a, b, c) -> (float) Math.sin(a);
            case "cos" -> (a, b, c) -> (float) Math.cos(a);
            case "sigmoid" -> (a, b, c) -> (float) (1 / (1 + Math.exp(-a)));
            case "softplus" -> (a, b, c) -> (float) (Math.max(a, 0) + Math.log1p(Math.exp(-Math.abs(a))));
            case "silu" -> (a, b, c) -> (float) (a / (1 + Math.exp(-a)));
            // Math has neither: what the library's oracle computes in double.
            case "erf", "gelu" -> (a, b, c) -> (float) Arithmetic.DOUBLE.apply(graph.outputs().getFirst().node(), a);
            default -> throw new IllegalArgumentException("function " + function);
        };
    }

    /** Refuses results that differ by more than some ulp; of matrices, that have not the bits of the interpreter. */
    void check() {
        if (FunctionGraphs.ofMatrix(function)) {
            checkBits();
            return;
        }
        List<String> variants = new ArrayList<>(List.of(Implementations.FUSEGRAD, Implementations.PLAIN));
        if (lanewise(function) != null) {
            variants.add(Implementations.VECTOR);
        }
        float[] expected = null;
        for (String variant : variants) {
            Map map = variant.equals(Implementations.FUSEGRAD) ? generated() : of(variant); // cold: one run is not worth a warm-up
            map.run();
            float[] results = java.util.Arrays.copyOfRange(y.array(), y.offset(), y.offset() + n);
            for (int i = 0; expected != null && i < n; i++) {
                if (results[i] != expected[i] && !(Math.abs(results[i] - expected[i]) <= MOST_ULP * Math.ulp(expected[i]))) { // infinities may be equal
                    throw new IllegalStateException(function + " of " + inputs[0].array()[inputs[0].offset() + i] + ": " + variant + " gives " + results[i]
                            + ", " + variants.getFirst() + " " + expected[i]);
                }
            }
            expected = expected == null ? results : expected;
        }
    }

    private void checkBits() {
        generated().run();
        List<double[]> data = new ArrayList<>();
        for (int k = 0; k < graph.inputs().size(); k++) {
            double[] values = new double[graph.inputs().get(k).extent().count(rows)];
            for (int i = 0; i < values.length; i++) {
                values[i] = inputs[k].array()[inputs[k].offset() + i];
            }
            data.add(values);
        }
        double[] expected = new Interpreter(graph, Arithmetic.FLOAT).run(rows, data).getFirst();
        for (int i = 0; i < expected.length; i++) {
            float result = y.array()[y.offset() + i];
            if (Float.floatToIntBits(result) != Float.floatToIntBits((float) expected[i])) {
                throw new IllegalStateException(function + " " + i + " is " + result + ", in the interpreter " + expected[i]);
            }
        }
    }
}
