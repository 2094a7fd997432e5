package org.fusegrad.benchmarks;

import java.util.Random;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.fusegrad.Floats;
import org.fusegrad.Optimizer;
import org.fusegrad.OptimizerStep;

/** Adam with its defaults over flat arrays: four are read and three of them written, 28 bytes for each parameter. */
final class OptimiserKernels {
    private static final double RATE = 0.001;
    private static final double BETA1 = 0.9;
    private static final double BETA2 = 0.999;
    private static final double EPS = 1e-8;
    private static final long SEED = 12;

    private OptimiserKernels() {}

    /** One way to update parameters from gradients that stay the same. */
    interface Update {
        void step();

        /** The parameters now. */
        float[] parameters();
    }

    static Update of(String variant, int n) {
        return switch (variant) {
            case Implementations.FUSEGRAD -> new Generated(n);
            case Implementations.VECTOR -> new Vector(n);
            case Implementations.PLAIN -> new Plain(n);
            case "ceiling" -> new Ceiling(n);
            default -> throw new IllegalArgumentException("no optimiser in " + variant);
        };
    }

    private abstract static class Flat implements Update {
        final Floats p;
        final Floats g;

        Flat(int n) {
            p = random(n, SEED);
            g = random(n, SEED + 1);
        }

        private static Floats random(int n, long seed) {
            Random random = new Random(seed);
            Floats floats = Floats.aligned(n);
            for (int i = 0; i < n; i++) {
                floats.set(i, (float) random.nextGaussian());
            }
            return floats;
        }

        @Override
        public final float[] parameters() {
            return p.toArray();
        }
    }

    private static final class Generated extends Flat {
        private final OptimizerStep update;

        Generated(int n) {
            super(n);
            update = Optimizer.adam(RATE).newStep(p.array(), p.offset(), g.array(), g.offset(), n).warmUp();
        }

        @Override
        public void step() {
            update.run();
        }
    }

    private abstract static class ByHand extends Flat {
        final Floats m;
        final Floats v;
        private long steps;

        ByHand(int n) {
            super(n);
            m = Floats.aligned(n);
            v = Floats.aligned(n);
        }

        @Override
        public final void step() {
            steps++;
            float size = (float) (RATE / (1 - Math.pow(BETA1, steps)));
            float correction = (float) Math.sqrt(1 - Math.pow(BETA2, steps));
            update(p.array(), g.array(), m.array(), v.array(), p.offset(), p.length(), size, correction);
        }

        /** All arrays begin at the same offset. */
        abstract void update(float[] p, float[] g, float[] m, float[] v, int at, int n, float size, float correction);
    }

    private static final class Plain extends ByHand {
        Plain(int n) {
            super(n);
        }

        @Override
        void update(float[] p, float[] g, float[] m, float[] v, int at, int n, float size, float correction) {
            loop(p, g, m, v, at, at + n, size, correction);
        }

        static void loop(float[] p, float[] g, float[] m, float[] v, int from, int to, float size, float correction) {
            float share1 = (float) (1 - BETA1);
            float beta2 = (float) BETA2;
            float share2 = (float) (1 - BETA2);
            float eps = (float) EPS;
            for (int i = from; i < to; i++) {
                m[i] = m[i] + share1 * (g[i] - m[i]);
                v[i] = beta2 * v[i] + (share2 * g[i]) * g[i];
                float scale = (float) Math.sqrt(v[i]) / correction + eps;
                p[i] = p[i] - (size * m[i]) / scale;
            }
        }
    }

    private static final class Vector extends ByHand {
        private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;

        Vector(int n) {
            super(n);
        }

        @Override
        void update(float[] p, float[] g, float[] m, float[] v, int at, int n, float size, float correction) {
            FloatVector share1 = FloatVector.broadcast(S, (float) (1 - BETA1));
            FloatVector beta2 = FloatVector.broadcast(S, (float) BETA2);
            FloatVector share2 = FloatVector.broadcast(S, (float) (1 - BETA2));
            FloatVector eps = FloatVector.broadcast(S, (float) EPS);
            FloatVector step = FloatVector.broadcast(S, size);
            FloatVector root = FloatVector.broadcast(S, correction);
            int whole = at + S.loopBound(n);
            // vector loop: no masks, for nothing prefetches under one
            for (int i = at; i < whole; i += S.length()) {
                FloatVector gradient = FloatVector.fromArray(S, g, i);
                FloatVector first = FloatVector.fromArray(S, m, i);
                first = first.add(share1.mul(gradient.sub(first)));
                first.intoArray(m, i);
                FloatVector second = beta2.mul(FloatVector.fromArray(S, v, i)).add(share2.mul(gradient).mul(gradient));
                second.intoArray(v, i);
                FloatVector scale = second.sqrt().div(root).add(eps);
                FloatVector.fromArray(S, p, i).sub(step.mul(first).div(scale)).intoArray(p, i);
            }
            // tail
            Plain.loop(p, g, m, v, whole, at + n, size, correction);
        }
    }

    /** Reads and writes the same arrays with hardly any arithmetic: what no rule over them can beat. */
    private static final class Ceiling extends ByHand {
        private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;

        Ceiling(int n) {
            super(n);
        }

        @Override
        void update(float[] p, float[] g, float[] m, float[] v, int at, int n, float size, float correction) {
            int whole = at + S.loopBound(n);
            for (int i = at; i < whole; i += S.length()) {
                FloatVector gradient = FloatVector.fromArray(S, g, i);
                FloatVector.fromArray(S, m, i).max(gradient).intoArray(m, i);
                FloatVector.fromArray(S, v, i).max(gradient).intoArray(v, i);
                FloatVector.fromArray(S, p, i).max(gradient).intoArray(p, i);
            }
            for (int i = whole; i < at + n; i++) {
                m[i] = Math.max(m[i], g[i]);
                v[i] = Math.max(v[i], g[i]);
                p[i] = Math.max(p[i], g[i]);
            }
        }
    }
}
