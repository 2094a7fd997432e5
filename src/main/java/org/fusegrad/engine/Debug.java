package org.fusegrad.engine;

import java.io.PrintStream;
import org.fusegrad.codegen.KernelCompiler;
import org.fusegrad.fusion.Schedule;
import org.fusegrad.ir.Graph;
import org.fusegrad.ir.GraphPrinter;

/**
 * {@code -Dfusegrad.debug=0..5} on the error stream: 1 plans as they are compiled, 2 how long that took and
 * when a kernel became hot, 3 the fusion report, 4 the graph, 5 the generated kernel as Java.
 */
final class Debug {
    private static final int LEVEL = Integer.getInteger("fusegrad.debug", 0);
    private static final PrintStream OUT = System.err;
    private static final int NAME = 100;

    private Debug() {}

    static void graph(Graph graph) {
        if (LEVEL >= 4) {
            OUT.print("fusegrad: graph\n" + graph + GraphPrinter.dot(graph));
        }
    }

    static void compiled(Schedule schedule, int lanes, long nanos) {
        if (LEVEL >= 1) {
            String time = LEVEL >= 2 ? " in " + nanos / 1000 + " us" : "";
            OUT.println("fusegrad: compiled " + name(schedule) + " for " + lanes + " lanes" + time);
        }
        if (LEVEL >= 3) {
            OUT.print(schedule);
        }
        if (LEVEL >= 5) {
            OUT.print(KernelCompiler.source(schedule, lanes));
        }
    }

    static void hot(Schedule schedule) {
        if (LEVEL >= 2) {
            OUT.println("fusegrad: hot " + name(schedule));
        }
    }

    /** @param boxed whether the vector kernel is fast, but allocates */
    static void rests(Schedule schedule, boolean boxed) {
        if (LEVEL >= 2) {
            OUT.println("fusegrad: stays on scalar code, as C2 " + (boxed ? "leaves vectors in objects" : "makes no faster code of the vectors") + ": "
                    + name(schedule));
        }
    }

    private static String name(Schedule schedule) {
        Graph graph = schedule.graph();
        return GraphPrinter.expression(graph, graph.outputs().getFirst().node(), NAME);
    }
}
