package org.fusegrad.ir;

/**
 * Powers with a constant exponent, written over an {@link Algebra} as the functions of {@link Elementary} are:
 * {@code x^c = 2^(c log2 x)}. An error of the logarithm is c times as large in the exponent. So up to 2.5 it suffices that what the mantissa adds to
 * the logarithm is good to 26 bits or so. Above, up to 64, the nearest whole exponent is a product in two floats, and the logarithm serves the rest. For
 * still larger ones the whole logarithm has some 36 good bits, in two floats.
 */
final class Powers {
    /** 2 / ln 2 and a third of it, each in two floats. */
    private static final float K = 0x1.715476p1f;
    private static final float K_LOW = 0x1.4ae0cp-25f;
    private static final float THIRD = 0x1.ec709ep-1f;
    private static final float THIRD_LOW = -0x1.e2fe02p-28f;

    /** The bits of the root of 1/2: mantissas are taken from there to the root of 2. */
    private static final int LOWEST_MANTISSA = 0x3f3504f3;

    private static final int INFINITY_BITS = 0x7f800000;
    /** With this exponent, as with any larger, all but 1 gives 0 or infinity. */
    private static final float LARGEST_EXPONENT = 0x1p32f;

    /** Up to this exponent the short logarithm will do; at 2.7 results were 1.87 ulp off. */
    private static final float MODERATE_EXPONENT = 2.5f;
    /** Up to this exponent products take fewer operations than a long logarithm. */
    private static final int LARGEST_PRODUCT = 64;
    /** What 1 / ln 2 has beyond {@link Elementary#LOG2_E}. */
    private static final float LOG2_E_LOW = 1.92596e-8f;

    private Powers() {}

    /**
     * {@code x^exponent}; at most 1.89 ulp off. Special cases are those of C99's {@code pow}, with two differences that
     * PyTorch has as well: the exponents 0.5 and -0.5 give {@code sqrt(x)} and {@code 1 / sqrt(x)}, and so -0 and NaN
     * at -0 and -infinity. PyTorch computes {@code x^-2} by {@code 1 / (x * x)}, which loses results that are subnormal;
     * this does not.
     */
    static <F, I, M> F pow(Algebra<F, I, M> a, F x, float exponent) {
        F one = a.constant(1f);
        if (exponent == 0) {
            return one;
        } else if (exponent == 1) {
            return x;
        } else if (exponent == 2) {
            return a.mul(x, x);
        } else if (exponent == 3) {
            return a.mul(a.mul(x, x), x);
        } else if (exponent == -1) {
            return a.div(one, x);
        } else if (exponent == 0.5f) {
            return a.sqrt(x);
        } else if (exponent == -0.5f) {
            return a.div(one, a.sqrt(x));
        } else if (exponent != exponent) {
            return a.select(a.equal(x, one), one, a.constant(exponent));
        }
        return general(a, x, exponent);
    }

    private static <F, I, M> F general(Algebra<F, I, M> a, F x, float exponent) {
        float c = Math.clamp(exponent, -LARGEST_EXPONENT, LARGEST_EXPONENT);
        if (Math.abs(c) <= LARGEST_PRODUCT) {
            return isInteger(c) ? whole(a, x, (int) c) : fractional(a, x, c);
        }
        F y = specials(a, x, c, exp2(a, times(a, log2(a, a.abs(x)), c)));
        boolean odd = isInteger(c) && Math.abs(c % 2) == 1;
        return odd ? a.floats(a.or(a.bits(y), a.and(a.bits(x), a.constant(0x80000000)))) : y;
    }

    private static boolean isInteger(float c) {
        return Math.rint(c) == c;
    }

    /** {@code y}, which is |x|^c where x has no sign and is neither 0 nor infinite, but for the sign of an odd power. */
    private static <F, I, M> F specials(Algebra<F, I, M> a, F x, float c, F y) {
        y = isInteger(c)
                ? a.select(a.equal(x, x), y, x)
                : a.select(a.lessOrEqual(a.constant(0f), x), y, a.constant(Float.NaN));
        F ax = a.abs(x);
        F pole = c > 0 ? ax : a.floats(a.xor(a.bits(ax), a.constant(INFINITY_BITS))); // of 0 infinity, and the reverse
        return a.select(a.equal(a.add(ax, ax), ax), pole, y);
    }

    // --- whole exponents up to 64 ----------------------------------------------------------------------

    /** @param low null where it is 0 */
    private record Sum<F>(F high, F low) {}

    private static <F, I, M> F whole(Algebra<F, I, M> a, F x, int exponent) {
        Sum<F> y = product(a, x, exponent);
        // Of what is 0 or infinite the lower part is no smaller, or NaN.
        return a.select(a.less(a.abs(y.low), a.abs(y.high)), a.add(y.high, y.low), y.high);
    }

