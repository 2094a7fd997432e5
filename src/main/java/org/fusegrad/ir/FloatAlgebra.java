package org.fusegrad.ir;

import java.util.function.Supplier;

/** The algebra of single numbers, for the interpreter. */
final class FloatAlgebra implements Algebra<Float, Integer, Boolean> {
    static final FloatAlgebra INSTANCE = new FloatAlgebra();

    private FloatAlgebra() {}

    @Override
    public Float constant(float value) {
        return value;
    }

    @Override
    public Integer constant(int value) {
        return value;
    }

    @Override
    public Float add(Float x, Float y) {
        return x + y;
    }

    @Override
    public Float sub(Float x, Float y) {
        return x - y;
    }

    @Override
    public Float mul(Float x, Float y) {
        return x * y;
    }

    @Override
    public Float div(Float x, Float y) {
        return x / y;
    }

    @Override
    public Float fma(Float x, Float y, Float z) {
        return Math.fma(x, y, z);
    }

    @Override
    public Float abs(Float x) {
        return Math.abs(x);
    }

    @Override
    public Float neg(Float x) {
        return -x;
    }

    @Override
    public Float sqrt(Float x) {
        return (float) Math.sqrt(x); // of a float, rounded once: the double is exact enough (Figueroa 1995)
    }

    @Override
    public Float max(Float x, Float y) {
        return Math.max(x, y);
    }

    @Override
    public Integer bits(Float x) {
        return Float.floatToRawIntBits(x);
    }

    @Override
    public Float floats(Integer x) {
        return Float.intBitsToFloat(x);
    }

    @Override
    public Float toFloat(Integer x) {
        return (float) x;
    }

    @Override
    public Integer addInts(Integer x, Integer y) {
        return x + y;
    }

    @Override
    public Integer subInts(Integer x, Integer y) {
        return x - y;
    }

    @Override
    public Integer and(Integer x, Integer y) {
        return x & y;
    }

    @Override
    public Integer or(Integer x, Integer y) {
        return x | y;
    }

    @Override
    public Integer xor(Integer x, Integer y) {
        return x ^ y;
    }

    @Override
    public Integer shiftLeft(Integer x, int distance) {
        return x << distance;
    }

    @Override
    public Integer shiftRight(Integer x, int distance) {
        return x >> distance;
    }

    @Override
    public Integer shiftRightLogical(Integer x, int distance) {
        return x >>> distance;
    }

    @Override
    public Boolean less(Float x, Float y) {
        return x < y;
    }

    @Override
    public Boolean lessOrEqual(Float x, Float y) {
        return x <= y;
    }

    @Override
    public Boolean equal(Float x, Float y) {
        return x.floatValue() == y.floatValue();
    }

    @Override
    public Float select(Boolean mask, Float ifTrue, Float ifFalse) {
        return mask ? ifTrue : ifFalse;
    }

    @Override
    public Float unless(Boolean mask, Float value, Supplier<Float> general) {
        return mask ? value : general.get();
    }

    @Override
    public Float orEachByItself(Boolean mask, Float value, Rare function, Float x) {
        return mask ? value : function.of(x);
    }
}
