/*
 * exp, softplus and the sigmoid with the bits of org.fusegrad.ir.Elementary: step by step the same, with an FMA where that has one.
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

/* c[0] + c[1]*x + ... by Horner's rule. */
INLINE vec polynomial(vec x, const float *c, const int terms) {
  vec p = spread(c[terms - 1]);
  for (int k = terms - 2; k >= 0; k--) p = fma_of(p, x, spread(c[k]));
  return p;
}
#define POLYNOMIAL(x, ...) polynomial(x, (const float[]){__VA_ARGS__}, sizeof((const float[]){__VA_ARGS__}) / sizeof(float))

/* The same by pairs of terms, in powers of square, that of x. */
INLINE vec by_pairs(vec x, vec square, const float *c, const int terms) {
  const int last = (terms - 1) & ~1;
  vec p = spread(c[last]);
  if (last + 1 < terms) p = fma_of(spread(c[last + 1]), x, p);
  for (int k = last - 2; k >= 0; k -= 2) p = fma_of(p, square, fma_of(spread(c[k + 1]), x, spread(c[k])));
  return p;
}
#define BY_PAIRS(x, square, ...) by_pairs(x, square, (const float[]){__VA_ARGS__}, sizeof((const float[]){__VA_ARGS__}) / sizeof(float))

/* q with e^(high + low) = 1 + q. */
INLINE vec expm1_wide(vec high, vec low) {
  const vec r = high + low;
  const vec g = POLYNOMIAL(r, 4.9999994e-01f, 1.6666521e-01f, 4.1668292e-02f, 8.368719e-03f, 1.3818726e-03f);
  return high + fma_of(r * r, g, low);
}

/* 2^n in two factors, neither of which leaves the range of normal floats; t holds n + 254 in its low bits. */
INLINE void two_powers(vec t, vec *s1, vec *s2) {
  const uvec i = (uvec)t, half = i >> 1;
  *s1 = (vec)(half << 23);
  *s2 = (vec)((i - half) << 23);
}

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

/* ln(1 + e^x). */
INLINE vec softplus(vec x) {
  const vec z = -absolute(x), half = spread(0.5f), zero = spread(0);
  const vec e = exp_clamped(less(z, spread(-104), spread(-104), z));
  const vec f = less(half, e, fma_of(e, half, -half), e);
  const vec k = less(half, e, spread((float)LN2), zero);
  const vec square = f * f;
  const vec h = BY_PAIRS(f, square, 3.333345e-01f, -2.5000107e-01f, 1.9990832e-01f, -1.6646923e-01f, 1.4478e-01f, -1.3164231e-01f, 1.0471383e-01f,
                         -4.5136124e-02f);
  const vec q = fma_of(f, h, spread(-5.e-01f));
  return less(x, zero, zero, x) + (k + fma_of(square, q, f));
}

/* 1 / (1 + e^-x). */
INLINE vec sigmoid(vec x) {
  const vec a = absolute(x), one = spread(1);
  const vec z = less(spread(104), a, spread(104), a);
  const vec t = fma_of(z, spread(-LOG2_E), spread(TO_INT + 254));
  const vec n = t - spread(TO_INT + 254);
  const vec q = expm1_wide(fma_of(n, spread(LN2_HI), z), n * spread(LN2_LO));
  vec s1, s2;
  two_powers(t, &s1, &s2);
  const vec s = s1 * s2, c = one + s, d = c + q;
  const vec lost = (s - (c - one)) + (q - (d - c));
  const vec y = one / d, ny = -y;
  const vec rest = fma_of(ny, lost, fma_of(ny, d, one));
  const vec negative = fma_of(y, rest, y) * s1 * s2;
  return less(x, spread(0), negative, one - negative);
}

#endif
