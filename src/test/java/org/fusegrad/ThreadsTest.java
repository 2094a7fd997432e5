package org.fusegrad;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.fusegrad.testing.Bits;
import org.junit.jupiter.api.Test;

/** One compiled kernel serves several threads at once: each gets the bits it would get alone. */
class ThreadsTest {
    private static final int THREADS = 4;
    private static final int STEPS = 3000;

    @Test
    void threadsThatShareAKernelTrainAsIfAlone() throws Exception {
        Expr x = Expr.input("x", Shape.batch(7));
        Expr y = Expr.input("y", Shape.batch());
        Expr w = Expr.parameter("w", Shape.of(7));
        Expr b = Expr.parameter("b", Shape.scalar());
        Expr e = x.mul(w).sum(-1).add(b).sub(y);
        // Centred, so that each thread keeps values of its own between passes.
        GradientKernel kernel = GradientKernel.compile(e.sub(e.mean().mul(0.5f)).square().mean());
        List<float[]> alone = new ArrayList<>();
        for (int k = 0; k < THREADS; k++) {
            alone.add(train(kernel, x, y, w, b, k));
        }
        try (var executor = Executors.newFixedThreadPool(THREADS)) {
            List<Callable<float[]>> tasks = new ArrayList<>();
            for (int k = 0; k < THREADS; k++) {
                int seed = k;
                tasks.add(() -> train(kernel, x, y, w, b, seed));
            }
            List<Future<float[]>> together = executor.invokeAll(tasks);
            for (int k = 0; k < THREADS; k++) {
                Bits.same("thread " + k, alone.get(k), together.get(k).get());
            }
        }
    }

    @Test
    void threadsThatCompileAtOnceGetOneKernelEach() throws Exception {
        List<Callable<float[]>> tasks = new ArrayList<>();
        for (int k = 0; k < 2 * THREADS; k++) {
            tasks.add(() -> {
                Expr w = Expr.parameter("w", Shape.batch());
                float[] grad = new float[5];
                GradientKernel.compile(w.square().mul(w).sub(0.123f).sum())
                        .newStep().bind(w, new float[] {1, 2, 3, 4, 5}).gradient(w, grad).run(5);
                return grad;
            });
        }
        try (var executor = Executors.newFixedThreadPool(THREADS)) {
            for (Future<float[]> result : executor.invokeAll(tasks)) {
                Bits.same("3 w^2", new float[] {3, 12, 27, 48, 75}, result.get());
            }
        }
    }

    private static float[] train(GradientKernel kernel, Expr x, Expr y, Expr w, Expr b, long seed) {
        int rows = 50 + (int) seed; // every thread has its own number of rows
        Random random = new Random(seed);
        float[] data = numbers(random, rows * 7);
        float[] targets = numbers(random, rows);
        float[] weights = numbers(random, 8);
        float[] grads = new float[8];
        Step step = kernel.newStep().bind(x, data).bind(y, targets)
                .bind(w, weights, 0).bind(b, weights, 7).gradient(w, grads, 0).gradient(b, grads, 7);
        for (int k = 0; k < STEPS; k++) {
            step.run(rows);
            for (int i = 0; i < 8; i++) {
                weights[i] -= 0.01f * grads[i];
            }
        }
        return weights;
    }

    private static float[] numbers(Random random, int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }
}
