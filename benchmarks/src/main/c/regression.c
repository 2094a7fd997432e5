/*
 * The mean of a loss of z = sum(x*w, cols) + b and y over the rows, and its gradients for w and b, reading x from memory once: rows are walked in tiles
 * that stay in L1 between their two uses, the predictions and the column sums.
 */
#include "elementary.h"

#define GROUP LANES                                 /* rows whose predictions are folded together */
#define TILE_FLOATS (LANES == 16 ? 8192 : 4096)     /* of x: 32 KB of the 48 KB of L1 that AVX-512 machines have, 16 KB of the others' 32 */
#define MAX_TILE 64                                 /* rows; in memory-bound runs a longer pause between tiles costs more than it saves */
#define MAX_COLS BLOCK                              /* a row is one block of its sum, so its tree ends in float */
#define TOGETHER (LANES == 16 ? 2 : 1)              /* rows that share the loads of w, where there are registers for their accumulators */

/*
 * Stage 1: lane by lane what is left to be folded of sum(x*w), for some rows. w is filled up with -0 past the last column, the value of an absent
 * lane. The last vector of a row may reach into the next row, which costs less than a masked load; only the very last rows are fenced.
 */
INLINE void products(const float *x, const float *w, vec *out, const int rows, const int fenced, long cols) {
  const long full = cols / LANES;
  const int rest = (int)(cols % LANES);
  vec a[TOGETHER][WAYS];
#define PRODUCT(r, v) (load(x + (r) * cols + (v) * LANES) * load(w + (v) * LANES))
#define LAST(r, v) \
  (fenced ? load_first(x + (r) * cols + (v) * LANES, rest) * load(w + (v) * LANES) \
          : multiply_first(load(w + (v) * LANES), load(x + (r) * cols + (v) * LANES), rest))
  for (int r = 0; r < rows; r++) {
    for (long v = 0; v < WAYS; v++) a[r][v] = v < full ? PRODUCT(r, v) : v == full && rest ? LAST(r, v) : nothing();
  }
  long v = WAYS;
  for (; v + WAYS <= full; v += WAYS) {
    for (int r = 0; r < rows; r++) {
      for (int k = 0; k < WAYS; k++) a[r][k] += PRODUCT(r, v + k);
    }
  }
  /* Tail: less than a span. */
  if (cols > v * LANES) {
    for (int r = 0; r < rows; r++) {
      for (int k = 0; k < WAYS; k++) {
        if (v + k < full) a[r][k] += PRODUCT(r, v + k);
        else if (v + k == full && rest) a[r][k] += LAST(r, v + k);
      }
    }
  }
  /* Accumulators past the last column hold nothing, so their part of the tree may be left out. */
  for (int r = 0; r < rows; r++) {
    out[r] = cols <= LANES ? a[r][0] : cols <= 2 * LANES ? a[r][0] + a[r][1] : fold_accumulators(a[r]);
  }
#undef PRODUCT
#undef LAST
}

/* The predictions of a group of rows, one per lane. */
INLINE vec predictions(const float *x, const float *w, int rows, const int fenced, long cols) {
  vec p[GROUP];
  if (rows == GROUP) {
    for (int r = 0; r < GROUP; r += TOGETHER) products(x + r * cols, w, p + r, TOGETHER, fenced, cols);
  } else {
    for (int r = 0; r < GROUP; r++) p[r] = nothing();
    for (int r = 0; r < rows; r++) products(x + r * cols, w, p + r, 1, fenced, cols);
  }
  return fold_vectors(p);
}

/*
 * Stage 3 asks for the next tile while it works: stage 1 would find memory idle otherwise (10 columns, 256 MB: 26 ms without, 21 ms with). Not where
 * two tiles do not fit in L1, nor for whole lines of many columns on machines of 8 lanes: there the hardware does it better (64 columns: 17 ms without,
 * 20 ms with, on a Zen 3).
 */
#define ASKS_AHEAD(rows, cols) (LANES == 16 && (rows) * (cols) <= TILE_FLOATS / 2)

#define STRIP (16 / LANES)  /* vectors of columns at a time, four accumulators each */