    /** By squares, of {@code 1 / x} for negative exponents: that of a large product would be 0 too early. */
    private static <F, I, M> Sum<F> product(Algebra<F, I, M> a, F x, int exponent) {
        Sum<F> square = exponent > 0 ? new Sum<>(x, null) : inverse(a, x);
        Sum<F> y = null;
        for (int rest = Math.abs(exponent); ; square = times(a, square, square)) {
            if ((rest & 1) == 1) {
                y = y == null ? square : times(a, y, square);
            }
            rest >>= 1;
            if (rest == 0) {
                return y;
            }
        }
    }

    private static <F, I, M> Sum<F> inverse(Algebra<F, I, M> a, F x) {
        F one = a.constant(1f);
        F high = a.div(one, x);
        return new Sum<>(high, a.mul(a.fma(a.neg(high), x, one), high));
    }

    private static <F, I, M> Sum<F> times(Algebra<F, I, M> a, Sum<F> x, Sum<F> y) {
        F high = a.mul(x.high, y.high);
        F low = a.fma(x.high, y.high, a.neg(high));
        if (x == y && x.low != null) {
            low = a.fma(a.add(x.high, x.high), x.low, low);
        } else if (x != y) {
            low = a.fma(x.high, y.low, x.low == null ? low : a.fma(x.low, y.high, low));
        }
        return new Sum<>(high, low);
    }

    // --- others up to 64 -------------------------------------------------------------------------------

    private static <F, I, M> F fractional(Algebra<F, I, M> a, F x, float c) {
        int whole = Math.abs(c) <= MODERATE_EXPONENT ? 0 : (int) Math.rint(c);
        float spread = Math.abs(whole) / 2f; // how many powers of 2 the mantissa's may be away from 1
        Elementary.Scaled<F> s = Elementary.scaled(a, x, LOWEST_MANTISSA);
        Exponential<F, I> usual = exponential(a, s, c, whole);
        // Where neither term is above 125, x and the result are normal, and x is positive.
        F extent = a.fma(a.abs(s.k()), a.constant(1 / Elementary.EXPONENT_UNIT), a.abs(usual.n));
        return a.unless(a.lessOrEqual(extent, a.constant(125 - spread)), Elementary.scale(a, usual.power.mantissa(), usual.power.n()), () -> {
            F ax = a.abs(x);
            M small = a.less(ax, a.constant(Float.MIN_NORMAL));
            Elementary.Scaled<F> z = Elementary.scaled(a, a.select(small, a.mul(ax, a.constant(0x1p23f)), ax), LOWEST_MANTISSA);
            F k = a.sub(z.k(), a.select(small, a.constant(23 * Elementary.EXPONENT_UNIT), a.constant(0f)));
            Exponential<F, I> e = exponential(a, new Elementary.Scaled<>(k, z.f()), c, whole);
            F y = Elementary.scaleFar(a, e.power);
            y = a.select(a.less(a.constant(129 + spread), e.n), a.constant(Float.POSITIVE_INFINITY), y);
            y = a.select(a.less(e.n, a.constant(-152 - spread)), a.constant(0f), y);
            return specials(a, x, c, y);
        });
    }

    /** A power of 2 and its exponent's nearest integer, less those of the mantissa's whole power. */
    private record Exponential<F, I>(F n, Elementary.Power<F, I> power) {}

    /**
     * {@code m^whole 2^(k whole) 2^((c - whole) log2 x)}, m the mantissa of x and k its exponent. All of the logarithm is in units of the exponent's: high
     * is {@code k + f / ln 2}, and low what was lost by that, 2^23 times.
     */
    private static <F, I, M> Exponential<F, I> exponential(Algebra<F, I, M> a, Elementary.Scaled<F> x, float c, int whole) {
        F f = x.f();
        F slope = a.constant(Elementary.LOG2_E * Elementary.EXPONENT_UNIT);
        F high = a.fma(f, slope, x.k());
        F lost = a.fma(f, slope, a.sub(x.k(), high));
        F g = Elementary.polynomial(a, f, -0x1.71546ap22f, 0x1.ec709p21f, -0x1.715dcap21f, 0x1.27816ap21f, -0x1.ea40e4p20f,
                0x1.a25b1ap20f, -0x1.8a18a6p20f, 0x1.82106ap20f, -0x1.c15ea6p19f);
        F low = a.fma(f, a.fma(f, g, a.constant(LOG2_E_LOW * Elementary.EXPONENT_UNIT)), lost);

        F factor = a.constant((c - whole) / Elementary.EXPONENT_UNIT);
        F toInt = a.constant(Elementary.TO_INT);
        F t = a.fma(a.add(high, low), factor, toInt);
        F r = a.fma(low, factor, a.fma(high, factor, a.sub(toInt, t)));
        F p = power2(a, r);
        F one = a.constant(1f);
        if (whole == 0) {
            return new Exponential<>(a.sub(t, toInt), new Elementary.Power<>(a.bits(t), a.fma(r, p, one)));
        }
        Sum<F> m = product(a, a.add(f, one), whole);
        t = a.fma(x.k(), a.constant(whole / Elementary.EXPONENT_UNIT), t);
        F q = a.mul(r, p);
        F mantissa = a.add(m.high, a.fma(m.high, q, a.fma(m.low, q, m.low)));
        return new Exponential<>(a.sub(t, toInt), new Elementary.Power<>(a.bits(t), mantissa));
    }

