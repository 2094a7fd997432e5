package org.fusegrad.ir;

import java.util.function.Supplier;

/**
 * What functions of floats are written in: IEEE-754 operations and operations on bits, each of which gives the same bits
 * on a number and in a lane of a vector, and is one instruction of either.
 *
 * @param <F> a float, or a vector of them
 * @param <I> an int, or a vector of them
 * @param <M> true or false, for each
 */
public interface Algebra<F, I, M> {
    F constant(float value);

    I constant(int value);

    F add(F x, F y);

    F sub(F x, F y);

    F mul(F x, F y);

    F div(F x, F y);

    /** {@code x * y + z}, rounded once. */
    F fma(F x, F y, F z);

    F abs(F x);

    F neg(F x);

    F sqrt(F x);

    /** The larger, as {@link Math#max(float, float)}: NaN if one is, and +0 above -0. */
    F max(F x, F y);

    /** The bits of a float. */
    I bits(F x);

    /** The float of these bits. */
    F floats(I x);

    /** The number as a float, rounded to nearest. */
    F toFloat(I x);

    I addInts(I x, I y);

    I subInts(I x, I y);

    I and(I x, I y);

    I or(I x, I y);

    I xor(I x, I y);

    I shiftLeft(I x, int distance);

    /** Shifts in copies of the sign. */
    I shiftRight(I x, int distance);

    /** Shifts in zeros. */
    I shiftRightLogical(I x, int distance);

    /** Comparisons with NaN are false. */
    M less(F x, F y);

    M lessOrEqual(F x, F y);

    M equal(F x, F y);

    F select(M mask, F ifTrue, F ifFalse);

    /**
     * {@code value} where the mask is set, which it nearly always is, otherwise {@code general}. That is computed only if it is
     * needed, and then for all lanes; where the mask is set it has no meaning.
     */
    F unless(M mask, F value, Supplier<F> general);

    /** {@code value} where the mask is set, which it nearly always is, otherwise {@code function} of {@code x}, of one lane after the other. */
    F orEachByItself(M mask, F value, Rare function, F x);
}
