package org.fusegrad;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaFileObject;
import javax.tools.ToolProvider;
import org.fusegrad.codegen.KernelCompiler;
import org.fusegrad.fusion.Fuser;
import org.fusegrad.testing.ChildJvm;
import org.fusegrad.testing.Losses;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every Java block of the README compiles, and its programs run. */
class ReadmeTest {
    private static final Pattern BLOCK = Pattern.compile("^```java\\R(.*?)^```\\s*$", Pattern.DOTALL | Pattern.MULTILINE);
    private static final Pattern LISTING = Pattern.compile("^```text\\R(static void .*?)^```\\s*$", Pattern.DOTALL | Pattern.MULTILINE);
    private static final Pattern CLASS =
            Pattern.compile("^(?:public |final |abstract )*(?:class|record|interface|enum) (\\w+)", Pattern.MULTILINE);
    private static final Pattern METHOD = Pattern.compile("^(?:public |private |static |final )*[\\w<>\\[\\]]+ \\w+\\(.*\\{$");
    private static final String IMPORTS = "import org.fusegrad.*;\nimport jdk.incubator.vector.*;\n";

    @TempDir
    Path directory;

    @Test
    void blocksOfJavaCompileAndProgramsRun() throws Exception {
        List<String> blocks = blocks();
        assertFalse(blocks.isEmpty(), "README.md has no block of Java");
        for (int k = 0; k < blocks.size(); k++) {
            String block = blocks.get(k);
            if (block.contains("SPECIES")) {
                assertTrue(lectureKernels().contains(block.strip()), () -> "is not what the lecture's kernel prints:\n" + block);
                continue;
            }
            Matcher type = CLASS.matcher(block);
            String name = type.find() ? type.group(1) : "Block" + k;
            Path folder = Files.createDirectories(directory.resolve("block" + k));
            compile(folder, name, name.equals("Block" + k) ? wrapped(name, block) : withImports(block));
            if (block.contains("void main(")) {
                run(folder, name);
            }
        }
    }

    /** What is left of a listing when it is shortened is in the lecture's kernel at one width, in that order. */
    @Test
    void shortenedListingIsOfTheLecturesKernel() throws IOException {
        Matcher listing = LISTING.matcher(Files.readString(Path.of("README.md")));
        assertTrue(listing.find(), "README.md has no listing of a kernel");
        List<String> shown = listing.group(1).lines().map(String::strip).filter(line -> !line.startsWith("...")).toList();
        assertTrue(lectureKernels().stream().anyMatch(kernel -> isShortened(shown, kernel)), () -> "is of no kernel:\n" + listing.group(1));
    }

    private static boolean isShortened(List<String> shown, String kernel) {
        Iterator<String> lines = kernel.lines().map(String::strip).iterator();
        return shown.stream().allMatch(line -> {
            while (lines.hasNext()) {
                if (lines.next().equals(line)) {
                    return true;
                }
            }
            return false;
        });
    }

    /** The loops that are shown are the generated ones, at one of the widths. */
    private static List<String> lectureKernels() {
        Expr x = Expr.input("x", Shape.batch());
        Expr y = Expr.input("y", Shape.batch());
        Expr w = Expr.parameter("w", Shape.scalar());
        GradientKernel kernel = GradientKernel.compile(x.mul(w).sub(y).square().sum());
        List<String> kernels = new ArrayList<>(List.of(kernel.source().strip()));
        var schedule = Fuser.fuse(Losses.lecture(false, false));
        for (int lanes : new int[] {4, 8, 16}) {
            kernels.add(KernelCompiler.loops(schedule, lanes).strip().replace("grad0", "grad_w"));
        }
        return kernels;
    }

    private static List<String> blocks() throws IOException {
        Matcher matcher = BLOCK.matcher(Files.readString(Path.of("README.md")));
        List<String> blocks = new ArrayList<>();
        while (matcher.find()) {
            blocks.add(matcher.group(1));
        }
        return blocks;
    }

    private static String withImports(String block) {
        return block.contains("import org.fusegrad") ? block : IMPORTS + block;
    }

    /** Imports first; methods as members, statements in a method of their own. */
    private static String wrapped(String name, String block) {
        StringBuilder imports = new StringBuilder(IMPORTS);
        StringBuilder body = new StringBuilder();
        block.lines().forEach(line -> (line.startsWith("import ") ? imports : body).append(line).append('\n'));
        boolean members = body.toString().lines().anyMatch(line -> METHOD.matcher(line).matches());
        String inside = members ? body.toString() : "void run() throws Exception {\n" + body + "}\n";
        return imports + "class " + name + " {\n" + inside + "}\n";
    }

    private static void compile(Path folder, String name, String source) throws IOException {
        Path file = Files.writeString(folder.resolve(name + ".java"), source);
        var compiler = ToolProvider.getSystemJavaCompiler();
        var diagnostics = new DiagnosticCollector<JavaFileObject>();
        List<String> options = List.of(
                "-d", folder.toString(), "-proc:none", "--add-modules", "jdk.incubator.vector",
                "-cp", ChildJvm.location(Fusegrad.class).toString());
        try (var manager = compiler.getStandardFileManager(diagnostics, null, StandardCharsets.UTF_8)) {
            compiler.getTask(null, manager, diagnostics, options, null, manager.getJavaFileObjects(file)).call();
        }
        List<Diagnostic<? extends JavaFileObject>> errors = diagnostics.getDiagnostics().stream()
                .filter(d -> d.getKind() == Diagnostic.Kind.ERROR)
                .toList();
        assertEquals(List.of(), errors, source);
    }

    private static void run(Path folder, String name) throws Exception {
        PrintStream out = System.out;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (var loader = new URLClassLoader(new URL[] {folder.toUri().toURL()}, ReadmeTest.class.getClassLoader())) {
            System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
            launch(loader.loadClass(name));
        } finally {
            System.setOut(out);
        }
        assertTrue(bytes.size() > 0, name + " prints nothing");
    }

    /** As java does: a main of any class, with arguments or without, static or not. */
    private static void launch(Class<?> program) throws ReflectiveOperationException {
        for (Method method : program.getDeclaredMethods()) {
            if (method.getName().equals("main")) {
                method.setAccessible(true);
                Object[] arguments = method.getParameterCount() == 0 ? new Object[0] : new Object[] {new String[0]};
                if (Modifier.isStatic(method.getModifiers())) {
                    method.invoke(null, arguments);
                } else {
                    var constructor = program.getDeclaredConstructor();
                    constructor.setAccessible(true);
                    method.invoke(constructor.newInstance(), arguments);
                }
            }
        }
    }
}
