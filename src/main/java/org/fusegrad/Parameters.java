package org.fusegrad;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * One number for each element of some parameters, in one flat array, parameter after parameter: their values, their gradients,
 * or an optimiser's state. What is read from it or written to it by {@link #get} is the array itself, nothing is copied.
 *
 * <p>Not safe for writing by several threads at once.
 */
public final class Parameters {
    private final List<Expr> parameters;
    private final int[] offsets;
    private final Floats values;

    private Parameters(List<Expr> parameters) {
        this.parameters = parameters;
        this.offsets = new int[parameters.size()];
        long length = 0;
        for (int k = 0; k < offsets.length; k++) {
            offsets[k] = (int) length;
            length += parameters.get(k).shape.perRow();
            if (length > Integer.MAX_VALUE) {
                throw new IllegalArgumentException("parameters: " + parameters + " have too many elements for one array");
            }
        }
        this.values = Floats.aligned((int) length);
    }

    /**
     * Zeros for the given parameters, in that order.
     *
     * @throws IllegalArgumentException if there is none, one is named twice, is no parameter, or has a batch axis and so no fixed
     *     length
     */
    public static Parameters of(Expr... parameters) {
        return of(List.of(parameters));
    }

    static Parameters of(List<Expr> parameters) {
        check(parameters);
        return new Parameters(List.copyOf(parameters));
    }

    /** Checks what {@link #of(Expr...)} says. */
    static void check(List<Expr> parameters) {
        if (parameters.isEmpty()) {
            throw new IllegalArgumentException("parameters: none are given");
        }
        for (Expr parameter : parameters) {
            if (parameter.kind != Expr.Kind.INPUT || !parameter.requiresGrad) {
                throw new IllegalArgumentException("parameters: " + parameter + " is not a parameter");
            }
            if (parameter.shape.isBatched()) {
                throw new IllegalArgumentException("parameters: " + parameter.name + " of shape " + parameter.shape
                        + " has no fixed length");
            }
            if (parameters.stream().filter(other -> other.name.equals(parameter.name)).count() > 1) {
                throw new IllegalArgumentException("parameters: two are named " + parameter.name);
            }
        }
    }

    /** Zeros for the same parameters, in an array of their own: for gradients, say. */
    public Parameters zeros() {
        return new Parameters(parameters);
    }

    /** All of them. */
    public Floats values() {
        return values;
    }

    /** How many numbers there are. */
    public int length() {
        return values.length();
    }

    /**
     * The elements of one parameter, row-major.
     *
     * @throws IllegalArgumentException if it is not among these
     */
    public Floats get(Expr parameter) {
        Objects.requireNonNull(parameter, "parameter");
        int k = parameters.indexOf(parameter);
        if (k < 0) {
            throw new IllegalArgumentException("parameters: " + parameter + " is not among " + parameters);
        }
        return get(k);
    }

    /** As {@link #get(Expr)}, by name. */
    public Floats get(String name) {
        Objects.requireNonNull(name, "name");
        for (int k = 0; k < offsets.length; k++) {
            if (parameters.get(k).name.equals(name)) {
                return get(k);
            }
        }
        throw new IllegalArgumentException("parameters: " + name + " is not among " + parameters);
    }

    /**
     * Sets the elements of one parameter, row-major.
     *
     * @throws IllegalArgumentException if it is not among these, or has another number of elements
     */
    public Parameters set(Expr parameter, float... elements) {
        Floats own = get(parameter);
        if (elements.length != own.length()) {
            throw new IllegalArgumentException("parameters: " + parameter.name + " of shape " + parameter.shape + " has "
                    + own.length() + " elements, not " + elements.length);
        }
        System.arraycopy(elements, 0, own.array(), own.offset(), elements.length);
        return this;
    }

    /** Sets all elements to one value. */
    public Parameters fill(float value) {
        Arrays.fill(values.array(), values.offset(), values.offset() + values.length(), value);
        return this;
    }

    List<Expr> list() {
        return parameters;
    }

    Floats get(int k) {
        return new Floats(values.array(), values.offset() + offsets[k], parameters.get(k).shape.perRow());
    }

    int[] lengths() {
        return parameters.stream().mapToInt(parameter -> parameter.shape.perRow()).toArray();
    }

    void checkSame(String operation, Parameters other) {
        if (!parameters.equals(other.parameters)) {
            throw new IllegalArgumentException(
                    operation + ": these are different parameters: " + parameters + " and " + other.parameters);
        }
    }
}
