package org.fusegrad.benchmarks;

import java.util.Locale;
import java.util.SplittableRandom;
import org.fusegrad.Expr;

/** A loss of a linear prediction z and a target y, of one row; the step over a batch takes its mean. */
enum Loss {
    /** Binary cross-entropy from logits, y 0 or 1: {@code softplus(z) - y*z}. */
    LOGISTIC {
        @Override
        Expr of(Expr z, Expr y) {
            return z.softplus().sub(y.mul(z));
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

    /** Huber's, for regression with outliers: half the square of the error up to 1, its absolute value less one half beyond. */
    HUBER {
        @Override
        Expr of(Expr z, Expr y) {
            Expr e = z.sub(y);
            Expr size = e.abs();
            return Expr.where(size.le(Expr.constant(1)), e.square().mul(0.5f), size.sub(0.5f));
        }

        @Override
        float value(float z, float y) {
            float size = Math.abs(z - y);
            return size <= 1 ? size * size * 0.5f : size - 0.5f;
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
            return z.exp().sub(y.mul(z));
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

    /** As an expression. */
    abstract Expr of(Expr z, Expr y);

    /** As one would write it in plain Java. */
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
