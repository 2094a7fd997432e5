package org.fusegrad;

import java.util.Arrays;
import java.util.StringJoiner;

/**
 * The dimensions of a tensor, row-major. A shape may begin with the batch axis, whose length is given only
 * when a kernel runs: {@code Shape.batch(10)} is {@code [batch, 10]}.
 *
 * <p>Shapes broadcast as in NumPy: axes are aligned from the last, and a missing axis or one of size 1 is
 * reused. The batch axis aligns with the batch axis only, so {@code [batch]} and {@code [batch, 10]}
 * broadcast by rows.
 */
public final class Shape {
    private static final Shape SCALAR = new Shape(false, new int[0]);
    private static final Shape BATCH = new Shape(true, new int[0]);

    private final boolean batched;
    private final int[] dims; // without the batch axis

    private Shape(boolean batched, int[] dims) {
        this.batched = batched;
        this.dims = dims;
    }

    /** No axes: a single number. */
    public static Shape scalar() {
        return SCALAR;
    }

    /**
     * A fixed shape.
     *
     * @throws IllegalArgumentException if a dimension is less than 1, or the count exceeds an array's length
     */
    public static Shape of(int... dims) {
        return dims.length == 0 ? SCALAR : new Shape(false, checked(dims));
    }

    /**
     * The batch axis, then the given ones.
     *
     * @throws IllegalArgumentException if a dimension is less than 1, or the count exceeds an array's length
     */
    public static Shape batch(int... dims) {
        return dims.length == 0 ? BATCH : new Shape(true, checked(dims));
    }

    private static int[] checked(int[] dims) {
        int[] copy = dims.clone();
        for (int dim : copy) {
            if (dim < 1) {
                throw new IllegalArgumentException("shape " + Arrays.toString(dims) + ": dimensions are at least 1");
            }
        }
        if (count(copy) > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("shape " + Arrays.toString(dims) + " has too many elements");
        }
        return copy;
    }

    /** Whether the first axis is the batch. */
    public boolean isBatched() {
        return batched;
    }

    /** The number of axes, the batch included. */
    public int rank() {
        return dims.length + (batched ? 1 : 0);
    }

    /** The elements of one example: of everything but the batch axis. */
    public int perRow() {
        int count = 1;
        for (int dim : dims) {
            count *= dim;
        }
        return count;
    }

    /** Whether this is one number in all. */
    boolean isScalar() {
        return !batched && perRow() == 1;
    }

    /** The dimensions but the batch axis. */
    int[] dims() {
        return dims;
    }

    /** The shape two operands broadcast to; null if there is none, or it has too many elements. */
    static Shape broadcast(Shape a, Shape b) {
        if (b == SCALAR || a.equals(b)) {
            return a;
        }
        if (a == SCALAR) {
            return b;
        }
        int[] dims = broadcastDims(a, b);
        return dims == null || count(dims) > Integer.MAX_VALUE ? null : new Shape(a.batched || b.batched, dims);
    }

    /** Why {@link #broadcast} gives none. */
    static String whyNoBroadcast(Shape a, Shape b) {
        return broadcastDims(a, b) == null ? "do not broadcast" : "broadcast to too many elements";
    }

    private static long count(int[] dims) {
        long count = 1;
        for (int dim : dims) {
            count = Math.min(count * dim, 1L + Integer.MAX_VALUE);
        }
        return count;
    }

    private static int[] broadcastDims(Shape a, Shape b) {
        int rank = Math.max(a.dims.length, b.dims.length);
        int[] dims = new int[rank];
        for (int k = 1; k <= rank; k++) {
            int x = k <= a.dims.length ? a.dims[a.dims.length - k] : 1;
            int y = k <= b.dims.length ? b.dims[b.dims.length - k] : 1;
            if (x != y && x != 1 && y != 1) {
                return null;
            }
            dims[rank - k] = Math.max(x, y);
        }
        return dims;
    }

    /** Whether both have a last axis, of one length. */
    static boolean sameLastAxis(Shape a, Shape b) {
        if (a.dims.length == 0 || b.dims.length == 0) {
            return a.equals(BATCH) && b.equals(BATCH);
        }
        return a.dims[a.dims.length - 1] == b.dims[b.dims.length - 1];
    }

    /** Without the axis at position {@code axis} of {@link #dims}. */
    Shape withoutDim(int axis) {
        int[] rest = new int[dims.length - 1];
        System.arraycopy(dims, 0, rest, 0, axis);
        System.arraycopy(dims, axis + 1, rest, axis, rest.length - axis);
        return new Shape(batched, rest);
    }

    /** With one more axis behind all others. */
    Shape withLast(int dim) {
        int[] more = Arrays.copyOf(dims, dims.length + 1);
        more[dims.length] = dim;
        return new Shape(batched, more);
    }

    /** Without the batch axis. */
    Shape withoutBatch() {
        return new Shape(false, dims);
    }

    @Override
    public boolean equals(Object other) {
        return this == other || other instanceof Shape shape && batched == shape.batched && Arrays.equals(dims, shape.dims);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(dims) * 2 + (batched ? 1 : 0);
    }

    /** For example {@code []}, {@code [10]}, {@code [batch, 10]}. */
    @Override
    public String toString() {
        StringJoiner text = new StringJoiner(", ", "[", "]");
        if (batched) {
            text.add("batch");
        }
        for (int dim : dims) {
            text.add(Integer.toString(dim));
        }
        return text.toString();
    }
}
