/* v = w, then rounds of v*x, v+y, v*c, v-x; loss = sum(v^2) and its gradient for w, in one pass over memory. */
#include "lanes.h"

INLINE vec forward(vec v, vec x, vec y, const float *c, const int rounds) {
  for (int k = 0; k < rounds; k++) v = (v * x + y) * spread(c[k]) - x;
  return v;
}

INLINE vec backward(vec g, vec x, const float *c, const int rounds) {
  for (int k = rounds - 1; k >= 0; k--) g = g * spread(c[k]) * x;
  return g;
}

INLINE float block_chain(const float *x, const float *y, const float *w, float *dw, const float *c, const int rounds, long n) {
  vec l[4];
  for (int k = 0; k < 4; k++) l[k] = nothing();
  long i = 0;
  for (; i + 4 * LANES <= n; i += 4 * LANES) {
    /* Each operation waits for the one before it: four vectors go through the rounds together. */
    vec v[4], xs[4];
    for (int k = 0; k < 4; k++) xs[k] = load(x + i + k * LANES), v[k] = load(w + i + k * LANES);
    vec ys[4];
    for (int k = 0; k < 4; k++) ys[k] = load(y + i + k * LANES);
    for (int r = 0; r < rounds; r++) {
      for (int k = 0; k < 4; k++) v[k] = (v[k] * xs[k] + ys[k]) * spread(c[r]) - xs[k];
    }
    for (int k = 0; k < 4; k++) l[k] += v[k] * v[k], v[k] = 2 * v[k];
    for (int r = rounds - 1; r >= 0; r--) {
      for (int k = 0; k < 4; k++) v[k] = v[k] * spread(c[r]) * xs[k];
    }
    for (int k = 0; k < 4; k++) store(dw + i + k * LANES, v[k]);
  }
  for (int k = 0; k < 4 && i < n; k++, i += LANES) {
    const int count = n - i < LANES ? (int)(n - i) : LANES;
    const vec xs = load_first(x + i, count);
    const vec v = forward(load_first(w + i, count), xs, load_first(y + i, count), c, rounds);
    l[k] = add_first(l[k], v * v, count);
    store_first(dw + i, backward(2 * v, xs, c, rounds), count);
  }
  return fold_lanes(fold_accumulators(l[0], l[1], l[2], l[3]));
}

INLINE float step(const float *x, const float *y, const float *w, float *dw, const float *c, const int rounds, long n) {
  if (n <= BLOCK) return block_chain(x, y, w, dw, c, rounds, n);
  double losses = -0.0;
  for (long i = 0; i < n; i += BLOCK) losses += block_chain(x + i, y + i, w + i, dw + i, c, rounds, n - i < BLOCK ? n - i : BLOCK);
  return (float)losses;
}

/* The number of rounds as a constant, as a generated kernel has it, for the lengths that are measured. */
float chain(const float *x, const float *y, const float *w, float *dw, const float *c, int rounds, long n) {
  switch (rounds) {
    case 4: return step(x, y, w, dw, c, 4, n);
    case 16: return step(x, y, w, dw, c, 16, n);
    default: return step(x, y, w, dw, c, rounds, n);
  }
}
