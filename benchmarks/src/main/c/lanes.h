/*
 * Vectors as wide as the machine's, and the sums of the numeric contract that all kernels share: 64 logical lanes, held by as many accumulators as that takes.
 *
 * Arithmetic is plain operators on the vector type, so it is the same everywhere; only what the operators cannot say (masked
 * memory access, a blend) is written once for each instruction set, and portably. All give the same bits.
 * Compile with -ffp-contract=off: GCC would otherwise turn x*w - y into one FMA, which rounds once instead of twice.
 */
#ifndef LANES_H
#define LANES_H

#include <string.h>
#if defined(__AVX512F__) || defined(__AVX__)
#include <immintrin.h>
#endif

#if defined(__AVX512F__)
#define LANES 16
#elif defined(__AVX__)
#define LANES 8
#else
#define LANES 4
#endif

#define SPAN 64         /* logical lanes of a contiguous sum: element i of a block goes to lane i mod 64 */
#define WAYS (SPAN / LANES)
#define BLOCK 4096      /* elements of a contiguous sum that are added in float */
#define ROW_BLOCK 1024  /* rows of a sum over the batch that are added in float */

typedef float vec __attribute__((vector_size(4 * LANES)));
typedef float vec_in_memory __attribute__((vector_size(4 * LANES), aligned(4), may_alias));

#define INLINE static inline __attribute__((always_inline))

INLINE vec load(const float *p) { return *(const vec_in_memory *)p; }
INLINE void store(float *p, vec v) { *(vec_in_memory *)p = v; }

INLINE vec spread(float v) {
#if LANES == 16
  return (vec){v, v, v, v, v, v, v, v, v, v, v, v, v, v, v, v};
#elif LANES == 8
  return (vec){v, v, v, v, v, v, v, v};
#else
  return (vec){v, v, v, v};
#endif
}

/* The identity of +, what an accumulator starts from: v + -0 is v for every v, and 0 + -0 would not keep a sum of -0 at -0. */
INLINE vec nothing(void) { return spread(-0.0f); }

/*
 * load_first: the first count floats at p, the other lanes 0; nothing past them is read.
 * add_first: sum + v in the first count lanes, sum in the others.
 * multiply_first: w * v in the first count lanes, -0 in the others, where w must be -0. Cheaper than a masked load.
 * count is at most LANES, and may be less than 1 in add_first.
 */
#if LANES == 16

INLINE __mmask16 first(int count) { return (__mmask16)((1u << count) - 1); }
INLINE vec load_first(const float *p, int count) { return (vec)_mm512_maskz_loadu_ps(first(count), p); }
INLINE void store_first(float *p, vec v, int count) { _mm512_mask_storeu_ps(p, first(count), (__m512)v); }
INLINE void store_streaming(float *p, vec v) { _mm512_stream_ps(p, (__m512)v); }
INLINE vec add_first(vec sum, vec v, int count) { return (vec)_mm512_mask_add_ps((__m512)sum, first(count), (__m512)sum, (__m512)v); }
INLINE vec multiply_first(vec w, vec v, int count) { return (vec)_mm512_mask_mul_ps((__m512)w, first(count), (__m512)w, (__m512)v); }

#elif LANES == 8

INLINE __m256i first(int count) {
  static const int ones_and_zeros[2 * LANES] = {-1, -1, -1, -1, -1, -1, -1, -1};
  return _mm256_loadu_si256((const __m256i *)(ones_and_zeros + LANES - count));
}
INLINE vec load_first(const float *p, int count) { return (vec)_mm256_maskload_ps(p, first(count)); }
INLINE void store_first(float *p, vec v, int count) { _mm256_maskstore_ps(p, first(count), (__m256)v); }
INLINE void store_streaming(float *p, vec v) { _mm256_stream_ps(p, (__m256)v); }
INLINE vec add_first(vec sum, vec v, int count) { return sum + (vec)_mm256_blendv_ps((__m256)nothing(), (__m256)v, (__m256)first(count)); }
INLINE vec multiply_first(vec w, vec v, int count) { return w * (vec)_mm256_and_ps((__m256)v, (__m256)first(count)); }

#else

INLINE vec load_first(const float *p, int count) {
  vec v = spread(0);
  memcpy(&v, p, count * sizeof(float));
  return v;
}
INLINE void store_first(float *p, vec v, int count) { memcpy(p, &v, count * sizeof(float)); }
INLINE void store_streaming(float *p, vec v) { store(p, v); }
INLINE vec add_first(vec sum, vec v, int count) {
  vec kept = nothing();
  memcpy(&kept, &v, count * sizeof(float));
  return sum + kept;
}
INLINE vec multiply_first(vec w, vec v, int count) {
  vec product = w * v;
  memcpy(&w, &product, count * sizeof(float));
  return w;
}

