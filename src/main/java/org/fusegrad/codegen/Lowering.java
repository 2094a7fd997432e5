package org.fusegrad.codegen;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.fusegrad.codegen.Code.Statement;
import org.fusegrad.codegen.Code.Type;
import org.fusegrad.codegen.Code.Value;
import org.fusegrad.codegen.Code.Var;
import org.fusegrad.fusion.Loop;
import org.fusegrad.fusion.Place;
import org.fusegrad.fusion.Schedule;
import org.fusegrad.fusion.Sink;
import org.fusegrad.ir.Elementwise;
import org.fusegrad.ir.Node;
import org.fusegrad.ir.Op;
import org.fusegrad.ir.Rare;
import org.fusegrad.ir.Reduction;
import org.fusegrad.ir.Sums;
import org.fusegrad.simd.Folds;
import org.fusegrad.simd.MaxFolds;

/**
 * From a loop to {@link Code}: what the vector kernel and its scalar twin have in common. Both compute a
 * node by computing its inputs first; they differ in how elements are read and how loops are laid out.
 */
abstract class Lowering {
    /** Floats past a launch's last element that index arithmetic may reach, though no access does. */
    private static final int MOST_AHEAD = 1 << 12;

    private record Start(Place place, int stride) {}

    protected final Loop loop;
    private final MethodBody method;
    private final Map<Start, Var> starts = new HashMap<>();
    private final CodeAlgebra algebra = new CodeAlgebra(this);
    private final CodeAlgebra inPlace = CodeAlgebra.inPlace(this);
    private Var count;
    /** Where the elements begin that are counted from 0, and what is computed once for them. */
    private Value origin;
    private List<Statement> once;
    /** The first element of the tile. */
    private final Value base;

    /** @param slotNames a readable name per array slot */
    Lowering(Loop loop, List<String> slotNames) {
        this(loop, new MethodBody(slotNames), Parameters.BASE, Parameters.FROM);
    }

    /**
     * As a part of a method.
     *
     * @param base the first element (or row) of the tile
     * @param origin the first one to do
     */
    Lowering(Loop loop, MethodBody method, Value base, Value origin) {
        this.loop = loop;
        this.method = method;
        this.base = base;
        this.origin = origin;
        this.once = method.arguments();
    }

    final Code.Method lower() {
        body();
        return method.as(name());
    }

    String name() {
        return loop.name();
    }

    /** Methods that the loop's own calls. */
    List<Code.Method> helpers() {
        return List.of();
    }

    /** Emits the loop. */
    abstract void body();

    // --- statements --------------------------------------------------------------------------------

    final void emit(Statement statement) {
        method.emit(statement);
    }

    final void comment(String text) {
        emit(new Code.Comment(text));
    }

    /** Runs {@code body} with all statements going into a list of their own. */
    final List<Statement> nested(Runnable body) {
        return method.nested(body);
    }

    /** Adds to the statements before all loops. */
    final void hoist(Statement statement) {
        method.hoist(statement);
    }

    final void forLoop(Var i, Value to, int step, Runnable body) {
        emit(new Code.For(i, to, step, nested(body)));
    }

    final void ifLess(Value a, Value b, Runnable body) {
        ifLess(a, b, body, () -> { });
    }

    final void ifLess(Value a, Value b, Runnable body, Runnable otherwise) {
        emit(new Code.IfLess(a, b, nested(body), nested(otherwise)));
    }

    final Var fresh(String stem, Type type) {
        return method.fresh(stem, type);
    }

    /** A new local that holds {@code value}. */
    final Var let(String stem, Value value) {
        Var variable = fresh(stem, value.type());
        emit(new Code.Set(variable, value));
        return variable;
    }

    final void assign(Var variable, Value value) {
        emit(new Code.Set(variable, value));
    }

    // --- arrays ------------------------------------------------------------------------------------

    final Var array(int slot) {
        return method.array(slot);
    }

