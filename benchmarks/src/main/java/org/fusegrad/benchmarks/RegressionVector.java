package org.fusegrad.benchmarks;

import static org.fusegrad.benchmarks.VectorLanes.BIT1;
import static org.fusegrad.benchmarks.VectorLanes.BIT2;
import static org.fusegrad.benchmarks.VectorLanes.BIT4;
import static org.fusegrad.benchmarks.VectorLanes.BIT8;
import static org.fusegrad.benchmarks.VectorLanes.BLOCK;
import static org.fusegrad.benchmarks.VectorLanes.LANES;
import static org.fusegrad.benchmarks.VectorLanes.ROW_BLOCK;
import static org.fusegrad.benchmarks.VectorLanes.S;
import static org.fusegrad.benchmarks.VectorLanes.SPAN;
import static org.fusegrad.benchmarks.VectorLanes.WAYS;
import static org.fusegrad.benchmarks.VectorLanes.XOR1;
import static org.fusegrad.benchmarks.VectorLanes.XOR2;
import static org.fusegrad.benchmarks.VectorLanes.XOR4;
import static org.fusegrad.benchmarks.VectorLanes.XOR8;
import static org.fusegrad.benchmarks.VectorLanes.first;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * {@code mean((sum(x*w, cols) + b - y)^2)} and its gradients for w and b, written by hand with the Vector API; the bits of the numeric contract. x is read from
 * memory once: rows are walked in tiles that stay in L1 between their two uses, the predictions and the column sums. Not thread-safe.
 */
class RegressionVector {
    /** Rows whose predictions are folded together. */
    private static final int GROUP = LANES;

    /** Floats of x: 32 KB of the 48 KB of L1 that machines with 512-bit vectors have, 16 KB of the others' 32. */
    private static final int TILE_FLOATS = LANES == 16 ? 8192 : 4096;

    /** Rows. Each tile costs a few calls, and each longer pause between reads costs a run from memory; of 64, 128 and 256 this loses least in both. */
    static final int MAX_TILE = 128;

    private final int cols;
    private final int tileRows;

    /** w, filled up with -0: a lane past the last column holds 0 of x, and 0 * -0 is the -0 that an absent lane must be. */
    private final float[] padded; // [cols rounded up to 64]

    /** The column sums of a row block; up to 32 columns there are four of each, 32 floats apart. */
    private final float[] acc;

    private final double[] totals; // [cols]

    private final float[] partials = new float[MAX_TILE * LANES]; // [row][lane]: what is left to be folded
    private final float[] quarters = new float[MAX_TILE * 4]; // the same when 4 lanes of each row are left: 4 vectors for each group
    private final float[] span = new float[SPAN]; // accumulators of one row
    final float[] g = new float[MAX_TILE]; // dloss/dp of each row
    final float[] losses = new float[SPAN];
    final float[] biases = new float[SPAN];

    RegressionVector(int cols) {
        if (cols < 1 || cols > BLOCK) {
            throw new IllegalArgumentException("1 to " + BLOCK + " columns, got " + cols + ": a row must be one block of its sum");
        }
        this.cols = cols;
        tileRows = Math.clamp(TILE_FLOATS / GROUP / cols * (long) GROUP, GROUP, MAX_TILE);
        padded = new float[(cols + SPAN - 1) & -SPAN];
        acc = new float[cols <= 32 ? 128 : (cols + LANES - 1) & -LANES];
        totals = new double[cols];
    }

