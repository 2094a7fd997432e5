package org.fusegrad.benchmarks;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * Environment variables for native libraries that take some settings from nowhere else. They read them when they are loaded, after this process has begun; so
 * the C library is asked to set them, which Java cannot.
 */
final class NativeEnvironment {
    private NativeEnvironment() {}

    @SuppressWarnings("restricted")
    static void set(String name, String value) {
        Linker linker = Linker.nativeLinker();
        MethodHandle setenv = linker.downcallHandle(
                linker.defaultLookup().find("setenv").orElseThrow(() -> new IllegalStateException("the C library has no setenv for " + name)),
                FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS, ValueLayout.JAVA_INT));
        int failed;
        try (Arena arena = Arena.ofConfined()) {
            failed = (int) setenv.invokeExact(arena.allocateFrom(name), arena.allocateFrom(value), 1);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
        if (failed != 0) {
            throw new IllegalStateException("setenv " + name + " failed");
        }
    }
}
