package org.fusegrad.ir;

/**
 * Functions of one float, each written once over an {@link Algebra}: the interpreter, scalar code and vectors of any
 * length compute the same steps, so they give the same bits. How far each is from the true value is the largest error
 * that a test found over floats.
 *
 * <p>All use the same means. An argument is reduced exactly or in two floats, a polynomial fitted to the least largest
 * error (Remez) does the rest, and the last additions keep what the one before rounded off (Dekker 1971). FMA rounds
 * once wherever it stands, in hardware or not.
 */
public final class Elementary {
    static final float LOG2_E = 1.44269504f;
    private static final float LN2_HI = 0x1.62e42ep-1f;
    private static final float LN2_LO = (float) (0.6931471805599453094 - LN2_HI);

    /** Added to a small float it leaves the nearest int in the low bits, and in the sum less itself. */
    static final float TO_INT = 0x1.8p23f;

    /** Of an exponent up to this a power of e is normal, and so is one of less e. */
    private static final float LARGE = 87f;
    /** Beside 1, or beside as large a number, e to the power of less this does not count. */
    private static final float NEGLIGIBLE = 40f;
    /** The largest exponent of e whose power is finite, and the least whose power is normal. */
    private static final float LARGEST_EXPONENT = 0x1.62e42ep6f;
    private static final float LEAST_EXPONENT = -0x1.5d589ep6f;
    /** The largest number whose negative has a normal {@link #silu}. */
    private static final float SILU_LEAST = 0x1.6f6d56p6f;

    private Elementary() {}

    /** {@code m 2^n}: the bits of {@link #TO_INT} and n, and m, between the root of 1/2 and the root of 2 unless said otherwise. */
    record Power<F, I>(I n, F mantissa) {}

    /** {@code 2^k (1 + f)}; k is a multiple of {@link #EXPONENT_UNIT}, as the exponent is in a float's bits. */
    record Scaled<F>(F k, F f) {}

    private static <F, I, M> F clampAbove(Algebra<F, I, M> a, F x, float high) {
        F limit = a.constant(high);
        return a.select(a.less(limit, x), limit, x);
    }

    private static <F, I, M> F clampBelow(Algebra<F, I, M> a, F x, float low) {
        F limit = a.constant(low);
        return a.select(a.less(x, limit), limit, x);
    }

    static <F, I, M> F polynomial(Algebra<F, I, M> a, F x, float... c) {
        F p = a.constant(c[c.length - 1]);
        for (int k = c.length - 2; k >= 0; k--) {
            p = a.fma(p, x, a.constant(c[k]));
        }
        return p;
    }

    /** The same by pairs of terms, in powers of {@code square}, that of x: half as long a chain. */
    private static <F, I, M> F polynomialByPairs(Algebra<F, I, M> a, F x, F square, float... c) {
        int last = c.length - 1 & ~1;
        F p = pair(a, x, c, last);
        for (int k = last - 2; k >= 0; k -= 2) {
            p = a.fma(p, square, pair(a, x, c, k));
        }
        return p;
    }

    private static <F, I, M> F pair(Algebra<F, I, M> a, F x, float[] c, int k) {
        F first = a.constant(c[k]);
        return k + 1 < c.length ? a.fma(a.constant(c[k + 1]), x, first) : first;
    }

    /** q with {@code e^(high + low) = 1 + q}, for at most ln 2 / 2 and a bit; low is far below high. */
    private static <F, I, M> F expm1Wide(Algebra<F, I, M> a, F high, F low) {
        F r = a.add(high, low);
        F g = polynomial(a, r, 4.9999994e-01f, 1.6666521e-01f, 4.1668292e-02f, 8.368719e-03f, 1.3818726e-03f);
        return a.add(high, a.fma(a.mul(r, r), g, low));
    }