/* Stage 3 for up to 32 columns: row r into accumulator r mod 4, the accumulators 32 floats apart. */
INLINE void columns_narrow(const float *x, const float *g, float *acc, int rows, const int fenced, long cols) {
  const int open = fenced ? rows - 1 : rows;
  for (long c = 0; c < cols; c += STRIP * LANES) {
    const float *xs = x + c;
    vec a[4][STRIP];
    for (int k = 0; k < 4; k++) {
      for (int v = 0; v < STRIP; v++) a[k][v] = load(acc + c + 32 * k + v * LANES);
    }
    int r = 0;
    for (; r + 4 <= open; r += 4) {
      if (c == 0) for (long ahead = 0; ahead < 4 * cols; ahead += 16) __builtin_prefetch(x + (rows + r) * cols + ahead);
      for (int k = 0; k < 4; k++) {
        for (int v = 0; v < STRIP && c + v * LANES < cols; v++) a[k][v] += load(xs + (r + k) * cols + v * LANES) * spread(g[r + k]);
      }
    }
    for (int k = 0; k < 4; k++) {
      for (int v = 0; v < STRIP && c + v * LANES < cols && r + k < rows; v++) {
        const long left = cols - c - v * LANES;
        a[k][v] += load_first(xs + (r + k) * cols + v * LANES, left < LANES ? (int)left : LANES) * spread(g[r + k]);
      }
    }
    for (int k = 0; k < 4; k++) {
      for (int v = 0; v < STRIP; v++) store(acc + c + 32 * k + v * LANES, a[k][v]);
    }
  }
}

/* Stage 3 for more columns: one accumulator per column, rows in order, a span of columns at a time. */
INLINE void columns_wide(const float *x, const float *g, float *acc, int rows, long cols) {
  long c = 0;
  for (; c + SPAN <= cols; c += SPAN) {
    vec a[WAYS];
    for (int k = 0; k < WAYS; k++) a[k] = load(acc + c + k * LANES);
    for (int r = 0; r < rows; r++) {
      if (ASKS_AHEAD(rows, cols)) {
        for (int k = 0; k < SPAN; k += 16) __builtin_prefetch(x + (rows + r) * cols + c + k);
      }
      const vec gs = spread(g[r]);
      for (int k = 0; k < WAYS; k++) a[k] += load(x + r * cols + c + k * LANES) * gs;
    }
    for (int k = 0; k < WAYS; k++) store(acc + c + k * LANES, a[k]);
  }
  for (; c < cols; c += LANES) {
    const int count = cols - c < LANES ? (int)(cols - c) : LANES;
    vec a = load(acc + c);
    for (int r = 0; r < rows; r++) a += load_first(x + r * cols + c, count) * spread(g[r]);
    store(acc + c, a);
  }
}

enum { SQUARE, LOGISTIC, HUBER, POISSON };

/* Stage 2: the loss of one row per lane, and its slope times scale, which is 1 / rows; the operations of the gradient as autodiff orders them. */
INLINE vec loss_of(int loss, vec z, vec y, vec scale, vec *slope) {
  if (loss == LOGISTIC) {
    const vec one = spread(1), zero = spread(0), e = exp_of(-absolute(z)), u = e + one;
    const vec sign = less(zero, z, one, zero) - less(z, zero, one, zero);
    const vec linear = less(z, zero, zero, less(zero, z, scale, scale * spread(0.5f)));
    *slope = linear + -scale * y + -(scale / u * e) * sign;
    return less(zero, z, z, zero) - y * z + log1p_up_to_1(e, u);
  }
  if (loss == POISSON) {
    const vec e = exp_of(z);
    *slope = scale * e - scale * y;
    return e - y * z;
  }
  const vec e = z - y;
  if (loss == HUBER) {
    const vec m = absolute(e), one = spread(1), zero = spread(0), half = spread(0.5f);
    const vec sign = less(zero, e, one, zero) - less(e, zero, one, zero);
    *slope = less(m, one, scale, zero) * half * (2 * e) + less(m, one, zero, scale) * sign;
    return less(m, one, e * e * half, m - half);
  }
  *slope = scale * (2 * e);
  return e * e;
}

