/*
 * exp and log1p with the bits of org.fusegrad.ir.Elementary: step by step the same, with an FMA where that has one.
 */
#ifndef ELEMENTARY_H
#define ELEMENTARY_H

#include <math.h>
#include "lanes.h"

typedef unsigned uvec __attribute__((vector_size(4 * LANES)));

#define LOG2_E 1.44269504f
#define LN2 0.6931471805599453094
#define LN2_HI 0x1.62e42ep-1f
#define LN2_LO ((float)(LN2 - LN2_HI))
#define TO_INT 0x1.8p23f  /* added to a small float it leaves the nearest int in the low bits */

/*
 * fma_of: a * b + c, rounded once.
 * less: x where a < b, otherwise y.
 */
#if LANES == 16

INLINE vec fma_of(vec a, vec b, vec c) { return (vec)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c); }
INLINE vec less(vec a, vec b, vec x, vec y) {
  return (vec)_mm512_mask_blend_ps(_mm512_cmp_ps_mask((__m512)a, (__m512)b, _CMP_LT_OQ), (__m512)y, (__m512)x);
}

#elif LANES == 8 && defined(__FMA__)

INLINE vec fma_of(vec a, vec b, vec c) { return (vec)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c); }
INLINE vec less(vec a, vec b, vec x, vec y) {
  return (vec)_mm256_blendv_ps((__m256)y, (__m256)x, _mm256_cmp_ps((__m256)a, (__m256)b, _CMP_LT_OQ));
}

#else

INLINE vec fma_of(vec a, vec b, vec c) {
  for (int k = 0; k < LANES; k++) a[k] = fmaf(a[k], b[k], c[k]);
  return a;
}
INLINE vec less(vec a, vec b, vec x, vec y) {
  const uvec m = (uvec)(a < b);
  return (vec)((m & (uvec)x) | (~m & (uvec)y));
}

#endif

INLINE vec absolute(vec v) { return (vec)((uvec)v & 0x7fffffffu); }

/* c[0] + c[1]*x + ... by pairs of terms, in powers of square, that of x. */
INLINE vec by_pairs(vec x, vec square, const float *c, const int terms) {
  const int last = (terms - 1) & ~1;
  vec p = spread(c[last]);
  if (last + 1 < terms) p = fma_of(spread(c[last + 1]), x, p);
  for (int k = last - 2; k >= 0; k -= 2) p = fma_of(p, square, fma_of(spread(c[k + 1]), x, spread(c[k])));
  return p;
}
#define BY_PAIRS(x, square, ...) by_pairs(x, square, (const float[]){__VA_ARGS__}, sizeof((const float[]){__VA_ARGS__}) / sizeof(float))

/* x * 2^n, n in the low bits. */
INLINE vec scale(vec x, uvec n) { return (vec)((uvec)x + (n << 23)); }

/* e^x for -104 <= x <= 104. */
INLINE vec exp_clamped(vec x) {
  const vec t = fma_of(x, spread(LOG2_E), spread(TO_INT)), one = spread(1);
  const vec n = t - spread(TO_INT);
  const vec r = fma_of(n, spread(-LN2_LO), fma_of(n, spread(-LN2_HI), x));
  const vec h = BY_PAIRS(r, r * r, 4.999999e-01f, 1.6666521e-01f, 4.16689e-02f, 8.368685e-03f, 1.3788691e-03f);
  const uvec i = (uvec)t, half = i >> 1;
  return scale(fma_of(r, fma_of(r, h, one), one), half) * scale(one, i - half);
}

INLINE vec exp_of(vec x) {
  const vec y = less(x, spread(-104), spread(0), exp_clamped(x));
  return less(x, spread(105), y, x * spread(INFINITY)); /* or NaN */
}

/* ln u, u = 1 + x, for x from 0 to 1. */
INLINE vec log1p_up_to_1(vec x, vec u) {
  const vec half = spread(0.5f), one_and_half = spread(1.5f), zero = spread(0);
  const vec f = less(u, one_and_half, x, fma_of(x, half, -half));
  const vec high = less(u, one_and_half, f, f + spread(LN2_HI));
  const vec lost = less(u, one_and_half, zero, (f - (high - spread(LN2_HI))) + spread(LN2_LO));
  const vec square = f * f;
  const vec h = BY_PAIRS(f, square, 3.333345e-01f, -2.5000107e-01f, 1.9990832e-01f, -1.6646923e-01f, 1.4478e-01f, -1.3164231e-01f, 1.0471383e-01f,
                         -4.5136124e-02f);
  const vec q = fma_of(f, h, spread(-5.e-01f));
  return high + fma_of(square, q, lost);
}

#endif
