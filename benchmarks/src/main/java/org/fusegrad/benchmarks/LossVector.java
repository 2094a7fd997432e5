package org.fusegrad.benchmarks;

import static org.fusegrad.benchmarks.VectorLanes.LANES;
import static org.fusegrad.benchmarks.VectorLanes.S;
import static org.fusegrad.benchmarks.VectorLanes.WAYS;
import static org.fusegrad.benchmarks.VectorLanes.first;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * The mean of a loss and its gradients, written by hand with the Vector API: the regression with another second stage. The functions have the bits of
 * {@code org.fusegrad.ir.Elementary}, step by step the same, with an FMA where that has one. Not thread-safe.
 */
final class LossVector extends RegressionVector {
    private static final float LOG2_E = 1.44269504f;
    private static final float LN2_HI = 0x1.62e42ep-1f;
    private static final float LN2_LO = (float) (0.6931471805599453094 - LN2_HI);
    private static final float TO_INT = 0x1.8p23f;

    private final Loss loss;
    private final float[] z = new float[MAX_TILE];
    private final float[] y = new float[MAX_TILE];
    private final float[] e = new float[MAX_TILE];
    private final float[] values = new float[MAX_TILE];

    LossVector(Loss loss, int cols) {
        super(cols);
        this.loss = loss;
    }

    @Override
    void errors(float[] targets, int at, float b, float scale, int firstGroup, int height) {
        System.arraycopy(targets, at, y, 0, height);
        int padded = height + LANES - 1 & -LANES;
        Arrays.fill(y, height, padded, 0);
        predictions(z, b, padded);
        switch (loss) {
            case LOGISTIC -> {
                exp(true, padded);
                logistic(scale, padded);
            }
            case POISSON -> {
                exp(false, padded);
                poisson(scale, padded);
            }
            case HUBER -> huber(scale, padded);
        }
        accumulate(firstGroup, height);
    }

    private void poisson(float scale, int rows) {
        for (int r = 0; r < rows; r += LANES) {
            FloatVector ys = FloatVector.fromArray(S, y, r);
            FloatVector power = FloatVector.fromArray(S, e, r);
            power.mul(scale).sub(ys.mul(scale)).intoArray(g, r);
            power.sub(ys.mul(FloatVector.fromArray(S, z, r))).intoArray(values, r);
        }
    }

    private void huber(float scale, int rows) {
        FloatVector zero = FloatVector.zero(S);
        FloatVector one = FloatVector.broadcast(S, 1);
        FloatVector scales = FloatVector.broadcast(S, scale);
        for (int r = 0; r < rows; r += LANES) {
            FloatVector error = FloatVector.fromArray(S, z, r).sub(FloatVector.fromArray(S, y, r));
            FloatVector size = error.abs();
            VectorMask<Float> near = size.compare(VectorOperators.LT, one);
            FloatVector sign = zero.blend(one, error.compare(VectorOperators.GT, zero)).sub(zero.blend(one, error.compare(VectorOperators.LT, zero)));
            FloatVector inside = zero.blend(scales, near).mul(0.5f).mul(error.add(error));
            inside.add(scales.blend(zero, near).mul(sign)).intoArray(g, r);
            size.sub(0.5f).blend(error.mul(error).mul(0.5f), near).intoArray(values, r);
        }
    }

    /** Of z, or of -|z|, into e. */
    private void exp(boolean ofNegative, int rows) {
        for (int r = 0; r < rows; r += LANES) {
            FloatVector x = FloatVector.fromArray(S, z, r);
            if (ofNegative) {
                x = x.abs().neg();
            }
            // e^x by 2^n e^r
            FloatVector t = x.fma(FloatVector.broadcast(S, LOG2_E), FloatVector.broadcast(S, TO_INT));
            FloatVector n = t.sub(TO_INT);
            FloatVector rest = n.fma(FloatVector.broadcast(S, -LN2_LO), n.fma(FloatVector.broadcast(S, -LN2_HI), x));
            FloatVector square = rest.mul(rest);
            FloatVector p = FloatVector.broadcast(S, 1.3788691e-03f);
            p = p.fma(square, rest.fma(FloatVector.broadcast(S, 8.368685e-03f), FloatVector.broadcast(S, 4.16689e-02f)));
            p = p.fma(square, rest.fma(FloatVector.broadcast(S, 1.6666521e-01f), FloatVector.broadcast(S, 4.999999e-01f)));
            FloatVector one = FloatVector.broadcast(S, 1);
            FloatVector mantissa = p.fma(rest, one).fma(rest, one);
            IntVector i = t.reinterpretAsInts();
            FloatVector y = scale(mantissa, i);
            if (!x.abs().compare(VectorOperators.LE, 87f).allTrue()) {
                IntVector half = i.lanewise(VectorOperators.LSHR, 1);
                y = scale(mantissa, half).mul(scale(one, i.sub(half)));
                y = y.blend(0f, x.compare(VectorOperators.LT, -104f));
                y = x.mul(Float.POSITIVE_INFINITY).blend(y, x.compare(VectorOperators.LE, 104f));
            }
            y.intoArray(e, r);
        }
    }

