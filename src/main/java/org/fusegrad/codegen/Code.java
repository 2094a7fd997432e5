package org.fusegrad.codegen;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.fusegrad.ir.Reduction;

/**
 * The small language that loops are lowered to: locals, array elements, vectors, counted loops. It has two
 * writers, {@link ClassWriter} (bytecode) and {@link JavaSource} (the same as readable Java), so what is
 * printed is what runs.
 */
final class Code {
    private Code() {}

    enum Type { INT, FLOAT, DOUBLE, BOOLEAN, FLOATS, VECTOR, INTS, MASK }

    static boolean isVector(Type type) {
        return type == Type.VECTOR || type == Type.INTS;
    }

    /** An expression. */
    sealed interface Value {
        Type type();
    }

    /** A local variable; identity matters, the name is for readers. */
    static final class Var implements Value {
        final String name;
        private final Type type;

        Var(String name, Type type) {
            this.name = name;
            this.type = type;
        }

        @Override
        public Type type() {
            return type;
        }
    }

    record Int(int value) implements Value {
        @Override
        public Type type() {
            return Type.INT;
        }
    }

    record FloatLiteral(float value) implements Value {
        @Override
        public Type type() {
            return Type.FLOAT;
        }
    }

    /** A float as a double. */
    record Widen(Value value) implements Value {
        @Override
        public Type type() {
            return Type.DOUBLE;
        }
    }

    /** A double rounded to a float. */
    record Round(Value value) implements Value {
        @Override
        public Type type() {
            return Type.FLOAT;
        }
    }

    /** The double that a reduction's blocks came to, with one more: {@link Reduction#join}. */
    record Join(Reduction reduction, Value total, Value part) implements Value {
        @Override
        public Type type() {
            return Type.DOUBLE;
        }
    }

    /** Integer arithmetic: {@code + - * / &}. */
    record IntOp(char op, Value a, Value b) implements Value {
        @Override
        public Type type() {
            return Type.INT;
        }
    }

    record Min(Value a, Value b) implements Value {
        @Override
        public Type type() {
            return Type.INT;
        }
    }

    record Length(Value array) implements Value {
        @Override
        public Type type() {
            return Type.INT;
        }
    }

    /** {@code a[k]} or {@code o[k]}: an array or its offset, out of a kernel's arguments. */
    record Argument(Type type, int slot) implements Value {}

    /** One float of an array. */
    record Get(Value array, Value index) implements Value {
        @Override
        public Type type() {
            return Type.FLOAT;
        }
    }

    /** Consecutive floats of an array; where {@code mask} is given, only its lanes are read. */
    record Load(Value array, Value index, Value mask) implements Value {
        @Override
        public Type type() {
            return Type.VECTOR;
        }
    }

    /** As many consecutive floats as a shorter vector has lanes, and zeros behind them. */
    record LoadFirst(Value array, Value index, int lanes) implements Value {
        @Override
        public Type type() {
            return Type.VECTOR;
        }
    }

    record Broadcast(Value value) implements Value {
        @Override
        public Type type() {
            return Type.VECTOR;
        }
    }

    /** One instruction on numbers or on vectors. */
    record Apply(Primitive primitive, List<Value> operands) implements Value {
        @Override
        public Type type() {
            return primitive.type(operands.getFirst().type());
        }
    }

    /** An int in every lane. */
    record BroadcastInt(int value) implements Value {
        @Override
        public Type type() {
            return Type.INTS;
        }
    }

    /** {@code a op b} in the lanes of the mask, {@code a} in the rest; the operation is ADD or MUL. */
    record Masked(Primitive primitive, Value a, Value b, Value mask) implements Value {
        @Override
        public Type type() {
            return Type.VECTOR;
        }
    }

    /** {@code value} in the lanes of the mask, {@code otherwise} in the rest; of numbers, one or the other. */
    record Select(Value value, Value otherwise, Value mask) implements Value {
        @Override
        public Type type() {
            return value.type();
        }
    }

    /** The mask of the lanes i with {@code from + i < to}. */
    record InRange(Value from, Value to) implements Value {
        @Override
        public Type type() {
            return Type.MASK;
        }
    }

    /** The mask of the lanes whose bit is set. */
    record MaskBits(long bits) implements Value {
        @Override
        public Type type() {
            return Type.MASK;
        }
    }

    /** Methods of {@link org.fusegrad.simd.VectorFacts} that say of each lane which one it takes. */
    enum Fact {
        EXCHANGE(false), HALVES(false), ROWS(false), COLUMNS(false), TRANSPOSED(false), PAIR(true), BEHIND(true), FOURS(true);

        /** Whether it takes lanes of two vectors. */
        final boolean ofTwo;