    /** {@code e^x} for at most 104 or so. */
    private static <F, I, M> Power<F, I> power(Algebra<F, I, M> a, F x) {
        F t = a.fma(x, a.constant(LOG2_E), a.constant(TO_INT));
        F n = a.sub(t, a.constant(TO_INT));
        F r = a.fma(n, a.constant(-LN2_LO), a.fma(n, a.constant(-LN2_HI), x));
        F h = polynomialByPairs(a, r, a.mul(r, r), 4.999999e-01f, 1.6666521e-01f, 4.16689e-02f, 8.368685e-03f, 1.3788691e-03f);
        F one = a.constant(1f);
        return new Power<>(a.bits(t), a.fma(r, a.fma(r, h, one), one));
    }

    /** {@code x * 2^n}, where both are normal; n is in the low bits, whatever the others are. */
    static <F, I, M> F scale(Algebra<F, I, M> a, F x, I n) {
        return a.floats(a.addInts(a.bits(x), a.shiftLeft(n, 23)));
    }

    /**
     * The subnormal number that {@code bits} would be of if the exponent had more room: they are those of a normal number, and an exponent is taken from them that leaves
     * less than the least. A sum rounds it, because a product that underflows takes some processors a hundred cycles.
     */
    static <F, I, M> F subnormal(Algebra<F, I, M> a, I bits) {
        F rounded = a.add(a.floats(a.addInts(bits, a.constant(64 << 23))), a.constant(0x1p-62f));
        return a.floats(a.subInts(a.bits(rounded), a.constant(127 - 62 << 23)));
    }

    /** {@code e^x} by {@code 2^n * e^r}; at most 0.91 ulp off. */
    public static <F, I, M> F exp(Algebra<F, I, M> a, F x) {
        Power<F, I> p = power(a, x);
        F usual = scale(a, p.mantissa, p.n);
        return a.unless(a.lessOrEqual(a.abs(x), a.constant(LARGE)), usual, () -> {
            F y = a.select(a.less(x, a.constant(LEAST_EXPONENT)), subnormal(a, a.bits(usual)), usual);
            y = a.select(a.less(x, a.constant(-104f)), a.constant(0f), y);
            return a.select(a.lessOrEqual(x, a.constant(LARGEST_EXPONENT)), y, a.mul(x, a.constant(Float.POSITIVE_INFINITY))); // or NaN
        });
    }

    /**
     * {@code e^x - 1}; at most 0.93 ulp off. The power of two less 1/2, doubled, does not overflow too early. The power is
     * halved below ln 3/4 and doubled above ln 3/2, as near as floats go: anywhere else a result just below 1/4 or 1/2
     * would come from a rest that is rounded too coarsely for it.
     */
    public static <F, I, M> F expm1(Algebra<F, I, M> a, F x) {
        F z = clampBelow(a, clampAbove(a, x, 89f), -18f);
        F t = a.add(a.fma(z, a.constant(LOG2_E), a.constant(-0.0849625f)), a.constant(TO_INT + 126));
        F n = a.sub(t, a.constant(TO_INT + 126));
        F high = a.fma(n, a.constant(-LN2_HI), z);
        F low = a.mul(n, a.constant(-LN2_LO));
        F r = a.add(high, low);
        F g = polynomial(a, r, 5.e-01f, 1.666667e-01f, 4.1666582e-02f, 8.332039e-03f, 1.391879e-03f, 2.0933445e-04f);
        I exponent = a.shiftLeft(a.bits(t), 23);
        F s = a.floats(exponent);
        F base = a.sub(s, a.constant(0.5f));
        F lost = a.sub(a.sub(s, base), a.constant(0.5f));
        F inverse = a.floats(a.subInts(a.constant(254 << 23), exponent));
        F q = a.add(high, a.fma(a.mul(r, r), g, a.fma(lost, inverse, low)));
        F y = a.fma(s, q, base);
        return a.select(a.less(a.abs(x), a.constant(0x1p-25f)), x, a.add(y, y));
    }

