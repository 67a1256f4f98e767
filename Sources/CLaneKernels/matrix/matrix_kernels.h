// Dense layers: products with a matrix, and the sum of outer products that is the matrix's gradient.
//
// A matrix is larger than the first cache, and one micro-batch uses each of its numbers once. So these kernels
// take a group of micro-batches at a time: two of them share each number of the matrix while it is in a register.

#if LANE_BLOCK > 2
#define LANE_MATRIX_TILE 8
#else
#define LANE_MATRIX_TILE 4
#endif

/// Two micro-batches at once where registers are many.
#define LANE_MATRIX_PAIR (LANE_BLOCK > 2 ? 2 : 1)

/// Finishes and writes one micro-batch's `count` sums from output element `first` on; `shift` leads from the first
/// micro-batch of the group to this one.
LANE_INLINE void lane_matrix_finish(const lane_matrix_product *d, int32_t first, int64_t shift,
                                    const lane_vector *sums, const int count) {
  const int late = d->epilogue.activation > LANE_ACTIVATION_RELU;
  const lane_activation simple = late ? LANE_ACTIVATION_NONE : d->epilogue.activation;
  const int64_t gate_step = d->epilogue.gate.channel_stride;
  const float *gate = d->epilogue.gate.data ? d->epilogue.gate.data + shift + gate_step * first : NULL;
  float *output = d->output + shift + LANE_COUNT * (int64_t)first;
#pragma clang loop unroll(full)
  for (int i = 0; i < count; i++)
    lane_write(output + LANE_COUNT * i,
               lane_finish(sums[i], simple, gate && !late ? gate + gate_step * i : NULL));
  if (late) lane_finish_in_memory(output, LANE_COUNT, count, d->epilogue.activation, gate, gate_step);
}

/// `count` outputs from element `first` on for `blocks` micro-batches, the first of which is `shift` away from the
/// group's first. Weight `i` of term `k` is at `weights + i * output_step + k * term_step`.
LANE_INLINE void lane_matrix_tile(const lane_matrix_product *d, int32_t first, int64_t shift,
                                  int64_t group_stride, const float *weights, int64_t output_step,
                                  int64_t term_step, int64_t terms, const int count, const int blocks) {
  lane_vector sums[2][LANE_MATRIX_TILE];
#pragma clang loop unroll(full)
  for (int b = 0; b < blocks; b++)
#pragma clang loop unroll(full)
    for (int i = 0; i < count; i++)
      sums[b][i] = d->epilogue.bias ? lane_splat(d->epilogue.bias[first + i]) : lane_zero();
  const float *rows[LANE_MATRIX_TILE];
#pragma clang loop unroll(full)
  for (int i = 0; i < count; i++) rows[i] = weights + i * output_step;
  const float *input = d->input + shift;
  for (int64_t k = 0; k < terms; k++) {
    lane_vector x[2];
#pragma clang loop unroll(full)
    for (int b = 0; b < blocks; b++) x[b] = lane_read(input + b * group_stride + LANE_COUNT * k);
#pragma clang loop unroll(full)
    for (int i = 0; i < count; i++) {
      lane_vector weight = lane_splat(rows[i][k * term_step]);
#pragma clang loop unroll(full)
      for (int b = 0; b < blocks; b++) sums[b][i] = lane_fma(weight, x[b], sums[b][i]);
    }
  }
#pragma clang loop unroll(full)
  for (int b = 0; b < blocks; b++) lane_matrix_finish(d, first, shift + b * group_stride, sums[b], count);
}

/// `count` outputs from element `first` on for the whole group.
LANE_INLINE void lane_matrix_outputs(const lane_matrix_product *d, const lane_context *context, int32_t first,
                                     const int count) {
  const int32_t group = context->group > 1 ? context->group : 1;
  const int64_t stride = context->group_stride, columns = d->columns;
  int32_t g = 0;
#define LANE_MATRIX_BLOCKS(blocks)                                                                             \
  for (; g + (blocks) <= group; g += (blocks)) {                                                               \
    if (d->transposed)                                                                                         \
      lane_matrix_tile(d, first, g * stride, stride, d->weights + first, 1, columns, d->rows, count, blocks);  \
    else                                                                                                       \
      lane_matrix_tile(d, first, g * stride, stride, d->weights + first * columns, columns, 1, columns, count, \
                       blocks);                                                                                \
  }
  LANE_MATRIX_BLOCKS(LANE_MATRIX_PAIR)
#if LANE_BLOCK > 2
  LANE_MATRIX_BLOCKS(1)
#endif
#undef LANE_MATRIX_BLOCKS
}

