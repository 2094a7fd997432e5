package org.fusegrad;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * What an optimiser keeps from run to run: its state by name, and how many runs there were.
 *
 * @param <S> what holds the state of one name, for all parameters
 */
final class OptimizerState<S> {
    private final Map<String, S> byName = new LinkedHashMap<>();
    private long steps;

    /** The state of that name; {@code zeros} where there is none yet. */
    S getOrAdd(String name, Supplier<S> zeros) {
        return byName.computeIfAbsent(name, n -> zeros.get());
    }

    /** @throws IllegalArgumentException if there is none of that name */
    S get(String name) {
        S state = byName.get(name);
        if (state == null) {
            throw new IllegalArgumentException("state: " + name + " is not among " + names());
        }
        return state;
    }

    List<String> names() {
        return new ArrayList<>(byName.keySet());
    }

    long steps() {
        return steps;
    }

    /** @throws IllegalArgumentException if it is less than 0 */
    void setSteps(long steps) {
        if (steps < 0) {
            throw new IllegalArgumentException("steps: " + steps);
        }
        this.steps = steps;
    }

    void countStep() {
        steps++;
    }
}
