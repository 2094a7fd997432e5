package org.fusegrad.codegen;

import java.util.Arrays;
import java.util.function.Supplier;
import org.fusegrad.codegen.Code.Value;
import org.fusegrad.ir.Algebra;
import org.fusegrad.ir.Rare;

/** The algebra of generated code: a value is what computes it, on numbers or on vectors as its lowering has it. */
class CodeAlgebra implements Algebra<Value, Value, Value> {
    private final Lowering code;
    private String stem = "t";

    CodeAlgebra(Lowering code) {
        this.code = code;
    }

    /** What the next values are called. */
    void name(String name) {
        stem = name;
    }

    /** The algebra whose values stand where they are used, and not in locals. */
    static CodeAlgebra inPlace(Lowering code) {
        return new CodeAlgebra(code) {
            @Override
            Value let(Value value) {
                return value;
            }
        };
    }

    private Value let(Primitive primitive, Value... operands) {
        return let(new Code.Apply(primitive, Arrays.asList(operands)));
    }

    Value let(Value value) {
        return code.let(stem, value);
    }

    @Override
    public Value constant(float value) {
        return code.constant(value);
    }

    @Override
    public Value constant(int value) {
        return code.constant(value);
    }

    @Override
    public Value add(Value x, Value y) {
        return let(Primitive.ADD, x, y);
    }

    @Override
    public Value sub(Value x, Value y) {
        return let(Primitive.SUB, x, y);
    }

    @Override
    public Value mul(Value x, Value y) {
        return let(Primitive.MUL, x, y);
    }

    @Override
    public Value div(Value x, Value y) {
        return let(Primitive.DIV, x, y);
    }

    @Override
    public Value fma(Value x, Value y, Value z) {
        return let(Primitive.FMA, x, y, z);
    }

    @Override
    public Value abs(Value x) {
        return let(Primitive.ABS, x);
    }

    @Override
    public Value neg(Value x) {
        return let(Primitive.NEG, x);
    }

    @Override
    public Value sqrt(Value x) {
        return let(Primitive.SQRT, x);
    }

    @Override
    public Value max(Value x, Value y) {
        return let(Primitive.MAX, x, y);
    }

    @Override
    public Value bits(Value x) {
        return let(Primitive.BITS, x);
    }

    @Override
    public Value floats(Value x) {
        return let(Primitive.FLOATS, x);
    }

    @Override
    public Value toFloat(Value x) {
        return let(Primitive.TO_FLOAT, x);
    }

    @Override
    public Value addInts(Value x, Value y) {
        return let(Primitive.ADD_INTS, x, y);
    }

    @Override
    public Value subInts(Value x, Value y) {
        return let(Primitive.SUB_INTS, x, y);
    }

    @Override
    public Value and(Value x, Value y) {
        return let(Primitive.AND, x, y);
    }

    @Override
    public Value or(Value x, Value y) {
        return let(Primitive.OR, x, y);
    }

    @Override
    public Value xor(Value x, Value y) {
        return let(Primitive.XOR, x, y);
    }

    @Override
    public Value shiftLeft(Value x, int distance) {
        return let(Primitive.SHIFT_LEFT, x, new Code.Int(distance));
    }

    @Override
    public Value shiftRight(Value x, int distance) {
        return let(Primitive.SHIFT_RIGHT, x, new Code.Int(distance));
    }

    @Override
    public Value shiftRightLogical(Value x, int distance) {
        return let(Primitive.SHIFT_RIGHT_LOGICAL, x, new Code.Int(distance));
    }

    @Override
    public Value less(Value x, Value y) {
        return let(Primitive.LESS, x, y);
    }

    @Override
    public Value lessOrEqual(Value x, Value y) {
        return let(Primitive.LESS_OR_EQUAL, x, y);
    }

    @Override
    public Value equal(Value x, Value y) {
        return let(Primitive.EQUAL, x, y);
    }

    @Override
    public Value select(Value mask, Value ifTrue, Value ifFalse) {
        return let(new Code.Select(ifTrue, ifFalse, mask));
    }

    @Override
    public Value unless(Value mask, Value value, Supplier<Value> general) {
        Code.Var y = code.let(stem, value);
        code.emit(new Code.UnlessAll(mask, code.nested(() -> code.assign(y, select(mask, y, general.get())))));
        return y;
    }

    @Override
    public Value orEachByItself(Value mask, Value value, Rare function, Value x) {
        Code.Var y = code.let(stem, value);
        code.emit(new Code.UnlessAll(mask, code.nested(() -> code.eachByItself(y, mask, function, x))));
        return y;
    }
}