    /** Writes the gradients to {@code dw[dwAt..]} and {@code db[dbAt]} and returns the loss. */
    float step(float[] x, int xAt, float[] w, int wAt, float b, float[] y, int yAt, float[] dw, int dwAt, float[] db, int dbAt, int rows) {
        System.arraycopy(w, wAt, padded, 0, cols);
        Arrays.fill(padded, cols, padded.length, -0.0f);
        Arrays.fill(totals, -0.0);
        float scale = 1f / rows;
        double loss = -0.0;
        double bias = -0.0;
        for (int block = 0; block < rows; block += BLOCK) {
            int blockEnd = Math.min(rows, block + BLOCK);
            Arrays.fill(losses, -0.0f);
            Arrays.fill(biases, -0.0f);
            for (int start = block; start < blockEnd; start += ROW_BLOCK) {
                int end = Math.min(blockEnd, start + ROW_BLOCK);
                Arrays.fill(acc, -0.0f);
                for (int tile = start; tile < end; tile += tileRows) {
                    int height = Math.min(tileRows, end - tile);
                    tile(x, xAt + tile * cols, y, yAt + tile, b, scale, tile / GROUP, height, tile + height == rows);
                }
                addColumns();
            }
            loss += VectorLanes.fold(losses, 0);
            bias += VectorLanes.fold(biases, 0);
        }
        for (int c = 0; c < cols; c++) {
            dw[dwAt + c] = (float) totals[c];
        }
        db[dbAt] = (float) bias;
        return (float) loss / rows;
    }

    private void tile(float[] x, int xAt, float[] y, int yAt, float b, float scale, int firstGroup, int height, boolean last) {
        // Stage 1: predictions. Past the last row of x there is nothing to be read, so the last group takes the careful way.
        boolean wide = cols % SPAN == 0;
        int open = (last && !wide ? height - 1 : height) & -GROUP;
        if (cols <= 16) {
            quartersNarrow(x, xAt, open);
            if (open < height) {
                lastQuartersNarrow(x, xAt, open, height);
            }
        } else {
            if (!wide) {
                productsCarefully(x, xAt, 0, height);
            } else if (LANES == 16) {
                int even = height & -2;
                productsInPairs(x, xAt, even);
                productsCarefully(x, xAt, even, height);
            } else {
                products(x, xAt, height);
            }
            quarters(0, height + GROUP - 1 & -GROUP);
        }
        // Stage 2: errors, across the rows.
        errors(y, yAt, b, scale, firstGroup, height);
        // Stage 3: column sums.
        if (cols <= 16) {
            columnsNarrow(x, xAt, open);
            columnsCarefully(x, xAt, open, height);
        } else if (wide) {
            columnsWide(x, xAt, height);
        } else {
            columnsCarefully(x, xAt, 0, height);
        }
    }

    /** Stage 1 for up to 16 columns: products, and the tree down to four lanes of each row. Reads past the last row. */
    private void quartersNarrow(float[] x, int xAt, int rows) {
        FloatVector w = FloatVector.fromArray(S, padded, 0);
        FloatVector w8 = FloatVector.fromArray(S, padded, 8);
        VectorMask<Float> mask = first(Math.min(cols, LANES));
        VectorMask<Float> mask8 = first(Math.max(cols - 8, 0));
        for (int q = 0; q < rows * 4 / GROUP; q++) {
            int at = xAt + rowOfQuarter(q) * cols;
            FloatVector u = w.lanewise(VectorOperators.MUL, FloatVector.fromArray(S, x, at), mask);
            FloatVector v = w.lanewise(VectorOperators.MUL, FloatVector.fromArray(S, x, at + 4 * cols), mask);
            if (LANES == 16) {
                FloatVector p8 = w.lanewise(VectorOperators.MUL, FloatVector.fromArray(S, x, at + 8 * cols), mask);
                FloatVector p12 = w.lanewise(VectorOperators.MUL, FloatVector.fromArray(S, x, at + 12 * cols), mask);
                u = u.blend(p8, BIT8).add(p8.blend(u, BIT8).rearrange(XOR8));
                v = v.blend(p12, BIT8).add(p12.blend(v, BIT8).rearrange(XOR8));
            } else {
                u = u.add(w8.lanewise(VectorOperators.MUL, FloatVector.fromArray(S, x, at + 8), mask8));
                v = v.add(w8.lanewise(VectorOperators.MUL, FloatVector.fromArray(S, x, at + 4 * cols + 8), mask8));
            }
            u.blend(v, BIT4).add(v.blend(u, BIT4).rearrange(XOR4)).intoArray(quarters, q * LANES);
        }
    }

