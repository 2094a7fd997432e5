package org.fusegrad;

import java.util.List;
import org.fusegrad.fusion.Schedule;

/**
 * Arrays and where each begins, and what is checked before a kernel may touch them: that all are there, long enough, and
 * that none which is written overlaps another.
 */
final class Bindings {

    /**
     * One array to bind.
     *
     * @param what as messages call it, such as {@code input x}
     */
    record Slot(String what, Shape shape) {}

    private final Slot[] slots;
    private final int firstWritten;
    private final float[][] arrays;
    private final int[] offsets;
    // What never changes is in arrays of its own: small steps may be bound and checked anew each time.
    private final int[] floats; // that each needs, for one row where it is batched
    private final boolean[] isBatched;

    /** @param firstWritten the first slot that the kernel writes; those behind it are written too */
    Bindings(List<Slot> slots, int firstWritten) {
        this.slots = slots.toArray(new Slot[0]);
        this.firstWritten = firstWritten;
        this.arrays = new float[this.slots.length][];
        this.offsets = new int[arrays.length];
        this.floats = new int[arrays.length];
        this.isBatched = new boolean[arrays.length];
        for (int k = 0; k < arrays.length; k++) {
            floats[k] = this.slots[k].shape.perRow();
            isBatched[k] = this.slots[k].shape.isBatched();
        }
    }

    float[] array(int k) {
        return arrays[k];
    }

    boolean isBatched(int k) {
        return isBatched[k];
    }

    /** Where an array begins, at its row 0 where it is batched. */
    int offset(int k) {
        return offsets[k];
    }

    /** The floats of a row of a batched array. */
    int perRow(int k) {
        return floats[k];
    }

    /**
     * @throws NullPointerException if the array is null
     * @throws IndexOutOfBoundsException if the offset is not inside it
     */
    void set(int k, float[] array, int offset) {
        if (array == null) { // not requireNonNull: a message's lambda is an object for every step
            throw new NullPointerException(slots[k].what + ": the array is null");
        }
        if (offset < 0 || offset > array.length) {
            throw new IndexOutOfBoundsException(slots[k].what + " of shape " + slots[k].shape + ": offset " + offset
                    + " in an array of " + array.length);
        }
        if (arrays[k] != array) { // the next mini-batch is elsewhere in the same array; see Workspace
            arrays[k] = array;
        }
        offsets[k] = offset;
    }

    /**
     * Looks at the rows from 0 on to the last one of {@code rows} from {@code first} on.
     *
     * @param perRow elements per row of the widest value that the kernel computes, which may be in no array
     * @throws IllegalArgumentException if there is no row or too many, an array is too short, or one that is written overlaps
     *     another
     * @throws IllegalStateException if an array is not bound
     */
    void check(int first, int rows, long perRow) {
        if (rows < 1) {
            throw new IllegalArgumentException("run: " + rows + " rows; a batch has at least one");
        }
        if (first < 0) {
            throw new IllegalArgumentException("run: rows from " + first + " on; the first row is 0");
        }
        if (rows * perRow > Schedule.MOST_INDEX) {
            throw new IllegalArgumentException("run: " + rows + " rows of " + perRow + " elements are too many");
        }
        long end = (long) first + rows;
        for (int k = 0; k < arrays.length; k++) {
            if (arrays[k] == null || end(k, end) > Math.min(arrays[k].length, Schedule.MOST_INDEX)) {
                throw doesNotFit(k, first, rows);
            }
        }
        for (int k = firstWritten; k < arrays.length; k++) {
            for (int other = 0; other < k; other++) {
                if (arrays[k] == arrays[other] && offsets[k] < end(other, end) && offsets[other] < end(k, end)) {
                    throw new IllegalArgumentException("run: " + slots[k].what + " overlaps " + slots[other].what);
                }
            }
        }
    }

    /** The index behind the last element of the first {@code rows} rows. */
    private long end(int k, long rows) {
        return offsets[k] + (isBatched[k] ? rows * floats[k] : floats[k]);
    }

    /** As messages call them. */
    static String rows(int first, int rows) {
        return first == 0 ? rows + " rows" : "rows " + first + " to " + ((long) first + rows - 1);
    }

    private RuntimeException doesNotFit(int k, int first, int rows) {
        String what = "run: " + slots[k].what + " of shape " + slots[k].shape;
        long end = end(k, (long) first + rows);
        if (arrays[k] == null) {
            return new IllegalStateException(what + " is not bound");
        }
        what += " with " + rows(first, rows);
        if (end > Schedule.MOST_INDEX) {
            return new IllegalArgumentException(what + " ends beyond index " + Schedule.MOST_INDEX);
        }
        return new IllegalArgumentException(what + " needs " + (end - offsets[k]) + " floats from offset " + offsets[k] + ", the array has " + arrays[k].length);
    }
}
