package org.fusegrad.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.fusegrad.Expr;
import org.fusegrad.GradientKernel;
import org.fusegrad.Shape;
import org.fusegrad.testing.ChildJvm;
import org.junit.jupiter.api.Test;

/** Loops of vectors go from the interpreter to C2; a loop that C1 has compiled may stay with it for ever. */
class CompilersTest {
    private static final Pattern COMPILATION = Pattern.compile(
            "^\\s*\\d+\\s+(?<id>\\d+)\\s.*\\s(?<tier>[1-4])\\s+org\\.fusegrad\\.codegen\\.\\S+_x8/\\S+::sum_\\S+.*bytes\\)(?<skipped>.*COMPILE SKIPPED.*)?");

    @Test
    void onlyC2CompilesLoopsOfVectors() {
        ChildJvm.Result result = ChildJvm.run(WarmUp.class, List.of("@jvm.config", "-Dfusegrad.lanes=8", "-XX:+PrintCompilation"));
        assertEquals(0, result.exit(), result.err());
        boolean byC2 = false;
        Set<String> byC1 = new TreeSet<>();
        Set<String> refused = new TreeSet<>();
        for (String line : result.out().lines().toList()) {
            Matcher compilation = COMPILATION.matcher(line);
            if (compilation.find()) {
                if (compilation.group("skipped") != null) {
                    refused.add(compilation.group("id"));
                } else if (compilation.group("tier").equals("4")) {
                    byC2 = true;
                } else {
                    byC1.add(compilation.group("id"));
                }
            }
        }
        assertTrue(byC2, "C2 has compiled none");
        assertFalse(byC1.isEmpty(), "C1 was not asked for any");
        assertEquals(refused, byC1, "what C1 refused is all that it was asked for");
    }

    /** Warms up a loop that is too long for C1. */
    static final class WarmUp {
        private WarmUp() {}

        public static void main(String[] none) {
            Expr x = Expr.input("x", Shape.batch());
            Expr y = Expr.input("y", Shape.batch());
            Expr w = Expr.parameter("w", Shape.scalar());
            GradientKernel.compile(x.mul(w).sub(y).square().sum()).warmUp();
        }
    }
}