    /** The same for the last group, reading nothing past the last row: absent rows are that row again, as nobody looks at what becomes of them. */
    private void lastQuartersNarrow(float[] x, int xAt, int from, int height) {
        FloatVector w = FloatVector.fromArray(S, padded, 0);
        FloatVector w8 = FloatVector.fromArray(S, padded, 8);
        VectorMask<Float> mask = first(Math.min(cols, LANES));
        VectorMask<Float> mask8 = first(Math.max(cols - LANES, 0));
        for (int r = from; r < from + GROUP; r++) {
            int at = xAt + Math.min(r, height - 1) * cols;
            FloatVector p = FloatVector.fromArray(S, x, at, mask).mul(w);
            if (cols > LANES) { // then LANES is 8
                p = p.add(FloatVector.fromArray(S, x, at + 8, mask8).mul(w8));
            }
            p.intoArray(partials, r * LANES);
        }
        quarters(from, from + GROUP);
    }

    /** Stage 1 for a multiple of 64 columns, and 16 lanes. Two rows at a time share the loads of w: two loads for one multiplication are more than a core can feed. */
    private void productsInPairs(float[] x, int xAt, int rows) {
        for (int r = 0; r < rows; r += 2) {
            int at = xAt + r * cols;
            int next = at + cols;
            FloatVector w0 = FloatVector.fromArray(S, padded, 0);
            FloatVector w1 = FloatVector.fromArray(S, padded, LANES);
            FloatVector w2 = FloatVector.fromArray(S, padded, 2 * LANES);
            FloatVector w3 = FloatVector.fromArray(S, padded, 3 * LANES);
            FloatVector a0 = FloatVector.fromArray(S, x, at).mul(w0);
            FloatVector a1 = FloatVector.fromArray(S, x, at + LANES).mul(w1);
            FloatVector a2 = FloatVector.fromArray(S, x, at + 2 * LANES).mul(w2);
            FloatVector a3 = FloatVector.fromArray(S, x, at + 3 * LANES).mul(w3);
            FloatVector b0 = FloatVector.fromArray(S, x, next).mul(w0);
            FloatVector b1 = FloatVector.fromArray(S, x, next + LANES).mul(w1);
            FloatVector b2 = FloatVector.fromArray(S, x, next + 2 * LANES).mul(w2);
            FloatVector b3 = FloatVector.fromArray(S, x, next + 3 * LANES).mul(w3);
            // vector loop
            for (int c = 64; c < cols; c += 64) {
                w0 = FloatVector.fromArray(S, padded, c);
                w1 = FloatVector.fromArray(S, padded, c + LANES);
                w2 = FloatVector.fromArray(S, padded, c + 2 * LANES);
                w3 = FloatVector.fromArray(S, padded, c + 3 * LANES);
                a0 = a0.add(FloatVector.fromArray(S, x, at + c).mul(w0));
                a1 = a1.add(FloatVector.fromArray(S, x, at + c + LANES).mul(w1));
                a2 = a2.add(FloatVector.fromArray(S, x, at + c + 2 * LANES).mul(w2));
                a3 = a3.add(FloatVector.fromArray(S, x, at + c + 3 * LANES).mul(w3));
                b0 = b0.add(FloatVector.fromArray(S, x, next + c).mul(w0));
                b1 = b1.add(FloatVector.fromArray(S, x, next + c + LANES).mul(w1));
                b2 = b2.add(FloatVector.fromArray(S, x, next + c + 2 * LANES).mul(w2));
                b3 = b3.add(FloatVector.fromArray(S, x, next + c + 3 * LANES).mul(w3));
            }
            // reduce
            a0.add(a1).add(a2.add(a3)).intoArray(partials, r * LANES);
            b0.add(b1).add(b2.add(b3)).intoArray(partials, (r + 1) * LANES);
        }
    }

