package org.fusegrad.codegen;

import java.lang.classfile.CodeBuilder;
import org.fusegrad.ir.Op;

/** Each elementwise operation on floats, as bytecode; the operands are on the stack. */
final class ScalarOps {
    private ScalarOps() {}

    static void emit(CodeBuilder code, Op op) {
        switch (op) {
            case ADD -> code.fadd();
            case SUB -> code.fsub();
            case MUL -> code.fmul();
            case DIV -> code.fdiv();
            case NEG -> code.fneg();
            case SQUARE -> code.dup().fmul();
            case EXPAND -> { }
            case INPUT, CONSTANT, COUNT, SUM, SUM_COLUMNS, SUM_ROWS ->
                throw new AssertionError(op + " is not elementwise");
        }
    }
}
