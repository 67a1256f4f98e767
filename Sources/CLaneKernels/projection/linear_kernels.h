// Products of samples with matrices in double precision, for principal components. Samples are converted and moved
// to their mean as they are read.

/// a * b + c, rounded once. Where no instruction does that the compiler calls the C library's `fma`, number by number.
LANE_INLINE lane_doubles lane_doubles_fma(lane_doubles a, lane_doubles b, lane_doubles c) {
  return __builtin_elementwise_fma(a, b, c);
}

LANE_INLINE lane_doubles lane_doubles_read(const double *data) {
  lane_doubles value;
  memcpy(&value, data, sizeof value);
  return value;
}

/// Rows or features of a register tile.
#if LANE_BLOCK > 2
#define LANE_LINEAR_TILE 4
#else
#define LANE_LINEAR_TILE 2
#endif

LANE_INLINE void lane_project_tile(const float *x, const int rows, int64_t features, const double *mean,
                                   const double *matrix, int64_t width, double *result) {
  for (int64_t column = 0; column < width; column += 16) {
    lane_doubles sums[LANE_LINEAR_TILE] = {};
    for (int64_t f = 0; f < features; f++) {
      const lane_doubles factors = lane_doubles_read(matrix + f * width + column);
#pragma clang loop unroll(full)
      for (int r = 0; r < rows; r++) {
        const double value = (double)x[r * features + f] - mean[f];
        sums[r] = lane_doubles_fma(value - (lane_doubles){}, factors, sums[r]);
      }
    }
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r++) memcpy(result + r * width + column, &sums[r], sizeof sums[r]);
  }
}

static void lane_project_run(const float *x, int64_t rows, int64_t features, const double *mean, const double *matrix,
                             int64_t width, double *result) {
  int64_t row = 0;
  for (; row + LANE_LINEAR_TILE <= rows; row += LANE_LINEAR_TILE)
    lane_project_tile(x + row * features, LANE_LINEAR_TILE, features, mean, matrix, width, result + row * width);
  for (; row < rows; row++)
    lane_project_tile(x + row * features, 1, features, mean, matrix, width, result + row * width);
}

LANE_INLINE void lane_accumulate_tile(const float *x, int64_t rows, int64_t features, const double *mean,
                                      int64_t first, const int count, const double *y, int64_t width, double *sums) {
  for (int64_t column = 0; column < width; column += 16) {
    lane_doubles totals[LANE_LINEAR_TILE];
#pragma clang loop unroll(full)
    for (int f = 0; f < count; f++) totals[f] = lane_doubles_read(sums + (first + f) * width + column);
    for (int64_t r = 0; r < rows; r++) {
      const lane_doubles factors = lane_doubles_read(y + r * width + column);
#pragma clang loop unroll(full)
      for (int f = 0; f < count; f++) {
        const double value = (double)x[r * features + first + f] - mean[first + f];
        totals[f] = lane_doubles_fma(value - (lane_doubles){}, factors, totals[f]);
      }
    }
#pragma clang loop unroll(full)
    for (int f = 0; f < count; f++) memcpy(sums + (first + f) * width + column, &totals[f], sizeof totals[f]);
  }
}

static void lane_accumulate_run(const float *x, int64_t rows, int64_t features, const double *mean, int64_t first,
                                int64_t count, const double *y, int64_t width, double *sums) {
  const int64_t end = first + count;
  for (; first + LANE_LINEAR_TILE <= end; first += LANE_LINEAR_TILE)
    lane_accumulate_tile(x, rows, features, mean, first, LANE_LINEAR_TILE, y, width, sums);
  for (; first < end; first++) lane_accumulate_tile(x, rows, features, mean, first, 1, y, width, sums);
}