    /** Stage 1 for a multiple of 64 columns, and 8 lanes: there are registers for the accumulators of one row. */
    private void products(float[] x, int xAt, int rows) {
        for (int r = 0; r < rows; r++) {
            int at = xAt + r * cols;
            FloatVector a0 = FloatVector.fromArray(S, x, at).mul(FloatVector.fromArray(S, padded, 0));
            FloatVector a1 = FloatVector.fromArray(S, x, at + LANES).mul(FloatVector.fromArray(S, padded, LANES));
            FloatVector a2 = FloatVector.fromArray(S, x, at + 2 * LANES).mul(FloatVector.fromArray(S, padded, 2 * LANES));
            FloatVector a3 = FloatVector.fromArray(S, x, at + 3 * LANES).mul(FloatVector.fromArray(S, padded, 3 * LANES));
            FloatVector a4 = FloatVector.fromArray(S, x, at + 4 * LANES).mul(FloatVector.fromArray(S, padded, 4 * LANES));
            FloatVector a5 = FloatVector.fromArray(S, x, at + 5 * LANES).mul(FloatVector.fromArray(S, padded, 5 * LANES));
            FloatVector a6 = FloatVector.fromArray(S, x, at + 6 * LANES).mul(FloatVector.fromArray(S, padded, 6 * LANES));
            FloatVector a7 = FloatVector.fromArray(S, x, at + 7 * LANES).mul(FloatVector.fromArray(S, padded, 7 * LANES));
            // vector loop
            for (int c = SPAN; c < cols; c += SPAN) {
                a0 = a0.add(FloatVector.fromArray(S, x, at + c).mul(FloatVector.fromArray(S, padded, c)));
                a1 = a1.add(FloatVector.fromArray(S, x, at + c + LANES).mul(FloatVector.fromArray(S, padded, c + LANES)));
                a2 = a2.add(FloatVector.fromArray(S, x, at + c + 2 * LANES).mul(FloatVector.fromArray(S, padded, c + 2 * LANES)));
                a3 = a3.add(FloatVector.fromArray(S, x, at + c + 3 * LANES).mul(FloatVector.fromArray(S, padded, c + 3 * LANES)));
                a4 = a4.add(FloatVector.fromArray(S, x, at + c + 4 * LANES).mul(FloatVector.fromArray(S, padded, c + 4 * LANES)));
                a5 = a5.add(FloatVector.fromArray(S, x, at + c + 5 * LANES).mul(FloatVector.fromArray(S, padded, c + 5 * LANES)));
                a6 = a6.add(FloatVector.fromArray(S, x, at + c + 6 * LANES).mul(FloatVector.fromArray(S, padded, c + 6 * LANES)));
                a7 = a7.add(FloatVector.fromArray(S, x, at + c + 7 * LANES).mul(FloatVector.fromArray(S, padded, c + 7 * LANES)));
            }
            // reduce
            FloatVector low = a0.add(a2).add(a4.add(a6));
            FloatVector high = a1.add(a3).add(a5.add(a7));
            low.add(high).intoArray(partials, r * LANES);
        }
    }

    /** Stage 1 for any number of columns, reading nothing past the last row. */
    private void productsCarefully(float[] x, int xAt, int from, int to) {
        for (int r = from; r < to; r++) {
            Arrays.fill(span, -0.0f);
            for (int c = 0; c < cols; c += LANES) {
                int lane = c & SPAN - 1;
                FloatVector product = FloatVector.fromArray(S, x, xAt + r * cols + c, first(cols - c)).mul(FloatVector.fromArray(S, padded, c));
                FloatVector.fromArray(S, span, lane).add(product).intoArray(span, lane);
            }
            // reduce
            FloatVector low = FloatVector.fromArray(S, span, 0)
                    .add(FloatVector.fromArray(S, span, 16))
                    .add(FloatVector.fromArray(S, span, 32).add(FloatVector.fromArray(S, span, 48)));
            if (LANES == 8) {
                low = low.add(FloatVector.fromArray(S, span, 8)
                        .add(FloatVector.fromArray(S, span, 24))
                        .add(FloatVector.fromArray(S, span, 40).add(FloatVector.fromArray(S, span, 56))));
            }
            low.intoArray(partials, r * LANES);
        }
    }

