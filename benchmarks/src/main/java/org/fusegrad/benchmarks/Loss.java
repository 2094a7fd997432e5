package org.fusegrad.benchmarks;

import java.util.Locale;
import java.util.SplittableRandom;
import org.fusegrad.Expr;
import org.fusegrad.Losses;

/** A loss of a linear prediction z and a target y: the library's, over a batch, and what it is of one row. */
enum Loss {
    /** Binary cross-entropy from logits, y 0 or 1: {@code ln(1 + e^z) - y*z}. */
    LOGISTIC {
        @Override
        Expr of(Expr z, Expr y) {
            return Losses.binaryCrossEntropyWithLogits(z, y);
        }

        @Override
        float value(float z, float y) {
            return (float) (Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)))) - y * z;
        }

        @Override
        float slope(float z, float y) {
            return (float) (1 / (1 + Math.exp(-z))) - y;
        }

        @Override
        float target(double mean, SplittableRandom random) {
            return random.nextDouble() * (1 + Math.exp(-mean)) < 1 ? 1 : 0;
        }
    },

    /** Huber's, for regression with outliers: half the square of the error below 1, its absolute value less one half beyond. */
    HUBER {
        @Override
        Expr of(Expr z, Expr y) {
            return Losses.huber(z, y, 1);
        }

        @Override
        float value(float z, float y) {
            float size = Math.abs(z - y);
            return size < 1 ? size * size * 0.5f : size - 0.5f;
        }

        @Override
        float slope(float z, float y) {
            return Math.clamp(z - y, -1, 1);
        }

        @Override
        float target(double mean, SplittableRandom random) {
            return (float) (mean + random.nextDouble(-0.5, 0.5) + (random.nextInt(10) == 0 ? 5 : 0));
        }
    },

    /** The negative log-likelihood of counts, without what does not depend on z: {@code e^z - y*z}. */
    POISSON {
        @Override
        Expr of(Expr z, Expr y) {
            return Losses.poissonNll(z, y);
        }

        @Override
        float value(float z, float y) {
            return (float) Math.exp(z) - y * z;
        }

        @Override
        float slope(float z, float y) {
            return (float) Math.exp(z) - y;
        }

        @Override
        float target(double mean, SplittableRandom random) {
            return (float) Math.floor(Math.exp(mean) * random.nextDouble(2));
        }
    };

    /** Its mean over a batch. */
    abstract Expr of(Expr z, Expr y);

    /** Of one row, as one would write it in plain Java. */
    abstract float value(float z, float y);

    /** The derivative for z. */
    abstract float slope(float z, float y);

    /** A target that goes with a prediction of so much. */
    abstract float target(double mean, SplittableRandom random);

    /** The name as a value of a parameter. */
    String id() {
        return name().toLowerCase(Locale.ROOT);
    }

    static Loss named(String id) {
        return valueOf(id.toUpperCase(Locale.ROOT));
    }
}
