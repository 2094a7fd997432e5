package org.fusegrad.benchmarks;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.management.ManagementFactory;
import org.fusegrad.Floats;

/** Floats for the C kernels, on conditions no worse than Java's: on cache lines, and in huge pages when the heap is. */
final class OffHeap {
    private static final long HUGE_PAGE = 2 << 20;

    /** Linux 6.1 and later; elsewhere the advice is refused, and nothing is lost but speed in the largest runs. */
    private static final int MADV_COLLAPSE = 25;

    private static final boolean HEAP_IN_HUGE_PAGES = Boolean.parseBoolean(ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
            .getVMOption("UseTransparentHugePages")
            .getValue());

    private OffHeap() {}

    static MemorySegment allocate(Arena arena, int floats) {
        long bytes = floats * (long) Float.BYTES;
        if (!HEAP_IN_HUGE_PAGES || bytes < HUGE_PAGE) {
            return arena.allocate(bytes, 64);
        }
        MemorySegment segment = arena.allocate((bytes + HUGE_PAGE - 1) & -HUGE_PAGE, HUGE_PAGE);
        collapse(segment);
        return segment.asSlice(0, bytes);
    }

    static MemorySegment copy(Arena arena, Floats floats) {
        MemorySegment segment = allocate(arena, floats.length());
        MemorySegment.copy(floats.array(), floats.offset(), segment, ValueLayout.JAVA_FLOAT, 0, floats.length());
        return segment;
    }

    /** A copy of the array that all these lie in, so that they lie as on the heap relative to each other; see {@link Placement}. */
    static Image image(Arena arena, Floats... rooms) {
        int start = rooms[0].offset();
        int end = start;
        for (Floats room : rooms) {
            if (room.array() != rooms[0].array()) {
                throw new IllegalArgumentException("rooms in different arrays");
            }
            start = Math.min(start, room.offset());
            end = Math.max(end, room.offset() + room.length());
        }
        return new Image(copy(arena, new Floats(rooms[0].array(), start, end - start)), start);
    }

    /** The copy; {@code start} is where it begins in the array. */
    record Image(MemorySegment segment, int start) {
        long address(Floats room) {
            return segment.address() + byteOffset(room);
        }

        float[] toArray(Floats room) {
            return segment.asSlice(byteOffset(room), room.length() * (long) Float.BYTES).toArray(ValueLayout.JAVA_FLOAT);
        }

        private long byteOffset(Floats room) {
            return (room.offset() - start) * (long) Float.BYTES;
        }
    }

    /** An arena writes zeros, so small pages are already there: have them moved together, which advice for future pages would not do. */
    @SuppressWarnings("restricted")
    private static void collapse(MemorySegment segment) {
        Linker linker = Linker.nativeLinker();
        MethodHandle madvise = linker.downcallHandle(
                linker.defaultLookup().findOrThrow("madvise"),
                FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT));
        try {
            int ignored = (int) madvise.invokeExact(segment, segment.byteSize(), MADV_COLLAPSE);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }
}
