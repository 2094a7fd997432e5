package org.fusegrad;

import static org.junit.jupiter.api.Assertions.assertEquals;
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
import org.fusegrad.examples.Main;
import org.fusegrad.fusion.Fuser;
import org.fusegrad.testing.ChildJvm;
import org.fusegrad.testing.Losses;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every Java block of the README compiles, and what it says that programs print is what they print. */
class ReadmeTest {
    private static final String TEXT = "```text\\R(.*?)^```$";
    private static final Pattern BLOCK = pattern("^```java\\R(.*?)^```$(?:\\R\\RIt prints\\R\\R" + TEXT + ")?");
    private static final Pattern LISTING = pattern("^```text\\R(static void .*?)^```$");
    private static final Pattern PLAN = pattern("`GradientKernel\\.plan\\(\\)` prints this\\.[^\n]*\\R\\R" + TEXT);
    private static final Pattern EXAMPLE = pattern("`mvn -q compile exec:exec -Dexample=(\\w+)` prints:\\R\\R" + TEXT);
    private static final Pattern EXTRACTS = pattern("From its output \\(two parts of it\\):\\R\\R" + TEXT + "\\R\\R" + TEXT);
    /** A statement that prints, and what, in a comment behind it. */
    private static final Pattern PRINTS = Pattern.compile("^System\\.out\\.println\\(.*\\); // (.*)$", Pattern.MULTILINE);
    private static final Pattern CLASS =
            Pattern.compile("^(?:public |final |abstract )*(?:class|record|interface|enum) (\\w+)", Pattern.MULTILINE);
    private static final Pattern METHOD = Pattern.compile("^(?:public |private |static |final )*[\\w<>\\[\\]]+ \\w+\\(.*\\{$");
    private static final String IMPORTS = "import org.fusegrad.*;\nimport jdk.incubator.vector.*;\n";

    @TempDir
    Path directory;

    @Test
    void blocksOfJavaCompileAndProgramsPrintWhatIsShown() throws Exception {
        Matcher block = BLOCK.matcher(readme());
        int programs = 0;
        for (int k = 0; block.find(); k++) {
            String code = block.group(1);
            if (code.contains("SPECIES")) {
                assertTrue(lectureKernels().contains(code.strip()), () -> "is not what the lecture's kernel prints:\n" + code);
                continue;
            }
            Matcher type = CLASS.matcher(code);
            String name = type.find() ? type.group(1) : "Block" + k;
            Path folder = Files.createDirectories(directory.resolve("block" + k));
            compile(folder, name, name.equals("Block" + k) ? wrapped(name, code) : withImports(code));
            Matcher comment = PRINTS.matcher(code);
            if (code.contains("void main(")) {
                assertEquals(block.group(2), output(folder, name, "main"), () -> "is not what this prints:\n" + code);
                programs++;
            } else if (comment.find()) {
                assertEquals(comment.group(1), output(folder, name, "run").strip(), () -> "is not what this prints:\n" + code);
                programs++;
            }
        }
        assertEquals(3, programs, "programs in README.md");
    }

    @Test
    void planOfARegression() throws IOException {
        Expr x = Expr.input("x", Shape.batch(10)), y = Expr.input("y", Shape.batch());
        Expr w = Expr.parameter("w", Shape.of(10)), b = Expr.parameter("b", Shape.scalar());
        GradientKernel kernel = GradientKernel.compile(x.mul(w).sum(-1).add(b).sub(y).square().mean());
        assertEquals(found(PLAN).group(1).strip(), kernel.plan().strip());
    }

    @Test
    void examplesPrintWhatIsShown() throws Exception {
        Matcher example = found(EXAMPLE);
        String printed = printedBy(() -> Main.main(new String[] {example.group(1)}));
        assertTrue(printed.endsWith(example.group(2)), () -> "is not what " + example.group(1) + " prints:\n" + printed);
        Matcher extracts = found(EXTRACTS);
        String job = printedBy(() -> Main.main(new String[0]));
        for (int k = 1; k <= 2; k++) {
            String extract = extracts.group(k);
            assertTrue(job.contains(extract), () -> "is not in what the main job prints:\n" + extract);
        }
    }

    /** What is left of a listing when it is shortened is in the lecture's kernel at one width, in that order. */
    @Test
    void shortenedListingIsOfTheLecturesKernel() throws IOException {
        Matcher listing = found(LISTING);
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

    private static Pattern pattern(String regex) {
        return Pattern.compile(regex, Pattern.DOTALL | Pattern.MULTILINE);
    }

    private static String readme() throws IOException {
        return Files.readString(Path.of("README.md"));
    }

    private static Matcher found(Pattern pattern) throws IOException {
        Matcher matcher = pattern.matcher(readme());
        assertTrue(matcher.find(), () -> "README.md has nothing like " + pattern);
        return matcher;
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

    private interface Program {
        void run() throws Exception;
    }

    private static String printedBy(Program program) throws Exception {
        PrintStream out = System.out;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
            program.run();
        } finally {
            System.setOut(out);
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    private static String output(Path folder, String name, String method) throws Exception {
        try (var loader = new URLClassLoader(new URL[] {folder.toUri().toURL()}, ReadmeTest.class.getClassLoader())) {
            Class<?> program = loader.loadClass(name);
            return printedBy(() -> launch(program, method));
        }
    }

    /** As java does with main: of any class, with arguments or without, static or not. */
    private static void launch(Class<?> program, String name) throws ReflectiveOperationException {
        for (Method method : program.getDeclaredMethods()) {
            if (method.getName().equals(name)) {
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
