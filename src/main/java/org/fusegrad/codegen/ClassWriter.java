package org.fusegrad.codegen;

import static java.lang.constant.ConstantDescs.CD_boolean;
import static java.lang.constant.ConstantDescs.CD_double;
import static java.lang.constant.ConstantDescs.CD_float;
import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_long;
import static java.lang.constant.ConstantDescs.CD_void;

import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.TypeKind;
import java.lang.classfile.instruction.SwitchCase;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.fusegrad.codegen.Code.Statement;
import org.fusegrad.codegen.Code.Type;
import org.fusegrad.codegen.Code.Value;
import org.fusegrad.ir.Reduction;

/** Writes methods of {@link Code} as a class that implements {@link Kernel}. */
final class ClassWriter {
    private static final ClassDesc FLOATS = CD_float.arrayType();
    private static final ClassDesc ARRAYS = FLOATS.arrayType();
    private static final ClassDesc OFFSETS = CD_int.arrayType();
    private static final MethodTypeDesc LOOP =
            MethodTypeDesc.of(CD_void, ARRAYS, OFFSETS, CD_int, CD_int, CD_int);
    private static final MethodTypeDesc LAUNCH =
            MethodTypeDesc.of(CD_void, CD_int, ARRAYS, OFFSETS, CD_int, CD_int, CD_int);

    private static final MethodTypeDesc STEP = MethodTypeDesc.of(CD_void, ARRAYS, OFFSETS, CD_int);

    private static final ClassDesc VECTOR = Primitives.VECTOR;
    private static final ClassDesc ANY_VECTOR = Primitives.ANY_VECTOR;
    private static final ClassDesc INTS = Primitives.INTS;
    private static final ClassDesc MASK = Primitives.MASK;
    private static final ClassDesc SPECIES = Primitives.vectorClass("VectorSpecies");
    private static final ClassDesc SHUFFLE = Primitives.vectorClass("VectorShuffle");
    private static final ClassDesc MATH = ClassDesc.of("java.lang.Math");
    private static final ClassDesc FACTS = ClassDesc.of("org.fusegrad.simd.VectorFacts");

    /** Each is 16 bytes of code; HotSpot compiles up to 8 000. */
    static final int LOOPS_PER_SWITCH = 256;

    private final ClassDesc self;
    private final int lanes;
    /** Those that the methods use: known when they are written. */
    private final Set<Code.Shuffle> shuffles = new LinkedHashSet<>();

    ClassWriter(String className, int lanes) {
        this.self = ClassDesc.of(className);
        this.lanes = lanes;
    }

    byte[] write(KernelCompiler.Methods methods) {
        return ClassFile.of().build(self, builder -> {
            builder.withFlags(ClassFile.ACC_FINAL | ClassFile.ACC_SUPER);
            builder.withInterfaceSymbols(ClassDesc.of(Kernel.class.getName()));
            builder.withMethodBody(ConstantDescs.INIT_NAME, ConstantDescs.MTD_void, 0, code -> code.aload(0)
                    .invokespecial(ConstantDescs.CD_Object, ConstantDescs.INIT_NAME, ConstantDescs.MTD_void)
                    .return_());
            launch(builder, methods.loops());
            builder.withMethodBody("step", STEP, ClassFile.ACC_PUBLIC, code -> step(code, methods.step()));
            for (Code.Method method : methods.all()) {
                builder.withMethodBody(
                        method.name(), LOOP, ClassFile.ACC_STATIC, code -> new Body(code).statements(method));
            }
            if (lanes > 0) {
                shuffles.forEach(shuffle -> builder.withField(shuffle.field(), type(shuffle), ClassFile.ACC_STATIC | ClassFile.ACC_FINAL));
                builder.withMethodBody(
                        ConstantDescs.CLASS_INIT_NAME, ConstantDescs.MTD_void, ClassFile.ACC_STATIC, this::initialise);
            }
        });
    }

    private static ClassDesc type(Code.Shuffle shuffle) {
        return shuffle.fact().ofTwo ? INTS : SHUFFLE;
    }

