package org.fusegrad;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Who may use whom, read off the sources. */
class ArchitectureTest {
    private static final Path SOURCES = Path.of("src/main/java");

    /** For each package, the packages it may use besides itself; the public one, "", may use all. */
    private static final Map<String, Set<String>> USES = Map.of(
            "ir", Set.of(),
            "autodiff", Set.of("ir"),
            "fusion", Set.of("ir"),
            "simd", Set.of(),
            "codegen", Set.of("fusion", "ir", "simd"),
            "engine", Set.of("autodiff", "codegen", "fusion", "ir", "simd"),
            "", Set.of("autodiff", "codegen", "engine", "fusion", "ir", "simd"));

    private static final Pattern OWN = Pattern.compile("\\borg\\.fusegrad\\.(?:([a-z]+)\\.)?[A-Z]\\w*");

    private record Source(Path file, String packageName, String text) {}

    private static List<Source> sources() throws IOException {
        List<Source> sources = new ArrayList<>();
        try (var files = Files.walk(SOURCES)) {
            for (Path file : files.filter(path -> path.toString().endsWith(".java")).toList()) {
                Path relative = SOURCES.resolve("org/fusegrad").relativize(file);
                String packageName = relative.getNameCount() == 1 ? "" : relative.getName(0).toString();
                sources.add(new Source(file, packageName, Files.readString(file)));
            }
        }
        assertTrue(sources.size() > 40, "found only " + sources.size());
        return sources;
    }

    @Test
    void packagesUseOnlyWhatIsBelowThem() throws IOException {
        Set<String> seen = new TreeSet<>();
        for (Source source : sources()) {
            seen.add(source.packageName());
            Set<String> allowed = USES.get(source.packageName());
            assertTrue(allowed != null, source.file() + " is in a package of no known place");
            for (MatchResult name : OWN.matcher(source.text()).results().toList()) {
                String used = name.group(1) == null ? "" : name.group(1);
                assertTrue(used.equals(source.packageName()) || allowed.contains(used), source.file() + " names " + name.group());
            }
        }
        assertEquals(USES.keySet(), seen);
    }

    @Test
    void theTableHasNoCycle() {
        for (var entry : USES.entrySet()) {
            for (String used : entry.getValue()) {
                assertTrue(!USES.get(used).contains(entry.getKey()), entry.getKey() + " and " + used);
            }
        }
    }

    @Test
    void onlyCodegenWritesClassFiles() throws IOException {
        onlyIn("java.lang.classfile", Set.of("codegen"));
        onlyIn("defineHiddenClass", Set.of("codegen"));
    }

    @Test
    void onlySimdAndCodegenNameTheVectorApi() throws IOException {
        onlyIn("jdk.incubator.vector.", Set.of("simd", "codegen"));
    }

    @Test
    void onlyVectorFactsLoadsClassesOfTheVectorApi() throws IOException {
        // Whatever else imports one would fail where the module is absent; generated code only names them in text.
        for (Source source : sources()) {
            if (source.text().contains("import jdk.incubator.vector")) {
                boolean text = source.file().endsWith("JavaSource.java"); // prints imports
                assertTrue(text || source.packageName().equals("simd"), source.file().toString());
            }
        }
    }

    @Test
    void nobodyReachesPastTheJvm() throws IOException {
        onlyIn("sun.misc", Set.of());
        onlyIn("Unsafe", Set.of());
        onlyIn("setAccessible", Set.of());
        onlyIn("java.lang.foreign", Set.of());
    }

    @Test
    void sumsAndProductsAreLeftToNobodyElse() throws IOException {
        // Their order, or their rounding, is not written down.
        for (String call : List.of("reduceLanes", "lanewise(VectorOperators.EXP")) {
            onlyIn(call, Set.of());
        }
    }

    private static void onlyIn(String text, Set<String> packages) throws IOException {
        for (Source source : sources()) {
            assertTrue(
                    packages.contains(source.packageName()) || !source.text().contains(text), source.file() + " names " + text);
        }
    }
}
