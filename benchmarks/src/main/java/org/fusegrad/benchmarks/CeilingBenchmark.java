package org.fusegrad.benchmarks;

import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.fusegrad.Floats;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What memory gives at each level of the caches, by size of all arrays together: the ceiling of every step that moves as many bytes. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 400, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 400, timeUnit = TimeUnit.MILLISECONDS)
@Fork(3)
public class CeilingBenchmark {
    /** {@code read} is a sum from front to back, {@code quarters} one of four quarters at once, {@code copy} {@code a = b}, {@code triad} {@code a = b + s*c}. */
    @Param({"read", "quarters", "copy", "triad"})
    public String kind;

    /** Three arrays of each are whole turns of the loops: a tail would be a good part of the time in L1. */
    @Param({"12288", "24576", "393216", "786432", "12582912", "201326592"})
    public int bytes;

    private int n;
    private Floats a;
    private Floats b;
    private Floats c;

    @Setup
    public void setUp() {
        int arrays =
                switch (kind) {
                    case "read", "quarters" -> 1;
                    case "copy" -> 2;
                    case "triad" -> 3;
                    default -> throw new IllegalArgumentException("kind " + kind + ": not read, quarters, copy or triad");
                };
        n = bytes / Float.BYTES / arrays;
        Floats[] rooms = Placement.of(n, arrays > 1 ? n : 0, arrays > 2 ? n : 0);
        a = rooms[0];
        b = rooms[1];
        c = rooms[2];
        Arrays.fill(a.array(), 1);
        Hot.drive(kind, this::move);
    }

    /** Returns what was read or written last. */
    @Benchmark
    public float move() {
        switch (kind) {
            case "read" -> {
                return MemoryVector.read(a.array(), a.offset(), n);
            }
            case "quarters" -> {
                return MemoryVector.readQuarters(a.array(), a.offset(), n);
            }
            case "copy" -> MemoryVector.copy(a.array(), a.offset(), b.array(), b.offset(), n);
            default -> MemoryVector.triad(a.array(), a.offset(), b.array(), b.offset(), c.array(), c.offset(), 0.5f, n);
        }
        return a.array()[a.offset() + n - 1];
    }
}