    /** p with {@code 2^r = 1 + r p}, for at most 1/2 and a bit. */
    private static <F, I, M> F power2(Algebra<F, I, M> a, F r) {
        return Elementary.polynomial(a, r, 0.6931472f, 0.24022648f, 0.055503592f, 0.009618506f, 0.0013391243f, 0.00015327096f);
    }

    // --- all others ------------------------------------------------------------------------------------

    /** {@code k + log2 m} by the odd series of {@code s = (m - 1) / (m + 1)}, its first two terms in two floats. */
    private static <F, I, M> Sum<F> log2(Algebra<F, I, M> a, F ax) {
        F one = a.constant(1f);
        M small = a.less(ax, a.constant(Float.MIN_NORMAL));
        F z = a.select(small, a.mul(ax, a.constant(0x1p23f)), ax);
        F bias = a.select(small, a.constant(0x1p23f + 150), a.constant(0x1p23f + 127));
        I i = a.addInts(a.bits(z), a.constant(0x3f800000 - LOWEST_MANTISSA));
        F k = a.sub(a.floats(a.or(a.shiftRightLogical(i, 23), a.constant(0x4b000000))), bias);
        F m = a.floats(a.addInts(a.and(i, a.constant(0x007fffff)), a.constant(LOWEST_MANTISSA)));

        F f = a.sub(m, one);
        F d = a.add(m, one);
        F dLow = a.sub(f, a.sub(d, a.constant(2f)));
        F inverse = a.div(one, d);
        F s = a.mul(f, inverse);
        F ns = a.neg(s);
        F sLow = a.mul(a.fma(ns, dLow, a.fma(ns, d, f)), inverse);

        F square = a.mul(s, s);
        F squareLow = a.fma(a.add(s, s), sLow, a.fma(s, s, a.neg(square)));
        F q = Elementary.polynomial(a, square, 0.577078f, 0.41220593f, 0.3200118f, 0.28171197f);
        F third = a.constant(THIRD);
        F u = a.mul(square, third);
        F uLow = a.fma(square, a.fma(square, q, a.constant(THIRD_LOW)),
                a.fma(squareLow, third, a.fma(square, third, a.neg(u))));
        F slope = a.add(a.constant(K), u);
        F slopeLow = a.add(a.sub(u, a.sub(slope, a.constant(K))), a.add(a.constant(K_LOW), uLow));
        F log = a.mul(s, slope);
        F logLow = a.fma(sLow, slope, a.fma(s, slopeLow, a.fma(s, slope, a.neg(log))));

        F high = a.add(k, log);
        return new Sum<>(high, a.add(a.sub(log, a.sub(high, k)), logLow));
    }

    private static <F, I, M> Sum<F> times(Algebra<F, I, M> a, Sum<F> x, float c) {
        F factor = a.constant(c);
        F high = a.mul(factor, x.high);
        return new Sum<>(high, a.fma(factor, x.low, a.fma(factor, x.high, a.neg(high))));
    }

    /** {@code 2^(high + low)}, in two factors where 2^n is no normal float. */
    private static <F, I, M> F exp2(Algebra<F, I, M> a, Sum<F> x) {
        F t = a.add(x.high, a.constant(Elementary.TO_INT + 254));
        F n = a.sub(t, a.constant(Elementary.TO_INT + 254));
        F r = a.add(a.sub(x.high, n), x.low);
        F q = a.mul(r, power2(a, r));
        I i = a.bits(t);
        I half = a.shiftRightLogical(i, 1);
        F s1 = a.floats(a.shiftLeft(half, 23));
        F s2 = a.floats(a.shiftLeft(a.subInts(i, half), 23));
        F y = a.mul(a.fma(s1, q, s1), s2);
        y = a.select(a.less(a.constant(129f), x.high), a.constant(Float.POSITIVE_INFINITY), y);
        return a.select(a.less(x.high, a.constant(-152f)), a.constant(0f), y);
    }
}