    /** static { PAIR_8 = VectorFacts.pair(IntVector.SPECIES_512, 8); ... ROWS_4_10_0 = VectorFacts.rows(SPECIES, 4, 10, 0); ... } */
    private void initialise(CodeBuilder code) {
        for (Code.Shuffle shuffle : shuffles) {
            List<ClassDesc> types = new ArrayList<>(List.of(SPECIES));
            if (shuffle.fact().ofTwo) {
                intSpecies(code);
            } else {
                species(code);
            }
            for (int argument : shuffle.arguments()) {
                code.loadConstant(argument);
                types.add(CD_int);
            }
            code.invokestatic(FACTS, shuffle.fact().method(), MethodTypeDesc.of(type(shuffle), types));
            code.putstatic(self, shuffle.field(), type(shuffle));
        }
        code.return_();
    }

    private void species(CodeBuilder code) {
        species(code, lanes);
    }

    private static void species(CodeBuilder code, int lanes) {
        code.getstatic(VECTOR, "SPECIES_" + lanes * Float.SIZE, SPECIES);
    }

    private void intSpecies(CodeBuilder code) {
        code.getstatic(INTS, "SPECIES_" + lanes * Integer.SIZE, SPECIES);
    }

    /** if (loop < 256) launch_0(...); else if (loop < 512) launch_256(...); ... so that no switch becomes too long to be compiled */
    private void launch(ClassBuilder builder, List<Code.Method> methods) {
        builder.withMethodBody("launch", LAUNCH, ClassFile.ACC_PUBLIC, code -> {
            for (int first = 0; first < methods.size(); first += LOOPS_PER_SWITCH) {
                Label next = code.newLabel();
                code.iload(1).loadConstant(first + LOOPS_PER_SWITCH).if_icmpge(next);
                code.iload(1).aload(2).aload(3).iload(4).iload(5).iload(6);
                code.invokestatic(self, "launch_" + first, LAUNCH).return_();
                code.labelBinding(next);
            }
            code.return_(); // where every output is an input
        });
        for (int first = 0; first < methods.size(); first += LOOPS_PER_SWITCH) {
            int from = first;
            List<Code.Method> some = methods.subList(first, Math.min(first + LOOPS_PER_SWITCH, methods.size()));
            builder.withMethodBody("launch_" + first, LAUNCH, ClassFile.ACC_STATIC, code -> choose(code, from, some));
        }
    }

    /** switch (loop) { case 0 -> name0(a, o, base, from, to); ... } */
    private void choose(CodeBuilder code, int first, List<Code.Method> methods) {
        List<SwitchCase> cases = new ArrayList<>();
        for (int k = 0; k < methods.size(); k++) {
            cases.add(SwitchCase.of(first + k, code.newLabel()));
        }
        Label other = code.newLabel();
        code.iload(0).tableswitch(first, first + methods.size() - 1, other, cases);
        for (int k = 0; k < methods.size(); k++) {
            code.labelBinding(cases.get(k).target());
            code.aload(1).aload(2).iload(3).iload(4).iload(5);
            code.invokestatic(self, methods.get(k).name(), LOOP).return_();
        }
        code.labelBinding(other).return_();
    }

    /** all(a, o, 0, 0, rows) */
    private void step(CodeBuilder code, Code.Method method) {
        code.aload(1).aload(2).iconst_0().iconst_0().iload(3);
        code.invokestatic(self, method.name(), LOOP).return_();
    }

    /** One method. Slots 0 to 4 are the parameters; every other local gets the next one. */
    private final class Body {
        private final CodeBuilder code;
        private final Map<Code.Var, Integer> slots = new IdentityHashMap<>();
        private int nextSlot = 5;

        Body(CodeBuilder code) {
            this.code = code;
            slots.put(Parameters.BASE, 2);
            slots.put(Parameters.FROM, 3);
            slots.put(Parameters.TO, 4);
        }

        void statements(Code.Method method) {
            if (lanes > 0) {
                goPastC1();
                keepLoopsWhole();
            }
            method.body().forEach(this::statement);
            code.return_();
        }