    /** The bits of 3/4: mantissas are taken from there to 3/2. */
    private static final int LOWEST_MANTISSA = 0x3f400000;
    private static final int EXPONENT = 0xff800000;
    static final float EXPONENT_UNIT = 0x1p23f;

    /** A number whose power of 2 is no larger than this, nor its inverse, is normal; what is not, nor positive, has a larger one. */
    private static final float NORMAL = 125 * EXPONENT_UNIT;

    private static <F, I, M> F logQ(Algebra<F, I, M> a, F f, F square) {
        F h = polynomialByPairs(a, f, square, 3.333345e-01f, -2.5000107e-01f, 1.9990832e-01f, -1.6646923e-01f, 1.4478e-01f,
                -1.3164231e-01f, 1.0471383e-01f, -4.5136124e-02f);
        return a.fma(f, h, a.constant(-5.e-01f));
    }

    /** {@code k ln 2 + log1p(f)}: what rounding the first two terms lost is added with all else. */
    private static <F, I, M> F logSum(Algebra<F, I, M> a, F k, F f) {
        F high = a.fma(k, a.constant(LN2_HI / EXPONENT_UNIT), f);
        F lost = a.sub(f, a.fma(k, a.constant(-LN2_HI / EXPONENT_UNIT), high));
        F square = a.mul(f, f);
        F low = a.fma(square, logQ(a, f, square), a.fma(k, a.constant(LN2_LO / EXPONENT_UNIT), lost));
        return a.add(high, low);
    }

    private static <F, I, M> I exponent(Algebra<F, I, M> a, F x, int lowestMantissa) {
        return a.and(a.subInts(a.bits(x), a.constant(lowestMantissa)), a.constant(EXPONENT));
    }

    /** Of a normal number; the mantissa has the bits {@code lowestMantissa} at least. */
    static <F, I, M> Scaled<F> scaled(Algebra<F, I, M> a, F x, int lowestMantissa) {
        I k = exponent(a, x, lowestMantissa);
        F mantissa = a.floats(a.subInts(a.bits(x), k));
        return new Scaled<>(a.toFloat(k), a.sub(mantissa, a.constant(1f)));
    }

    /** {@code ln x} by {@code k ln 2 + log1p(f)}, f between -1/4 and 1/2; at most 0.92 ulp off. */
    public static <F, I, M> F log(Algebra<F, I, M> a, F x) {
        Scaled<F> usual = scaled(a, x, LOWEST_MANTISSA);
        M normal = a.lessOrEqual(a.abs(usual.k), a.constant(NORMAL));
        return a.unless(normal, logSum(a, usual.k, usual.f), () -> {
            M small = a.less(x, a.constant(Float.MIN_NORMAL));
            Scaled<F> s = scaled(a, a.select(small, a.mul(x, a.constant(0x1p23f)), x), LOWEST_MANTISSA);
            F k = a.sub(s.k, a.select(small, a.constant(23 * EXPONENT_UNIT), a.constant(0f)));
            return logSpecials(a, logSum(a, k, s.f), x, x);
        });
    }

    /** {@code distance} is how far x lies above the pole of y. */
    private static <F, I, M> F logSpecials(Algebra<F, I, M> a, F y, F x, F distance) {
        F zero = a.constant(0f);
        y = a.select(a.less(x, a.constant(Float.POSITIVE_INFINITY)), y, x);
        y = a.select(a.equal(distance, zero), a.constant(Float.NEGATIVE_INFINITY), y);
        return a.select(a.less(distance, zero), a.constant(Float.NaN), y);
    }

