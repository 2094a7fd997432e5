/*
 * Vectors of 16 floats, and the sums of the numeric contract that both kernels share.
 *
 * Arithmetic is plain operators on the vector type, so it is the same everywhere; only what the operators cannot say (masked
 * memory access, a permute of two sources) is written twice: for AVX-512, and portably. Both give the same bits.
 * Compile with -ffp-contract=off: GCC would otherwise turn x*w - y into one FMA, which rounds once instead of twice.
 */
#ifndef LANES_H
#define LANES_H

#include <string.h>
#ifdef __AVX512F__
#include <immintrin.h>
#endif

#define LANES 16
#define BLOCK 4096      /* elements of a contiguous sum that are added in float */
#define ROW_BLOCK 1024  /* rows of a sum over the batch that are added in float */

typedef float vec __attribute__((vector_size(64)));
typedef float vec_in_memory __attribute__((vector_size(64), aligned(4), may_alias));

#define INLINE static inline __attribute__((always_inline))

INLINE vec load(const float *p) { return *(const vec_in_memory *)p; }
INLINE void store(float *p, vec v) { *(vec_in_memory *)p = v; }
INLINE vec spread(float v) { return (vec){v, v, v, v, v, v, v, v, v, v, v, v, v, v, v, v}; }

/* The identity of +, what an accumulator starts from: v + -0 is v for every v, and 0 + -0 would not keep a sum of -0 at -0. */
INLINE vec nothing(void) { return spread(-0.0f); }

#ifdef __AVX512F__

INLINE __mmask16 first(int count) { return (__mmask16)((1u << count) - 1); }

/* The first count floats at p, the other lanes 0; nothing past them is read. */
INLINE vec load_first(const float *p, int count) { return (vec)_mm512_maskz_loadu_ps(first(count), p); }
INLINE void store_streaming(float *p, vec v) { _mm512_stream_ps(p, (__m512)v); }
INLINE void store_first(float *p, vec v, int count) { _mm512_mask_storeu_ps(p, first(count), (__m512)v); }

/* sum + v in the first count lanes, sum in the others. */
INLINE vec add_first(vec sum, vec v, int count) { return (vec)_mm512_mask_add_ps((__m512)sum, first(count), (__m512)sum, (__m512)v); }

/* w * v in the first count lanes, w in the others. A mask on arithmetic is free, on a load it costs another instruction. */
INLINE vec multiply_first(vec w, vec v, int count) { return (vec)_mm512_mask_mul_ps((__m512)w, first(count), (__m512)w, (__m512)v); }

#else

INLINE void store_streaming(float *p, vec v) { store(p, v); }

INLINE vec load_first(const float *p, int count) {
  vec v = spread(0);
  memcpy(&v, p, count * sizeof(float));
  return v;
}

INLINE void store_first(float *p, vec v, int count) { memcpy(p, &v, count * sizeof(float)); }

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
 * commutative, so it does not matter which of the two comes first. The blend is spelled out for AVX-512: GCC would make it a second shuffle, and
 * shuffles share one port.
 */
#ifdef __AVX512F__
#define EITHER(bits, ...) ((vec)_mm512_mask_blend_ps(bits, (__m512)u, (__m512)v))
#else
#define EITHER(bits, ...) __builtin_shufflevector(u, v, __VA_ARGS__)
#endif
INLINE vec fold8(vec u, vec v) {
  return EITHER(0xff00, 0, 1, 2, 3, 4, 5, 6, 7, 24, 25, 26, 27, 28, 29, 30, 31)
       + __builtin_shufflevector(u, v, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23);
}
INLINE vec fold4(vec u, vec v) {
  return EITHER(0xf0f0, 0, 1, 2, 3, 20, 21, 22, 23, 8, 9, 10, 11, 28, 29, 30, 31)
       + __builtin_shufflevector(u, v, 4, 5, 6, 7, 16, 17, 18, 19, 12, 13, 14, 15, 24, 25, 26, 27);
}
INLINE vec fold2(vec u, vec v) {
  return EITHER(0xcccc, 0, 1, 18, 19, 4, 5, 22, 23, 8, 9, 26, 27, 12, 13, 30, 31)
       + __builtin_shufflevector(u, v, 2, 3, 16, 17, 6, 7, 20, 21, 10, 11, 24, 25, 14, 15, 28, 29);
}
INLINE vec fold1(vec u, vec v) {
  return EITHER(0xaaaa, 0, 17, 2, 19, 4, 21, 6, 23, 8, 25, 10, 27, 12, 29, 14, 31)
       + __builtin_shufflevector(u, v, 1, 16, 3, 18, 5, 20, 7, 22, 9, 24, 11, 26, 13, 28, 15, 30);
}
#undef EITHER

/* The four accumulators of a block, lane by lane. */
INLINE vec fold_accumulators(vec a0, vec a1, vec a2, vec a3) { return (a0 + a1) + (a2 + a3); }

/* The tree over the lanes of one vector. */
INLINE float fold_lanes(vec v) {
  v = fold8(v, v);
  v = fold4(v, v);
  v = fold2(v, v);
  return v[0] + v[1];
}

#endif
