package org.fusegrad.codegen;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.StringJoiner;
import org.fusegrad.codegen.Code.Statement;
import org.fusegrad.codegen.Code.Type;
import org.fusegrad.codegen.Code.Value;
import org.fusegrad.ir.Reduction;
import org.fusegrad.simd.VectorFacts;

/** Prints methods of {@link Code} as the Java that {@link ClassWriter}'s bytecode corresponds to. */
final class JavaSource {
    private final int lanes;
    private final StringBuilder out = new StringBuilder();
    private final Deque<Set<Code.Var>> declared = new ArrayDeque<>();
    private final Set<Code.Shuffle> shuffles = new LinkedHashSet<>();
    private int indent;

    private JavaSource(int lanes) {
        this.lanes = lanes;
    }

    /** One method, as it would stand in a class. */
    static String method(Code.Method method, int lanes) {
        return new JavaSource(lanes).print(method);
    }

    /** A whole compilation unit that implements {@link Kernel}. */
    static String unit(
            String packageName, String className, KernelCompiler.Methods methods, int lanes) {
        JavaSource source = new JavaSource(lanes);
        StringBuilder bodies = new StringBuilder();
        source.indent = 1;
        for (Code.Method method : methods.all()) {
            bodies.append('\n').append(source.print(method));
        }
        StringBuilder unit = new StringBuilder("package " + packageName + ";\n\n");
        if (lanes > 0) {
            unit.append("import jdk.incubator.vector.FloatVector;\nimport jdk.incubator.vector.IntVector;\n");
            unit.append("import jdk.incubator.vector.VectorMask;\nimport jdk.incubator.vector.VectorOperators;\n");
            unit.append("import jdk.incubator.vector.VectorShuffle;\nimport jdk.incubator.vector.VectorSpecies;\n\n");
        }
        unit.append("final class ").append(className).append(" implements ").append(Kernel.class.getName());
        unit.append(" {\n");
        if (lanes > 0) {
            unit.append("    static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_");
            unit.append(lanes * Float.SIZE).append(";\n");
        }
        for (Code.Shuffle shuffle : source.shuffles) {
            boolean ofTwo = shuffle.fact().ofTwo;
            unit.append("    static final ").append(ofTwo ? "IntVector " : "VectorShuffle<Float> ").append(shuffle.field()).append(" = ");
            unit.append(VectorFacts.class.getName()).append('.').append(shuffle.fact().method());
            unit.append('(').append(ofTwo ? source.intSpecies() : "SPECIES");
            shuffle.arguments().forEach(argument -> unit.append(", ").append(argument));
            unit.append(");\n");
        }
        unit.append(launch(methods.loops()));
        unit.append("    public void step(float[][] a, int[] o, int rows) {\n        ");
        unit.append(methods.step().name()).append("(a, o, 0, 0, rows);\n    }\n").append(bodies);
        return unit.append("}\n").toString();
    }

    /** Calls a loop by its number, as the class does: in switches that HotSpot compiles. */
    private static String launch(List<Code.Method> loops) {
        StringBuilder launch = new StringBuilder("\n    public void launch(int loop, float[][] a, int[] o, int base, int from, int to) {\n");
        StringBuilder switches = new StringBuilder();
        for (int first = 0; first < loops.size(); first += ClassWriter.LOOPS_PER_SWITCH) {
            int end = Math.min(first + ClassWriter.LOOPS_PER_SWITCH, loops.size());
            launch.append("        if (loop >= ").append(first).append(" && loop < ").append(end).append(") {\n            launch_").append(first);
            launch.append("(loop, a, o, base, from, to);\n        }\n");
            switches.append("\n    static void launch_").append(first).append("(int loop, float[][] a, int[] o, int base, int from, int to) {\n");
            switches.append("        switch (loop) {\n");
            for (int k = first; k < end; k++) {
                switches.append("            case ").append(k).append(" -> ").append(loops.get(k).name()).append("(a, o, base, from, to);\n");
            }
            switches.append("            default -> { }\n        }\n    }\n");
        }
        return launch.append("    }\n").append(switches).append('\n').toString();
    }

