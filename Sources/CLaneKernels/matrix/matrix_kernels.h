// Dense layers: products with a matrix, and the sum of outer products that is the matrix's gradient.
//
// A matrix is larger than the first cache, and one micro-batch uses each of its numbers once. So these kernels
// take a group of micro-batches at a time, which share each number of the matrix while it is in a register.

#if LANE_BLOCK > 2
/// Micro-batches at once, and outputs where there are that many.
#define LANE_MATRIX_BLOCKS 4
#define LANE_MATRIX_TILE 6
/// Outputs for one micro-batch or two.
#define LANE_MATRIX_NARROW_TILE 8
#else
#define LANE_MATRIX_BLOCKS 1
#define LANE_MATRIX_TILE 4
#define LANE_MATRIX_NARROW_TILE 4
#endif

/// Terms of a sum that are taken before the next outputs' turn: what they multiply stays in the first cache.
#define LANE_MATRIX_TERMS 128

/// The terms `first..<first + count` of every sum; the first part starts with the bias, the last one finishes.
typedef struct lane_matrix_part {
  int64_t first, count;
  int32_t starts, finishes;
} lane_matrix_part;

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

/// One part of `count` outputs from element `first` on for `blocks` micro-batches, the first of which is `shift`
/// away from the group's first. Between parts the sums wait where the outputs will be.
LANE_INLINE void lane_matrix_tile(const lane_matrix_product *d, const lane_matrix_part *part, int32_t first,
                                  int64_t shift, int64_t group_stride, const int transposed, const int count,
                                  const int blocks) {
  const int64_t output_step = transposed ? 1 : d->columns, term_step = transposed ? d->columns : 1;
  const float *weights = d->weights + first * output_step + part->first * term_step;
  const float *input = d->input + shift + LANE_COUNT * part->first;
  float *output = d->output + shift + LANE_COUNT * (int64_t)first;
  lane_vector sums[LANE_MATRIX_BLOCKS][LANE_MATRIX_NARROW_TILE];
#pragma clang loop unroll(full)
  for (int b = 0; b < blocks; b++)
#pragma clang loop unroll(full)
    for (int i = 0; i < count; i++)
      if (!part->starts)
        sums[b][i] = lane_read(output + b * group_stride + LANE_COUNT * i);
      else
        sums[b][i] = d->epilogue.bias ? lane_splat(d->epilogue.bias[first + i]) : lane_zero();
#pragma clang loop unroll_count(4)
  for (int64_t k = 0; k < part->count; k++) {
    lane_vector x[LANE_MATRIX_BLOCKS];
#pragma clang loop unroll(full)
    for (int b = 0; b < blocks; b++) x[b] = lane_read(input + b * group_stride + LANE_COUNT * k);
#pragma clang loop unroll(full)
    for (int i = 0; i < count; i++) {
      lane_vector weight = lane_splat(weights[i * output_step + k * term_step]);
#pragma clang loop unroll(full)
      for (int b = 0; b < blocks; b++) sums[b][i] = lane_fma(weight, x[b], sums[b][i]);
    }
  }
#pragma clang loop unroll(full)
  for (int b = 0; b < blocks; b++)
    if (part->finishes) {
      lane_matrix_finish(d, first, shift + b * group_stride, sums[b], count);
    } else {
#pragma clang loop unroll(full)
      for (int i = 0; i < count; i++) lane_write(output + b * group_stride + LANE_COUNT * i, sums[b][i]);
    }
}

/// All outputs of `blocks` micro-batches.
LANE_INLINE void lane_matrix_outputs(const lane_matrix_product *d, int64_t shift, int64_t group_stride,
                                     const int transposed, const int blocks) {
  const int tile = blocks > 2 ? LANE_MATRIX_TILE : LANE_MATRIX_NARROW_TILE;
  const int32_t outputs = transposed ? d->columns : d->rows;
  const int64_t terms = transposed ? d->rows : d->columns;
  const int64_t parts = terms > 0 ? (terms + LANE_MATRIX_TERMS - 1) / LANE_MATRIX_TERMS : 1;
  for (int64_t p = 0; p < parts; p++) {
    const int64_t begin = p * terms / parts;
    const lane_matrix_part part = {begin, (p + 1) * terms / parts - begin, p == 0, p + 1 == parts};
    int32_t i = 0;
    for (; i + tile <= outputs; i += tile)
      lane_matrix_tile(d, &part, i, shift, group_stride, transposed, tile, blocks);
    for (; i + 2 <= outputs; i += 2)
      lane_matrix_tile(d, &part, i, shift, group_stride, transposed, 2, blocks);
    for (; i < outputs; i++) lane_matrix_tile(d, &part, i, shift, group_stride, transposed, 1, blocks);
  }
}

static void lane_matrix_product_run(const void *descriptor, const lane_context *context) {
  const lane_matrix_product *d = descriptor;
  const int32_t group = context->group > 1 ? context->group : 1;
  const int64_t stride = context->group_stride;
  int32_t g = 0;
#define LANE_MATRIX_GROUP(blocks)                                                                              \
  for (; g + (blocks) <= group; g += (blocks)) {                                                               \
    if (d->transposed)                                                                                         \
      lane_matrix_outputs(d, g * stride, stride, 1, blocks);                                                   \
    else                                                                                                       \
      lane_matrix_outputs(d, g * stride, stride, 0, blocks);                                                   \
  }
  LANE_MATRIX_GROUP(LANE_MATRIX_BLOCKS)
#if LANE_BLOCK > 2
  LANE_MATRIX_GROUP(2)
  LANE_MATRIX_GROUP(1)
#endif
#undef LANE_MATRIX_GROUP
}

// MARK: - Outer products

/// A tile of a gradient: rows, and vectors of sixteen columns.
#if LANE_BLOCK > 2
#define LANE_OUTER_ROWS 4
#define LANE_OUTER_VECTORS 4
#else
#define LANE_OUTER_ROWS 2
#define LANE_OUTER_VECTORS 2
#endif

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
#pragma clang loop unroll_count(4)
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
  int32_t column = 0;
  // All rows of a few columns: what the samples have in those columns stays in the first cache.
#define LANE_OUTER_COLUMNS(vectors, whole, width)                                                              \
  {                                                                                                            \
    int32_t row = 0;                                                                                           \
    for (; row + LANE_OUTER_ROWS <= d->rows; row += LANE_OUTER_ROWS)                                           \
      lane_outer_tile(d, gradient, context, group, stride, row, column, LANE_OUTER_ROWS, vectors, whole, width); \
    for (; row < d->rows; row++)                                                                               \
      lane_outer_tile(d, gradient, context, group, stride, row, column, 1, vectors, whole, width);             \
  }
  for (; column + LANE_COUNT * LANE_OUTER_VECTORS <= whole; column += LANE_COUNT * LANE_OUTER_VECTORS)
    LANE_OUTER_COLUMNS(LANE_OUTER_VECTORS, 1, 0)
  for (; column < whole; column += LANE_COUNT) LANE_OUTER_COLUMNS(1, 1, 0)
  if (column < d->columns) LANE_OUTER_COLUMNS(1, 0, d->columns - column)
#undef LANE_OUTER_COLUMNS
}