    /** {@code ln(1 + x)}; the rounding of 1 + x does not enter, because f is made from x. At most 0.92 ulp off. */
    public static <F, I, M> F log1p(Algebra<F, I, M> a, F x) {
        F u = a.add(x, a.constant(1f));
        I exponent = exponent(a, u, LOWEST_MANTISSA);
        F k = a.toFloat(exponent);
        F inverse = a.floats(a.subInts(a.constant(0x3f800000), exponent));
        F y = a.unless(a.lessOrEqual(a.abs(k), a.constant(NORMAL)), log1pSum(a, x, k, inverse), () -> {
            F four = a.floats(a.subInts(a.constant(0x40800000), exponent)); // the inverse itself may be subnormal
            return logSpecials(a, log1pSum(a, x, k, a.mul(four, a.constant(0.25f))), x, u);
        });
        return a.select(a.equal(x, a.constant(0f)), x, y); // -0 stays
    }

    private static <F, I, M> F log1pSum(Algebra<F, I, M> a, F x, F k, F inverse) {
        return logSum(a, k, a.fma(x, inverse, a.sub(inverse, a.constant(1f))));
    }

    /**
     * What {@code 1 / (1 + e^-z)} is made of, with {@code e^z = 2^n e^r}.
     *
     * @param s {@code 2^-n}, and 0 where it is so small that it does not count
     * @param y {@code 1 / (2^-n + e^r)}, so that {@code y s} is what is left to 1
     * @param exponent of s, in a float's bits, if it had more room
     */
    private record Logistic<F, I>(F y, F s, I exponent) {
        /** The bits of {@code v s}, if the exponent had more room. */
        <M> I bitsTimes(Algebra<F, I, M> a, F v) {
            return a.addInts(a.bits(v), a.subInts(exponent, a.constant(127 << 23)));
        }
    }

    /** @param usual where z is at most {@link #LARGE} */
    private static <F, I, M> Logistic<F, I> logistic(Algebra<F, I, M> a, F z, M usual) {
        F t = a.fma(z, a.constant(-LOG2_E), a.constant(TO_INT + 127));
        F n = a.sub(t, a.constant(TO_INT + 127));
        F r = a.fma(n, a.constant(LN2_HI), z);
        F q = expm1Wide(a, r, a.mul(n, a.constant(LN2_LO)));
        I exponent = a.shiftLeft(a.bits(t), 23);
        F s = a.select(usual, a.floats(exponent), a.constant(0f));
        F one = a.constant(1f);
        F c = a.add(one, s);
        F d = a.add(c, q);
        F y = a.div(one, d);
        F lost = a.add(a.sub(s, a.sub(c, one)), a.sub(q, a.sub(d, c)));
        F ny = a.neg(y);
        F res = a.fma(ny, lost, a.fma(ny, d, one)); // 1 - y d is a float
        return new Logistic<>(a.fma(y, res, y), s, exponent);
    }

    /** {@code 1 / (1 + e^-x)}; at most 0.89 ulp off. */
    public static <F, I, M> F sigmoid(Algebra<F, I, M> a, F x) {
        F ax = a.abs(x);
        M usual = a.lessOrEqual(ax, a.constant(LARGE));
        Logistic<F, I> l = logistic(a, clampAbove(a, ax, 104f), usual);
        M below = a.less(x, a.constant(0f));
        F one = a.constant(1f);
        F negative = a.mul(l.y, l.s);
        return a.unless(usual, a.select(below, negative, a.sub(one, negative)), () -> {
            I bits = l.bitsTimes(a, l.y);
            F least = a.select(a.less(x, a.constant(LEAST_EXPONENT)), subnormal(a, bits), a.floats(bits));
            return a.select(below, least, a.select(a.equal(x, x), one, x));
        });
    }

    /** {@code x / (1 + e^-x)}; at most 1.7 ulp off. */
    public static <F, I, M> F silu(Algebra<F, I, M> a, F x) {
        F ax = a.abs(x);
        M usual = a.lessOrEqual(ax, a.constant(LARGE));
        F z = clampAbove(a, ax, 112f);
        Logistic<F, I> l = logistic(a, z, usual);
        M below = a.less(x, a.constant(0f));
        F product = a.mul(z, l.y);
        F u = a.neg(product);
        return a.unless(usual, a.select(below, a.mul(u, l.s), a.fma(u, l.s, x)), () -> {
            I bits = l.bitsTimes(a, product);
            M normal = a.lessOrEqual(z, a.constant(SILU_LEAST));
            return a.select(below, a.neg(a.select(normal, a.floats(bits), subnormal(a, bits))), x);
        });
    }