        /**
         * {@code if (false) { try { a.length; } catch (Throwable t) { here: throw t; } ... goto here with null }}: C1 compiles no
         * method with a handler that is reached as normal code too (c1_GraphBuilder.cpp), and says so before it does any work.
         *
         * <p>It would otherwise compile Vector API code, without profile while C2 is busy, and then may not be able to compile it with
         * one ("out of virtual registers"); such a method never reaches C2. One that C1 refuses is profiled by the interpreter, and
         * goes to C2 from there. To C2 the branch is a constant.
         */
        private void goPastC1() {
            Label body = code.newLabel();
            Label handler = code.newLabel();
            Label first = code.newLabel();
            Label last = code.newLabel();
            code.iconst_0().ifeq(body);
            code.labelBinding(first).aload(0).arraylength().pop().labelBinding(last);
            code.aconst_null().labelBinding(handler).athrow();
            code.exceptionCatchAll(first, last, handler);
            code.labelBinding(body);
        }

        /**
         * Leaves a number on the operand stack to the end. C2 does not compile a method from inside one of its loops (on-stack replacement) where the
         * stack is not empty ("OSR starts with non-empty stack", parse1.cpp). It compiles the whole method, for the next call.
         *
         * <p>In a loop that is entered in the middle C2 may check an index ahead that the loop never reaches, and fail. That is noted with
         * {@code Objects.checkIndex}, which is everybody's. From then on C2 moves no bounds check of a vector out of any loop that it compiles in
         * this process, which then take up to twice the time.
         */
        private void keepLoopsWhole() {
            code.iconst_0();
        }

        private void statement(Statement statement) {
            switch (statement) {
                case Code.Set(Code.Var target, Value value) -> {
                    push(value);
                    code.storeLocal(kind(target.type()), slots.computeIfAbsent(target, this::newSlot));
                }
                case Code.Put put -> put(put);
                case Code.For loop -> loop(loop);
                case Code.IfLess(Value a, Value b, List<Statement> body, List<Statement> otherwise) -> {
                    Label not = code.newLabel();
                    push(a);
                    push(b);
                    code.if_icmpge(not);
                    body.forEach(this::statement);
                    if (otherwise.isEmpty()) {
                        code.labelBinding(not);
                    } else {
                        Label end = code.newLabel();
                        code.goto_(end).labelBinding(not);
                        otherwise.forEach(this::statement);
                        code.labelBinding(end);
                    }
                }
                case Code.UnlessAll(Value mask, List<Statement> body) -> {
                    Label end = code.newLabel();
                    push(mask);
                    if (mask.type() == Type.MASK) {
                        code.invokevirtual(MASK, "allTrue", MethodTypeDesc.of(CD_boolean));
                    }
                    code.ifne(end);
                    body.forEach(this::statement);
                    code.labelBinding(end);
                }
                case Code.Call(Class<?> owner, String name, List<Value> arguments) ->
                    call(owner, name, arguments, CD_void);
                case Code.CallSelf(String name, Value base, Value from, Value to) -> {
                    code.aload(0).aload(1);
                    push(base);
                    push(from);
                    push(to);
                    code.invokestatic(self, name, LOOP);
                }
                case Code.Return end -> code.return_();
                case Code.Comment comment -> { }
            }
        }

        private int newSlot(Code.Var variable) {
            int slot = nextSlot;
            nextSlot += kind(variable.type()).slotSize();
            return slot;
        }

        private void loop(Code.For loop) {
            Label head = code.newBoundLabel();
            Label end = code.newLabel();
            push(loop.i());
            push(loop.to());
            code.if_icmpge(end);
            loop.body().forEach(this::statement);
            if (loop.step() <= Short.MAX_VALUE) { // as far as the instruction goes
                code.iinc(slots.get(loop.i()), loop.step());
            } else {
                push(new Code.IntOp('+', loop.i(), new Code.Int(loop.step())));
                code.istore(slots.get(loop.i()));
            }
            code.goto_(head).labelBinding(end);
        }

