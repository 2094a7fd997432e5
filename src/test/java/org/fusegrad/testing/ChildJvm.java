package org.fusegrad.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.fusegrad.Fusegrad;

/** Runs a main class in a JVM of its own, for what a JVM decides only once: flags, lanes, logging. */
public final class ChildJvm {
    /** Turns the Vector API on. */
    public static final String VECTORS = "--add-modules=jdk.incubator.vector";

    private static final long LIMIT_SECONDS = 120;

    private ChildJvm() {}

    /** How a child ended, and what it said. */
    public record Result(int exit, String out, String err) {}

    public static Result run(Class<?> main, List<String> flags, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-ea");
        command.addAll(flags);
        command.add("-cp");
        command.add(location(Fusegrad.class) + System.getProperty("path.separator") + location(main));
        command.add(main.getName());
        command.addAll(List.of(arguments));
        try {
            // Files, not pipes: nobody has to read both at once.
            Path out = Files.createTempFile("child", ".out");
            Path err = Files.createTempFile("child", ".err");
            try {
                Process child = new ProcessBuilder(command)
                        .redirectOutput(out.toFile())
                        .redirectError(err.toFile())
                        .start();
                if (!child.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                    child.destroyForcibly();
                    throw new AssertionError("still running after " + LIMIT_SECONDS + " s: " + command);
                }
                return new Result(child.exitValue(), Files.readString(out), Files.readString(err));
            } finally {
                Files.delete(out);
                Files.delete(err);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** The directory or jar that a class came from. */
    public static Path location(Class<?> type) {
        try {
            return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (java.net.URISyntaxException e) {
            throw new AssertionError(e);
        }
    }
}