static void lane_matrix_product_run(const void *descriptor, const lane_context *context) {
  const lane_matrix_product *d = descriptor;
  const int32_t outputs = d->transposed ? d->columns : d->rows;
  int32_t i = 0;
  for (; i + LANE_MATRIX_TILE <= outputs; i += LANE_MATRIX_TILE)
    lane_matrix_outputs(d, context, i, LANE_MATRIX_TILE);
  for (; i + 2 <= outputs; i += 2) lane_matrix_outputs(d, context, i, 2);
  for (; i < outputs; i++) lane_matrix_outputs(d, context, i, 1);
}

// MARK: - Outer products

/// The second factor of one micro-batch as rows of `stride` floats, one a sample.
LANE_INLINE void lane_outer_transpose(const lane_outer_product *d, int64_t shift, int64_t stride) {
  for (int32_t column = 0; column < d->columns; column += LANE_COUNT) {
    const int32_t count = d->columns - column < LANE_COUNT ? d->columns - column : LANE_COUNT;
    lane_vector values[16] = {};
    for (int32_t k = 0; k < count; k++)
      values[k] = lane_read(d->second + shift + LANE_COUNT * ((int64_t)column + k));
    float *rows = d->scratch + shift + column;
    if (count == LANE_COUNT)
      lane_store_block(values, rows, stride, 16, 16);
    else
      lane_store_block(values, rows, stride, 16, count);
  }
}

/// Sixteen columns of a gradient's row, or the `width` that are left of it; the others read as 0.
LANE_INLINE lane_vector lane_outer_read(const float *row, const int whole, int32_t width) {
  if (whole) return *(const lane_vector_unaligned *)row;
  lane_vector value = {};
  memcpy(&value, row, sizeof(float) * (size_t)width);
  return value;
}

LANE_INLINE void lane_outer_write(float *row, lane_vector value, const int whole, int32_t width) {
  if (whole)
    *(lane_vector_unaligned *)row = value;
  else
    memcpy(row, &value, sizeof(float) * (size_t)width);
}

/// A tile of the gradient, `rows` x `vectors` of sixteen columns, over all samples of the group in their order.
/// Where not `whole`, only `width` columns of its one vector exist.
LANE_INLINE void lane_outer_tile(const lane_outer_product *d, float *gradient, const lane_context *context,
                                 int32_t group, int64_t stride, int32_t row, int32_t column, const int rows,
                                 const int vectors, const int whole, int32_t width) {
  lane_vector sums[4][4];
  float *target = gradient + (int64_t)row * d->columns + column;
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; r++)
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++)
      sums[r][v] = context->starts_sums
                     ? lane_zero()
                     : lane_outer_read(target + (int64_t)r * d->columns + LANE_COUNT * v, whole, width);
  for (int32_t g = 0; g < group; g++) {
    const float *x = d->scratch + g * context->group_stride + column;
    const float *first = d->first + g * context->group_stride + LANE_COUNT * (int64_t)row;
    const int32_t active = context[g].active;
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
      x += stride;
    }
  }
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; r++)
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++)
      lane_outer_write(target + (int64_t)r * d->columns + LANE_COUNT * v, sums[r][v], whole, width);
}

static void lane_outer_product_run(const void *descriptor, const lane_context *context) {
  const lane_outer_product *d = descriptor;
  float *gradient = context->sums + d->sums_offset;
  const int32_t group = context->group > 1 ? context->group : 1;
  const int64_t stride = (d->columns + LANE_COUNT - 1) / LANE_COUNT * LANE_COUNT;
  for (int32_t g = 0; g < group; g++) lane_outer_transpose(d, g * context->group_stride, stride);
  const int32_t whole = d->columns / LANE_COUNT * LANE_COUNT;
  const int width = LANE_BLOCK > 2 ? 4 : 2;
  int32_t row = 0;
#define LANE_OUTER_ROWS(height)                                                                                \
  for (; row + (height) <= d->rows; row += (height)) {                                                         \
    int32_t column = 0;                                                                                        \
    for (; column + LANE_COUNT * width <= whole; column += LANE_COUNT * width)                                 \
      lane_outer_tile(d, gradient, context, group, stride, row, column, height, width, 1, 0);                  \
    for (; column < whole; column += LANE_COUNT)                                                               \
      lane_outer_tile(d, gradient, context, group, stride, row, column, height, 1, 1, 0);                      \
    if (column < d->columns)                                                                                   \
      lane_outer_tile(d, gradient, context, group, stride, row, column, height, 1, 0, d->columns - column);    \
  }
#if LANE_BLOCK > 2
  LANE_OUTER_ROWS(4)
#else
  LANE_OUTER_ROWS(2)
#endif
  LANE_OUTER_ROWS(1)
#undef LANE_OUTER_ROWS
}
