package org.fusegrad.ir;

/**
 * How far a value reaches: over the rows of the batch, over columns, over both, or over neither.
 *
 * <p>Whatever rank a tensor has, a kernel sees it as {@code [rows, cols]}, because adjacent axes that
 * broadcast together are one axis in memory. The number of rows is known only when a kernel runs; the
 * number of columns is part of the kernel.
 *
 * @param batched whether there is one value per row of the batch
 * @param cols the number of columns, 1 for none
 */
public record Extent(boolean batched, int cols) {

    /** A single number. */
    public static final Extent SCALAR = new Extent(false, 1);
    /** One number per row of the batch. */
    public static final Extent ROW = new Extent(true, 1);

    public Extent {
        if (cols < 1) {
            throw new IllegalArgumentException("an extent has at least one column, not " + cols);
        }
    }

    /** One number per column, shared by all rows. */
    public static Extent col(int cols) {
        return new Extent(false, cols);
    }

    /** One number per row and column. */
    public static Extent full(int cols) {
        return new Extent(true, cols);
    }

    public boolean isScalar() {
        return !batched && cols == 1;
    }

    public boolean isRow() {
        return batched && cols == 1;
    }

    public boolean isCol() {
        return !batched && cols > 1;
    }

    public boolean isFull() {
        return batched && cols > 1;
    }

    /** Whether a value of this extent can be read wherever one of {@code other} can, by broadcasting. */
    public boolean broadcastsTo(Extent other) {
        return (!batched || other.batched) && (cols == 1 || cols == other.cols);
    }

    /** The common extent of two operands, or null when they do not broadcast. */
    public static Extent broadcast(Extent a, Extent b) {
        if (a.cols != b.cols && a.cols != 1 && b.cols != 1) {
            return null;
        }
        return new Extent(a.batched || b.batched, Math.max(a.cols, b.cols));
    }

    /** The number of elements for a batch of {@code rows}. */
    public int count(int rows) {
        return batched ? Math.multiplyExact(rows, cols) : cols;
    }

    @Override
    public String toString() {
        if (isScalar()) {
            return "[]";
        }
        if (isRow()) {
            return "[rows]";
        }
        return batched ? "[rows, " + cols + "]" : "[" + cols + "]";
    }
}
