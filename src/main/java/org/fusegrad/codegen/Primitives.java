package org.fusegrad.codegen;

import static java.lang.constant.ConstantDescs.CD_float;
import static java.lang.constant.ConstantDescs.CD_int;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.Opcode;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;

/** Each primitive as bytecode, on numbers and on vectors; the operands are on the stack. */
final class Primitives {
    static final ClassDesc VECTOR = vectorClass("FloatVector");
    static final ClassDesc INTS = vectorClass("IntVector");
    static final ClassDesc ANY_VECTOR = vectorClass("Vector");
    static final ClassDesc MASK = vectorClass("VectorMask");
    private static final ClassDesc OPERATORS = vectorClass("VectorOperators");
    private static final ClassDesc ASSOCIATIVE = vectorClass("VectorOperators$Associative");
    private static final ClassDesc CONVERSION = vectorClass("VectorOperators$Conversion");
    private static final ClassDesc BINARY = vectorClass("VectorOperators$Binary");
    private static final ClassDesc COMPARISON = vectorClass("VectorOperators$Comparison");
    private static final ClassDesc MATH = ClassDesc.of("java.lang.Math");
    private static final ClassDesc FLOAT = ClassDesc.of("java.lang.Float");

    private Primitives() {}

    static ClassDesc vectorClass(String name) {
        return ClassDesc.of("jdk.incubator.vector." + name);
    }

    static void onNumbers(CodeBuilder code, Primitive primitive) {
        switch (primitive) {
            case ADD -> code.fadd();
            case SUB -> code.fsub();
            case MUL -> code.fmul();
            case DIV -> code.fdiv();
            case FMA -> code.invokestatic(MATH, "fma", MethodTypeDesc.of(CD_float, CD_float, CD_float, CD_float));
            case ABS -> code.invokestatic(MATH, "abs", MethodTypeDesc.of(CD_float, CD_float));
            case NEG -> code.fneg();
            case SQRT -> {
                var root = MethodTypeDesc.ofDescriptor("(D)D");
                code.f2d().invokestatic(MATH, "sqrt", root).d2f(); // C2 knows it as one float instruction
            }
            case MAX -> code.invokestatic(MATH, "max", MethodTypeDesc.of(CD_float, CD_float, CD_float));
            case BITS -> code.invokestatic(FLOAT, "floatToRawIntBits", MethodTypeDesc.of(CD_int, CD_float));
            case FLOATS -> code.invokestatic(FLOAT, "intBitsToFloat", MethodTypeDesc.of(CD_float, CD_int));
            case TO_FLOAT -> code.i2f();
            case ADD_INTS -> code.iadd();
            case SUB_INTS -> code.isub();
            case AND -> code.iand();
            case OR -> code.ior();
            case XOR -> code.ixor();
            case SHIFT_LEFT -> code.ishl();
            case SHIFT_RIGHT -> code.ishr();
            case SHIFT_RIGHT_LOGICAL -> code.iushr();
            // fcmpg: NaN compares as greater, and so is neither less nor equal
            case LESS -> compare(code, Opcode.IFGE);
            case LESS_OR_EQUAL -> compare(code, Opcode.IFGT);
            case EQUAL -> compare(code, Opcode.IFNE);
        }
    }

    private static void compare(CodeBuilder code, Opcode unless) {
        Label no = code.newLabel();
        Label end = code.newLabel();
        code.fcmpg().branch(unless, no).iconst_1().goto_(end).labelBinding(no).iconst_0().labelBinding(end);
    }

