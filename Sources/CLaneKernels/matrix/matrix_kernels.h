// Dense layers: products with a matrix, and the sum of outer products that is the matrix's gradient.

#if LANE_BLOCK > 2
#define LANE_MATRIX_ROWS 8
#define LANE_MATRIX_COLUMNS 16
#else
#define LANE_MATRIX_ROWS 4
#define LANE_MATRIX_COLUMNS 4
#endif

/// Writes `count` finished sums from output element `first` on.
LANE_INLINE void lane_matrix_finish(const lane_matrix_product *d, int32_t first, const lane_vector *sums,
                                    const int count) {
  const int late = d->epilogue.activation > LANE_ACTIVATION_RELU;
  const lane_activation simple = late ? LANE_ACTIVATION_NONE : d->epilogue.activation;
  const int64_t gate_step = d->epilogue.gate.channel_stride;
  const float *gate = d->epilogue.gate.data ? d->epilogue.gate.data + gate_step * first : NULL;
#pragma clang loop unroll(full)
  for (int i = 0; i < count; i++)
    lane_write(d->output + LANE_COUNT * (int64_t)(first + i),
               lane_finish(sums[i], simple, gate && !late ? gate + gate_step * i : NULL));
  if (late)
    lane_finish_in_memory(d->output + LANE_COUNT * (int64_t)first, LANE_COUNT, count, d->epilogue.activation,
                          gate, gate_step);
}

LANE_INLINE void lane_matrix_start(const lane_matrix_product *d, int32_t first, lane_vector *sums,
                                   const int count) {
#pragma clang loop unroll(full)
  for (int i = 0; i < count; i++)
    sums[i] = d->epilogue.bias ? lane_splat(d->epilogue.bias[first + i]) : lane_zero();
}

/// `count` outputs from row `first` on.
LANE_INLINE void lane_matrix_rows(const lane_matrix_product *d, int32_t first, const int count) {
  lane_vector sums[LANE_MATRIX_ROWS];
  lane_matrix_start(d, first, sums, count);
  const float *rows[LANE_MATRIX_ROWS];
#pragma clang loop unroll(full)
  for (int i = 0; i < count; i++) rows[i] = d->weights + (int64_t)(first + i) * d->columns;
  for (int64_t n = 0; n < d->columns; n++) {
    lane_vector x = lane_read(d->input + LANE_COUNT * n);
#pragma clang loop unroll(full)
    for (int i = 0; i < count; i++) sums[i] = lane_fma(lane_splat(rows[i][n]), x, sums[i]);
  }
  lane_matrix_finish(d, first, sums, count);
}

/// `count` outputs of the transposed product from column `first` on.
LANE_INLINE void lane_matrix_columns(const lane_matrix_product *d, int32_t first, const int count) {
  lane_vector sums[LANE_MATRIX_COLUMNS];
  lane_matrix_start(d, first, sums, count);
  const float *weights = d->weights + first;
  for (int64_t m = 0; m < d->rows; m++) {
    lane_vector x = lane_read(d->input + LANE_COUNT * m);
#pragma clang loop unroll(full)
    for (int i = 0; i < count; i++) sums[i] = lane_fma(lane_splat(weights[i]), x, sums[i]);
    weights += d->columns;
  }
  lane_matrix_finish(d, first, sums, count);
}

static void lane_matrix_product_run(const void *descriptor, const lane_context *context) {
  const lane_matrix_product *d = descriptor;
  (void)context;
  int32_t i = 0;
  if (d->transposed) {
    for (; i + LANE_MATRIX_COLUMNS <= d->columns; i += LANE_MATRIX_COLUMNS)
      lane_matrix_columns(d, i, LANE_MATRIX_COLUMNS);
    for (; i + 4 <= d->columns; i += 4) lane_matrix_columns(d, i, 4);
    for (; i < d->columns; i++) lane_matrix_columns(d, i, 1);
  } else {
    for (; i + LANE_MATRIX_ROWS <= d->rows; i += LANE_MATRIX_ROWS) lane_matrix_rows(d, i, LANE_MATRIX_ROWS);
    for (; i + 4 <= d->rows; i += 4) lane_matrix_rows(d, i, 4);
    for (; i < d->rows; i++) lane_matrix_rows(d, i, 1);
  }
}

