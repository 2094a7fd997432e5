/* loss = sum((x*w - y)^2) and its gradient for w, in one pass over memory: w a scalar, and w one float per element. */
#include "lanes.h"

/* One block of 1 to BLOCK elements: the sums of e*e and of 2*e*x. */
INLINE void block_scalar(const float *x, const float *y, float w, long n, float *loss, float *grad) {
  vec l[WAYS], g[WAYS];
  for (int k = 0; k < WAYS; k++) l[k] = g[k] = nothing();
  long i = 0;
  for (; i + SPAN <= n; i += SPAN) {
    for (int k = 0; k < WAYS; k++) {
      const vec xs = load(x + i + k * LANES);
      const vec e = xs * w - load(y + i + k * LANES);
      l[k] += e * e;
      g[k] += (2 * e) * xs;
    }
  }
  /* Tail: vector k of it still belongs to accumulator k. */
  for (int k = 0; k < WAYS; k++) {
    if (n - i > k * LANES) {
      const int count = n - i - k * LANES < LANES ? (int)(n - i - k * LANES) : LANES;
      const vec xs = load_first(x + i + k * LANES, count);
      const vec e = xs * w - load_first(y + i + k * LANES, count);
      l[k] = add_first(l[k], e * e, count);
      g[k] = add_first(g[k], (2 * e) * xs, count);
    }
  }
  fold_two(fold_accumulators(l), fold_accumulators(g), loss, grad);
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
    block_scalar(x, y, w, n, &loss, &grad);
    *dw = grad;
    return loss;
  }
  double losses = -0.0, grads = -0.0;
  for (long i = 0; i < n; i += BLOCK) {
    block_scalar(x + i, y + i, w, n - i < BLOCK ? n - i : BLOCK, &loss, &grad);
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
  vec l[WAYS];
  for (int k = 0; k < WAYS; k++) l[k] = nothing();
  long i = 0;
  for (; i + SPAN <= n; i += SPAN) {
    for (int k = 0; k < WAYS; k++) {
      const long at = i + k * LANES;
      const vec xs = load(x + at);
      const vec e = xs * load(w + at) - load(y + at);
      l[k] += e * e;
      if (streaming) store_streaming(dw + at, (2 * e) * xs);
      else store(dw + at, (2 * e) * xs);
    }
  }
  for (int k = 0; k < WAYS; k++) {
    if (n - i > k * LANES) {
      const long at = i + k * LANES;
      const int count = n - at < LANES ? (int)(n - at) : LANES;
      const vec xs = load_first(x + at, count);
      const vec e = xs * load_first(w + at, count) - load_first(y + at, count);
      l[k] = add_first(l[k], e * e, count);
      store_first(dw + at, (2 * e) * xs, count);
    }
  }
  return fold_lanes(fold_accumulators(l));
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