    private String print(Code.Method method) {
        out.setLength(0);
        line("static void " + method.name() + "(float[][] a, int[] o, int base, int from, int to) {");
        block(method.body());
        line("}");
        return out.toString();
    }

    private void block(List<Statement> body) {
        declared.push(new HashSet<>());
        indent++;
        body.forEach(this::statement);
        indent--;
        declared.pop();
    }

    private void statement(Statement statement) {
        switch (statement) {
            case Code.Set(Code.Var target, Value value) -> {
                boolean known = declared.stream().anyMatch(scope -> scope.contains(target));
                declared.peek().add(target);
                line((known ? "" : typeName(target.type()) + " ") + target.name + " = " + text(value) + ";");
            }
            case Code.Put(Value array, Value index, Value value, Value mask) -> {
                if (value.type() == Type.FLOAT) {
                    line(text(array) + "[" + text(index) + "] = " + text(value) + ";");
                } else {
                    String masked = mask == null ? "" : ", " + text(mask);
                    line(text(value) + ".intoArray(" + text(array) + ", " + text(index) + masked + ");");
                }
            }
            case Code.For(Code.Var i, Value to, int step, List<Statement> body) -> {
                String advance = step == 1 ? i.name + "++" : i.name + " += " + step;
                line("for (; " + i.name + " < " + text(to) + "; " + advance + ") {");
                block(body);
                line("}");
            }
            case Code.IfLess(Value a, Value b, List<Statement> body, List<Statement> otherwise) -> {
                line("if (" + text(a) + " < " + text(b) + ") {");
                block(body);
                if (!otherwise.isEmpty()) {
                    line("} else {");
                    block(otherwise);
                }
                line("}");
            }
            case Code.UnlessAll(Value mask, List<Statement> body) -> {
                line("if (!" + text(mask) + (mask.type() == Type.MASK ? ".allTrue()" : "") + ") {");
                block(body);
                line("}");
            }
            case Code.Call(Class<?> owner, String name, List<Value> arguments) ->
                line(call(owner, name, arguments) + ";");
            case Code.CallSelf(String name, Value base, Value from, Value to) ->
                line(name + "(a, o, " + text(base) + ", " + text(from) + ", " + text(to) + ");");
            case Code.Return end -> line("return;");
            case Code.Comment(String text) -> line("// " + text);
        }
    }