    /** The hyperbolic tangent; at most 0.9 ulp off. */
    public static <F, I, M> F tanh(Algebra<F, I, M> a, F x) {
        F ax = a.abs(x);
        F sq = a.mul(x, x);
        F p = polynomial(a, sq, -3.3333313e-01f, 1.3332437e-01f, -5.3835757e-02f, 2.1000376e-02f, -6.169614e-03f);
        F small = a.fma(a.mul(ax, sq), p, ax);
        F t = a.fma(ax, a.constant(2 * LOG2_E), a.constant(TO_INT + 127));
        F n = a.sub(t, a.constant(TO_INT + 127));
        F q = expm1Wide(a, a.fma(n, a.constant(-LN2_HI), a.add(ax, ax)), a.mul(n, a.constant(-LN2_LO)));
        F s = a.floats(a.shiftLeft(a.bits(t), 23));
        F one = a.constant(1f);
        F c = a.add(s, one);
        F y = a.div(one, a.fma(s, q, c));
        F ny = a.neg(y);
        F res = a.fma(ny, a.mul(s, q), a.fma(ny, c, one));
        F large = a.fma(a.constant(-2f), a.fma(y, res, y), one);
        F magnitude = a.select(a.less(ax, a.constant(0.55f)), small, a.select(a.less(a.constant(9.5f), ax), one, large));
        I sign = a.and(a.bits(x), a.constant(0x80000000));
        return a.floats(a.or(a.bits(magnitude), sign));
    }

    /** {@code ln(1 + e^x)}; at most 1.7 ulp off. */
    public static <F, I, M> F softplus(Algebra<F, I, M> a, F x) {
        F z = a.neg(a.abs(x));
        M below = a.less(x, a.constant(0f));
        Power<F, I> p = power(a, clampBelow(a, z, -NEGLIGIBLE)); // e^2z must not underflow
        F e = scale(a, p.mantissa, p.n);
        M large = a.less(a.constant(0.5f), e);
        F f = a.select(large, a.fma(e, a.constant(0.5f), a.constant(-0.5f)), e);
        F k = a.select(large, a.constant((float) 0.6931471805599453094), a.constant(0f));
        F square = a.mul(f, f);
        F y = a.add(k, a.fma(square, logQ(a, f, square), f));
        F positive = a.select(below, a.constant(0f), x);
        return a.unless(a.lessOrEqual(a.constant(-NEGLIGIBLE), z), a.add(positive, y), () ->
                a.select(below, smallExp(a, clampBelow(a, z, -104f)), x));
    }

    /** {@code e^z} of a large negative number, but at least -104. */
    private static <F, I, M> F smallExp(Algebra<F, I, M> a, F z) {
        Power<F, I> p = power(a, z);
        F e = scale(a, p.mantissa, p.n);
        return a.select(a.less(z, a.constant(LEAST_EXPONENT)), subnormal(a, a.bits(e)), e);
    }

