package org.fusegrad.ir;

/**
 * Functions of single numbers, for arguments that hardly occur. Where a formula over an {@link Algebra} would cost every
 * argument what only these need, they are computed one by one.
 *
 * <p>In double and rounded to float at the end: at most 0.501 ulp off. The multiple of pi/2 nearest to a number is found from the bits of
 * 2/pi that matter to it (Payne and Hanek 1983), and nothing is allocated, as it would be by {@link StrictMath}.
 */
public enum Rare {
    SIN, COS;

    /** The bits of 2/pi, first 64 zeros. */
    private static final long[] TWO_OVER_PI = {
        0, 0xa2f9836e4e441529L, 0xfc2757d1f534ddc0L, 0xdb6295993c439041L, 0xfe5163abdebbc561L
    };

    /** The angle of the smallest part of a turn that a long can count. */
    private static final double UNIT = Math.PI * 0x1p-63;

    private static final double[] SINE = {1, -1 / 6., 1 / 120., -1 / 5040., 1 / 362880., -1 / 39916800., 1 / 6227020800.};
    private static final double[] COSINE = {1, -1 / 2., 1 / 24., -1 / 720., 1 / 40320., -1 / 3628800., 1 / 479001600.};

    /** Whether an operation may come to one of them. */
    public static boolean isIn(Op op) {
        return op == Op.SIN || op == Op.COS;
    }

    float of(float x) {
        return switch (this) {
            case SIN -> sin(x);
            case COS -> cos(x);
        };
    }

    /** The method of this class that generated code calls. */
    public String method() {
        return switch (this) {
            case SIN -> "sin";
            case COS -> "cos";
        };
    }

    /** For numbers of at least 1 and what is not finite; what it gives for others means nothing. */
    public static float sin(float x) {
        float y = sine(turn(Math.abs(x)));
        return Float.isFinite(x) ? x < 0 ? -y : y : Float.NaN;
    }

    /** For the same as {@link #sin}. */
    public static float cos(float x) {
        return Float.isFinite(x) ? sine(turn(Math.abs(x)) + (1L << 62)) : Float.NaN;
    }

    /**
     * What an angle is beyond whole turns, in units of 2^-64 of one. With {@code x = m 2^s} it is {@code m 2^(s-2) 2/pi}. Bits of 2/pi in
     * front of the window make whole turns, those behind its 128 less than a unit.
     */
    private static long turn(float x) {
        int bits = Float.floatToRawIntBits(x);
        long m = bits & 0x7fffff | 0x800000;
        int start = 64 + Math.clamp((bits >>> 23) - 152, -64, 102);
        return m * window(start) + Math.unsignedMultiplyHigh(m, window(start + 64));
    }

    private static long window(int start) {
        int word = start >>> 6;
        int shift = start & 63;
        return TWO_OVER_PI[word] << shift | TWO_OVER_PI[word + 1] >>> 1 >>> (63 - shift);
    }

    private static float sine(long turn) {
        long quarter = turn + (1L << 61) >>> 62;
        double r = (turn - (quarter << 62)) * UNIT;
        double y = (quarter & 1) == 0 ? r * polynomial(SINE, r * r) : polynomial(COSINE, r * r);
        return (float) ((quarter & 2) == 0 ? y : -y);
    }

    private static double polynomial(double[] c, double x) {
        double p = c[c.length - 1];
        for (int k = c.length - 2; k >= 0; k--) {
            p = p * x + c[k];
        }
        return p;
    }
}
