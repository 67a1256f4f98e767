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

/// Numbers of a matrix that does not stay in the second cache.
#define LANE_MATRIX_LARGE (1 << 19)

/// Outputs of a large matrix whose sums wait in the second cache while their other terms are taken: a multiple of the tiles.
#define LANE_MATRIX_WAITING 1008

/// From so many terms on they are words of documents or the like, most of which are 0 in all samples of a group: then the
/// matrix has a row for each term (it is `transposed`), and the rows of such terms are not read.
#define LANE_SPARSE_TERMS 4096

/// The terms `first..<first + count` of every sum; the first part starts with the bias, the last one finishes.
typedef struct lane_matrix_part {
  int64_t first, count;
  int32_t starts, finishes;
  /// Of terms that may be left out: those that are not 0 in every sample, counted from `first`.
  const uint8_t *present;
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
                                  int64_t shift, int64_t group_stride, const int transposed, const int sparse,
                                  const int count, const int blocks) {
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
  for (int64_t term = 0; term < part->count; term++) {
    const int64_t k = sparse ? part->present[term] : term;
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

/// The terms of a part that are not 0 in every sample of `blocks` micro-batches, in their order.
LANE_INLINE int64_t lane_matrix_present(const lane_matrix_product *d, const lane_matrix_part *part, int64_t shift,
                                        int64_t group_stride, const int blocks, uint8_t *present) {
  int64_t found = 0;
  const float *input = d->input + shift + LANE_COUNT * part->first;
  for (int64_t k = 0; k < part->count; k++) {
    lane_integers bits = {};
#pragma clang loop unroll(full)
    for (int b = 0; b < blocks; b++) bits |= (lane_integers)lane_read(input + b * group_stride + LANE_COUNT * k);
    present[found] = (uint8_t)k;
    found += __builtin_reduce_or(bits) != 0;
  }
  return found;
}

/// Asks for the rows of a part of a large matrix with a row for each term, since tiles take a few columns of many rows at a time.
LANE_INLINE void lane_matrix_ask(const lane_matrix_product *d, const lane_matrix_part *part, const int sparse) {
  for (int64_t term = 0; term < part->count; term++) {
    const float *row = d->weights + (part->first + (sparse ? part->present[term] : term)) * d->columns;
    for (int32_t column = 0; column < d->columns; column += LANE_COUNT) __builtin_prefetch(row + column, 0, 2);
  }
}

/// The outputs `begin..<end` of `blocks` micro-batches.
LANE_INLINE void lane_matrix_outputs(const lane_matrix_product *d, int32_t begin, int32_t end, int64_t shift,
                                     int64_t group_stride, const int transposed, const int sparse,
                                     const int blocks) {
  const int tile = blocks > 2 ? LANE_MATRIX_TILE : LANE_MATRIX_NARROW_TILE;
  const int64_t terms = transposed ? d->rows : d->columns;
  const int64_t parts = terms > 0 ? (terms + LANE_MATRIX_TERMS - 1) / LANE_MATRIX_TERMS : 1;
  const int is_large = d->rows * (int64_t)d->columns > LANE_MATRIX_LARGE;
  uint8_t present[LANE_MATRIX_TERMS];
  for (int64_t p = 0; p < parts; p++) {
    const int64_t first = p * terms / parts;
    lane_matrix_part part = {first, (p + 1) * terms / parts - first, p == 0, p + 1 == parts, present};
    if (sparse) {
      part.count = lane_matrix_present(d, &part, shift, group_stride, blocks, present);
      if (part.count == 0 && !part.starts && !part.finishes) continue;
    }
    if (transposed && is_large) lane_matrix_ask(d, &part, sparse);
    int32_t i = begin;
    for (; i + tile <= end; i += tile)
      lane_matrix_tile(d, &part, i, shift, group_stride, transposed, sparse, tile, blocks);
    for (; i + 2 <= end; i += 2)
      lane_matrix_tile(d, &part, i, shift, group_stride, transposed, sparse, 2, blocks);
    for (; i < end; i++) lane_matrix_tile(d, &part, i, shift, group_stride, transposed, sparse, 1, blocks);
  }
}

/// All outputs of `blocks` micro-batches.
LANE_INLINE void lane_matrix_blocks(const lane_matrix_product *d, int64_t shift, int64_t group_stride,
                                    const int blocks) {
  if (d->transposed && d->rows >= LANE_SPARSE_TERMS) {
    lane_matrix_outputs(d, 0, d->columns, shift, group_stride, 1, 1, blocks);
  } else if (d->transposed) {
    lane_matrix_outputs(d, 0, d->columns, shift, group_stride, 1, 0, blocks);
  } else {
    const int32_t most = d->rows >= 2 * LANE_MATRIX_WAITING ? LANE_MATRIX_WAITING : d->rows;
    for (int32_t begin = 0; begin < d->rows; begin += most) {
      const int32_t end = d->rows - begin < most ? d->rows : begin + most;
      lane_matrix_outputs(d, begin, end, shift, group_stride, 0, 0, blocks);
    }
  }
}

static void lane_matrix_product_run(const void *descriptor, const lane_context *context) {
  const lane_matrix_product *d = descriptor;
  const int32_t group = context->group > 1 ? context->group : 1;
  const int64_t stride = context->group_stride;
  int32_t g = 0;
#define LANE_MATRIX_GROUP(blocks)                                                                              \
  for (; g + (blocks) <= group; g += (blocks)) lane_matrix_blocks(d, g * stride, stride, blocks);
  LANE_MATRIX_GROUP(LANE_MATRIX_BLOCKS)
#if LANE_BLOCK > 2
  LANE_MATRIX_GROUP(2)
  LANE_MATRIX_GROUP(1)
#endif
#undef LANE_MATRIX_GROUP
}

// MARK: - Masked products

/// `count` rows of the matrix, one part of their sums for `blocks` micro-batches; `rows` says which.
LANE_INLINE void lane_masked_tile(const lane_masked_product *d, const lane_matrix_part *part, const int32_t *rows,
                                  int64_t shift, int64_t group_stride, const int count, const int blocks) {
  const float *weights[LANE_MATRIX_NARROW_TILE];
  float *output[LANE_MATRIX_NARROW_TILE];
  lane_vector sums[LANE_MATRIX_BLOCKS][LANE_MATRIX_NARROW_TILE];
#pragma clang loop unroll(full)
  for (int i = 0; i < count; i++) {
    weights[i] = d->weights + (int64_t)rows[i] * d->columns + part->first;
    output[i] = d->output + shift + LANE_COUNT * (int64_t)rows[i];
  }
#pragma clang loop unroll(full)
  for (int b = 0; b < blocks; b++)
#pragma clang loop unroll(full)
    for (int i = 0; i < count; i++)
      sums[b][i] = part->starts ? lane_zero() : lane_read(output[i] + b * group_stride);
  const float *input = d->input + shift + LANE_COUNT * part->first;
#pragma clang loop unroll_count(2)
  for (int64_t k = 0; k < part->count; k++) {
    lane_vector x[LANE_MATRIX_BLOCKS];
#pragma clang loop unroll(full)
    for (int b = 0; b < blocks; b++) x[b] = lane_read(input + b * group_stride + LANE_COUNT * k);
#pragma clang loop unroll(full)
    for (int i = 0; i < count; i++) {
      lane_vector weight = lane_splat(weights[i][k]);
#pragma clang loop unroll(full)
      for (int b = 0; b < blocks; b++) sums[b][i] = lane_fma(weight, x[b], sums[b][i]);
    }
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < count; i++) {
    const lane_vector factor = lane_splat(part->finishes ? d->mask[rows[i]] : 1.0f);
#pragma clang loop unroll(full)
    for (int b = 0; b < blocks; b++) lane_write(output[i] + b * group_stride, factor * sums[b][i]);
  }
}

LANE_INLINE void lane_masked_blocks(const lane_masked_product *d, int64_t shift, int64_t group_stride,
                                    const int blocks) {
  const int tile = blocks > 2 ? LANE_MATRIX_TILE : LANE_MATRIX_NARROW_TILE;
  const int64_t parts = d->columns > 0 ? (d->columns + LANE_MATRIX_TERMS - 1) / LANE_MATRIX_TERMS : 1;
  int32_t chosen[LANE_MATRIX_WAITING];
  for (int32_t row = 0; row < d->rows;) {
    int32_t count = 0;
    for (; row < d->rows && count < LANE_MATRIX_WAITING; row++) {
      chosen[count] = row;
      if (d->mask[row] != 0) {
        count++;
      } else {
#pragma clang loop unroll(full)
        for (int b = 0; b < blocks; b++)
          lane_write(d->output + shift + b * group_stride + LANE_COUNT * (int64_t)row, lane_zero());
      }
    }
    for (int64_t p = 0; p < parts; p++) {
      const int64_t first = p * d->columns / parts;
      const lane_matrix_part part = {first, (p + 1) * d->columns / parts - first, p == 0, p + 1 == parts, NULL};
      int32_t i = 0;
      for (; i + tile <= count; i += tile)
        lane_masked_tile(d, &part, chosen + i, shift, group_stride, tile, blocks);
      for (; i < count; i++) lane_masked_tile(d, &part, chosen + i, shift, group_stride, 1, blocks);
    }
  }
}

static void lane_masked_product_run(const void *descriptor, const lane_context *context) {
  const lane_masked_product *d = descriptor;
  const int32_t group = context->group > 1 ? context->group : 1;
  const int64_t stride = context->group_stride;
  int32_t g = 0;
#define LANE_MASKED_GROUP(blocks)                                                                              \
  for (; g + (blocks) <= group; g += (blocks)) lane_masked_blocks(d, g * stride, stride, blocks);
  LANE_MASKED_GROUP(LANE_MATRIX_BLOCKS)
#if LANE_BLOCK > 2
  LANE_MASKED_GROUP(2)
  LANE_MASKED_GROUP(1)
#endif
#undef LANE_MASKED_GROUP
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
                                 int32_t starts, int32_t group, int64_t stride, int32_t row, int32_t column,
                                 const int rows, const int vectors, const int whole, int32_t width) {
  lane_vector sums[4][4];
  float *target = gradient + (int64_t)row * d->columns + column;
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; r++)
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++)
      sums[r][v] = starts
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

/// Whether the first factor's `rows` elements from `row` on are 0 in all samples of the group.
LANE_INLINE int lane_outer_absent(const lane_outer_product *d, const lane_context *context, int32_t group,
                                  int32_t row, const int rows) {
  lane_integers bits = {};
  for (int32_t g = 0; g < group; g++)
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r++)
      bits |= (lane_integers)lane_read(d->first + g * context->group_stride + LANE_COUNT * ((int64_t)row + r));
  return __builtin_reduce_or(bits) == 0;
}