    final Var offset(int slot) {
        return method.offset(slot);
    }

    /**
     * Does {@code body} for every {@code size} elements, the last time for those that are left. In it elements are
     * counted from the first of them.
     */
    final void forBlocks(Value end, int size, Runnable body) {
        Value first = origin;
        Var block = let("block", first);
        origin = block;
        once = new ArrayList<>();
        List<Statement> each = nested(body);
        once.addAll(each);
        emit(new Code.For(block, end, size, once));
        origin = first;
        once = method.arguments();
        count = null;
        starts.clear();
    }

    /** The index in the batch of element 0. */
    final Value origin() {
        return origin;
    }

    /** The elements (or rows) of this launch, or block. All loops count them from 0. */
    final Var count() {
        if (count == null) {
            count = fresh("count", Type.INT);
            Value range = Code.sub(Parameters.TO, origin);
            once.add(new Code.Set(count, new Code.Min(range, new Code.Int(countLimit()))));
        }
        return count;
    }

    /**
     * That the launch has as many elements (or rows) as one can have, whatever it is asked for. That C2 knows how often the loop goes round makes 2 800 ns of 3 030 for 1024
     * rows of 64 columns whose loops overlap (Zen 5).
     */
    final void isWhole() {
        count = fresh("count", Type.INT);
        once.add(new Code.Set(count, new Code.Int(loop.most())));
    }

    /** What is not less than the largest count: all that C2 knows about how often the loops go round. */
    int countLimit() {
        return loop.most();
    }

    /** The index of the launch's element (or row value) {@code i}. */
    final Value at(Place place, Value i) {
        return Code.add(start(place, 1), i);
    }

    /** The index of the first column of the launch's row {@code r}. */
    final Value rowStart(Place place, Value r, int cols) {
        return Code.add(start(place, cols), Code.mul(r, cols));
    }

    /** The index of column {@code c} of a value without rows. */
    final Value column(Place place, Value c) {
        return Code.add(start(place, 0), c);
    }

    /**
     * The index where the launch, or block, begins in an array. That it is far enough from the largest int changes no
     * index, but tells C2 that none overflows, so that one register can address all arrays: 18 % of the time
     * of 1024 elements of four arrays.
     *
     * @param stride floats from one element (or row) to the next
     */
    private Var start(Place place, int stride) {
        return starts.computeIfAbsent(new Start(place, stride), s -> {
            Value first = place.tiled() ? sinceBase() : origin;
            Value index = stride == 0 ? offset(place.slot()) : Code.add(offset(place.slot()), Code.mul(first, stride));
            Var variable = fresh(array(place.slot()).name + "From", Type.INT);
            long reach = (long) loop.most() * Math.max(stride, 1) + loop.cols() + MOST_AHEAD;
            boolean farFromOverflow = reach <= Integer.MAX_VALUE - Schedule.MOST_INDEX;
            Value limit = new Code.Int(Schedule.MOST_INDEX);
            once.add(new Code.Set(variable, farFromOverflow ? new Code.Min(index, limit) : index));
            return variable;
        });
    }

    private Value sinceBase() {
        return origin == base ? new Code.Int(0) : Code.sub(origin, base);
    }

    final Value scalar(Place place) {
        return new Code.Get(array(place.slot()), Code.add(offset(place.slot()), new Code.Int(place.index())));
    }

    final void putScalar(Place place, Value value) {
        Value index = Code.add(offset(place.slot()), new Code.Int(place.index()));
        emit(new Code.Put(array(place.slot()), index, value, null));
    }

    /** What the blocks of each contiguous reduction come to, before the first. */
    final Map<Sink.LaneReduction, Var> totals() {
        Map<Sink.LaneReduction, Var> totals = new LinkedHashMap<>();
        for (Sink sink : loop.sinks()) {
            if (sink instanceof Sink.LaneReduction reduction) {
                totals.put(reduction, let("total", new Code.Widen(new Code.FloatLiteral(reduction.reduction().identity()))));
            }
        }
        return totals;
    }

