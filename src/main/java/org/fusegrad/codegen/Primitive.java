package org.fusegrad.codegen;

import org.fusegrad.codegen.Code.Type;

/** What a processor does in one instruction, on numbers and on vectors. */
enum Primitive {
    ADD(Result.SAME),
    SUB(Result.SAME),
    MUL(Result.SAME),
    DIV(Result.SAME),
    FMA(Result.SAME),
    ABS(Result.SAME),
    NEG(Result.SAME),
    SQRT(Result.SAME),
    MAX(Result.SAME),
    BITS(Result.INTS),
    FLOATS(Result.FLOATS),
    TO_FLOAT(Result.FLOATS),
    ADD_INTS(Result.SAME),
    SUB_INTS(Result.SAME),
    AND(Result.SAME),
    OR(Result.SAME),
    XOR(Result.SAME),
    SHIFT_LEFT(Result.SAME),
    SHIFT_RIGHT(Result.SAME),
    SHIFT_RIGHT_LOGICAL(Result.SAME),
    LESS(Result.MASK),
    LESS_OR_EQUAL(Result.MASK),
    EQUAL(Result.MASK);

    private enum Result { SAME, INTS, FLOATS, MASK }

    private final Result result;

    Primitive(Result result) {
        this.result = result;
    }

    /** The type it gives for a first operand of type {@code operand}. */
    Type type(Type operand) {
        boolean vector = operand == Type.VECTOR || operand == Type.INTS;
        return switch (result) {
            case SAME -> operand;
            case INTS -> vector ? Type.INTS : Type.INT;
            case FLOATS -> vector ? Type.VECTOR : Type.FLOAT;
            case MASK -> vector ? Type.MASK : Type.BOOLEAN;
        };
    }
}
