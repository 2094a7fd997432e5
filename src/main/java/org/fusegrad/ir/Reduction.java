package org.fusegrad.ir;

import java.util.List;
import java.util.Locale;

/**
 * How a reduction goes from one element to the next; in which order it meets them is in {@link Sums}. The steps are
 * written over any {@link Algebra}: over numbers they are the interpreter's, over code they are what the kernels
 * compute.
 */
public enum Reduction {
    /** {@code x + acc}. */
    SUM(1, -0.0f) {
        @Override
        public <F, I, M> F step(Algebra<F, I, M> a, F acc, List<F> x) {
            return a.add(x.getFirst(), acc);
        }

        @Override
        public double join(double total, double part) {
            return total + part;
        }
    },

    /** {@code x * y + acc}, rounded once; parts of it are added. */
    DOT(2, -0.0f) {
        @Override
        public <F, I, M> F step(Algebra<F, I, M> a, F acc, List<F> x) {
            return a.fma(x.getFirst(), x.getLast(), acc);
        }

        @Override
        public <F, I, M> F first(Algebra<F, I, M> a, List<F> x) {
            return a.mul(x.getFirst(), x.getLast());
        }

        @Override
        public Reduction ofParts() {
            return SUM;
        }

        @Override
        public double join(double total, double part) {
            return total + part;
        }
    },

    /** The larger, +0 above -0, NaN if one is: the same in any order. */
    MAX(1, Float.NEGATIVE_INFINITY) {
        @Override
        public <F, I, M> F step(Algebra<F, I, M> a, F acc, List<F> x) {
            return a.max(x.getFirst(), acc);
        }

        @Override
        public double join(double total, double part) {
            return Math.max(total, part);
        }
    };

    private final int arity;
    private final float identity;
    private final String text = name().toLowerCase(Locale.ROOT);

    Reduction(int arity, float identity) {
        this.arity = arity;
        this.identity = identity;
    }

    /** The lower-case name that plans and kernels print. */
    public String text() {
        return text;
    }

    /** How many operands it has. */
    public int arity() {
        return arity;
    }

    /** What an accumulator holds that no element has reached; joining it to another changes no bit of that. */
    public float identity() {
        return identity;
    }

    /**
     * An accumulator with one more element. No bit depends on which comes first, but the speed of a kernel does: it is the one whose method is called, and of an
     * element C2 knows the class, where of an accumulator around a loop it has nothing but a profile, which may not be there yet.
     */
    public abstract <F, I, M> F step(Algebra<F, I, M> a, F acc, List<F> x);

    /** What {@link #step} gives from the identity: a product plus -0 has the bits of the product. */
    public <F, I, M> F first(Algebra<F, I, M> a, List<F> x) {
        return x.getFirst();
    }

    /** The reduction that joins accumulators. */
    public Reduction ofParts() {
        return this;
    }

    /** Two blocks as one. */
    public abstract double join(double total, double part);
}
