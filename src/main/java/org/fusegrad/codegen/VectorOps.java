package org.fusegrad.codegen;

import java.lang.classfile.CodeBuilder;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import org.fusegrad.ir.Op;

/** Each elementwise operation on vectors, as bytecode; the operands are on the stack. */
final class VectorOps {
    private static final ClassDesc VECTOR = ClassWriter.VECTOR;
    private static final MethodTypeDesc UNARY = MethodTypeDesc.of(VECTOR);
    private static final MethodTypeDesc BINARY =
            MethodTypeDesc.of(VECTOR, ClassDesc.of("jdk.incubator.vector.Vector"));

    private VectorOps() {}

    static void emit(CodeBuilder code, Op op) {
        switch (op) {
            case ADD -> code.invokevirtual(VECTOR, "add", BINARY);
            case SUB -> code.invokevirtual(VECTOR, "sub", BINARY);
            case MUL -> code.invokevirtual(VECTOR, "mul", BINARY);
            case DIV -> code.invokevirtual(VECTOR, "div", BINARY);
            case NEG -> code.invokevirtual(VECTOR, "neg", UNARY);
            case SQUARE -> code.dup().invokevirtual(VECTOR, "mul", BINARY);
            case EXPAND -> { }
            case INPUT, CONSTANT, COUNT, SUM, SUM_COLUMNS, SUM_ROWS ->
                throw new AssertionError(op + " is not elementwise");
        }
    }
}
