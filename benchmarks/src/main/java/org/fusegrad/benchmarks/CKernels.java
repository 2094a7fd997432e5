package org.fusegrad.benchmarks;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The C kernels: compiled by the machine's own compiler for the machine's own processor, and called through the foreign function interface. The calls are
 * declared critical, which leaves out the thread's change of state: the best that C can do from Java.
 */
final class CKernels {
    /** The property that tells a child what has been compiled, so that it need not do so again. Empty: there is no compiler. */
    static final String LIBRARY = "fusegrad.benchmarks.library";

    /** No contraction: x*w - y rounds twice in Java, so it has to in C. */
    static final List<String> COMMAND = List.of("cc", "-O3", "-march=native", "-ffp-contract=off", "-Wno-psabi", "-shared", "-fPIC");

    private static final List<String> SOURCES = List.of("lanes.h", "elementary.h", "lecture.c", "forward.c", "regression.c", "chain.c");

    private CKernels() {}

    /** The option of a child JVM that tells it what has been compiled. */
    static String libraryOption(Optional<Path> library) {
        return "-D" + LIBRARY + "=" + library.map(Path::toString).orElse("");
    }

    static boolean available() {
        return Loaded.LIBRARY.isPresent();
    }

    /** Fails when this variant is the one in C, and cannot run here. */
    static void require(String variant) {
        if (variant.equals(Implementations.C) && !available()) {
            throw new IllegalStateException("skipped: the C variant needs the command " + COMMAND.getFirst());
        }
    }

    /** Compiles the kernels in a new directory that goes when this JVM goes. Empty when there is no compiler. */
    static Optional<Path> compile() {
        try {
            Path directory = Files.createTempDirectory("fusegrad-benchmarks");
            directory.toFile().deleteOnExit();
            Path library = directory.resolve("kernels.so");
            List<String> command = new ArrayList<>(COMMAND);
            command.addAll(List.of("-o", library.toString()));
            for (String source : SOURCES) {
                Path file = directory.resolve(source);
                try (InputStream in = CKernels.class.getResourceAsStream("/" + source)) {
                    if (in == null) {
                        throw new IllegalStateException(source + " is not on the class path");
                    }
                    Files.copy(in, file);
                }
                file.toFile().deleteOnExit();
                if (source.endsWith(".c")) {
                    command.add(file.toString());
                }
            }
            library.toFile().deleteOnExit();
            return run(command) ? Optional.of(library) : Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** False when there is no such command; it is not a compiler's absence when it fails. */
    private static boolean run(List<String> command) throws IOException {
        Process process;
        try {
            process = new ProcessBuilder(command).inheritIO().start();
        } catch (IOException e) {
            return false;
        }
        try {
            if (process.waitFor() != 0) {
                throw new IllegalStateException("failed: " + String.join(" ", command));
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException("interrupted: " + String.join(" ", command), e);
        }
        return true;
    }

    /** Method handles are constants to C2 only in static final fields, and they need the library: a class that is first used when it is there. */
    @SuppressWarnings("restricted")
    static final class Loaded {
        private static final Optional<Path> LIBRARY = Optional.ofNullable(System.getProperty(CKernels.LIBRARY))
                .map(path -> path.isEmpty() ? Optional.<Path>empty() : Optional.of(Path.of(path)))
                .orElseGet(CKernels::compile);
        /** A pointer as a number: a memory segment has its life checked in each call, 18 ns for three elements against 4 ns. */
        private static final MemoryLayout ADDRESS = JAVA_LONG;

        private static final Optional<SymbolLookup> SYMBOLS = LIBRARY.map(path -> SymbolLookup.libraryLookup(path, Arena.global()));

        static final MethodHandle LECTURE_SCALAR = handle("lecture_scalar", ADDRESS, ADDRESS, JAVA_FLOAT, ADDRESS, JAVA_LONG);
        static final MethodHandle LECTURE_ELEMENTWISE = handle("lecture_elementwise", ADDRESS, ADDRESS, ADDRESS, ADDRESS, JAVA_LONG);
        static final MethodHandle REGRESSION = rows("regression");
        static final MethodHandle LOGISTIC = rows("logistic");
        static final MethodHandle HUBER = rows("huber");
        static final MethodHandle POISSON = rows("poisson");
        static final MethodHandle FORWARD_SCALAR = handle("forward_scalar", ADDRESS, ADDRESS, ADDRESS, JAVA_LONG);
        static final MethodHandle FORWARD_ELEMENTWISE = handle("forward_elementwise", ADDRESS, ADDRESS, ADDRESS, JAVA_LONG);
        static final MethodHandle CHAIN = handle("chain", ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS, JAVA_INT, JAVA_LONG);

        private Loaded() {}

        /** A loss over rows and columns. */
        private static MethodHandle rows(String name) {
            return handle(name, ADDRESS, ADDRESS, JAVA_FLOAT, ADDRESS, ADDRESS, ADDRESS, JAVA_LONG, JAVA_LONG);
        }

        private static MethodHandle handle(String name, MemoryLayout... arguments) {
            return SYMBOLS.map(symbols -> Linker.nativeLinker()
                            .downcallHandle(
                                    symbols.findOrThrow(name),
                                    FunctionDescriptor.of(JAVA_FLOAT, arguments),
                                    Linker.Option.critical(false)))
                    .orElse(null);
        }
    }
}
