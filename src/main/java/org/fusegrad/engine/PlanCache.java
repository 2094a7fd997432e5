package org.fusegrad.engine;

import java.util.LinkedHashMap;
import java.util.Map;
import org.fusegrad.ir.Graph;

/**
 * Plans by structure: equal graphs share one kernel, whatever the number of rows. Bounded, least recently
 * used first out; a plan that nobody holds any more is unloaded with its hidden classes.
 */
public final class PlanCache {
    private static final int CAPACITY = 256;

    private static final Map<String, Plan> PLANS = new LinkedHashMap<>(64, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Plan> eldest) {
            return size() > CAPACITY;
        }
    };

    private PlanCache() {}

    /** The plan for a graph, compiled when it is the first of its structure. */
    public static Plan get(Graph graph) {
        String key = graph.toString();
        synchronized (PLANS) {
            Plan known = PLANS.get(key);
            if (known != null) {
                return known;
            }
        }
        Plan plan = Plan.of(graph);
        synchronized (PLANS) {
            Plan first = PLANS.putIfAbsent(key, plan);
            return first == null ? plan : first;
        }
    }
}