    /* for (block = from; block < to; block += 4096) { itself(block, min(block + 4096, to)); total += target; } target = total; */
    final void blockByBlock() {
        Map<Sink.LaneReduction, Var> totals = totals();
        forBlocks(Parameters.TO, Sums.BLOCK, () -> {
            Value end = new Code.Min(Code.add(origin(), new Code.Int(Sums.BLOCK)), Parameters.TO);
            emit(new Code.CallSelf(loop.name(), Parameters.BASE, origin(), end));
            totals.forEach((reduction, total) -> join(total, reduction, scalar(reduction.target())));
        });
        totals.forEach((reduction, total) -> putScalar(reduction.target(), new Code.Round(total)));
    }

    /** With one more block. */
    final void join(Var total, Sink.Reducing sink, Value part) {
        assign(total, new Code.Join(sink.reduction(), total, part));
    }

    // --- values ------------------------------------------------------------------------------------

    /** Reads one element (or vector of elements) of a value that stands in memory. */
    interface Reader {
        Value read(Node node, Place place);
    }

    /** Computes nodes once each within one iteration. */
    final class Values {
        private final Map<Node, Value> known;
        private final Reader reader;

        Values(Map<Node, Value> known, Reader reader) {
            this.known = new HashMap<>(known);
            this.reader = reader;
        }

        List<Value> of(List<Node> roots) {
            return roots.stream().map(this::of).toList();
        }

        Value of(Node root) {
            // Iterative, inputs first: a long chain must not depend on the stack.
            List<Node> todo = new ArrayList<>(List.of(root));
            while (!todo.isEmpty()) {
                Node node = todo.getLast();
                if (known.containsKey(node)) {
                    todo.removeLast();
                    continue;
                }
                Place place = loop.loads().get(node);
                if (place != null) {
                    known.put(node, reader.read(node, place));
                    continue;
                }
                boolean ready = true;
                for (Node input : node.inputs()) {
                    if (!known.containsKey(input)) {
                        todo.add(input);
                        ready = false;
                    }
                }
                if (ready) {
                    known.put(node, compute(node));
                }
            }
            return known.get(root);
        }

        private Value compute(Node node) {
            if (node.op() == Op.CONSTANT) {
                return constant(node.constant());
            }
            List<Value> operands = node.inputs().stream().map(known::get).toList();
            algebra.name(node.op().text());
            return Elementwise.apply(algebra, node, operands);
        }
    }

    // --- reductions --------------------------------------------------------------------------------

    /** An accumulator with the values of one more element (or vector of elements). */
    final Value step(Sink.Reducing sink, Value acc, Values values) {
        return sink.reduction().step(inPlace, acc, values.of(sink.values()));
    }

    /** What a step into an empty accumulator gives. */
    final Value first(Sink.Reducing sink, Values values) {
        return sink.reduction().first(inPlace, values.of(sink.values()));
    }

    /** Two accumulators as one. */
    final Value join(Reduction reduction, Value a, Value b) {
        return reduction.ofParts().step(inPlace, b, List.of(a));
    }

    /** The library's ends of a reduction: one class for each way that parts are joined, with the same methods. */
    static Class<?> folds(Reduction reduction) {
        return switch (reduction) {
            case SUM, DOT -> Folds.class;
            case MAX -> MaxFolds.class;
        };
    }

    /** A number as an operand. */
    abstract Value constant(float value);

    /** An int as an operand of bit operations. */
    abstract Value constant(int value);

    /** Gives {@code y} {@code function} of {@code x}, one number at a time, where the mask is not set. */
    abstract void eachByItself(Var y, Value mask, Rare function, Value x);

    static Value call(Rare function, Value x) {
        return new Code.CallFloat(Rare.class, function.method(), List.of(x));
    }
}
