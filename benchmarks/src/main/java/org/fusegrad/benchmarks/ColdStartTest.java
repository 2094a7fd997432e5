package org.fusegrad.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class ColdStartTest {
    private static long[] ends(int n) {
        long[] ends = new long[n];
        Arrays.setAll(ends, i -> 10L * (i + 1));
        return ends;
    }

    @Test
    void steadyFromTheSliceFromWhichOnStepsTakeWhatTheyTakeAtTheEnd() {
        double[] steps = new double[100];
        Arrays.fill(steps, 5);
        Arrays.fill(steps, 0, 30, 500);
        steps[50] = 1000; // a hiccup is not a change of speed
        ColdStart.Steady steady = ColdStart.Steady.of(ends(100), steps);
        assertEquals(5, steady.step());
        assertTrue(steady.after() >= 240 && steady.after() <= 300, () -> "after " + steady.after());
    }

    @Test
    void steadyAtOnce() {
        double[] steps = new double[100];
        Arrays.fill(steps, 7);
        assertEquals(new ColdStart.Steady(0, 7), ColdStart.Steady.of(ends(100), steps));
    }

    @Test
    void anEmptyMainHasAFirstTimeOnly() throws IOException {
        JsonObject result = ColdStart.measure(List.of(ColdStart.EMPTY), 1, "-Dnothing=1").get(0).getAsJsonObject();
        assertTrue(result.getAsJsonArray("firstMs").get(0).getAsDouble() > 0);
        assertTrue(result.getAsJsonArray("steadyMs").isEmpty());
    }

    @Test
    void whatFailsSaysWhy() throws IOException {
        JsonObject result = ColdStart.measure(List.of("nonsense"), 2, "-Dnothing=1").get(0).getAsJsonObject();
        assertTrue(result.get("failed").getAsString().contains("nonsense"), result::toString);
    }

    @Test
    void aPeerThatIsNotBuiltInSaysSo() throws IOException {
        for (String peer : Peers.KNOWN) {
            if (!Peers.builtIn().containsKey(peer)) {
                assertEquals(Peers.NOT_BUILT, PeerProbe.status(peer, "-Dnothing=1").get("unavailable").getAsString());
            }
        }
    }
}