    /** The error function: a polynomial of x squared near 0, 1 - e^g(|x|) farther out; at most 0.94 ulp off. */
    public static <F, I, M> F erf(Algebra<F, I, M> a, F x) {
        F ax = a.abs(x);
        F small = a.fma(x, polynomial(a, a.mul(x, x), 1.2837917e-01f, -3.7612632e-01f, 1.12837106e-01f, -2.6862461e-02f,
                5.215038e-03f, -8.419482e-04f, 1.0903573e-04f, -8.825149e-06f), x);
        F z = clampAbove(a, ax, 4f);
        F h = polynomial(a, z, -1.1295149e+00f, -6.333469e-01f, -1.08280085e-01f, 2.5119444e-02f, -4.171084e-03f,
                4.3447167e-04f, -2.1096415e-05f);
        F g = a.mul(z, h);
        F gLow = a.add(a.fma(z, h, a.neg(g)), a.constant(1.7468758e-04f));
        F t = a.fma(g, a.constant(LOG2_E), a.constant(TO_INT + 127));
        F n = a.sub(t, a.constant(TO_INT + 127));
        F q = expm1Wide(a, a.fma(n, a.constant(-LN2_HI), g), a.fma(n, a.constant(-LN2_LO), gLow));
        F s = a.floats(a.shiftLeft(a.bits(t), 23));
        F erfc = a.fma(s, q, s);
        I sign = a.and(a.bits(x), a.constant(0x80000000));
        F large = a.floats(a.or(a.bits(a.sub(a.constant(1f), erfc)), sign));
        return a.select(a.less(a.constant(0.921875f), ax), large, small);
    }

    /**
     * {@code x * cdf(x)} of the normal distribution, by a polynomial near 0 and
     * {@code max(x, 0) - e^(-x*x/2) v(|x|)} farther out, v a scaled Mills ratio; at most 2 ulp off.
     */
    public static <F, I, M> F gelu(Algebra<F, I, M> a, F x) {
        F ax = a.abs(x);
        F square = a.mul(x, x);
        F slope = polynomial(a, square, 3.989423e-01f, -6.649053e-02f, 9.974165e-03f, -1.1883752e-03f, 1.1623674e-04f,
                -9.619816e-06f, 5.781919e-07f);
        F small = a.mul(x, a.fma(x, slope, a.constant(0.5f)));

        F z = clampAbove(a, ax, 15f);
        F shifted = a.add(z, a.constant(3f));
        F inverse = a.div(a.constant(1f), shifted);
        F rounding = a.sub(z, a.sub(shifted, a.constant(3f)));
        F residue = a.fma(a.neg(inverse), shifted, a.constant(1f));
        F uLow = a.mul(inverse, a.fma(a.neg(inverse), rounding, residue));
        F u = a.sub(inverse, a.constant(0.1528f));
        F h = a.mul(u, polynomial(a, u, -5.308061e-01f, -4.249991e+00f, -1.7646662e+01f, -3.7809097e+01f, -1.7109306e+00f,
                1.792464e+02f, 1.13522415e+02f, -9.263532e+02f));
        F v0 = a.constant(3.72768e-01f);
        F v = a.add(v0, h);
        F slopeOfV = polynomial(a, u, -0.531f, -8.5f, -53f);
        F vLow = a.fma(slopeOfV, uLow, a.sub(h, a.sub(v, v0)));
        F zz = a.mul(z, z);
        F zzLow = a.fma(z, z, a.neg(zz));
        F t = a.fma(zz, a.constant(-0.5f * LOG2_E), a.constant(TO_INT + 254));
        F n = a.sub(t, a.constant(TO_INT + 254));
        F high = a.fma(n, a.constant(-LN2_HI), a.mul(zz, a.constant(-0.5f)));
        F low = a.fma(n, a.constant(-LN2_LO), a.mul(zzLow, a.constant(-0.5f)));
        F q = expm1Wide(a, high, low);
        I i = a.bits(t);
        I half = a.shiftRightLogical(i, 1);
        F s1 = a.floats(a.shiftLeft(half, 23));
        F s2 = a.floats(a.shiftLeft(a.subInts(i, half), 23));
        F tail = a.neg(a.mul(a.add(v, a.fma(v, q, vLow)), s1));
        F positive = a.select(a.less(x, a.constant(0f)), a.constant(0f), x);
        F large = a.fma(tail, s2, positive);
        return a.select(a.less(a.constant(0.953125f), ax), large, small);
    }
}
