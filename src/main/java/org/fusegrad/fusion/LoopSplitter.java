package org.fusegrad.fusion;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.fusegrad.ir.Node;

/**
 * Cuts a long list of operations into groups that fit one loop each. C2 compiles no method over 8 000
 * bytes and spills when too many vectors live at once, so a group is limited, and the cut is made where
 * the fewest values cross it, since each crosses through memory.
 */
final class LoopSplitter {
    private final int limit;

    LoopSplitter(int limit) {
        this.limit = limit;
    }

    /** Operations per loop. */
    int limit() {
        return limit;
    }

    /**
     * @param body operations, inputs before users
     * @return consecutive groups of {@code body}
     */
    List<List<Node>> split(List<Node> body) {
        List<List<Node>> groups = new ArrayList<>();
        Map<Node, Integer> lastUse = lastUses(body);
        int from = 0;
        for (int longest = longest(body, from); longest < body.size(); longest = longest(body, from)) {
            int cut = cheapestCut(body, from, longest, lastUse);
            groups.add(body.subList(from, cut));
            from = cut;
        }
        groups.add(body.subList(from, body.size()));
        return groups;
    }

    /** The end of the longest group from {@code from} on; one operation, however long it is. */
    private int longest(List<Node> body, int from) {
        int end = from;
        int cost = 0;
        while (end < body.size() && (end == from || cost + body.get(end).op().cost() <= limit)) {
            cost += body.get(end++).op().cost();
        }
        return end;
    }

    private int cheapestCut(List<Node> body, int from, int longest, Map<Node, Integer> lastUse) {
        int best = longest;
        int fewest = Integer.MAX_VALUE;
        for (int cut = longest; cut > from + (longest - from) / 2; cut--) {
            int crossing = 0;
            for (int k = from; k < cut; k++) {
                if (lastUse.getOrDefault(body.get(k), k) >= cut) {
                    crossing++;
                }
            }
            if (crossing < fewest) {
                fewest = crossing;
                best = cut;
            }
        }
        return best;
    }

    private static Map<Node, Integer> lastUses(List<Node> body) {
        Map<Node, Integer> last = new HashMap<>();
        for (int k = 0; k < body.size(); k++) {
            for (Node input : body.get(k).inputs()) {
                last.put(input, k);
            }
        }
        return last;
    }

    /** The nodes of {@code group} that {@code later} groups use. */
    static Set<Node> crossing(List<Node> group, List<List<Node>> later) {
        Set<Node> own = new LinkedHashSet<>(group);
        Set<Node> used = new LinkedHashSet<>();
        for (List<Node> other : later) {
            for (Node node : other) {
                for (Node input : node.inputs()) {
                    if (own.contains(input)) {
                        used.add(input);
                    }
                }
            }
        }
        return used;
    }
}
