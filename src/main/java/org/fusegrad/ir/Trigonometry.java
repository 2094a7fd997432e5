package org.fusegrad.ir;

/**
 * Sine and cosine, written over an {@link Algebra} as the functions of {@link Elementary} are.
 *
 * <p>The argument is reduced to the nearest multiple of pi/2, in two floats, by three parts of pi/2 (Cody and Waite
 * 1980). The first subtraction is exact by FMA. The second part has 12 bits, so that its multiples up to {@link #FAR} are
 * floats, and what the second subtraction rounds off is one too (Dekker 1971). An odd multiple exchanges sine and cosine.
 */
final class Trigonometry {
    private static final float TWO_OVER_PI = 0x1.45f306p-1f;
    private static final float HALF_PI_1 = 0x1.921fb6p0f;
    private static final float HALF_PI_2 = -0x1.776p-25f;
    private static final float HALF_PI_3 = -0x1.a5cf72p-37f;

    /** 4096 pi/2: beyond it, multiples of the second part are no floats any more. */
    private static final float FAR = 6433f;

    private static final float TO_INT = 0x1.8p23f;
    private static final int SIGN = 0x80000000;

    private Trigonometry() {}

    /** {@code sin x}; at most 0.89 ulp off. */
    static <F, I, M> F sin(Algebra<F, I, M> a, F x) {
        F ax = a.abs(x);
        F t = quarters(a, ax);
        I quadrant = a.bits(t);
        I sign = a.xor(a.shiftLeft(quadrant, 30), a.bits(x));
        F y = signed(a, reduced(a, ax, t, quadrant), sign);
        return a.orEachByItself(a.lessOrEqual(ax, a.constant(FAR)), y, Rare.SIN, x);
    }

    /** {@code cos x}; at most 0.89 ulp off. */
    static <F, I, M> F cos(Algebra<F, I, M> a, F x) {
        F ax = a.abs(x);
        F t = quarters(a, ax);
        I quadrant = a.addInts(a.bits(t), a.constant(1)); // cos x = sin(x + pi/2)
        F y = signed(a, reduced(a, ax, t, quadrant), a.shiftLeft(quadrant, 30));
        return a.orEachByItself(a.lessOrEqual(ax, a.constant(FAR)), y, Rare.COS, x);
    }

    /** The nearest multiple of pi/2, as an int in the low bits. */
    private static <F, I, M> F quarters(Algebra<F, I, M> a, F ax) {
        return a.fma(ax, a.constant(TWO_OVER_PI), a.constant(TO_INT));
    }

    /** The sine of what is left of {@code ax}, or its cosine in odd quadrants. */
    private static <F, I, M> F reduced(Algebra<F, I, M> a, F ax, F t, I quadrant) {
        F n = a.sub(t, a.constant(TO_INT));
        F first = a.fma(n, a.constant(-HALF_PI_1), ax);
        F high = a.fma(n, a.constant(-HALF_PI_2), first);
        F rounding = a.fma(n, a.constant(-HALF_PI_2), a.sub(first, high));
        F low = a.fma(n, a.constant(-HALF_PI_3), rounding);
        F square = a.fma(high, high, a.mul(a.add(high, high), low));

        F s = Elementary.polynomial(a, square, -0x1.555544p-3f, 0x1.1106c6p-7f, -0x1.991c22p-13f);
        F sine = a.add(high, a.fma(a.mul(high, square), s, low));
        F c = Elementary.polynomial(a, square, -0.5f, 0x1.55554ap-5f, -0x1.6c0c1ap-10f, 0x1.99e0ecp-16f);
        F cosine = a.fma(square, c, a.constant(1f));

        F parity = a.floats(a.shiftLeft(quadrant, 30)); // 0 or 2, of either sign
        return a.select(a.equal(parity, a.constant(0f)), sine, cosine);
    }

    /** With the sign turned where {@code sign} is negative. */
    private static <F, I, M> F signed(Algebra<F, I, M> a, F y, I sign) {
        return a.floats(a.xor(a.bits(y), a.and(sign, a.constant(SIGN))));
    }
}
