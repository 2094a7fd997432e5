package org.fusegrad.codegen;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.fusegrad.codegen.Code.Type;
import org.fusegrad.codegen.Code.Value;
import org.fusegrad.codegen.Code.Var;
import org.fusegrad.fusion.Loop;
import org.fusegrad.fusion.Sink;
import org.fusegrad.ir.Node;
import org.fusegrad.ir.Reduction;

/**
 * A vector loop that reduces rows of at most ten columns, as many rows together as a vector has lanes.
 *
 * <p>A vector goes over two rows that lie one behind the other; where they are longer than it, a second one goes from column 4 of the first row to the end of both.
 * From the vectors of four rows one instruction takes the first four columns of each, one the next four, one what is left. Those are joined as whole vectors: the
 * {@link LaneTree}'s steps over eight and four lanes, for four rows at once. A row a vector takes three instructions a step for every two rows, and one to keep lanes
 * without a column out of it. 512 rows of 10 columns take 260 ns so instead of 350 (Zen 4, by hand).
 */
final class NarrowRowSumVectors extends VectorLowering {
    private static final int MOST_COLS = 10;
    /** Columns that are taken together, and rows. */
    private static final int FOUR = 4;
    /** Vectors of column operands that stay in registers. */
    private static final int MOST_COLUMNS = 4;

    private final List<String> slotNames;
    private final int cols;
    /** Where vectors begin, in floats from the first of two rows. */
    private final int[] firsts;
    private final List<Code.Method> helpers = new ArrayList<>();
    private Var columnsOfFour;

    NarrowRowSumVectors(Loop loop, List<String> slotNames, int lanes) {
        super(loop, slotNames, lanes);
        this.slotNames = slotNames;
        this.cols = loop.cols();
        this.firsts = firsts(cols);
    }

    private static int[] firsts(int cols) {
        return cols <= 2 * FOUR ? new int[] {0} : new int[] {0, FOUR};
    }

    /** Whether there is one reduction, of little that is computed, without a number for each row; and an instruction that takes lanes of two vectors. */
    static boolean suits(Loop loop, int lanes) {
        int vectors = firsts(loop.cols()).length;
        boolean one = loop.sinks().size() == 1 && loop.sinks().getFirst() instanceof Sink.RowReduction;
        boolean rowValues = loop.loads().keySet().stream().anyMatch(node -> node.extent().isRow());
        long columns = loop.loads().keySet().stream().filter(node -> node.extent().isCol()).count();
        return LaneTree.exchangesTwo(lanes) && loop.cols() <= MOST_COLS && loop.most() >= lanes && one && !rowValues
                && columns * vectors <= MOST_COLUMNS && lanes / 2 * vectors * (1 + Loop.cost(loop.body())) <= RowSumVectors.MOST_TOGETHER;
    }

    @Override
    List<Code.Method> helpers() {
        return helpers;
    }

    /*
     * for (; group < end; group += 16) sums[group..] = tree(f(x[group..]), ..., f(x[group + 14..]));
     * rest(base, from + group, to);       // as any rows
     */
    @Override
    void body() {
        Sink.RowReduction sink = (Sink.RowReduction) loop.sinks().getFirst();
        Map<Node, Value[]> columns = spreadColumns(cols, firsts);
        int width = firsts[firsts.length - 1] + lanes; // of two rows
        Value whole = width > 2 * cols ? openRows(2, width) : count();
        Var group = let("group", new Code.Int(0));
        comment("vector loop");
        forLoop(group, let("end", Code.and(whole, -lanes)), lanes, () ->
                emit(new Code.Put(array(sink.target().slot()), at(sink.target(), group), sums(group, columns, sink), null)));
        comment("rest");
        RowSumVectors rest = RowSumVectors.rest(loop, slotNames, lanes);
        helpers.add(rest.lower());
        helpers.addAll(rest.helpers());
        ifLess(group, count(), () ->
                emit(new Code.CallSelf(rest.name(), Parameters.BASE, Code.add(Parameters.FROM, group), Parameters.TO)));
    }

    private Value sums(Var group, Map<Node, Value[]> columns, Sink.RowReduction sink) {
        Map<Node, Value> starts = new HashMap<>();
        loop.loads().forEach((node, place) -> {
            if (node.extent().isFull()) {
                starts.put(node, let(array(place.slot()).name + "Start", rowStart(place, group, cols)));
            }
        });
        LaneTree tree = new LaneTree(this, sink.reduction());
        Value even = tree.join(fourRows(0, starts, columns, sink), fourRows(2, starts, columns, sink), 2);
        Value odd = tree.join(fourRows(1, starts, columns, sink), fourRows(3, starts, columns, sink), 2);
        // Lane 4 q + j has row 4 j + q.
        return new Code.Rearrange(tree.join(even, odd, 1), new Code.Shuffle(Code.Fact.TRANSPOSED, FOUR));
    }

    /** The rows {@code 4 j} to {@code 4 j + 3}, four lanes each, which the tree's steps from 2 on join. */
    private Value fourRows(int j, Map<Node, Value> starts, Map<Node, Value[]> columns, Sink.RowReduction sink) {
        Value[][] vectors = new Value[firsts.length][2];
        for (int k = 0; k < firsts.length; k++) {
            for (int two = 0; two < 2; two++) {
                vectors[k][two] = let("part", element(k, new Code.Int((FOUR * j + 2 * two) * cols + firsts[k]), starts, columns, sink));
            }
        }
        Value t = four(0, vectors);
        if (cols < FOUR) {
            t = let("t", new Code.Select(t, identity(sink.reduction()), columnsOfFour(cols)));
        }
        if (cols > 2 * FOUR) {
            t = join(sink.reduction(), t, four(2, vectors), cols - 2 * FOUR);
        }
        return cols > FOUR ? join(sink.reduction(), t, four(1, vectors), cols - FOUR) : t;
    }

    private Value element(int k, Value distance, Map<Node, Value> starts, Map<Node, Value[]> columns, Sink.RowReduction sink) {
        Map<Node, Value> known = new HashMap<>(hoisted());
        columns.forEach((node, spread) -> known.put(node, spread[k]));
        return first(sink, new Values(known, (node, place) -> node.extent().isScalar()
                ? broadcastScalar(node, place)
                : let(array(place.slot()).name, new Code.Load(array(place.slot()), Code.add(starts.get(node), distance), null))));
    }

    /** The columns {@code 4 k} to {@code 4 k + 3} of four rows; in lanes beyond the last column anything. */
    private Value four(int k, Value[][] vectors) {
        int from = k == 0 ? 0 : firsts.length - 1;
        Var indices = indices(new Code.Shuffle(Code.Fact.FOURS, cols, FOUR * k, firsts[from]));
        return let("four", new Code.RearrangeTwo(indices, vectors[from][0], vectors[from][1]));
    }

    /** @param live how many of the four columns of {@code b} there are, or more */
    private Value join(Reduction reduction, Value a, Value b, int live) {
        if (live >= FOUR) {
            return let("t", join(reduction, a, b));
        }
        Value mask = columnsOfFour(live);
        return let("t", reduction.ofParts() == Reduction.SUM
                ? new Code.Masked(Primitive.ADD, a, b, mask)
                : new Code.Select(join(reduction, a, b), a, mask));
    }

    /** The first columns of every four: one number of them in a loop. */
    private Var columnsOfFour(int live) {
        if (columnsOfFour == null) {
            columnsOfFour = fresh("columns", Type.MASK);
            hoist(new Code.Set(columnsOfFour, new Code.MaskBits(((1L << live) - 1) * 0x1111)));
        }
        return columnsOfFour;
    }
}