    static void onVectors(CodeBuilder code, Primitive primitive) {
        switch (primitive) {
            case ADD -> binary(code, VECTOR, "add");
            case SUB -> binary(code, VECTOR, "sub");
            case MUL -> binary(code, VECTOR, "mul");
            case DIV -> binary(code, VECTOR, "div");
            case FMA -> code.invokevirtual(VECTOR, "fma", MethodTypeDesc.of(VECTOR, ANY_VECTOR, ANY_VECTOR));
            case ABS -> code.invokevirtual(VECTOR, "abs", MethodTypeDesc.of(VECTOR));
            case NEG -> code.invokevirtual(VECTOR, "neg", MethodTypeDesc.of(VECTOR));
            case SQRT -> code.invokevirtual(VECTOR, "sqrt", MethodTypeDesc.of(VECTOR));
            case MAX -> binary(code, VECTOR, "max");
            case BITS -> code.invokevirtual(VECTOR, "reinterpretAsInts", MethodTypeDesc.of(INTS));
            case FLOATS -> code.invokevirtual(INTS, "reinterpretAsFloats", MethodTypeDesc.of(VECTOR));
            case TO_FLOAT -> {
                code.getstatic(OPERATORS, "I2F", CONVERSION).iconst_0();
                code.invokevirtual(INTS, "convert", MethodTypeDesc.of(ANY_VECTOR, CONVERSION, CD_int)).checkcast(VECTOR);
            }
            case ADD_INTS -> binary(code, INTS, "add");
            case SUB_INTS -> binary(code, INTS, "sub");
            case AND -> binary(code, INTS, "and");
            case OR -> binary(code, INTS, "or");
            case XOR -> {
                code.getstatic(OPERATORS, "XOR", ASSOCIATIVE).swap();
                code.invokevirtual(INTS, "lanewise", MethodTypeDesc.of(INTS, BINARY, ANY_VECTOR));
            }
            case SHIFT_LEFT -> shift(code, "LSHL");
            case SHIFT_RIGHT -> shift(code, "ASHR");
            case SHIFT_RIGHT_LOGICAL -> shift(code, "LSHR");
            case LESS -> compare(code, "LT");
            case LESS_OR_EQUAL -> compare(code, "LE");
            case EQUAL -> compare(code, "EQ");
        }
    }

    private static void binary(CodeBuilder code, ClassDesc vector, String name) {
        code.invokevirtual(vector, name, MethodTypeDesc.of(vector, ANY_VECTOR));
    }

    private static void shift(CodeBuilder code, String operator) {
        code.getstatic(OPERATORS, operator, BINARY).swap();
        code.invokevirtual(INTS, "lanewise", MethodTypeDesc.of(INTS, BINARY, CD_int));
    }

    private static void compare(CodeBuilder code, String comparison) {
        code.getstatic(OPERATORS, comparison, COMPARISON).swap();
        code.invokevirtual(VECTOR, "compare", MethodTypeDesc.of(MASK, COMPARISON, ANY_VECTOR));
    }

    /** The same as Java. */
    static String text(Primitive primitive, boolean vector, String a, String b, String c) {
        return switch (primitive) {
            case ADD, ADD_INTS -> vector ? a + ".add(" + b + ")" : a + " + " + b;
            case SUB, SUB_INTS -> vector ? a + ".sub(" + b + ")" : a + " - " + b;
            case MUL -> vector ? a + ".mul(" + b + ")" : a + " * " + b;
            case DIV -> vector ? a + ".div(" + b + ")" : a + " / " + b;
            case FMA -> vector ? a + ".fma(" + b + ", " + c + ")" : "Math.fma(" + a + ", " + b + ", " + c + ")";
            case ABS -> vector ? a + ".abs()" : "Math.abs(" + a + ")";
            case NEG -> vector ? a + ".neg()" : a.startsWith("-") ? "-(" + a + ")" : "-" + a;
            case SQRT -> vector ? a + ".sqrt()" : "(float) Math.sqrt(" + a + ")";
            case MAX -> vector ? a + ".max(" + b + ")" : "Math.max(" + a + ", " + b + ")";
            case BITS -> vector ? a + ".reinterpretAsInts()" : "Float.floatToRawIntBits(" + a + ")";
            case FLOATS -> vector ? a + ".reinterpretAsFloats()" : "Float.intBitsToFloat(" + a + ")";
            case TO_FLOAT -> vector ? "(FloatVector) " + a + ".convert(VectorOperators.I2F, 0)" : "(float) " + a;
            case AND -> vector ? a + ".and(" + b + ")" : a + " & " + b;
            case OR -> vector ? a + ".or(" + b + ")" : a + " | " + b;
            case XOR -> vector ? a + ".lanewise(VectorOperators.XOR, " + b + ")" : a + " ^ " + b;
            case SHIFT_LEFT -> vector ? a + ".lanewise(VectorOperators.LSHL, " + b + ")" : a + " << " + b;
            case SHIFT_RIGHT -> vector ? a + ".lanewise(VectorOperators.ASHR, " + b + ")" : a + " >> " + b;
            case SHIFT_RIGHT_LOGICAL -> vector ? a + ".lanewise(VectorOperators.LSHR, " + b + ")" : a + " >>> " + b;
            case LESS -> vector ? a + ".compare(VectorOperators.LT, " + b + ")" : a + " < " + b;
            case LESS_OR_EQUAL -> vector ? a + ".compare(VectorOperators.LE, " + b + ")" : a + " <= " + b;
            case EQUAL -> vector ? a + ".compare(VectorOperators.EQ, " + b + ")" : a + " == " + b;
        };
    }
}