        private void put(Code.Put put) {
            if (put.value().type() == Type.FLOAT) {
                push(put.array());
                push(put.index());
                push(put.value());
                code.fastore();
                return;
            }
            push(put.value());
            push(put.array());
            push(put.index());
            if (put.mask() == null) {
                code.invokevirtual(VECTOR, "intoArray", MethodTypeDesc.of(CD_void, FLOATS, CD_int));
            } else {
                push(put.mask());
                code.invokevirtual(VECTOR, "intoArray", MethodTypeDesc.of(CD_void, FLOATS, CD_int, MASK));
            }
        }

        private void field(Code.Shuffle shuffle) {
            shuffles.add(shuffle);
            code.getstatic(self, shuffle.field(), type(shuffle));
        }

        private void push(Value value) {
            switch (value) {
                case Code.Var variable -> code.loadLocal(kind(variable.type()), slots.get(variable));
                case Code.Int(int k) -> code.loadConstant(k);
                case Code.FloatLiteral(float f) -> code.loadConstant(f);
                case Code.Widen(Value number) -> {
                    push(number);
                    code.f2d();
                }
                case Code.Round(Value number) -> {
                    push(number);
                    code.d2f();
                }
                case Code.Join(Reduction reduction, Value total, Value part) -> {
                    push(total);
                    push(part);
                    code.f2d();
                    switch (reduction) {
                        case SUM, DOT -> code.dadd();
                        case MAX -> code.invokestatic(MATH, "max", MethodTypeDesc.of(CD_double, CD_double, CD_double));
                    }
                }
                case Code.IntOp(char op, Value a, Value b) -> {
                    push(a);
                    push(b);
                    switch (op) {
                        case '+' -> code.iadd();
                        case '-' -> code.isub();
                        case '*' -> code.imul();
                        case '/' -> code.idiv();
                        case '&' -> code.iand();
                        default -> throw new AssertionError("int operation " + op);
                    }
                }
                case Code.Min(Value a, Value b) -> {
                    push(a);
                    push(b);
                    code.invokestatic(MATH, "min", MethodTypeDesc.of(CD_int, CD_int, CD_int));
                }
                case Code.Length(Value array) -> {
                    push(array);
                    code.arraylength();
                }
                case Code.Argument(Type type, int slot) -> {
                    code.aload(type == Type.FLOATS ? 0 : 1).loadConstant(slot);
                    if (type == Type.FLOATS) {
                        code.aaload();
                    } else {
                        code.iaload();
                    }
                }
                case Code.Get(Value array, Value index) -> {
                    push(array);
                    push(index);
                    code.faload();
                }
                case Code.Load(Value array, Value index, Value mask) -> load(lanes, array, index, mask);
                case Code.LoadFirst(Value array, Value index, int first) -> {
                    load(first, array, index, null);
                    reshape(lanes);
                }
                case Code.Broadcast(Value f) -> {
                    species(code);
                    push(f);
                    code.invokestatic(VECTOR, "broadcast", MethodTypeDesc.of(VECTOR, SPECIES, CD_float));
                }
                case Code.Apply(Primitive primitive, List<Value> operands) -> {
                    operands.forEach(this::push);
                    if (Code.isVector(operands.getFirst().type())) {
                        Primitives.onVectors(code, primitive);
                    } else {
                        Primitives.onNumbers(code, primitive);
                    }
                }
                case Code.BroadcastInt(int k) -> {
                    intSpecies(code);
                    code.loadConstant(k);
                    code.invokestatic(INTS, "broadcast", MethodTypeDesc.of(INTS, SPECIES, CD_int));
                }
                case Code.Masked(Primitive primitive, Value a, Value b, Value mask) -> {
                    push(a);
                    push(b);
                    push(mask);
                    String name = primitive == Primitive.ADD ? "add" : "mul";
                    code.invokevirtual(VECTOR, name, MethodTypeDesc.of(VECTOR, ANY_VECTOR, MASK));
                }
                case Code.Select(Value chosen, Value otherwise, Value mask) when mask.type() == Type.BOOLEAN -> {
                    Label no = code.newLabel();
                    Label end = code.newLabel();
                    push(mask);
                    code.ifeq(no);
                    push(chosen);
                    code.goto_(end).labelBinding(no);
                    push(otherwise);
                    code.labelBinding(end);
                }
                case Code.Select(Value chosen, Value otherwise, Value mask) -> {
                    push(otherwise);
                    push(chosen);
                    push(mask);
                    code.invokevirtual(VECTOR, "blend", MethodTypeDesc.of(VECTOR, ANY_VECTOR, MASK));
                }
                case Code.InRange(Value from, Value to) -> {
                    species(code);
                    push(from);
                    push(to);
                    code.invokeinterface(SPECIES, "indexInRange", MethodTypeDesc.of(MASK, CD_int, CD_int));
                }
                case Code.MaskBits(long bits) -> {
                    species(code);
                    code.loadConstant(bits);
                    code.invokestatic(MASK, "fromLong", MethodTypeDesc.of(MASK, SPECIES, CD_long));
                }
                case Code.Rearrange(Value vector, Code.Shuffle shuffle) -> {
                    push(vector);
                    field(shuffle);
                    code.invokevirtual(VECTOR, "rearrange", MethodTypeDesc.of(VECTOR, SHUFFLE));
                }
                case Code.Indices(Code.Shuffle shuffle) -> field(shuffle);
                case Code.RearrangeTwo(Value indices, Value a, Value b) -> {
                    push(indices);
                    for (Value vector : List.of(a, b)) {
                        push(vector);
                        code.invokevirtual(VECTOR, "reinterpretAsInts", MethodTypeDesc.of(INTS));
                    }
                    code.invokevirtual(INTS, "selectFrom", MethodTypeDesc.of(INTS, ANY_VECTOR, ANY_VECTOR));
                    code.invokevirtual(INTS, "reinterpretAsFloats", MethodTypeDesc.of(VECTOR));
                }
                case Code.Low(Value vector, int first) -> {
                    push(vector);
                    reshape(first);
                }
                case Code.Lane(Value vector, int lane) -> {
                    push(vector);
                    code.loadConstant(lane).invokevirtual(VECTOR, "lane", MethodTypeDesc.of(CD_float, CD_int));
                }
                case Code.WithLane(Value vector, int lane, Value number) -> {
                    push(vector);
                    code.loadConstant(lane);
                    push(number);
                    code.invokevirtual(VECTOR, "withLane", MethodTypeDesc.of(VECTOR, CD_int, CD_float));
                }
                case Code.CallFloat(Class<?> owner, String name, List<Value> arguments) ->
                    call(owner, name, arguments, CD_float);
            }
        }

