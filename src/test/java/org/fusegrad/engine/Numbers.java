package org.fusegrad.engine;

import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/** Seeded float data, plain or hostile. */
final class Numbers {
    private static final float[] SPECIAL = {
        0f, -0f, 1f, -1f, Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.MIN_VALUE, -Float.MIN_VALUE,
        Float.MIN_NORMAL, 0x0.fffffep-126f, Float.MAX_VALUE, -Float.MAX_VALUE, 1e-30f, 3e38f, 16777217f, 0.1f
    };

    private final RandomGenerator random;
    private final int oneInSpecial;

    private Numbers(long seed, int oneInSpecial) {
        this.random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
        this.oneInSpecial = oneInSpecial;
    }

    /** Ordinary numbers of mixed signs and magnitudes. */
    static Numbers plain(long seed) {
        return new Numbers(seed, 0);
    }

    /** One in {@code n} a NaN, an infinity, a zero, a subnormal or an extreme. */
    static Numbers hostile(long seed, int n) {
        return new Numbers(seed, n);
    }

    RandomGenerator random() {
        return random;
    }

    float next() {
        if (oneInSpecial > 0 && random.nextInt(oneInSpecial) == 0) {
            return SPECIAL[random.nextInt(SPECIAL.length)];
        }
        return (float) (random.nextGaussian() * Math.scalb(1.0, random.nextInt(-3, 4)));
    }

    float[] next(int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = next();
        }
        return values;
    }
}
