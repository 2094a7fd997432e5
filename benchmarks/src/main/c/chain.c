/* v = w, then rounds of v*x, v+y, v*c, v-x; loss = sum(v^2) and its gradient for w, in one pass over memory. */
#include "lanes.h"

/*
 * Vectors that go through the rounds together, as each operation waits for the one before it. Eight where a vector has 8 lanes, although x and y are then
 * operands in memory: four at a time take half as long again.
 */
#define TOGETHER (LANES == 4 ? 4 : WAYS)

/*
 * The loops of rounds stay loops: unrolled, GCC orders the operations of all rounds together, and keeps fewer in registers (64 operations on 1024 elements:
 * 3.1 us, against 2.0 us).
 */
#define ROUNDS _Pragma("GCC unroll 1") for

/* One element per lane, for count vectors whose x and y are xs and ys; v goes from w to the gradient; square is what it adds to the loss. */
INLINE void rounds_of(vec *v, vec *square, const vec *xs, const vec *ys, const int count, const float *c, const int rounds) {
  ROUNDS (int r = 0; r < rounds; r++) {
    for (int k = 0; k < count; k++) v[k] = (v[k] * xs[k] + ys[k]) * spread(c[r]) - xs[k];
  }
  for (int k = 0; k < count; k++) square[k] = v[k] * v[k], v[k] = 2 * v[k];
  ROUNDS (int r = rounds - 1; r >= 0; r--) {
    for (int k = 0; k < count; k++) v[k] = v[k] * spread(c[r]) * xs[k];
  }
}

INLINE float block_chain(const float *x, const float *y, const float *w, float *dw, const float *c, const int rounds, long n) {
  vec l[WAYS];
  for (int k = 0; k < WAYS; k++) l[k] = nothing();
  long i = 0;
  for (; i + SPAN <= n; i += SPAN) {
    for (int part = 0; part < WAYS; part += TOGETHER) {
      const long at = i + part * LANES;
      vec v[TOGETHER], xs[TOGETHER], ys[TOGETHER], square[TOGETHER];
      for (int k = 0; k < TOGETHER; k++) xs[k] = load(x + at + k * LANES), ys[k] = load(y + at + k * LANES), v[k] = load(w + at + k * LANES);
      rounds_of(v, square, xs, ys, TOGETHER, c, rounds);
      for (int k = 0; k < TOGETHER; k++) l[part + k] += square[k], store(dw + at + k * LANES, v[k]);
    }
  }
  for (int k = 0; k < WAYS && i < n; k++, i += LANES) {
    const int count = n - i < LANES ? (int)(n - i) : LANES;
    const vec xs = load_first(x + i, count), ys = load_first(y + i, count);
    vec v = load_first(w + i, count), square;
    rounds_of(&v, &square, &xs, &ys, 1, c, rounds);
    l[k] = add_first(l[k], square, count);
    store_first(dw + i, v, count);
  }
  return fold_lanes(fold_accumulators(l));
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
