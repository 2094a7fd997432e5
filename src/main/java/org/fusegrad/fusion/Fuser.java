package org.fusegrad.fusion;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.fusegrad.ir.Axis;
import org.fusegrad.ir.Extent;
import org.fusegrad.ir.Graph;
import org.fusegrad.ir.Node;
import org.fusegrad.ir.Op;

/**
 * Decides which nodes share a walk over memory.
 *
 * <p>Walks over the batch are as few as the data flow allows (see {@link Levels}); values without rows are
 * computed between them, once per step. Within a walk, what is connected through a batched value shares a
 * pass, so that a value is read from memory once.
 */
public final class Fuser {
    /** Operations per loop; what the register file and the 8 000-byte limit bear at four accumulators. */
    public static final int OPS_PER_LOOP = 24;
    /** Operations of a loop for one in its longest chain: 12 of {@link #OPS_PER_LOOP}. */
    private static final int OPS_PER_LINK = 2;
    /** Operations on single numbers that take the code of one on vectors with four accumulators and a tail. */
    private static final int SCALARS_PER_OP = 4;

    private final Graph graph;
    private final Set<Integer> staged;
    private final Allocation allocation;
    private final ElementPasses elementPasses;
    private final RowPasses rowPasses;
    private final int scalarsPerLoop;
    private final List<Pass> passes = new ArrayList<>();
    private final Set<Node> outputs = new HashSet<>();
    private final Map<Node, List<Node>> users = new HashMap<>();

    private Fuser(Graph graph, int opsPerLoop, Set<Integer> staged) {
        this.graph = graph;
        this.staged = staged;
        this.allocation = new Allocation(graph, staged);
        LoopSplitter splitter = new LoopSplitter(opsPerLoop, Math.ceilDiv(opsPerLoop, OPS_PER_LINK));
        this.elementPasses = new ElementPasses(allocation, splitter);
        this.rowPasses = new RowPasses(allocation, splitter);
        this.scalarsPerLoop = SCALARS_PER_OP * opsPerLoop;
        graph.outputs().forEach(output -> outputs.add(output.node()));
        for (Node node : graph.nodes()) {
            for (Node input : node.inputs()) {
                users.computeIfAbsent(input, k -> new ArrayList<>()).add(node);
            }
        }
    }

    public static Schedule fuse(Graph graph) {
        return fuse(graph, OPS_PER_LOOP);
    }

    /** Fuses with at most {@code opsPerLoop} operations in a loop. */
    public static Schedule fuse(Graph graph, int opsPerLoop) {
        Set<Integer> staged = new TreeSet<>();
        Schedule schedule = new Fuser(graph, opsPerLoop, staged).run();
        while (staged.addAll(InPlace.storedTooEarly(schedule))) {
            schedule = new Fuser(graph, opsPerLoop, staged).run();
        }
        return schedule;
    }

    private Schedule run() {
        Levels levels = new Levels(graph);
        for (int p = 0; p < levels.count(); p++) {
            addUnbatched(levels, p);
            for (Component component : components(levels, p)) {
                passes.add(component.isElementwise()
                        ? elementPasses.pass(component.index(), component.roots)
                        : rowPasses.pass(component.members, component.roots));
            }
            for (Node root : levels.roots(p)) {
                if (root.reducesBatch()) {
                    copyToFurtherOutputs(root);
                }
            }
        }
        staged.forEach(this::addStagedOutput);
        return allocation.schedule(passes);
    }

    // --- values without rows -----------------------------------------------------------------------

    /** Scalars and columns take turns: a scalar may need a reduction of columns, columns may need a scalar. */
    private void addUnbatched(Levels levels, int p) {
        Map<Node, Integer> turn = new HashMap<>();
        TreeMap<Integer, List<Node>> byTurn = new TreeMap<>();
        for (Node node : graph.nodes()) {
            boolean leafOutput = node.op().isLeaf() && isOutput(node);
            if (isUnbatched(node) && levels.of(node) == p && (!node.op().isLeaf() || leafOutput)) {
                int t = turn(node, turn);
                turn.put(node, t);
                byTurn.computeIfAbsent(t, k -> new ArrayList<>()).add(node);
            }
        }
        byTurn.forEach((t, nodes) -> {
            if (t % 2 == 0) {
                addScalars(nodes);
            } else {
                addColumns(nodes);
            }
        });
    }

    private static boolean isUnbatched(Node node) {
        return !node.extent().batched() && !node.reducesBatch();
    }

    private static boolean reducesColumns(Node node) {
        return node.op().axis() == Axis.ALL && !node.walked().batched();
    }

    /** Even turns compute scalars, odd ones columns and their reductions. */
    private static int turn(Node node, Map<Node, Integer> turn) {
        boolean inColumns = node.extent().isCol() || reducesColumns(node);
        int t = inColumns ? 1 : 0;
        for (Node input : node.inputs()) {
            Integer before = turn.get(input);
            if (before == null) {
                continue;
            }
            // Columns, and scalars for other scalars, are at hand within the turn; for all else it must be over.
            boolean atHand = input.extent().isCol() || !inColumns && before % 2 == 0;
            int ready = atHand ? before : before + 1;
            t = Math.max(t, (ready % 2 == 1) == inColumns ? ready : ready + 1);
        }
        return t;
    }

