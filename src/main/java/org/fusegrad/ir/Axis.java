package org.fusegrad.ir;

/** What a reduction runs over. */
public enum Axis {
    /** All elements, in row-major order. */
    ALL,
    /** The columns of each row. */
    COLUMNS,
    /** The rows of each column: the batch. */
    ROWS
}