    /** {@code x * 2^n}, n in the low bits. */
    private static FloatVector scale(FloatVector x, IntVector n) {
        return x.reinterpretAsInts().add(n.lanewise(VectorOperators.LSHL, 23)).reinterpretAsFloats();
    }

    /** From e, the exponential of -|z|. */
    private void logistic(float scale, int rows) {
        FloatVector zero = FloatVector.zero(S);
        FloatVector half = FloatVector.broadcast(S, scale * 0.5f);
        FloatVector scales = FloatVector.broadcast(S, scale);
        for (int r = 0; r < rows; r += LANES) {
            FloatVector x = FloatVector.fromArray(S, z, r);
            FloatVector ys = FloatVector.fromArray(S, y, r);
            FloatVector power = FloatVector.fromArray(S, e, r);
            VectorMask<Float> above = x.compare(VectorOperators.GT, 0f);
            VectorMask<Float> below = x.compare(VectorOperators.LT, 0f);
            FloatVector u = power.add(1f);
            FloatVector sign = zero.blend(1f, above).blend(-1f, below);
            FloatVector linear = half.blend(scales, above).blend(zero, below);
            linear.add(ys.mul(-scale)).add(scales.div(u).mul(power).neg().mul(sign)).intoArray(g, r);
            zero.blend(x, above).sub(ys.mul(x)).add(log1p(power, u)).intoArray(values, r);
        }
    }

    /** {@code ln u}, u = 1 + x, for x from 0 to 1. */
    private static FloatVector log1p(FloatVector x, FloatVector u) {
        VectorMask<Float> large = u.compare(VectorOperators.GE, 1.5f);
        FloatVector f = x.blend(x.fma(FloatVector.broadcast(S, 0.5f), FloatVector.broadcast(S, -0.5f)), large);
        FloatVector sum = f.add(LN2_HI);
        FloatVector lost = FloatVector.zero(S).blend(f.sub(sum.sub(LN2_HI)).add(LN2_LO), large);
        FloatVector square = f.mul(f);
        FloatVector p = f.fma(FloatVector.broadcast(S, -4.5136124e-02f), FloatVector.broadcast(S, 1.0471383e-01f));
        p = p.fma(square, f.fma(FloatVector.broadcast(S, -1.3164231e-01f), FloatVector.broadcast(S, 1.4478e-01f)));
        p = p.fma(square, f.fma(FloatVector.broadcast(S, -1.6646923e-01f), FloatVector.broadcast(S, 1.9990832e-01f)));
        p = p.fma(square, f.fma(FloatVector.broadcast(S, -2.5000107e-01f), FloatVector.broadcast(S, 3.333345e-01f)));
        p = p.fma(f, FloatVector.broadcast(S, -5.e-01f));
        return f.blend(sum, large).add(square.fma(p, lost));
    }

    private void accumulate(int firstGroup, int height) {
        for (int r = 0; r < height; r += LANES) {
            VectorMask<Float> mask = first(height - r);
            int k = (firstGroup + r / LANES & WAYS - 1) * LANES;
            FloatVector.fromArray(S, losses, k).add(FloatVector.fromArray(S, values, r), mask).intoArray(losses, k);
            FloatVector.fromArray(S, biases, k).add(FloatVector.fromArray(S, g, r), mask).intoArray(biases, k);
        }
    }
}