    /** The first row of those that share vector q of {@link #quarters}; the others follow four rows apart. */
    private static int rowOfQuarter(int q) {
        return q / 4 * GROUP + q % 4;
    }

    /** The tree down to four lanes of each row. */
    private void quarters(int from, int to) {
        for (int q = from * 4 / GROUP; q < to * 4 / GROUP; q++) {
            int r = rowOfQuarter(q);
            FloatVector u = FloatVector.fromArray(S, partials, r * LANES);
            FloatVector v = FloatVector.fromArray(S, partials, (r + 4) * LANES);
            if (LANES == 16) {
                FloatVector p8 = FloatVector.fromArray(S, partials, (r + 8) * LANES);
                FloatVector p12 = FloatVector.fromArray(S, partials, (r + 12) * LANES);
                u = u.blend(p8, BIT8).add(p8.blend(u, BIT8).rearrange(XOR8));
                v = v.blend(p12, BIT8).add(p12.blend(v, BIT8).rearrange(XOR8));
            }
            u.blend(v, BIT4).add(v.blend(u, BIT4).rearrange(XOR4)).intoArray(quarters, q * LANES);
        }
    }

    /** Stage 2: what each row adds to the loss, and its slope times scale, into {@link #losses}, {@link #biases} and {@link #g}. */
    void errors(float[] y, int yAt, float b, float scale, int firstGroup, int height) {
        int whole = height & -GROUP;
        wholeErrors(y, yAt, b, scale, firstGroup, whole);
        if (whole < height) {
            lastErrors(y, yAt, b, scale, firstGroup, whole, height - whole);
        }
    }

    /** The predictions alone, for losses whose errors take longer: the rest of the tree, after which lane r holds the prediction of row r. */
    final void predictions(float[] z, float b, int rows) {
        for (int r = 0; r < rows; r += GROUP) {
            FloatVector q0 = FloatVector.fromArray(S, quarters, r * 4);
            FloatVector q1 = FloatVector.fromArray(S, quarters, r * 4 + LANES);
            FloatVector q2 = FloatVector.fromArray(S, quarters, r * 4 + 2 * LANES);
            FloatVector q3 = FloatVector.fromArray(S, quarters, r * 4 + 3 * LANES);
            FloatVector u = q0.blend(q2, BIT2).add(q2.blend(q0, BIT2).rearrange(XOR2));
            FloatVector v = q1.blend(q3, BIT2).add(q3.blend(q1, BIT2).rearrange(XOR2));
            u.blend(v, BIT1).add(v.blend(u, BIT1).rearrange(XOR1)).add(b).intoArray(z, r);
        }
    }

    /** Stage 2: the rest of the tree, after which lane r holds the prediction of row r; then the error and its share of all that is summed over rows. */
    private void wholeErrors(float[] y, int yAt, float b, float scale, int firstGroup, int rows) {
        for (int r = 0; r < rows; r += GROUP) {
            FloatVector q0 = FloatVector.fromArray(S, quarters, r * 4);
            FloatVector q1 = FloatVector.fromArray(S, quarters, r * 4 + LANES);
            FloatVector q2 = FloatVector.fromArray(S, quarters, r * 4 + 2 * LANES);
            FloatVector q3 = FloatVector.fromArray(S, quarters, r * 4 + 3 * LANES);
            FloatVector u = q0.blend(q2, BIT2).add(q2.blend(q0, BIT2).rearrange(XOR2));
            FloatVector v = q1.blend(q3, BIT2).add(q3.blend(q1, BIT2).rearrange(XOR2));
            FloatVector p = u.blend(v, BIT1).add(v.blend(u, BIT1).rearrange(XOR1));
            FloatVector e = p.add(b).sub(FloatVector.fromArray(S, y, yAt + r));
            FloatVector gs = e.add(e).mul(scale);
            gs.intoArray(g, r);
            int k = (firstGroup + r / GROUP & WAYS - 1) * LANES;
            FloatVector.fromArray(S, losses, k).add(e.mul(e)).intoArray(losses, k);
            FloatVector.fromArray(S, biases, k).add(gs).intoArray(biases, k);
        }
    }

