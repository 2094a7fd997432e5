package org.fusegrad.ir;

/**
 * Powers with a constant exponent, written over an {@link Algebra} as the functions of {@link Elementary} are: whole ones are products in two floats,
 * all others {@code 2^(c log2 x)}. What the logarithm is off comes c times into the exponent, so it has some 36 good bits.
 */
final class Powers {
    /** The bits of the root of 1/2: mantissas are taken from there to the root of 2. */
    private static final int LOWEST_MANTISSA = 0x3f3504f3;

    /** With {@code s = (m - 1) / (m + 1)}, {@code log2 m = SLOPE (s + s^3 / 3 + s^5 / 5 + ...)}. */
    private static final double SLOPE = 2.8853900817779268; // 2 / ln 2, not from Math.log, whose last bit may differ
    /** The series' coefficients behind the first, fitted up to {@link #LARGEST_SQUARE} to 2^-30 of the logarithm, and to 2^-37. */
    private static final double[] SERIES = {0.3333338820758563, 0.19988768487214265, 0.1493593119507677};
    private static final double[] LONG_SERIES = {0.33333332822520145, 0.2000016764684095, 0.1426865076026733, 0.11791146553506235};
    private static final double LARGEST_SQUARE = 0.02944;

    private static final int INFINITY_BITS = 0x7f800000;
    /** With this exponent, as with any smaller, all positive numbers give 1; with the largest, as with any larger, all but 1 give 0 or infinity. */
    private static final float SMALLEST_EXPONENT = 0x1p-64f;
    private static final float LARGEST_EXPONENT = 0x1p32f;
    /** Beyond this exponent results take more of the logarithm, and are 0 or infinite for every number that is not normal. */
    private static final float STEEP = 16;

    /** Up to this exponent products take half the time of a logarithm, or as long where many squares are among them. */
    private static final int LARGEST_PRODUCT = 64;

    private Powers() {}

    /**
     * {@code x^exponent}; at most 1.8 ulp off. Special cases are those of C99's {@code pow}, with two differences that
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
        float c = Math.copySign(Math.clamp(Math.abs(exponent), SMALLEST_EXPONENT, LARGEST_EXPONENT), exponent);
        return isInteger(c) && Math.abs(c) <= LARGEST_PRODUCT ? whole(a, x, (int) c) : byLogarithm(a, x, c);
    }

    private static boolean isInteger(float c) {
        return Math.rint(c) == c;
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

    // --- all others ------------------------------------------------------------------------------------

    private static <F, I, M> F byLogarithm(Algebra<F, I, M> a, F x, float c) {
        F base = isInteger(c) ? a.abs(x) : x;
        Exponential<F, I> usual = exponential(a, Elementary.scaled(a, base, LOWEST_MANTISSA), c);
        // What is 0, negative, subnormal, infinite or NaN has a larger power of 2.
        M normal = a.lessOrEqual(a.abs(usual.minusLog), a.constant(Math.min(125, 124 * Math.abs(c))));
        F y = a.unless(normal, Elementary.scale(a, usual.power.mantissa(), usual.power.n()),
                () -> specials(a, x, c, isSteep(c) ? scaleAnyhow(a, usual) : ofAny(a, a.abs(x), c)));
        boolean odd = isInteger(c) && Math.abs(c % 2) == 1;
        return odd ? a.floats(a.or(a.bits(y), a.and(a.bits(x), a.constant(0x80000000)))) : y;
    }

    private static <F, I, M> F ofAny(Algebra<F, I, M> a, F ax, float c) {
        M small = a.less(ax, a.constant(Float.MIN_NORMAL));
        Elementary.Scaled<F> s = Elementary.scaled(a, a.select(small, a.mul(ax, a.constant(0x1p23f)), ax), LOWEST_MANTISSA);
        F k = a.sub(s.k(), a.select(small, a.constant(23 * Elementary.EXPONENT_UNIT), a.constant(0f)));
        return scaleAnyhow(a, exponential(a, new Elementary.Scaled<>(k, s.f()), c));
    }

    private static boolean isSteep(float c) {
        return Math.abs(c) > STEEP;
    }

    /** {@code y}, which is |x|^c where x is neither 0 nor infinite, and NaN where x is negative but c is not whole. */
    private static <F, I, M> F specials(Algebra<F, I, M> a, F x, float c, F y) {
        y = isInteger(c)
                ? a.select(a.equal(x, x), y, x)
                : a.select(a.lessOrEqual(a.constant(0f), x), y, a.constant(Float.NaN));
        F ax = a.abs(x);
        F pole = c > 0 ? ax : a.floats(a.xor(a.bits(ax), a.constant(INFINITY_BITS))); // of 0 infinity, and the reverse
        return a.select(a.equal(a.add(ax, ax), ax), pole, y);
    }