#endif

/*
 * One step of the joint tree over two vectors: lanes whose bit is clear become u[j] + u[j ^ bit], the others v[j] + v[j ^ bit]. Float addition is
 * commutative, so it does not matter which of the two comes first. Blends are spelled out: GCC would make them shuffles, and shuffles have fewer ports.
 */
#if LANES == 16

#define BLEND(bits, u, v) ((vec)_mm512_mask_blend_ps(bits, (__m512)(u), (__m512)(v)))
INLINE vec fold8(vec u, vec v) {
  return BLEND(0xff00, u, v) + __builtin_shufflevector(u, v, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23);
}
INLINE vec fold4(vec u, vec v) {
  return BLEND(0xf0f0, u, v) + __builtin_shufflevector(u, v, 4, 5, 6, 7, 16, 17, 18, 19, 12, 13, 14, 15, 24, 25, 26, 27);
}
INLINE vec fold2(vec u, vec v) {
  return BLEND(0xcccc, u, v) + __builtin_shufflevector(u, v, 2, 3, 16, 17, 6, 7, 20, 21, 10, 11, 24, 25, 14, 15, 28, 29);
}
INLINE vec fold1(vec u, vec v) {
  return BLEND(0xaaaa, u, v) + __builtin_shufflevector(u, v, 1, 16, 3, 18, 5, 20, 7, 22, 9, 24, 11, 26, 13, 28, 15, 30);
}
#undef BLEND

#elif LANES == 8

#define BLEND(bits, u, v) ((vec)_mm256_blend_ps((__m256)(u), (__m256)(v), bits))
INLINE vec fold4(vec u, vec v) { return BLEND(0xf0, u, v) + __builtin_shufflevector(u, v, 4, 5, 6, 7, 8, 9, 10, 11); }
INLINE vec fold2(vec u, vec v) { return BLEND(0xcc, u, v) + __builtin_shufflevector(u, v, 2, 3, 8, 9, 6, 7, 12, 13); }
INLINE vec fold1(vec u, vec v) {
  const vec others = BLEND(0xaa, v, u); /* no single instruction takes these from u and v */
  return BLEND(0xaa, u, v) + __builtin_shufflevector(others, others, 1, 0, 3, 2, 5, 4, 7, 6);
}
#undef BLEND

#else

INLINE vec fold2(vec u, vec v) { return __builtin_shufflevector(u, v, 0, 1, 6, 7) + __builtin_shufflevector(u, v, 2, 3, 4, 5); }
INLINE vec fold1(vec u, vec v) { return __builtin_shufflevector(u, v, 0, 5, 2, 7) + __builtin_shufflevector(u, v, 1, 4, 3, 6); }

#endif

/* The tree over the 64 lanes of a block, down to one vector. Its steps over whole vectors come first, so that it is the same tree at every width. */
INLINE vec fold_accumulators(const vec *acc) {
  enum { QUARTER = WAYS / 4 };
  vec t[QUARTER];
  for (int k = 0; k < QUARTER; k++) t[k] = (acc[k] + acc[k + QUARTER]) + (acc[k + 2 * QUARTER] + acc[k + 3 * QUARTER]);
  for (int half = QUARTER / 2; half >= 1; half /= 2) {
    for (int k = 0; k < half; k++) t[k] += t[k + half];
  }
  return t[0];
}

/* The tree over the lanes of LANES vectors, taken by all of them together: lane r ends as the sum of vector r. Overwrites them. */
INLINE vec fold_vectors(vec *a) {
#if LANES == 16
  for (int r = 0; r < 8; r++) a[r] = fold8(a[r], a[r + 8]);
#endif
#if LANES >= 8
  for (int r = 0; r < 4; r++) a[r] = fold4(a[r], a[r + 4]);
#endif
  return fold1(fold2(a[0], a[2]), fold2(a[1], a[3]));
}

/* The tree over the lanes of one vector. */
INLINE float fold_lanes(vec v) {
#if LANES == 16
  v = fold8(v, v);
#endif
#if LANES >= 8
  v = fold4(v, v);
#endif
  v = fold2(v, v);
  return v[0] + v[1];
}

/* The trees over the lanes of two vectors, taken together. */
INLINE void fold_two(vec u, vec v, float *sum_u, float *sum_v) {
#if LANES == 16
  u = fold8(u, v);
  u = fold4(u, u);
  u = fold2(u, u);
#elif LANES == 8
  u = fold4(u, v);
  u = fold2(u, u);
#else
  u = fold2(u, v);
#endif
  u = fold1(u, u);
  *sum_u = u[0];
  *sum_v = u[LANES / 2];
}

#endif
