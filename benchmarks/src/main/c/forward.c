/* loss = sum((x*w - y)^2) alone: w a scalar, and w one float per element. */
#include "lanes.h"

INLINE float block_forward(const float *x, const float *y, const float *w, long n, const int elementwise) {
  vec l[WAYS];
  for (int k = 0; k < WAYS; k++) l[k] = nothing();
  long i = 0;
  for (; i + SPAN <= n; i += SPAN) {
    for (int k = 0; k < WAYS; k++) {
      const long at = i + k * LANES;
      const vec e = load(x + at) * (elementwise ? load(w + at) : spread(*w)) - load(y + at);
      l[k] += e * e;
    }
  }
  for (int k = 0; k < WAYS; k++) {
    if (n - i > k * LANES) {
      const long at = i + k * LANES;
      const int count = n - at < LANES ? (int)(n - at) : LANES;
      const vec e = load_first(x + at, count) * (elementwise ? load_first(w + at, count) : spread(*w)) - load_first(y + at, count);
      l[k] = add_first(l[k], e * e, count);
    }
  }
  return fold_lanes(fold_accumulators(l));
}

INLINE float all(const float *x, const float *y, const float *w, long n, const int elementwise) {
  if (n <= BLOCK) return block_forward(x, y, w, n, elementwise);
  double losses = -0.0;
  for (long i = 0; i < n; i += BLOCK) {
    losses += block_forward(x + i, y + i, elementwise ? w + i : w, n - i < BLOCK ? n - i : BLOCK, elementwise);
  }
  return (float)losses;
}

float forward_scalar(const float *x, const float *y, const float *w, long n) { return all(x, y, w, n, 0); }
float forward_elementwise(const float *x, const float *y, const float *w, long n) { return all(x, y, w, n, 1); }