        Fact(boolean ofTwo) {
            this.ofTwo = ofTwo;
        }

        String method() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * A lane for each lane, constant: a field of the kernel.
     *
     * @param arguments of the fact, after the species
     */
    record Shuffle(Fact fact, List<Integer> arguments) {
        Shuffle(Fact fact, Integer... arguments) {
            this(fact, List.of(arguments));
        }

        /** What the field is called. */
        String field() {
            StringBuilder name = new StringBuilder(fact.name());
            arguments.forEach(argument -> name.append('_').append(argument));
            return name.toString();
        }

        /** Whether it begins as the name of a field does. */
        static boolean mayBeField(String name) {
            return Arrays.stream(Fact.values()).anyMatch(fact -> name.startsWith(fact.name() + "_"));
        }
    }

    /** A shuffle of two vectors, as the numbers of lanes: they stay in a register over a loop. */
    record Indices(Shuffle shuffle) implements Value {
        @Override
        public Type type() {
            return Type.INTS;
        }
    }

    /** In each lane a lane of one of two vectors. */
    record RearrangeTwo(Value indices, Value a, Value b) implements Value {
        @Override
        public Type type() {
            return Type.VECTOR;
        }
    }

    /** In each lane another lane of a vector. */
    record Rearrange(Value vector, Shuffle shuffle) implements Value {
        @Override
        public Type type() {
            return Type.VECTOR;
        }
    }

    /** The first lanes of a vector, as a vector that has no others. */
    record Low(Value vector, int lanes) implements Value {
        @Override
        public Type type() {
            return Type.VECTOR;
        }
    }

    /** One lane of a vector. */
    record Lane(Value vector, int lane) implements Value {
        @Override
        public Type type() {
            return Type.FLOAT;
        }
    }

    /** The vector with another number in one lane. */
    record WithLane(Value vector, int lane, Value number) implements Value {
        @Override
        public Type type() {
            return Type.VECTOR;
        }
    }

    /** A static library method that gives a float. */
    record CallFloat(Class<?> owner, String name, List<Value> arguments) implements Value {
        @Override
        public Type type() {
            return Type.FLOAT;
        }
    }

    /** A statement. */
    sealed interface Statement {}

    /** Declares a local, or assigns it again. */
    record Set(Var target, Value value) implements Statement {}

    /** Stores a float or a vector; where {@code mask} is given, only its lanes are written. */
    record Put(Value array, Value index, Value value, Value mask) implements Statement {}

    /** {@code for (; i < to; i += step)}; the variable is set before and lives on after. */
    record For(Var i, Value to, int step, List<Statement> body) implements Statement {}

    /** {@code if (a < b) body else otherwise}; the second may be empty. */
    record IfLess(Value a, Value b, List<Statement> body, List<Statement> otherwise) implements Statement {}

    /** Unless the boolean, or every lane of the mask, is true. */
    record UnlessAll(Value mask, List<Statement> body) implements Statement {}

    /** A static library method without result. */
    record Call(Class<?> owner, String name, List<Value> arguments) implements Statement {}

    /** Another method of the same kernel, over another range of the same arrays. */
    record CallSelf(String name, Value base, Value from, Value to) implements Statement {
        /** Over the same range. */
        CallSelf(String name) {
            this(name, Parameters.BASE, Parameters.FROM, Parameters.TO);
        }
    }

    /** Leaves the method. */
    record Return() implements Statement {}

    record Comment(String text) implements Statement {}

    /** A loop's method: {@code static void name(float[][] a, int[] o, int base, int from, int to)}. */
    record Method(String name, List<Statement> body) {}

    static Value add(Value a, Value b) {
        if (a instanceof Int(int x) && b instanceof Int(int y)) {
            return new Int(x + y);
        }
        if (b instanceof Int(int y) && y == 0) {
            return a;
        }
        if (a instanceof Int(int x) && x == 0) {
            return b;
        }
        if (b instanceof IntOp(char op, Value first, Value second) && op == '+') {
            return add(add(a, first), second); // a constant last becomes the displacement of the address
        }
        if (a instanceof IntOp(char op, Value first, Int(int x)) && op == '+' && b instanceof Int(int y)) {
            return add(first, new Int(x + y));
        }
        return new IntOp('+', a, b);
    }

    static Value sub(Value a, Value b) {
        return new IntOp('-', a, b);
    }

    static Value mul(Value a, int k) {
        if (a instanceof Int(int x)) {
            return new Int(x * k);
        }
        return k == 1 ? a : new IntOp('*', a, new Int(k));
    }

    static Value and(Value a, int k) {
        return new IntOp('&', a, new Int(k));
    }
}