        private void load(int lanes, Value array, Value index, Value mask) {
            species(code, lanes);
            push(array);
            push(index);
            if (mask == null) {
                code.invokestatic(VECTOR, "fromArray", MethodTypeDesc.of(VECTOR, SPECIES, FLOATS, CD_int));
            } else {
                push(mask);
                code.invokestatic(VECTOR, "fromArray", MethodTypeDesc.of(VECTOR, SPECIES, FLOATS, CD_int, MASK));
            }
        }

        /** The vector on the stack with so many lanes, fewer or more. */
        private void reshape(int lanes) {
            species(code, lanes);
            code.iconst_0().invokevirtual(VECTOR, "reinterpretShape", MethodTypeDesc.of(ANY_VECTOR, SPECIES, CD_int)).checkcast(VECTOR);
        }

        private void call(Class<?> owner, String name, List<Value> arguments, ClassDesc result) {
            List<ClassDesc> types = new ArrayList<>();
            for (Value argument : arguments) {
                push(argument);
                types.add(switch (argument.type()) {
                    case INT -> CD_int;
                    case FLOAT -> CD_float;
                    case FLOATS -> FLOATS;
                    case VECTOR -> VECTOR;
                    case MASK -> MASK;
                    case BOOLEAN, DOUBLE, INTS -> throw new AssertionError(argument);
                });
            }
            code.invokestatic(ClassDesc.of(owner.getName()), name, MethodTypeDesc.of(result, types));
        }

        private static TypeKind kind(Type type) {
            return switch (type) {
                case INT, BOOLEAN -> TypeKind.INT;
                case FLOAT -> TypeKind.FLOAT;
                case DOUBLE -> TypeKind.DOUBLE;
                case FLOATS, VECTOR, INTS, MASK -> TypeKind.REFERENCE;
            };
        }
    }
}