    private String text(Value value) {
        return switch (value) {
            case Code.Var variable -> variable.name;
            case Code.Int(int k) -> Integer.toString(k);
            case Code.FloatLiteral(float f) -> literal(f);
            case Code.Widen(Value number) -> text(number);
            case Code.Round(Value number) -> "(float) " + text(number);
            case Code.Join(Reduction reduction, Value total, Value part) -> switch (reduction) {
                case SUM, DOT -> text(total) + " + " + text(part);
                case MAX -> "Math.max(" + text(total) + ", " + text(part) + ")";
            };
            case Code.IntOp(char op, Value a, Value b) -> {
                boolean sum = op == '+' && a instanceof Code.IntOp(char first, Value x, Value y) && first == '+';
                yield (sum ? text(a) : operand(a)) + " " + op + " " + operand(b);
            }
            case Code.Min(Value a, Value b) -> "Math.min(" + text(a) + ", " + text(b) + ")";
            case Code.Length(Value array) -> text(array) + ".length";
            case Code.Argument(Type type, int slot) -> (type == Type.FLOATS ? "a[" : "o[") + slot + "]";
            case Code.Get(Value array, Value index) -> text(array) + "[" + text(index) + "]";
            case Code.Load(Value array, Value index, Value mask) ->
                "FloatVector.fromArray(SPECIES, " + text(array) + ", " + text(index)
                        + (mask == null ? ")" : ", " + text(mask) + ")");
            case Code.LoadFirst(Value array, Value index, int first) ->
                "(FloatVector) FloatVector.fromArray(FloatVector.SPECIES_" + first * Float.SIZE + ", " + text(array) + ", " + text(index) + ").reinterpretShape(SPECIES, 0)";
            case Code.Broadcast(Value f) -> "FloatVector.broadcast(SPECIES, " + text(f) + ")";
            case Code.Apply(Primitive primitive, List<Value> operands) -> apply(primitive, operands);
            case Code.BroadcastInt(int k) -> "IntVector.broadcast(" + intSpecies() + ", " + k + ")";
            case Code.Masked(Primitive primitive, Value a, Value b, Value mask) ->
                text(a) + (primitive == Primitive.ADD ? ".add" : ".mul") + "(" + text(b) + ", " + text(mask) + ")";
            case Code.Select(Value chosen, Value otherwise, Value mask) when mask.type() == Type.BOOLEAN ->
                text(mask) + " ? " + operand(chosen) + " : " + operand(otherwise);
            case Code.Select(Value chosen, Value otherwise, Value mask) ->
                text(otherwise) + ".blend(" + text(chosen) + ", " + text(mask) + ")";
            case Code.InRange(Value from, Value to) -> "SPECIES.indexInRange(" + text(from) + ", " + text(to) + ")";
            case Code.MaskBits(long bits) -> "VectorMask.fromLong(SPECIES, 0x" + Long.toHexString(bits) + "L)";
            case Code.Rearrange(Value vector, Code.Shuffle shuffle) -> {
                shuffles.add(shuffle);
                yield text(vector) + ".rearrange(" + shuffle.field() + ")";
            }
            case Code.Indices(Code.Shuffle shuffle) -> {
                shuffles.add(shuffle);
                yield shuffle.field();
            }
            case Code.RearrangeTwo(Value indices, Value a, Value b) ->
                text(indices) + ".selectFrom(" + text(a) + ".reinterpretAsInts(), " + text(b) + ".reinterpretAsInts()).reinterpretAsFloats()";
            case Code.Low(Value vector, int first) -> "(FloatVector) " + text(vector) + ".reinterpretShape(FloatVector.SPECIES_" + first * Float.SIZE + ", 0)";
            case Code.Lane(Value vector, int lane) -> text(vector) + ".lane(" + lane + ")";
            case Code.WithLane(Value vector, int lane, Value number) ->
                text(vector) + ".withLane(" + lane + ", " + text(number) + ")";
            case Code.CallFloat(Class<?> owner, String name, List<Value> arguments) -> call(owner, name, arguments);
        };
    }

    private String intSpecies() {
        return "IntVector.SPECIES_" + lanes * Integer.SIZE;
    }

    private String operand(Value value) {
        return value instanceof Code.IntOp ? "(" + text(value) + ")" : text(value);
    }

    private String apply(Primitive primitive, List<Value> operands) {
        boolean vector = Code.isVector(operands.getFirst().type());
        List<String> texts = operands.stream().map(value -> vector ? text(value) : operand(value)).toList();
        String second = texts.size() > 1 ? texts.get(1) : "";
        return Primitives.text(primitive, vector, texts.getFirst(), second, texts.getLast());
    }

    private String call(Class<?> owner, String name, List<Value> arguments) {
        StringJoiner list = new StringJoiner(", ", owner.getName() + "." + name + "(", ")");
        arguments.forEach(argument -> list.add(text(argument)));
        return list.toString();
    }

    private static String literal(float f) {
        if (Float.isNaN(f)) {
            return "Float.intBitsToFloat(0x" + Integer.toHexString(Float.floatToRawIntBits(f)) + ")";
        }
        if (Float.isInfinite(f)) {
            return f > 0 ? "Float.POSITIVE_INFINITY" : "Float.NEGATIVE_INFINITY";
        }
        return f + "f";
    }

    private static String typeName(Type type) {
        return switch (type) {
            case INT -> "int";
            case FLOAT -> "float";
            case DOUBLE -> "double";
            case FLOATS -> "float[]";
            case BOOLEAN -> "boolean";
            case INTS -> "IntVector";
            case VECTOR -> "FloatVector";
            case MASK -> "VectorMask<Float>";
        };
    }

    private void line(String text) {
        out.append("    ".repeat(indent)).append(text).append('\n');
    }
}
