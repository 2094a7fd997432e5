package org.fusegrad.benchmarks;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.fusegrad.Fusegrad;

/** What results depend on, read from the machine and the JVM. What cannot be found out says "unknown" rather than nothing. */
final class Environment {
    static final String UNKNOWN = "unknown";
    private static final Path CPU_INFO = Path.of("/proc/cpuinfo");
    private static final Path CACHES = Path.of("/sys/devices/system/cpu/cpu0/cache");

    private Environment() {}

    /** In the order of the report. */
    static Map<String, String> describe(String command) {
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("CPU", cpu());
        facts.put("Cores", Runtime.getRuntime().availableProcessors() + " available to the JVM");
        facts.put("Caches", caches());
        facts.put("Memory", memory());
        facts.put("Lanes", Fusegrad.lanes() + " floats" + (Fusegrad.lanes() == 0 ? " (scalar code)" : " (" + Fusegrad.lanes() * Float.SIZE + " bits)"));
        facts.put("FMA", flag("UseFMA") + " (UseFMA; only dot products may use it)");
        facts.put("Alignment", "objects at " + flag("ObjectAlignmentInBytes") + " bytes, arrays of the benchmarks on cache lines, a quarter of a page further each (Placement)");
        facts.put("Huge pages", flag("UseTransparentHugePages") + " (UseTransparentHugePages)");
        facts.put("JDK", System.getProperty("java.vm.name") + " " + System.getProperty("java.vm.version") + ", " + System.getProperty("java.vendor"));
        facts.put("Flags", String.join(" ", ManagementFactory.getRuntimeMXBean().getInputArguments()));
        facts.put("OS", System.getProperty("os.name") + " " + System.getProperty("os.version") + " " + System.getProperty("os.arch"));
        facts.put("C compiler", firstLine("cc", "--version") + "; " + String.join(" ", CKernels.COMMAND));
        facts.put("Commit", commit());
        facts.put("Command", command);
        facts.put("Started", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
        return facts;
    }

    private static String cpu() {
        if (Files.isReadable(CPU_INFO)) {
            for (String line : lines(CPU_INFO)) {
                if (line.startsWith("model name")) {
                    return line.substring(line.indexOf(':') + 1).strip();
                }
            }
        }
        String mac = firstLine("sysctl", "-n", "machdep.cpu.brand_string");
        return mac.equals(UNKNOWN) ? System.getProperty("os.arch") + ", model unknown" : mac;
    }

    /** Linux says them, in a virtual machine perhaps only by the C library; other systems are not asked. */
    private static String caches() {
        List<String> caches = new ArrayList<>();
        for (int k = 0; Files.isDirectory(CACHES.resolve("index" + k)); k++) {
            Path cache = CACHES.resolve("index" + k);
            String type = content(cache.resolve("type"));
            if (!type.equals("Instruction")) {
                caches.add("L" + content(cache.resolve("level")) + " " + content(cache.resolve("size")));
            }
        }
        if (caches.isEmpty()) {
            for (String cache : List.of("LEVEL1_DCACHE", "LEVEL2_CACHE", "LEVEL3_CACHE")) {
                String bytes = firstLine("getconf", cache + "_SIZE");
                if (bytes.matches("[1-9]\\d*")) {
                    caches.add("L" + cache.charAt("LEVEL".length()) + " " + Long.parseLong(bytes) / 1024 + "K");
                }
            }
        }
        return caches.isEmpty() ? UNKNOWN : String.join(", ", caches);
    }

    private static String memory() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean system
                ? (system.getTotalMemorySize() >> 20) + " MB, heap up to " + (Runtime.getRuntime().maxMemory() >> 20) + " MB"
                : UNKNOWN;
    }

    private static String flag(String name) {
        try {
            return ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class).getVMOption(name).getValue();
        } catch (IllegalArgumentException e) {
            return UNKNOWN; // not a flag of this JVM
        }
    }

    private static String commit() {
        String commit = firstLine("git", "rev-parse", "HEAD");
        if (commit.equals(UNKNOWN)) {
            return UNKNOWN;
        }
        return firstLine("git", "status", "--porcelain").isEmpty() ? commit : commit + ", with uncommitted changes";
    }

    /** Empty when the command prints nothing, unknown when it is not there or fails. */
    static String firstLine(String... command) {
        try {
            Process process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(10, TimeUnit.SECONDS) || process.exitValue() != 0) {
                return UNKNOWN;
            }
            return output.lines().findFirst().orElse("");
        } catch (IOException e) {
            return UNKNOWN;
        } catch (InterruptedException e) {
            throw new IllegalStateException("interrupted: " + String.join(" ", command), e);
        }
    }

    private static String content(Path file) {
        List<String> lines = lines(file);
        return lines.isEmpty() ? UNKNOWN : lines.getFirst().strip();
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            return List.of();
        }
    }
}