/// All columns of `rows` rows. With `sparse`, nothing is added to rows where there is nothing but 0 to add.
LANE_INLINE void lane_outer_row(const lane_outer_product *d, float *gradient, const lane_context *context,
                                int32_t group, int64_t stride, int32_t row, const int rows, const int sparse) {
  const int32_t starts = context->starts_sums, whole = d->columns / LANE_COUNT * LANE_COUNT;
  if (sparse && lane_outer_absent(d, context, group, row, rows)) {
    if (starts)
      memset(gradient + (int64_t)row * d->columns, 0, sizeof(float) * (size_t)rows * (size_t)d->columns);
    return;
  }
  int32_t column = 0;
  for (; column + LANE_COUNT * LANE_OUTER_VECTORS <= whole; column += LANE_COUNT * LANE_OUTER_VECTORS)
    lane_outer_tile(d, gradient, context, starts, group, stride, row, column, rows, LANE_OUTER_VECTORS, 1, 0);
  for (; column < whole; column += LANE_COUNT)
    lane_outer_tile(d, gradient, context, starts, group, stride, row, column, rows, 1, 1, 0);
  if (column < d->columns)
    lane_outer_tile(d, gradient, context, starts, group, stride, row, column, rows, 1, 0, d->columns - column);
}

/// A gradient of many rows, larger than the second cache, row by row: it passes through the caches once, and what the samples
/// have in all columns stays in them.
LANE_INLINE void lane_outer_row_by_row(const lane_outer_product *d, float *gradient, const lane_context *context,
                                       int32_t group, int64_t stride, const int sparse) {
  int32_t row = 0;
  for (; row + LANE_OUTER_ROWS <= d->rows; row += LANE_OUTER_ROWS)
    lane_outer_row(d, gradient, context, group, stride, row, LANE_OUTER_ROWS, sparse);
  for (; row < d->rows; row++) lane_outer_row(d, gradient, context, group, stride, row, 1, sparse);
}