    private void addScalars(List<Node> nodes) {
        // An output that is itself an input is copied at the end.
        List<Node> computed = nodes.stream().filter(n -> n.op() != Op.INPUT && n.op() != Op.COUNT).toList();
        for (List<Node> group : new LoopSplitter(scalarsPerLoop, scalarsPerLoop).split(computed)) {
            Map<Node, Place> available = new HashMap<>(allocation.places());
            List<Sink> sinks = new ArrayList<>();
            for (Node node : group) {
                sinks.add(new Sink.Store(node, allocation.scalar(node)));
            }
            Loop loop = Loop.of(allocation.name("scalars"), Loop.Shape.SCALAR, 1, 1, sinks, available);
            passes.add(new Pass(Pass.Kind.SCALAR, Extent.SCALAR, 0, 0, List.of(loop), List.of()));
        }
    }

    private void addColumns(List<Node> nodes) {
        Map<Integer, Set<Node>> byCols = new TreeMap<>();
        Set<Node> here = new HashSet<>(nodes);
        for (Node node : nodes) {
            boolean needed = reducesColumns(node) || isOutput(node) || usedOutside(node, here);
            if (needed) {
                byCols.computeIfAbsent(node.walked().cols(), k -> new LinkedHashSet<>()).add(node);
            }
        }
        byCols.forEach((cols, roots) -> passes.add(elementPasses.pass(Extent.col(cols), roots)));
    }

    private boolean isOutput(Node node) {
        return outputs.contains(node);
    }

    private boolean usedOutside(Node node, Set<Node> here) {
        return !here.containsAll(users.getOrDefault(node, List.of()));
    }

    /** A reduction of the batch is left in the first of its outputs; the others get a copy. */
    private void copyToFurtherOutputs(Node node) {
        List<Place> outputs = allocation.outputsOf(node);
        if (outputs.size() > 1) {
            addCopy(node, outputs.subList(1, outputs.size()));
        }
    }

    /** An output that may not be written before all loops have run; scalars are copied with the schedule's own. */
    private void addStagedOutput(int output) {
        Node node = graph.outputs().get(output).node();
        if (!node.extent().isScalar()) {
            addCopy(node, List.of(allocation.output(output)));
        }
    }

    private void addCopy(Node node, List<Place> targets) {
        List<Sink> sinks = new ArrayList<>();
        targets.forEach(place -> sinks.add(new Sink.Store(node, place)));
        Loop loop = Loop.of(
                allocation.name("copy"), Loop.Shape.FLAT, 1, ElementPasses.FLAT, sinks, allocation.places());
        passes.add(new Pass(Pass.Kind.FLAT, node.extent(), 0, 0, List.of(loop), List.of()));
    }

    // --- values with rows --------------------------------------------------------------------------

    /** Nodes that are connected through batched values. */
    private static final class Component {
        final List<Node> members = new ArrayList<>();
        final Set<Node> roots = new LinkedHashSet<>();

        /** Whether one flat loop over neighbouring elements can compute all of it. */
        boolean isElementwise() {
            Set<Extent> extents = new HashSet<>();
            for (Node node : members) {
                if (node.op().isReduction() && node.op().axis() != Axis.ALL) {
                    return false;
                }
                if (node.extent().batched()) {
                    extents.add(node.extent());
                }
                for (Node input : node.inputs()) {
                    if (input.extent().isCol()) {
                        return false;
                    }
                    if (input.extent().batched()) {
                        extents.add(input.extent());
                    }
                }
            }
            roots.forEach(root -> extents.add(index(root)));
            return extents.size() == 1;
        }

        Extent index() {
            return index(roots.iterator().next());
        }

        private static Extent index(Node root) {
            return root.walked();
        }
    }

    private List<Component> components(Levels levels, int p) {
        Map<Node, Node> parent = new HashMap<>();
        for (Node node : levels.members(p)) {
            parent.putIfAbsent(node, node);
            for (Node input : node.inputs()) {
                if (input.extent().batched()) {
                    parent.putIfAbsent(input, input);
                    parent.put(find(parent, input), find(parent, node));
                }
            }
        }
        for (Node root : levels.roots(p)) {
            parent.putIfAbsent(root, root);
        }
        Map<Node, Component> byTop = new LinkedHashMap<>();
        for (Node node : graph.nodes()) {
            if (!parent.containsKey(node)) {
                continue;
            }
            Component component = byTop.computeIfAbsent(find(parent, node), k -> new Component());
            if (levels.roots(p).contains(node)) {
                component.roots.add(node);
            }
            if (levels.members(p).contains(node)) {
                component.members.add(node);
            }
        }
        return byTop.values().stream().filter(c -> !c.roots.isEmpty()).toList();
    }

    private static Node find(Map<Node, Node> parent, Node node) {
        Node top = node;
        while (parent.get(top) != top) {
            top = parent.get(top);
        }
        for (Node next = node; next != top; ) {
            next = parent.put(next, top);
        }
        return top;
    }
}