/// Sixteen elements of sixteen samples, from `[element][sample]` to rows of `stride` floats, one a sample.
LANE_INLINE void lane_transpose_block(const float *source, float *target, int64_t stride, int32_t count) {
  for (int32_t element = 0; element < count; element++)
    for (int sample = 0; sample < LANE_COUNT; sample++)
      target[sample * stride + element] = source[element * LANE_COUNT + sample];
}

/// A tile of the gradient: `rows` x `vectors` of sixteen columns.
LANE_INLINE void lane_outer_tile(const lane_outer_product *d, float *gradient, int32_t active, const float *second,
                                 int64_t second_stride, int32_t row, int32_t column, const int rows,
                                 const int vectors) {
  lane_vector sums[4][4];
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; r++)
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++)
      sums[r][v] = *(const lane_vector_unaligned *)(gradient + (int64_t)(row + r) * d->columns + column +
                                                    LANE_COUNT * v);
  const float *x = second + column;
  const float *first = d->first + LANE_COUNT * (int64_t)row;
  for (int32_t sample = 0; sample < active; sample++) {
    lane_vector values[4];
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) values[v] = lane_read(x + LANE_COUNT * v);
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r++) {
      lane_vector factor = lane_splat(first[LANE_COUNT * r + sample]);
#pragma clang loop unroll(full)
      for (int v = 0; v < vectors; v++) sums[r][v] = lane_fma(factor, values[v], sums[r][v]);
    }
    x += second_stride;
  }
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; r++)
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++)
      *(lane_vector_unaligned *)(gradient + (int64_t)(row + r) * d->columns + column + LANE_COUNT * v) =
          sums[r][v];
}

/// The columns of `rows` rows that do not fill a vector; what else lies in the vector is computed and dropped.
LANE_INLINE void lane_outer_tail(const lane_outer_product *d, float *gradient, int32_t active, const float *second,
                                 int64_t second_stride, int32_t row, int32_t column, const int rows) {
  const size_t bytes = sizeof(float) * (size_t)(d->columns - column);
  if (bytes == 0) return;
  lane_vector sums[4];
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; r++) {
    sums[r] = lane_zero();
    memcpy(&sums[r], gradient + (int64_t)(row + r) * d->columns + column, bytes);
  }
  const float *first = d->first + LANE_COUNT * (int64_t)row;
  for (int32_t sample = 0; sample < active; sample++) {
    const lane_vector values = lane_read(second + sample * second_stride + column);
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r++) sums[r] = lane_fma(lane_splat(first[LANE_COUNT * r + sample]), values, sums[r]);
  }
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; r++) memcpy(gradient + (int64_t)(row + r) * d->columns + column, &sums[r], bytes);
}

static void lane_outer_product_run(const void *descriptor, const lane_context *context) {
  const lane_outer_product *d = descriptor;
  float *gradient = context->sums + d->sums_offset;
  const int64_t stride = (d->columns + LANE_COUNT - 1) / LANE_COUNT * LANE_COUNT;
  for (int32_t column = 0; column < d->columns; column += LANE_COUNT)
    lane_transpose_block(d->second + LANE_COUNT * (int64_t)column, d->scratch + column, stride,
                         d->columns - column < LANE_COUNT ? d->columns - column : LANE_COUNT);
  const int32_t whole = d->columns / LANE_COUNT * LANE_COUNT;
  const int width = LANE_BLOCK > 2 ? 4 : 2;
  int32_t row = 0;
#define LANE_OUTER_ROWS(height)                                                                                  \
  for (; row + (height) <= d->rows; row += (height)) {                                                             \
    int32_t column = 0;                                                                                        \
    for (; column + LANE_COUNT * width <= whole; column += LANE_COUNT * width)                                 \
      lane_outer_tile(d, gradient, context->active, d->scratch, stride, row, column, height, width);                       \
    for (; column < whole; column += LANE_COUNT)                                                               \
      lane_outer_tile(d, gradient, context->active, d->scratch, stride, row, column, height, 1);                           \
    lane_outer_tail(d, gradient, context->active, d->scratch, stride, row, column, height);                    \
  }
#if LANE_BLOCK > 2
  LANE_OUTER_ROWS(4)
#else
  LANE_OUTER_ROWS(2)
#endif
  LANE_OUTER_ROWS(1)
#undef LANE_OUTER_ROWS
}
