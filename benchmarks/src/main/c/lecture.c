/* loss = sum((x*w - y)^2) and its gradient for w, in one pass over memory: w a scalar, and w one float per element. */
#include "lanes.h"

/* One block of 1 to BLOCK elements: the sums of e*e and of 2*e*x. */
INLINE void block_scalar(const float *x, const float *y, vec w, long n, float *loss, float *grad) {
  vec l0 = nothing(), l1 = l0, l2 = l0, l3 = l0;
  vec g0 = l0, g1 = l0, g2 = l0, g3 = l0;
  long i = 0;
#define STEP(k) \
  { \
    vec xs = load(x + i + k * LANES); \
    vec e = xs * w - load(y + i + k * LANES); \
    l##k += e * e; \
    g##k += (2 * e) * xs; \
  }
  for (; i + 4 * LANES <= n; i += 4 * LANES) {
    STEP(0) STEP(1) STEP(2) STEP(3)
  }
  /* Tail: vector k of it still belongs to accumulator k. */
#define TAIL(k) \
  if (n - i > k * LANES) { \
    int count = n - i - k * LANES < LANES ? (int)(n - i - k * LANES) : LANES; \
    vec xs = load_first(x + i + k * LANES, count); \
    vec e = xs * w - load_first(y + i + k * LANES, count); \
    l##k = add_first(l##k, e * e, count); \
    g##k = add_first(g##k, (2 * e) * xs, count); \
  }
  TAIL(0) TAIL(1) TAIL(2) TAIL(3)
#undef STEP
#undef TAIL
  /* Both sums share one tree: lane 0 ends as the loss, lane 8 as the gradient. */
  vec both = fold8(fold_accumulators(l0, l1, l2, l3), fold_accumulators(g0, g1, g2, g3));
  both = fold4(both, both);
  both = fold2(both, both);
  both = fold1(both, both);
  *loss = both[0];
  *grad = both[8];
}

/* Up to this many elements no vector pays: lanes 4 to 63 are absent, and what is left of the tree is (l0 + l2) + (l1 + l3). */
#define TINY 4

float lecture_scalar(const float *x, const float *y, float w, float *dw, long n) {
  float loss, grad;
  if (n <= TINY) {
    float l[2] = {-0.0f, -0.0f}, g[2] = {-0.0f, -0.0f};
#define ELEMENT(i) \
  if (i < n) { \
    float e = x[i] * w - y[i]; \
    l[i % 2] += e * e; \
    g[i % 2] += (2 * e) * x[i]; \
  }
    ELEMENT(0) ELEMENT(1) ELEMENT(2) ELEMENT(3)
#undef ELEMENT
    *dw = g[0] + g[1];
    return l[0] + l[1];
  }
  if (n <= BLOCK) {
    block_scalar(x, y, spread(w), n, &loss, &grad);
    *dw = grad;
    return loss;
  }
  double losses = -0.0, grads = -0.0;
  for (long i = 0; i < n; i += BLOCK) {
    block_scalar(x + i, y + i, spread(w), n - i < BLOCK ? n - i : BLOCK, &loss, &grad);
    losses += loss;
    grads += grad;
  }
  *dw = (float)grads;
  return (float)losses;
}

/*
 * streaming: dw goes past the caches, so that memory is not read only to be overwritten (2^24 elements: 15 ms against 19 ms; the Vector API has no
 * such store). dw must be on a cache line then.
 */
INLINE float block_elementwise(const float *x, const float *y, const float *w, float *dw, long n, const int streaming) {
  vec l0 = nothing(), l1 = l0, l2 = l0, l3 = l0;
  long i = 0;
#define STEP(k) \
  { \
    vec xs = load(x + i + k * LANES); \
    vec e = xs * load(w + i + k * LANES) - load(y + i + k * LANES); \
    l##k += e * e; \
    if (streaming) store_streaming(dw + i + k * LANES, (2 * e) * xs); \
    else store(dw + i + k * LANES, (2 * e) * xs); \
  }
  for (; i + 4 * LANES <= n; i += 4 * LANES) {
    STEP(0) STEP(1) STEP(2) STEP(3)
  }
#define TAIL(k) \
  if (n - i > k * LANES) { \
    int count = n - i - k * LANES < LANES ? (int)(n - i - k * LANES) : LANES; \
    vec xs = load_first(x + i + k * LANES, count); \
    vec e = xs * load_first(w + i + k * LANES, count) - load_first(y + i + k * LANES, count); \
    l##k = add_first(l##k, e * e, count); \
    store_first(dw + i + k * LANES, (2 * e) * xs, count); \
  }
  TAIL(0) TAIL(1) TAIL(2) TAIL(3)
#undef STEP
#undef TAIL
  return fold_lanes(fold_accumulators(l0, l1, l2, l3));
}

#define STREAMING (1L << 22)  /* elements: four arrays of 16 MB */

float lecture_elementwise(const float *x, const float *y, const float *w, float *dw, long n) {
  if (n <= TINY) {
    float l[2] = {-0.0f, -0.0f};
#define ELEMENT(i) \
  if (i < n) { \
    float e = x[i] * w[i] - y[i]; \
    l[i % 2] += e * e; \
    dw[i] = (2 * e) * x[i]; \
  }
    ELEMENT(0) ELEMENT(1) ELEMENT(2) ELEMENT(3)
#undef ELEMENT
    return l[0] + l[1];
  }
  if (n <= BLOCK) return block_elementwise(x, y, w, dw, n, 0);
  const int streaming = n >= STREAMING && (size_t)dw % sizeof(vec) == 0;
  double losses = -0.0;
  long i = 0;
  for (; i + BLOCK <= n; i += BLOCK) {
    losses += streaming ? block_elementwise(x + i, y + i, w + i, dw + i, BLOCK, 1) : block_elementwise(x + i, y + i, w + i, dw + i, BLOCK, 0);
  }
  if (i < n) losses += block_elementwise(x + i, y + i, w + i, dw + i, n - i, 0);
  return (float)losses;
}
