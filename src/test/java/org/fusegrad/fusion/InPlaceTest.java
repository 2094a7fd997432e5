package org.fusegrad.fusion;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.fusegrad.ir.Extent;
import org.fusegrad.ir.Graph;
import org.fusegrad.ir.GraphBuilder;
import org.fusegrad.ir.GraphVerifier;
import org.fusegrad.ir.Node;
import org.junit.jupiter.api.Test;

/** Where outputs in place of inputs are stored: at once where that is safe, last of a tile, or after all loops. */
class InPlaceTest {
    private final GraphBuilder g = new GraphBuilder();
    private final Node p = g.input("p", Extent.ROW);
    private final Node q = g.input("q", Extent.ROW);

    @Test
    void aShortRuleIsOneLoopWithoutCopies() {
        Node m = g.add(g.mul(g.constant(0.9f), q), p);
        Schedule schedule = Fuser.fuse(graph(Graph.Output.inPlace("m", m, q), Graph.Output.inPlace("p", g.sub(p, m), p)));
        assertEquals(1, schedule.passes().size(), schedule::toString);
        assertEquals(1, schedule.passes().getFirst().loops().size(), schedule::toString);
        assertEquals(List.of(), schedule.saved());
    }

    /** The new p is there long before the last use of the old one, which is in another loop of the tile. */
    @Test
    void aLongRuleStoresLastWithinTheTile() {
        Node fresh = g.add(p, q);
        Node chain = q;
        for (int k = 0; k < 12; k++) {
            chain = g.mul(g.add(chain, g.constant(k)), q);
        }
        Node other = g.add(chain, p);
        Graph graph = graph(Graph.Output.inPlace("p", fresh, p), new Graph.Output("other", other));
        Schedule schedule = Fuser.fuse(graph, 3);
        assertEquals(1, schedule.passes().size(), () -> "no copy behind the pass\n" + schedule);
        assertEquals(List.of(), schedule.saved());
        List<Loop> loops = schedule.passes().getFirst().loops();
        assertTrue(loops.size() > 3, schedule::toString);
        int stored = -1;
        int read = -1;
        for (int k = 0; k < loops.size(); k++) {
            boolean stores = loops.get(k).sinks().stream()
                    .anyMatch(sink -> sink instanceof Sink.Store store && store.place().slot() == graph.inputs().size());
            stored = stores ? k : stored;
            read = loops.get(k).loads().containsKey(p) ? k : read;
        }
        assertTrue(stored >= read, schedule::toString);
        assertEquals(loops.size() - 1, read, schedule::toString);
    }

    @Test
    void valuesThatChangePlacesAreKeptElsewhereFirst() {
        Node newP = g.add(q, g.constant(1));
        Node newQ = g.add(p, g.constant(2));
        Schedule schedule = Fuser.fuse(graph(Graph.Output.inPlace("p", newP, p), Graph.Output.inPlace("q", newQ, q)));
        assertEquals(1, schedule.saved().size(), () -> "the first of the two is copied at the end\n" + schedule);
        assertTrue(schedule.toString().contains("copy"), schedule::toString);
    }

    @Test
    void whatALaterPassReadsIsKeptElsewhereFirst() {
        Node fresh = g.mul(p, g.constant(2));
        Node centred = g.sub(p, g.sum(p));
        Graph graph = graph(Graph.Output.inPlace("p", fresh, p), new Graph.Output("loss", g.sum(g.square(centred))));
        Schedule schedule = Fuser.fuse(graph);
        assertEquals(3, schedule.passesOverBatch().size(), schedule::toString);
        List<Loop> last = schedule.passesOverBatch().getLast().loops();
        assertTrue(last.getFirst().name().startsWith("copy"), schedule::toString);
    }

    @Test
    void scalarsToo() {
        Node b = g.input("b", Extent.SCALAR);
        Node fresh = g.add(b, g.constant(1));
        Node loss = g.sum(g.square(g.sub(g.mul(p, b), g.sum(p))));
        Graph graph = graph(Graph.Output.inPlace("b", fresh, b), new Graph.Output("loss", loss));
        Schedule schedule = Fuser.fuse(graph);
        assertEquals(List.of(0), schedule.scalarOutputs().stream().map(Schedule.ScalarOutput::output).toList());
    }

    @Test
    void whatIsNoElementwiseResultOfTheSameExtentIsRefused() {
        Node w = g.input("w", Extent.SCALAR);
        refused("is in place of an input of another extent", Graph.Output.inPlace("p", g.add(w, w), p));
        refused("is in place of an input but no elementwise result", Graph.Output.inPlace("w", g.sum(p), w));
        refused("is in place of an input but no elementwise result", Graph.Output.inPlace("p", q, p));
        Node sum = g.add(p, q);
        refused("is in place of an input that has been replaced",
                Graph.Output.inPlace("a", sum, p), Graph.Output.inPlace("b", g.mul(p, q), p));
    }

    private void refused(String message, Graph.Output... outputs) {
        Graph graph = graph(outputs);
        var error = assertThrows(IllegalStateException.class, () -> GraphVerifier.verify(graph));
        assertTrue(error.getMessage().endsWith(message), error.getMessage());
    }

    @Test
    void itIsPartOfTheKey() {
        Node sum = g.add(p, q);
        List<String> texts = new ArrayList<>();
        texts.add(graph(new Graph.Output("out", sum)).toString());
        texts.add(graph(Graph.Output.inPlace("out", sum, p)).toString());
        texts.add(graph(Graph.Output.inPlace("out", sum, q)).toString());
        assertEquals(3, texts.stream().distinct().count(), texts::toString);
    }

    private Graph graph(Graph.Output... outputs) {
        return g.build(List.of(outputs));
    }
}
