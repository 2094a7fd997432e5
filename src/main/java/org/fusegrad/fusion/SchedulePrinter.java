package org.fusegrad.fusion;

import java.util.List;
import java.util.StringJoiner;
import org.fusegrad.ir.Graph;
import org.fusegrad.ir.Node;

/** A schedule as text: passes, their loops, what each reads and leaves behind, and what is saved. */
final class SchedulePrinter {
    private SchedulePrinter() {}

    static String text(Schedule schedule) {
        StringBuilder out = new StringBuilder();
        int number = 0;
        for (Pass pass : schedule.passes()) {
            out.append("pass ").append(number++).append(": ").append(pass.kind().name().toLowerCase());
            out.append(" over ").append(pass.index());
            if (pass.tile() > 0) {
                out.append(", tiles of ").append(pass.tile());
            }
            out.append('\n');
            for (Loop loop : pass.loops()) {
                appendLoop(out, schedule, loop);
            }
            Overlap overlap = pass.overlap();
            if (overlap != null) {
                out.append("  between tiles ").append(overlap.name()).append('\n');
            }
        }
        out.append("passes over the batch: ").append(schedule.passesOverBatch().size());
        out.append(", saved between passes: ").append(schedule.saved().size()).append('\n');
        return out.toString();
    }

    private static void appendLoop(StringBuilder out, Schedule schedule, Loop loop) {
        out.append("  ").append(loop.name()).append(" (").append(loop.shape().name().toLowerCase());
        out.append(", ").append(loop.body().size()).append(" ops)\n");
        StringJoiner reads = new StringJoiner(", ");
        loop.loads().forEach((node, place) -> reads.add(node.op().text() + node.extent() + " in " + where(schedule, place)));
        out.append("    reads ").append(reads).append('\n');
        StringJoiner computes = new StringJoiner(" ");
        for (Node node : loop.body()) {
            computes.add(node.op().text());
        }
        out.append("    computes ").append(computes).append('\n');
        for (Sink sink : loop.sinks()) {
            out.append("    ").append(switch (sink) {
                case Sink.Store s -> "stores " + s.value().op().text() + " in " + where(schedule, s.place());
                case Sink.LaneReduction r -> reduces(r, "") + " into " + where(schedule, r.target());
                case Sink.RowReduction r -> reduces(r, "rows of ") + " into " + where(schedule, r.target());
                case Sink.ColumnReduction r -> reduces(r, "columns of ") + " in " + where(schedule, r.accumulators());
            }).append('\n');
        }
    }

    private static String reduces(Sink.Reducing sink, String along) {
        List<String> values = sink.values().stream().map(value -> value.op().text()).toList();
        String verb = switch (sink.reduction()) {
            case SUM, DOT -> "sums ";
            case MAX -> "takes the largest of ";
        };
        return verb + along + String.join(" times ", values);
    }

    private static String where(Schedule schedule, Place place) {
        Graph graph = schedule.graph();
        int slot = place.slot();
        int inputs = graph.inputs().size();
        int outputs = graph.outputs().size();
        if (slot < inputs) {
            return graph.inputs().get(slot).name();
        }
        if (slot < inputs + outputs) {
            return graph.outputs().get(slot - inputs).name();
        }
        Buffer buffer = schedule.buffers().get(slot - inputs - outputs);
        String name = buffer.use().name().toLowerCase() + slot;
        return buffer.use() == Buffer.Use.SCALARS ? name + "[" + place.index() + "]" : name;
    }
}
