package org.fusegrad.engine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.fusegrad.codegen.Kernel;
import org.fusegrad.fusion.Loop;
import org.fusegrad.fusion.Pass;
import org.fusegrad.fusion.Place;
import org.fusegrad.fusion.Schedule;
import org.fusegrad.fusion.Sink;
import org.fusegrad.ir.Sums;

/**
 * Exercises flat sums over several blocks, each loop alone and on arrays of its own: a batch of so many elements might be of gigabytes for the rest of the plan,
 * whose rows are wider.
 */
final class BlocksExercise {
    private final float[][] arrays;
    private final int[] offsets;
    private final int[] loops; // no list: what is exercised must allocate nothing

    BlocksExercise(Schedule schedule) {
        arrays = new float[schedule.slots()][];
        offsets = new int[schedule.slots()];
        List<Integer> numbers = new ArrayList<>();
        int number = 0;
        for (Pass pass : schedule.passes()) {
            for (Loop loop : pass.loops()) {
                if (pass.kind() == Pass.Kind.FLAT && pass.index().batched() && loop.reduces()) {
                    numbers.add(number);
                    bind(loop);
                }
                number++;
            }
        }
        loops = numbers.stream().mapToInt(Integer::intValue).toArray();
    }

    private void bind(Loop loop) {
        loop.loads().values().forEach(this::bind);
        for (Sink sink : loop.sinks()) {
            switch (sink) {
                case Sink.Store store -> bind(store.place());
                case Sink.LaneReduction reduction -> {
                    bind(reduction.lanes());
                    bind(reduction.target());
                }
                case Sink.RowReduction r -> throw new AssertionError(r);
                case Sink.ColumnReduction r -> throw new AssertionError(r);
            }
        }
    }

    private void bind(Place place) {
        int slot = place.slot();
        int size = Math.max(2 * Sums.BLOCK, place.index() + 1);
        if (arrays[slot] != null && arrays[slot].length >= size + AlignedArrays.LEAD) {
            return; // another number of the same array
        }
        arrays[slot] = AlignedArrays.allocate(size);
        Arrays.fill(arrays[slot], 1f);
        arrays[slot][AlignedArrays.LEAD] = Exercise.LARGE;
        offsets[slot] = AlignedArrays.LEAD;
    }

    /**
     * Runs each loop over two blocks.
     *
     * @param whole whether the second is whole, or has one element
     */
    void run(Kernel kernel, boolean whole) {
        for (int loop : loops) {
            kernel.launch(loop, arrays, offsets, 0, 0, whole ? 2 * Sums.BLOCK : Sums.BLOCK + 1);
        }
    }
}