static void lane_outer_product_run(const void *descriptor, const lane_context *context) {
  const lane_outer_product *d = descriptor;
  float *gradient = context->sums + d->sums_offset;
  const int32_t group = context->group > 1 ? context->group : 1;
  const int64_t stride = (d->columns + LANE_COUNT - 1) / LANE_COUNT * LANE_COUNT;
  for (int32_t g = 0; g < group; g++) lane_outer_transpose(d, g * context->group_stride, stride);
  if (d->rows >= LANE_SPARSE_TERMS) {
    lane_outer_row_by_row(d, gradient, context, group, stride, 1);
    return;
  }
  if (d->rows >= 2 * (int64_t)d->columns && d->rows * (int64_t)d->columns > LANE_MATRIX_LARGE) {
    lane_outer_row_by_row(d, gradient, context, group, stride, 0);
    return;
  }
  const int32_t starts = context->starts_sums, whole = d->columns / LANE_COUNT * LANE_COUNT;
  int32_t column = 0;
  // All rows of a few columns: what the samples have in those columns stays in the first cache.
#define LANE_OUTER_COLUMNS(vectors, whole, width)                                                              \
  {                                                                                                            \
    int32_t row = 0;                                                                                           \
    for (; row + LANE_OUTER_ROWS <= d->rows; row += LANE_OUTER_ROWS)                                           \
      lane_outer_tile(d, gradient, context, starts, group, stride, row, column, LANE_OUTER_ROWS, vectors, whole, \
                      width);                                                                                  \
    for (; row < d->rows; row++)                                                                               \
      lane_outer_tile(d, gradient, context, starts, group, stride, row, column, 1, vectors, whole, width);     \
  }
  for (; column + LANE_COUNT * LANE_OUTER_VECTORS <= whole; column += LANE_COUNT * LANE_OUTER_VECTORS)
    LANE_OUTER_COLUMNS(LANE_OUTER_VECTORS, 1, 0)
  for (; column < whole; column += LANE_COUNT) LANE_OUTER_COLUMNS(1, 1, 0)
  if (column < d->columns) LANE_OUTER_COLUMNS(1, 0, d->columns - column)
#undef LANE_OUTER_COLUMNS
}
