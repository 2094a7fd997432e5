package org.fusegrad.benchmarks;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.fusegrad.Fusegrad;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
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
    public static void main(String[] args) throws Exception {
        CommandLineOptions given = new CommandLineOptions(args);
        if (given.shouldHelp()) {
            given.showHelp();
            return;
        }
        Runner runner = new Runner(given);
        if (given.shouldList() || given.shouldListWithParams() || given.shouldListProfilers() || given.shouldListResultFormats()) {
            list(given, runner);
            return;
        }
        System.out.println(Fusegrad.environment());
        Optional<Path> library = CKernels.compile();
        ChainedOptionsBuilder options = new OptionsBuilder().parent(given);
        List<String> appended = new ArrayList<>(given.getJvmArgsAppend().orElse(List.of()));
        appended.add(CKernels.libraryOption(library));
        options.jvmArgsAppend(appended.toArray(String[]::new));
        if (library.isPresent()) {
            System.out.println("C: " + String.join(" ", CKernels.COMMAND));
        } else {
            System.out.println("C: left out, there is no command " + CKernels.COMMAND.getFirst());
            Collection<String> variants = given.getParameter("variant").orElse(Implementations.OURS);
            options.param("variant", variants.stream().filter(variant -> !variant.equals(Implementations.C)).toArray(String[]::new));
        }
        new Runner(options.build()).run();
    }

    private static void list(CommandLineOptions given, Runner runner) throws RunnerException {
        if (given.shouldListProfilers()) {
            given.listProfilers();
        } else if (given.shouldListResultFormats()) {
            given.listResultFormats();
        } else if (given.shouldListWithParams()) {
            runner.listWithParams(given);
        } else {
            runner.list();
        }
    }
}