    private void lastErrors(float[] y, int yAt, float b, float scale, int firstGroup, int r, int count) {
        VectorMask<Float> mask = first(count);
        FloatVector q0 = FloatVector.fromArray(S, quarters, r * 4);
        FloatVector q1 = FloatVector.fromArray(S, quarters, r * 4 + LANES);
        FloatVector q2 = FloatVector.fromArray(S, quarters, r * 4 + 2 * LANES);
        FloatVector q3 = FloatVector.fromArray(S, quarters, r * 4 + 3 * LANES);
        FloatVector u = q0.blend(q2, BIT2).add(q2.blend(q0, BIT2).rearrange(XOR2));
        FloatVector v = q1.blend(q3, BIT2).add(q3.blend(q1, BIT2).rearrange(XOR2));
        FloatVector p = u.blend(v, BIT1).add(v.blend(u, BIT1).rearrange(XOR1));
        FloatVector e = p.add(b).sub(FloatVector.fromArray(S, y, yAt + r, mask));
        FloatVector gs = e.add(e).mul(scale);
        gs.intoArray(g, r);
        int k = (firstGroup + r / GROUP & WAYS - 1) * LANES;
        FloatVector.fromArray(S, losses, k).add(e.mul(e), mask).intoArray(losses, k);
        FloatVector.fromArray(S, biases, k).add(gs, mask).intoArray(biases, k);
    }

    /** Stage 3 for up to 16 columns: row r into accumulator r mod 4. Reads past the last row; what it finds there stays in lanes that nobody reads. */
    private void columnsNarrow(float[] x, int xAt, int rows) {
        FloatVector a0 = FloatVector.fromArray(S, acc, 0);
        FloatVector a1 = FloatVector.fromArray(S, acc, 32);
        FloatVector a2 = FloatVector.fromArray(S, acc, 64);
        FloatVector a3 = FloatVector.fromArray(S, acc, 96);
        // The second half of 16 columns, where that is not in the first vector.
        FloatVector b0 = FloatVector.fromArray(S, acc, 8);
        FloatVector b1 = FloatVector.fromArray(S, acc, 40);
        FloatVector b2 = FloatVector.fromArray(S, acc, 72);
        FloatVector b3 = FloatVector.fromArray(S, acc, 104);
        for (int r = 0; r < rows; r += 4) {
            int at = xAt + r * cols;
            FloatVector g0 = FloatVector.broadcast(S, g[r]);
            FloatVector g1 = FloatVector.broadcast(S, g[r + 1]);
            FloatVector g2 = FloatVector.broadcast(S, g[r + 2]);
            FloatVector g3 = FloatVector.broadcast(S, g[r + 3]);
            a0 = a0.add(FloatVector.fromArray(S, x, at).mul(g0));
            a1 = a1.add(FloatVector.fromArray(S, x, at + cols).mul(g1));
            a2 = a2.add(FloatVector.fromArray(S, x, at + 2 * cols).mul(g2));
            a3 = a3.add(FloatVector.fromArray(S, x, at + 3 * cols).mul(g3));
            if (LANES == 8) {
                b0 = b0.add(FloatVector.fromArray(S, x, at + 8).mul(g0));
                b1 = b1.add(FloatVector.fromArray(S, x, at + cols + 8).mul(g1));
                b2 = b2.add(FloatVector.fromArray(S, x, at + 2 * cols + 8).mul(g2));
                b3 = b3.add(FloatVector.fromArray(S, x, at + 3 * cols + 8).mul(g3));
            }
        }
        a0.intoArray(acc, 0);
        a1.intoArray(acc, 32);
        a2.intoArray(acc, 64);
        a3.intoArray(acc, 96);
        if (LANES == 8) {
            b0.intoArray(acc, 8);
            b1.intoArray(acc, 40);
            b2.intoArray(acc, 72);
            b3.intoArray(acc, 104);
        }
    }