    /** A power of 2 and, with the other sign and not quite as exact, its logarithm. */
    private record Exponential<F, I>(F minusLog, Elementary.Power<F, I> power) {}

    private static <F, I, M> Exponential<F, I> exponential(Algebra<F, I, M> a, Elementary.Scaled<F> x, float c) {
        F f = x.f();
        F inverse = a.div(a.constant(-1f), a.add(f, a.constant(2f)));
        F s = a.mul(f, inverse); // with the other sign, so that no operation is needed to turn it
        F sLow = a.mul(a.fma(s, f, a.fma(s, a.constant(2f), f)), inverse);
        F square = a.mul(s, s);

        boolean steep = isSteep(c);
        float slope = (float) (c * SLOPE);
        F first = a.mul(s, a.constant(slope));
        F firstLow = a.fma(steep ? a.fma(sLow, square, sLow) : sLow, a.constant(-slope), a.fma(s, a.constant(-slope), first));
        F q = Elementary.polynomial(a, square, rest(c * SLOPE, steep ? LONG_SERIES : SERIES));

        F minusLog = a.fma(x.k(), a.constant(-c / Elementary.EXPONENT_UNIT), first);
        minusLog = steep ? a.sub(minusLog, a.mul(s, q)) : minusLog;
        F toInt = a.constant(Elementary.TO_INT);
        F t = a.sub(toInt, minusLog);
        F r = a.sub(a.fma(x.k(), a.constant(c / Elementary.EXPONENT_UNIT), a.sub(toInt, t)), first);
        // The smaller terms come first, but for steep powers, where s q may be larger than r.
        r = steep ? a.add(a.fma(s, q, r), firstLow) : a.add(r, a.fma(s, q, firstLow));
        F p = Elementary.polynomial(a, r, 0.6931472f, 0.24022648f, 0.055503592f, 0.009618506f, 0.0013391243f, 0.00015327096f);
        return new Exponential<>(minusLog, new Elementary.Power<>(a.bits(t), a.fma(r, p, a.constant(1f))));
    }

    /** The coefficients of -slope times the series, less what a float has of the first; what rounding the second loses, the third makes up for. */
    private static float[] rest(double slope, double[] series) {
        float[] c = new float[series.length + 1];
        c[0] = (float) ((float) slope - slope);
        for (int i = 0; i < series.length; i++) {
            double lost = i == 1 ? (-slope * series[0] - c[1]) / LARGEST_SQUARE : 0;
            c[i + 1] = (float) (-slope * series[i] + lost);
        }
        return c;
    }

    /** Zero and infinity too. */
    private static <F, I, M> F scaleAnyhow(Algebra<F, I, M> a, Exponential<F, I> e) {
        F infinity = a.constant(Float.POSITIVE_INFINITY);
        F normal = Elementary.scale(a, e.power.mantissa(), e.power.n());
        I bits = a.bits(normal);
        F y = a.select(a.less(a.toFloat(bits), a.constant(0x1p23f)), Elementary.subnormal(a, bits), a.select(a.equal(normal, normal), normal, infinity));
        y = a.select(a.less(e.minusLog, a.constant(-128.75f)), infinity, y);
        return a.select(a.less(a.constant(152f), e.minusLog), a.constant(0f), y);
    }
}