INLINE float step(int loss, const float *x, const float *w, float b, const float *y, float *dw, float *db, long rows, const long cols) {
  float padded[MAX_COLS + SPAN];
  float acc[MAX_COLS + LANES];  /* of the columns of a row block; up to 32 columns: four accumulators of 32 */
  double totals[MAX_COLS];
  const int narrow = cols <= 32;
  const long acc_length = narrow ? 128 : cols + LANES;
  const long tile_groups = TILE_FLOATS / GROUP / cols;
  const int tile_rows = (int)(tile_groups < 1 ? GROUP : tile_groups * GROUP < MAX_TILE ? tile_groups * GROUP : MAX_TILE);
  for (long c = 0; c < cols; c++) padded[c] = w[c], totals[c] = -0.0;
  for (long c = cols; c < cols + LANES; c++) padded[c] = -0.0f;
  const vec bs = spread(b), scale = spread(1.0f / (float)rows);
  double losses = -0.0, biases = -0.0;

  for (long block = 0; block < rows; block += BLOCK) {
    const long block_end = rows - block < BLOCK ? rows : block + BLOCK;
    vec l[WAYS], s[WAYS];
    for (int k = 0; k < WAYS; k++) l[k] = s[k] = nothing();
    for (long start = block; start < block_end; start += ROW_BLOCK) {
      const long end = block_end - start < ROW_BLOCK ? block_end : start + ROW_BLOCK;
      for (long c = 0; c < acc_length; c++) acc[c] = -0.0f;
      for (long tile = start; tile < end; tile += tile_rows) {
        const int height = end - tile < tile_rows ? (int)(end - tile) : tile_rows;
        float g[MAX_TILE];
        /* Stage 2, errors across the rows: of 64 rows in a row, as many go to each accumulator as it has lanes. */
        for (int i = 0; i < height; i += GROUP) {
          const long r = tile + i;
          const int k = (int)(r / GROUP % WAYS), count = height - i;
          if (r + GROUP < rows) {
            vec slope;
            l[k] += loss_of(loss, predictions(x + r * cols, padded, GROUP, 0, cols) + bs, load(y + r), scale, &slope);
            s[k] += slope;
            store(g + i, slope);
          } else {
            vec slope;
            const vec value = loss_of(loss, predictions(x + r * cols, padded, count, 1, cols) + bs, load_first(y + r, count), scale, &slope);
            l[k] = add_first(l[k], value, count);
            s[k] = add_first(s[k], slope, count);
            store(g + i, slope);
          }
        }
        if (narrow) columns_narrow(x + tile * cols, g, acc, height, tile + height == rows, cols);
        else columns_wide(x + tile * cols, g, acc, height, cols);
      }
      if (narrow) for (long c = 0; c < cols; c++) totals[c] += (acc[c] + acc[c + 32]) + (acc[c + 64] + acc[c + 96]);
      else for (long c = 0; c < cols; c++) totals[c] += acc[c];
    }
    losses += fold_lanes(fold_accumulators(l));
    biases += fold_lanes(fold_accumulators(s));
  }
  for (long c = 0; c < cols; c++) dw[c] = (float)totals[c];
  *db = (float)biases;
  return (float)losses / (float)rows;
}

/* Any loss, any number of columns. */
static __attribute__((noinline)) float any_step(
    int loss, const float *x, const float *w, float b, const float *y, float *dw, float *db, long rows, long cols) {
  return step(loss, x, w, b, y, dw, db, rows, cols);
}

/* The number of columns as a constant, as a generated kernel has it, for the sizes that are measured. At most MAX_COLS. */
float regression(const float *x, const float *w, float b, const float *y, float *dw, float *db, long rows, long cols) {
  switch (cols) {
    case 10: return step(SQUARE, x, w, b, y, dw, db, rows, 10);
    case 64: return step(SQUARE, x, w, b, y, dw, db, rows, 64);
    case 512: return step(SQUARE, x, w, b, y, dw, db, rows, 512);
    default: return any_step(SQUARE, x, w, b, y, dw, db, rows, cols);
  }
}

#define OTHER(name, loss) \
  float name(const float *x, const float *w, float b, const float *y, float *dw, float *db, long rows, long cols) { \
    return cols == 64 ? step(loss, x, w, b, y, dw, db, rows, 64) : any_step(loss, x, w, b, y, dw, db, rows, cols); \
  }
OTHER(logistic, LOGISTIC)
OTHER(huber, HUBER)
OTHER(poisson, POISSON)
