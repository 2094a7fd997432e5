package org.fusegrad.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.fusegrad.Fusegrad;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/**
 * JMH with its usual arguments, after saying where it runs and compiling the C kernels once for all forks. Without a C compiler their variant is left out.
 *
 * <p>{@code java @jvm.config -jar target/benchmarks.jar -rf json -rff target/jmh.json Lecture}; the forks inherit the flags of this JVM.
 */
public final class BenchmarkMain {
    private BenchmarkMain() {}

    /** The arguments are JMH's. */
    public static void main(String[] args) throws CommandLineOptionException, RunnerException, IOException {
        CommandLineOptions given = new CommandLineOptions(args);
        if (given.shouldHelp()) {
            given.showHelp();
            return;
        }
        if (given.shouldList()) {
            new Runner(given).list();
            return;
        }
        System.out.println(Fusegrad.environment());
        Optional<Path> library = CKernels.compile();
        ChainedOptionsBuilder options = new OptionsBuilder().parent(given);
        List<String> appended = new ArrayList<>(given.getJvmArgsAppend().orElse(List.of()));
        appended.add("-D" + CKernels.LIBRARY + "=" + library.map(Path::toString).orElse(""));
        options.jvmArgsAppend(appended.toArray(String[]::new));
        if (library.isPresent()) {
            System.out.println("C: " + String.join(" ", CKernels.COMMAND));
        } else {
            System.out.println("C: left out, there is no command " + CKernels.COMMAND.getFirst());
            Collection<String> variants = given.getParameter("variant").orElse(LectureBenchmark.VARIANTS);
            options.param("variant", variants.stream().filter(variant -> !variant.equals("c")).toArray(String[]::new));
        }
        new Runner(options.build()).run();
    }
}
