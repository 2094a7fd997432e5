package org.fusegrad.fusion;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.fusegrad.ir.Node;

/**
 * Cuts a long list of operations into groups that fit one loop each. C2 compiles no method over 8 000
 * bytes and spills when too many vectors live at once, so a group is limited, and the cut is made where
 * the fewest values cross it, since each crosses through memory.
 *
 * <p>Operations that wait for each other are limited further. C2 computes one vector after the other, and a processor looks
 * ahead over about a hundred operations: of a long chain that is not enough vectors to be busy with.
 */
final class LoopSplitter {
    /** This part of a loop more than it should have costs less than a loop for it. */
    private static final int PART = 6;

    private final int limit;
    private final int longestChain;

    /**
     * @param limit the cost of a group
     * @param longestChain operations of a group that wait for each other
     */
    LoopSplitter(int limit, int longestChain) {
        this.limit = limit;
        this.longestChain = longestChain;
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
        while (longest(body, from, slack()) < body.size()) {
            int cut = cheapestCut(body, from, longest(body, from, 0), lastUse);
            groups.add(body.subList(from, cut));
            from = cut;
        }
        groups.add(body.subList(from, body.size()));
        return groups;
    }

    private int slack() {
        return limit / PART;
    }

    /** Whether {@code body} needs no cut. */
    boolean fits(List<Node> body) {
        return Loop.cost(body) <= limit + slack() && longest(body, 0, slack()) == body.size();
    }

    /** The end of the longest group from {@code from} on, {@code more} above the limits; one operation, however long it is. */
    private int longest(List<Node> body, int from, int more) {
        Map<Node, Integer> chains = new HashMap<>();
        int cost = 0;
        for (int end = from; end < body.size(); end++) {
            Node node = body.get(end);
            int chain = 0;
            for (Node input : node.inputs()) {
                chain = Math.max(chain, chains.getOrDefault(input, 0));
            }
            chain += Math.min(node.op().cost(), 1);
            cost += node.op().cost();
            if (end > from && (cost > limit + more || chain > longestChain + more)) {
                return end;
            }
            chains.put(node, chain);
        }
        return body.size();
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
}
