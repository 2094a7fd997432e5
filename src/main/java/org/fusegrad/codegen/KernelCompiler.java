package org.fusegrad.codegen;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.attribute.CodeAttribute;
import java.lang.invoke.MethodHandles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.fusegrad.fusion.Buffer;
import org.fusegrad.fusion.Loop;
import org.fusegrad.fusion.Overlap;
import org.fusegrad.fusion.Pass;
import org.fusegrad.fusion.Schedule;
import org.fusegrad.ir.Graph;
import org.fusegrad.ir.GraphPrinter;

/** Compiles a schedule into a hidden class, as a vector kernel or as its scalar twin. */
public final class KernelCompiler {
    /** HotSpot never compiles a longer method (flag {@code HugeMethodLimit}). */
    public static final int METHOD_LIMIT = 8000;

    private static final String PACKAGE = "org.fusegrad.codegen";
    private static final int NAME_LENGTH = 60;

    private KernelCompiler() {}

    /** A kernel whose methods are too long for HotSpot: fuse with fewer operations per loop. */
    public static final class MethodTooLong extends Exception {
        private static final long serialVersionUID = 1L;

        MethodTooLong(String method, int length) {
            super(method + " has " + length + " bytes of code");
        }
    }

    /**
     * @param lanes 4, 8 or 16 for vectors, 0 for the scalar twin
     * @throws MethodTooLong when HotSpot would never compile one of the methods
     */
    public static Kernel compile(Schedule schedule, int lanes) throws MethodTooLong {
        String simpleName = name(schedule.graph()) + (lanes == 0 ? "_scalar" : "_x" + lanes);
        Methods methods = methods(schedule, lanes);
        byte[] bytes = new ClassWriter(PACKAGE + "." + simpleName, lanes).write(methods);
        checkLengths(bytes);
        dump(schedule, simpleName, lanes, bytes);
        try {
            MethodHandles.Lookup hidden = MethodHandles.lookup().defineHiddenClass(bytes, true);
            return (Kernel) hidden.lookupClass().getDeclaredConstructor().newInstance();
        } catch (ReflectiveOperationException e) {
            throw new AssertionError("a generated kernel does not load: " + simpleName, e);
        }
    }

    /** The Java that the kernel's bytecode corresponds to. */
    public static String source(Schedule schedule, int lanes) {
        String simpleName = name(schedule.graph()) + (lanes == 0 ? "_scalar" : "_x" + lanes);
        Methods methods = methods(schedule, lanes);
        return JavaSource.unit(PACKAGE, simpleName, methods, lanes);
    }

    /** Only the loops of {@link #source}, without the class around them. */
    public static String loops(Schedule schedule, int lanes) {
        StringBuilder text = new StringBuilder();
        Methods methods = methods(schedule, lanes);
        for (Code.Method method : methods.all()) {
            text.append(text.isEmpty() ? "" : "\n").append(JavaSource.method(method, lanes));
        }
        return text.toString();
    }

    /**
     * What a kernel consists of.
     *
     * @param loops one method per loop of the schedule, by number, and one per overlap of two of them, for several tiles
     * @param helpers those that they call, and the ends of passes
     * @param step all of it, in order
     */
    record Methods(List<Code.Method> loops, List<Code.Method> helpers, Code.Method step) {
        List<Code.Method> all() {
            List<Code.Method> all = new ArrayList<>(loops);
            all.addAll(helpers);
            all.add(step);
            return all;
        }
    }

    /** The most rows for which {@link Kernel#step} works: those of one block of every sum. */
    public static int stepRows(Schedule schedule) {
        return StepLowering.mostRows(schedule);
    }

    private static Methods methods(Schedule schedule, int lanes) {
        List<String> slotNames = slotNames(schedule);
        List<Code.Method> loops = new ArrayList<>();
        List<Code.Method> helpers = new ArrayList<>();
        StepLowering step = new StepLowering(schedule);
        for (Pass pass : schedule.passes()) {
            if (stepRows(schedule) > 0) {
                step.add(pass, PassEnds.of(pass, slotNames, lanes, helpers), OneTile.of(pass, slotNames, lanes, helpers));
            }
            for (Loop loop : pass.loops()) {
                Lowering lowering = lanes == 0
                        ? new ScalarLowering(loop, slotNames)
                        : VectorLowering.of(loop, slotNames, lanes);
                loops.add(lowering.lower());
                helpers.addAll(lowering.helpers());
            }
        }
        for (Overlap overlap : schedule.overlaps()) {
            loops.add(OverlapLowering.tiles(overlap));
            helpers.add(OverlapLowering.lower(overlap, slotNames, lanes));
        }
        return new Methods(loops, helpers, step.lower());
    }

    private static List<String> slotNames(Schedule schedule) {
        List<String> names = new ArrayList<>();
        schedule.graph().inputs().forEach(input -> names.add(input.name()));
        schedule.graph().outputs().forEach(output -> names.add(output.name()));
        for (Buffer buffer : schedule.buffers()) {
            names.add(buffer.use().name().toLowerCase() + buffer.slot());
        }
        return names;
    }

    /** A class name that reads as the first output: {@code sum_square_sub_mul_x_w_y}. */
    static String name(Graph graph) {
        String text = GraphPrinter.expression(graph, graph.outputs().getFirst().node(), NAME_LENGTH);
        String name = text.replaceAll("[^A-Za-z0-9]+", "_").replaceAll("^_+|_+$", "");
        return name.isEmpty() || Character.isDigit(name.charAt(0)) ? "kernel_" + name : name;
    }

    private static void checkLengths(byte[] bytes) throws MethodTooLong {
        ClassModel model = ClassFile.of().parse(bytes);
        for (var method : model.methods()) {
            int length = method.code().map(code -> ((CodeAttribute) code).codeLength()).orElse(0);
            if (length >= METHOD_LIMIT) {
                throw new MethodTooLong(method.methodName().stringValue(), length);
            }
        }
    }

    /** {@code -Dfusegrad.dump=directory} keeps class files, their Java, the graph and the schedule. */
    private static void dump(Schedule schedule, String simpleName, int lanes, byte[] bytes) {
        String directory = System.getProperty("fusegrad.dump");
        if (directory == null) {
            return;
        }
        try {
            Path path = Files.createDirectories(Path.of(directory));
            Files.write(path.resolve(simpleName + ".class"), bytes);
            Files.writeString(path.resolve(simpleName + ".java"), source(schedule, lanes));
            Files.writeString(path.resolve(simpleName + ".dot"), GraphPrinter.dot(schedule.graph()));
            Files.writeString(path.resolve(simpleName + ".txt"), schedule.graph() + "\n" + schedule);
        } catch (IOException e) {
            throw new UncheckedIOException("fusegrad.dump=" + directory, e);
        }
    }
}