    /** Stage 3 for a multiple of 64 columns: one accumulator per column, rows in order, 64 columns at a time. */
    private void columnsWide(float[] x, int xAt, int rows) {
        for (int c = 0; c < cols; c += SPAN) {
            // The second half of 64 columns, where that is more than four vectors.
            FloatVector a4 = FloatVector.zero(S), a5 = a4, a6 = a4, a7 = a4;
            FloatVector a0 = FloatVector.fromArray(S, acc, c);
            FloatVector a1 = FloatVector.fromArray(S, acc, c + LANES);
            FloatVector a2 = FloatVector.fromArray(S, acc, c + 2 * LANES);
            FloatVector a3 = FloatVector.fromArray(S, acc, c + 3 * LANES);
            if (WAYS == 8) {
                a4 = FloatVector.fromArray(S, acc, c + 4 * LANES);
                a5 = FloatVector.fromArray(S, acc, c + 5 * LANES);
                a6 = FloatVector.fromArray(S, acc, c + 6 * LANES);
                a7 = FloatVector.fromArray(S, acc, c + 7 * LANES);
            }
            int at = xAt + c;
            for (int r = 0; r < rows; r++, at += cols) {
                FloatVector gs = FloatVector.broadcast(S, g[r]);
                a0 = a0.add(FloatVector.fromArray(S, x, at).mul(gs));
                a1 = a1.add(FloatVector.fromArray(S, x, at + LANES).mul(gs));
                a2 = a2.add(FloatVector.fromArray(S, x, at + 2 * LANES).mul(gs));
                a3 = a3.add(FloatVector.fromArray(S, x, at + 3 * LANES).mul(gs));
                if (WAYS == 8) {
                    a4 = a4.add(FloatVector.fromArray(S, x, at + 4 * LANES).mul(gs));
                    a5 = a5.add(FloatVector.fromArray(S, x, at + 5 * LANES).mul(gs));
                    a6 = a6.add(FloatVector.fromArray(S, x, at + 6 * LANES).mul(gs));
                    a7 = a7.add(FloatVector.fromArray(S, x, at + 7 * LANES).mul(gs));
                }
            }
            a0.intoArray(acc, c);
            a1.intoArray(acc, c + LANES);
            a2.intoArray(acc, c + 2 * LANES);
            a3.intoArray(acc, c + 3 * LANES);
            if (WAYS == 8) {
                a4.intoArray(acc, c + 4 * LANES);
                a5.intoArray(acc, c + 5 * LANES);
                a6.intoArray(acc, c + 6 * LANES);
                a7.intoArray(acc, c + 7 * LANES);
            }
        }
    }

    /** Stage 3 for any number of columns, reading nothing past the last row. */
    private void columnsCarefully(float[] x, int xAt, int from, int to) {
        for (int r = from; r < to; r++) {
            int way = cols <= 32 ? (r & 3) * 32 : 0;
            for (int c = 0; c < cols; c += LANES) {
                FloatVector product = FloatVector.fromArray(S, x, xAt + r * cols + c, first(cols - c)).mul(g[r]);
                FloatVector.fromArray(S, acc, way + c).add(product).intoArray(acc, way + c);
            }
        }
    }

    /** A row block is done: its column sums go on in double. */
    private void addColumns() {
        if (cols <= 32) {
            for (int c = 0; c < cols; c++) {
                totals[c] += (acc[c] + acc[32 + c]) + (acc[64 + c] + acc[96 + c]);
            }
        } else {
            for (int c = 0; c < cols; c++) {
                totals[c] += acc[c];
            }
        }
    }
}
