package org.fusegrad.codegen;

import java.util.List;

/**
 * A loaded kernel, and what a runner must know of it beyond the schedule.
 *
 * @param kernel the generated class
 * @param pipelined for each pass of the schedule: the number of the loop that does the last loop on a tile
 *     together with the first on the next, or -1
 */
public record CompiledKernel(Kernel kernel, List<Integer> pipelined) {
    /** Rows that must follow the second tile of a pipelined loop: its vectors may reach past a row. */
    public static final int ROWS_BEHIND = PipelinedVectors.ROWS_BEHIND;
}
