package org.fusegrad.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.annotation.Annotation;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/** Every benchmark with every combination of its parameters, each once and small; their set-up compares all implementations. */
class EveryCombinationTest {
    private static final Set<Class<?>> BENCHMARKS = Set.of(
            CeilingBenchmark.class, ChainBenchmark.class, CompileBenchmark.class, DefineByRunBenchmark.class, EpochBenchmark.class, ForwardBenchmark.class,
            FunctionBenchmark.class, LectureBenchmark.class, LossBenchmark.class, OptimiserBenchmark.class, RegressionBenchmark.class);

    /** Larger values of these become this: big enough for a block and a tail. */
    private static final Map<String, String> SMALL = Map.of("n", "4999", "bytes", "50000", "rows", "1026");

    /** What is tried here is that it runs, not how fast; in a JVM with so much else to compile some kernels would wait for C2 to the last. */
    @BeforeAll
    static void hurry() {
        Hot.hurried = true;
    }

    record Combination(Class<?> benchmark, Map<String, String> params) {
        @Override
        public String toString() {
            return benchmark.getSimpleName() + " " + params;
        }
    }

    static Stream<Combination> combinations() {
        return BENCHMARKS.stream()
                .flatMap(benchmark -> new SuitePlan.Run("", benchmark, 1, defaults(benchmark)).combinations().stream().map(params -> new Combination(benchmark, small(params))))
                .distinct()
                .filter(combination -> combination.benchmark() != FunctionBenchmark.class
                        || FunctionKernels.exists(combination.params().get("variant"), combination.params().get("function")))
                .filter(combination -> !Implementations.C.equals(combination.params().get("variant")) || CKernels.available());
    }

    @ParameterizedTest
    @MethodSource("combinations")
    void runs(Combination combination) throws ReflectiveOperationException {
        Object state = combination.benchmark().getConstructor().newInstance();
        for (Map.Entry<String, String> param : combination.params().entrySet()) {
            Field field = combination.benchmark().getField(param.getKey());
            if (field.getType() == int.class) {
                field.setInt(state, Integer.parseInt(param.getValue()));
            } else if (field.getType() == float.class) {
                field.setFloat(state, Float.parseFloat(param.getValue()));
            } else {
                field.set(state, param.getValue());
            }
        }
        call(state, Setup.class);
        List<Object> results = call(state, Benchmark.class);
        assertEquals(1, results.size());
        assertTrue(!(results.getFirst() instanceof Float loss) || loss > 0, () -> "returned " + results);
        call(state, TearDown.class);
    }

    /** The plans of the suite name only parameters that exist, and values that are tried above, or of a size. */
    @Test
    void plansAreMadeOfCombinations() {
        for (SuitePlan plan : List.of(SuitePlan.full(Implementations.OURS, List.of(), 4), SuitePlan.quick(Implementations.OURS, List.of(), 4))) {
            for (SuitePlan.Run run : plan.runs()) {
                Map<String, List<String>> known = defaults(run.benchmark());
                assertEquals(known.keySet(), run.params().keySet(), run.name());
                run.params().forEach((name, values) -> {
                    Set<String> unknown = new TreeSet<>(values);
                    unknown.removeAll(known.get(name));
                    assertTrue(unknown.isEmpty(), () -> run.name() + ": " + name + " " + unknown);
                });
            }
        }
        assertEquals(3, SuitePlan.full(Implementations.OURS, List.of(), 4).forks());
    }

    @Test
    void threadsGoUpToTheCores() {
        assertEquals(List.of(), SuitePlan.threads(1));
        assertEquals(List.of(2), SuitePlan.threads(2));
        assertEquals(List.of(2, 4, 6), SuitePlan.threads(6));
        assertEquals(List.of(2, 4, 8), SuitePlan.threads(8));
    }

    @Test
    void peersArePlannedWhenTheyAreThere() {
        assertFalse(SuitePlan.full(Implementations.OURS, List.of(), 2).runs().stream().anyMatch(run -> run.name().endsWith("peers")));
        assertTrue(SuitePlan.full(Implementations.OURS, List.of("nd4j"), 2).runs().stream().anyMatch(run -> List.of("nd4j").equals(run.params().get("variant"))));
    }

    private static Map<String, List<String>> defaults(Class<?> benchmark) {
        Map<String, List<String>> params = new LinkedHashMap<>();
        for (Field field : benchmark.getFields()) {
            Param param = field.getAnnotation(Param.class);
            if (param != null) {
                params.put(field.getName(), List.of(param.value()));
            }
        }
        return params;
    }

    private static Map<String, String> small(Map<String, String> params) {
        Map<String, String> small = new LinkedHashMap<>(params);
        SMALL.forEach((name, limit) -> small.computeIfPresent(name, (same, value) -> value.equals("all") || Long.parseLong(value) > Long.parseLong(limit) ? limit : value));
        return small;
    }

    private static List<Object> call(Object state, Class<? extends Annotation> annotation) throws ReflectiveOperationException {
        List<Object> results = new ArrayList<>();
        for (Method method : state.getClass().getMethods()) {
            if (method.isAnnotationPresent(annotation)) {
                results.add(method.invoke(state));
            }
        }
        return results;
    }
}
