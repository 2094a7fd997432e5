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
        public float[] parameters() {
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
            update(p.length(), size * correction, (float) EPS * correction);
        }

        abstract void update(int n, float size, float eps);

        /** The rule for one parameter. */
        final void one(int i, float size, float eps) {
            float first = m.get(i) + (float) (1 - BETA1) * (g.get(i) - m.get(i));
            float second = (float) BETA2 * v.get(i) + ((float) (1 - BETA2) * g.get(i)) * g.get(i);
            m.set(i, first);
            v.set(i, second);
            p.set(i, p.get(i) - (size * first) / ((float) Math.sqrt(second) + eps));
        }
    }

    /** On arrays from their element 0 on: C2 vectorises no loop over several offsets. */
    private static final class Plain extends ByHand {
        private final float[] params;
        private final float[] grads;
        private final float[] firsts;
        private final float[] seconds;

        Plain(int n) {
            super(n);
            params = p.toArray();
            grads = g.toArray();
            firsts = m.toArray();
            seconds = v.toArray();
        }

        @Override
        void update(int n, float size, float eps) {
            loop(params, grads, firsts, seconds, n, size, eps);
        }

        private static void loop(float[] p, float[] g, float[] m, float[] v, int n, float size, float eps) {
            float share1 = (float) (1 - BETA1);
            float beta2 = (float) BETA2;
            float share2 = (float) (1 - BETA2);
            for (int i = 0; i < n; i++) {
                m[i] = m[i] + share1 * (g[i] - m[i]);
                v[i] = beta2 * v[i] + (share2 * g[i]) * g[i];
                float scale = (float) Math.sqrt(v[i]) + eps;
                p[i] = p[i] - (size * m[i]) / scale;
            }
        }

        @Override
        public float[] parameters() {
            return params.clone();
        }
    }

    private static final class Vector extends ByHand {
        private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;

        Vector(int n) {
            super(n);
        }

        @Override
        void update(int n, float size, float eps) {
            FloatVector share1 = FloatVector.broadcast(S, (float) (1 - BETA1));
            FloatVector beta2 = FloatVector.broadcast(S, (float) BETA2);
            FloatVector share2 = FloatVector.broadcast(S, (float) (1 - BETA2));
            FloatVector added = FloatVector.broadcast(S, eps);
            FloatVector step = FloatVector.broadcast(S, size);
            int whole = S.loopBound(n);
            // vector loop: no masks, for nothing prefetches under one
            for (int i = 0; i < whole; i += S.length()) {
                FloatVector gradient = FloatVector.fromArray(S, g.array(), g.offset() + i);
                FloatVector first = FloatVector.fromArray(S, m.array(), m.offset() + i);
                first = first.add(share1.mul(gradient.sub(first)));
                first.intoArray(m.array(), m.offset() + i);
                FloatVector second = beta2.mul(FloatVector.fromArray(S, v.array(), v.offset() + i)).add(share2.mul(gradient).mul(gradient));
                second.intoArray(v.array(), v.offset() + i);
                FloatVector scale = second.sqrt().add(added);
                FloatVector.fromArray(S, p.array(), p.offset() + i).sub(step.mul(first).div(scale)).intoArray(p.array(), p.offset() + i);
            }
            // tail
            for (int i = whole; i < n; i++) {
                one(i, size, eps);
            }
        }
    }

    /** Reads and writes the same arrays with hardly any arithmetic: what no rule over them can beat. */
    private static final class Ceiling extends ByHand {
        private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;

        Ceiling(int n) {
            super(n);
        }

        @Override
        void update(int n, float size, float eps) {
            int whole = S.loopBound(n);
            for (int i = 0; i < whole; i += S.length()) {
                FloatVector gradient = FloatVector.fromArray(S, g.array(), g.offset() + i);
                larger(m, i, gradient);
                larger(v, i, gradient);
                larger(p, i, gradient);
            }
            for (int i = whole; i < n; i++) {
                m.set(i, Math.max(m.get(i), g.get(i)));
                v.set(i, Math.max(v.get(i), g.get(i)));
                p.set(i, Math.max(p.get(i), g.get(i)));
            }
        }

        private static void larger(Floats a, int i, FloatVector gradient) {
            FloatVector.fromArray(S, a.array(), a.offset() + i).max(gradient).intoArray(a.array(), a.offset() + i);
        }
    }
}
