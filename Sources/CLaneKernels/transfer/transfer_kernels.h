// Moves samples into lanes and back, keeps tensors between stages, and sums over the batch.

// MARK: - Blocks of elements

/// Walks the elements of a view in row-major order.
typedef struct lane_cursor {
  float *element;
  int64_t columns, columns_left; // elements without a gap between them, and how many of them are left
  int64_t row_gap, channel_gap; // in floats: after each row, and on top of it after each channel
  int32_t rows, rows_left;
} lane_cursor;

LANE_INLINE lane_cursor lane_cursor_at_start(const lane_view *view) {
  lane_cursor cursor = {
    .element = view->data,
    .columns = view->columns,
    .row_gap = view->row_stride - 16 * (int64_t)view->columns,
    .channel_gap = view->channel_stride - view->rows * view->row_stride,
    .rows = view->rows,
  };
  // Rows without gaps are walked as one.
  if (cursor.row_gap == 0 || cursor.rows == 1) {
    cursor.columns *= cursor.rows;
    cursor.rows = 1;
    cursor.row_gap = 0;
    cursor.channel_gap = view->channel_stride - 16 * cursor.columns;
    if (cursor.channel_gap == 0) cursor.columns *= view->channels;
  }
  cursor.columns_left = cursor.columns;
  cursor.rows_left = cursor.rows;
  return cursor;
}

LANE_INLINE void lane_cursor_advance(lane_cursor *cursor) {
  cursor->element += 16;
  if (--cursor->columns_left > 0) return;
  cursor->columns_left = cursor->columns;
  cursor->element += cursor->row_gap;
  if (--cursor->rows_left > 0) return;
  cursor->rows_left = cursor->rows;
  cursor->element += cursor->channel_gap;
}

LANE_INLINE void lane_cursor_write(lane_cursor *cursor, const lane_vector values[16], int64_t count) {
  if (count == 16 && cursor->columns_left > 16) {
    for (int k = 0; k < 16; k++) lane_write(cursor->element + 16 * k, values[k]);
    cursor->element += 16 * 16;
    cursor->columns_left -= 16;
  } else {
    for (int64_t k = 0; k < count; k++) {
      lane_write(cursor->element, values[k]);
      lane_cursor_advance(cursor);
    }
  }
}

LANE_INLINE void lane_cursor_read(lane_cursor *cursor, lane_vector values[16], int64_t count) {
  if (count == 16 && cursor->columns_left > 16) {
    for (int k = 0; k < 16; k++) values[k] = lane_read(cursor->element + 16 * k);
    cursor->element += 16 * 16;
    cursor->columns_left -= 16;
  } else {
    for (int64_t k = 0; k < count; k++) {
      values[k] = lane_read(cursor->element);
      lane_cursor_advance(cursor);
    }
  }
}

/// Transposes the 4 x 4 numbers that four vectors hold in each quarter. Quarters never mix, which is cheap on every
/// instruction set; the rest of a 16 x 16 transposition is left to reading and writing quarters.
LANE_INLINE void lane_transpose_quarters(lane_vector v[4]) {
  const lane_vector low_01 =
    __builtin_shufflevector(v[0], v[1], 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29);
  const lane_vector high_01 =
    __builtin_shufflevector(v[0], v[1], 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31);
  const lane_vector low_23 =
    __builtin_shufflevector(v[2], v[3], 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29);
  const lane_vector high_23 =
    __builtin_shufflevector(v[2], v[3], 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31);
  v[0] = __builtin_shufflevector(low_01, low_23, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29);
  v[1] = __builtin_shufflevector(low_01, low_23, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31);
  v[2] = __builtin_shufflevector(high_01, high_23, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29);
  v[3] = __builtin_shufflevector(high_01, high_23, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31);
}

LANE_INLINE lane_quarter lane_quarter_read(const char *bytes) {
  lane_quarter quarter;
  memcpy(&quarter, bytes, 16);
  return quarter;
}

/// The 16 bytes at `offset` of samples 0, 4, 8 and 12 in the four quarters of vector 0, of samples 1, 5, 9 and 13 in
/// vector 1 and so on, transposed: vector `i` holds word `i` of sample `l` in lane `l`.
LANE_INLINE void lane_words_read(const char *const samples[16], int64_t offset, lane_vector words[4]) {
  for (int i = 0; i < 4; i++) {
    const lane_quarter a = lane_quarter_read(samples[i] + offset), b = lane_quarter_read(samples[4 + i] + offset);
    const lane_quarter c = lane_quarter_read(samples[8 + i] + offset), d = lane_quarter_read(samples[12 + i] + offset);
    const lane_half low = __builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7);
    const lane_half high = __builtin_shufflevector(c, d, 0, 1, 2, 3, 4, 5, 6, 7);
    words[i] = __builtin_shufflevector(low, high, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  }
  lane_transpose_quarters(words);
}

// MARK: - Load

/// Sixteen elements of sixteen samples, from element `first` on; lanes outside the mask become 0.
LANE_INLINE void lane_load_block(const char *const samples[16], int64_t first, lane_element element,
                                 lane_vector scale, lane_integers mask, lane_vector values[16]) {
  if (element == LANE_FLOAT) {
    for (int j = 0; j < 4; j++) {
      lane_words_read(samples, 4 * first + 16 * j, values + 4 * j);
      for (int k = 4 * j; k < 4 * j + 4; k++) values[k] = (lane_vector)((lane_integers)values[k] & mask);
    }
    return;
  }
  lane_vector words[4];
  lane_words_read(samples, first, words);
  for (int j = 0; j < 4; j++) {
    const lane_words word = (lane_words)words[j] & (lane_words)mask;
    for (int k = 0; k < 4; k++) {
      const lane_words byte = (word >> (8 * k)) & 255; // every supported machine is little-endian
      values[4 * j + k] = __builtin_convertvector((lane_integers)byte, lane_vector) * scale;
    }
  }
}

LANE_INLINE void lane_load_elements(const lane_load *load, const lane_context *context, lane_element element) {
  const int64_t size = element == LANE_FLOAT ? 4 : 1;
  const char *samples[16];
  load->locate(load->source, context->samples, context->active, load->staging, (const void **)samples);
  // An inactive lane reads a sample that is there, and drops it.
  for (int32_t lane = context->active; lane < 16; lane++) samples[lane] = samples[0];
  const lane_view *output = &load->output;
  const int64_t count = (int64_t)output->channels * output->rows * output->columns;
  const lane_integers mask = lane_active_mask(context->active);
  const lane_vector scale = lane_splat(load->scale);
  lane_cursor cursor = lane_cursor_at_start(output);
  lane_vector values[16];
  int64_t first = 0;
  for (; first + 16 <= count; first += 16) {
    // Shuffled samples are far apart: without a hint every one of them starts with several cache misses.
    if (first * size % 64 == 0)
      for (int lane = 0; lane < 16; lane++) __builtin_prefetch(samples[lane] + first * size + 256);
    lane_load_block(samples, first, element, scale, mask, values);
    lane_cursor_write(&cursor, values, 16);
  }
  if (first == count) return;
  char rest[16][64] = {};
  for (int32_t lane = 0; lane < 16; lane++) {
    memcpy(rest[lane], samples[lane] + first * size, (size_t)((count - first) * size));
    samples[lane] = rest[lane];
  }
  lane_load_block(samples, 0, element, scale, mask, values);
  lane_cursor_write(&cursor, values, count - first);
}

static void lane_load_run(const void *descriptor, const lane_context *context) {
  const lane_load *load = descriptor;
  if (load->element == LANE_FLOAT)
    lane_load_elements(load, context, LANE_FLOAT);
  else
    lane_load_elements(load, context, LANE_BYTE);
}

// MARK: - Store

/// Writes `count` elements of every active lane, four samples' worth of them from each vector of a transposed group.
LANE_INLINE void lane_store_block(const lane_vector values[16], float *data, int64_t stride, int32_t active,
                                  int64_t count) {
  for (int j = 0; 4 * j < count; j++) {
    lane_vector group[4] = {values[4 * j], values[4 * j + 1], values[4 * j + 2], values[4 * j + 3]};
    lane_transpose_quarters(group);
    const size_t bytes = count - 4 * j < 4 ? 4 * (size_t)(count - 4 * j) : 16;
    float *to = data + 4 * j;
#pragma clang loop unroll(full)
    for (int lane = 0; lane < 16; lane++)
      // Vector i of the group holds four elements of sample 4 * q + i in quarter q.
      if (lane < active) memcpy(to + lane * stride, (const float *)&group[lane % 4] + lane / 4 * 4, bytes);
  }
}

static void lane_store_run(const void *descriptor, const lane_context *context) {
  const lane_store *store = descriptor;
  const lane_view *input = &store->input;
  const int64_t count = (int64_t)input->channels * input->rows * input->columns, stride = store->sample_stride;
  float *data = store->data + 16 * context->position * stride;
  lane_cursor cursor = lane_cursor_at_start(input);
  lane_vector values[16] = {};
  int64_t first = 0;
  for (; first + 16 <= count; first += 16) {
    lane_cursor_read(&cursor, values, 16);
    // Constants for the counts make the copies single instructions.
    if (context->active == 16)
      lane_store_block(values, data + first, stride, 16, 16);
    else
      lane_store_block(values, data + first, stride, context->active, 16);
  }
  lane_cursor_read(&cursor, values, count - first);
  lane_store_block(values, data + first, stride, context->active, count - first);
}

// MARK: - Carry

/// Copies between a view and contiguous memory, rows without gaps in one piece.
LANE_INLINE void lane_carry_elements(const lane_carry *carry, const lane_context *context, int out) {
  const lane_view *view = &carry->view;
  const lane_cursor cursor = lane_cursor_at_start(view);
  const int64_t count = (int64_t)view->channels * view->rows * view->columns;
  const size_t bytes = 64 * (size_t)cursor.columns;
  float *data = carry->data + context->position * carry->stride, *row = cursor.element;
  int32_t rows_left = cursor.rows;
  for (int64_t first = 0; first < count; first += cursor.columns) {
    if (out)
      memcpy(data + 16 * first, row, bytes);
    else
      memcpy(row, data + 16 * first, bytes);
    row += 16 * cursor.columns + cursor.row_gap;
    if (--rows_left == 0) {
      rows_left = cursor.rows;
      row += cursor.channel_gap;
    }
  }
}

static void lane_carry_out_run(const void *descriptor, const lane_context *context) {
  lane_carry_elements(descriptor, context, 1);
}

static void lane_carry_in_run(const void *descriptor, const lane_context *context) {
  lane_carry_elements(descriptor, context, 0);
}

// MARK: - Halo

LANE_INLINE void lane_zero_columns(float *data, int64_t count) {
  for (int64_t c = 0; c < count; c++) lane_write(data + 16 * c, lane_zero());
}

static void lane_zero_halo_run(const void *descriptor, const lane_context *context) {
  const lane_zero_halo *halo = descriptor;
  const lane_view *view = &halo->view;
  const int64_t width = (int64_t)halo->left + view->columns + halo->right;
  for (int32_t channel = 0; channel < view->channels; channel++)
    for (int32_t r = -halo->top; r < view->rows + halo->bottom; r++) {
      float *row = view->data + channel * view->channel_stride + r * view->row_stride;
      if (r < 0 || r >= view->rows) {
        lane_zero_columns(row - 16 * (int64_t)halo->left, width);
      } else {
        lane_zero_columns(row - 16 * (int64_t)halo->left, halo->left);
        lane_zero_columns(row + 16 * (int64_t)view->columns, halo->right);
      }
    }
}

// MARK: - Sum over the batch

/// The `lane_sum` of each of sixteen vectors, folded in the same order.
LANE_INLINE lane_vector lane_sum_sixteen(const lane_vector v[16]) {
  lane_vector eighths[8], quarters[4], pairs[2];
  for (int i = 0; i < 8; i++)
    eighths[i] =
      __builtin_shufflevector(v[i], v[i + 8], 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23) +
      __builtin_shufflevector(v[i], v[i + 8], 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
  for (int i = 0; i < 4; i++)
    quarters[i] = __builtin_shufflevector(eighths[i], eighths[i + 4], 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24,
                                          25, 26, 27) +
                  __builtin_shufflevector(eighths[i], eighths[i + 4], 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28,
                                          29, 30, 31);
  for (int i = 0; i < 2; i++)
    pairs[i] = __builtin_shufflevector(quarters[i], quarters[i + 2], 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13,
                                       28, 29) +
               __builtin_shufflevector(quarters[i], quarters[i + 2], 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14,
                                       15, 30, 31);
  return __builtin_shufflevector(pairs[0], pairs[1], 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30) +
         __builtin_shufflevector(pairs[0], pairs[1], 1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31);
}

/// Joins an axis with the one inside it where the two step through memory as one, so that blocks get long.
LANE_INLINE void lane_axis_join(int64_t *outer, int64_t outer_stride, int64_t *inner, int64_t *inner_stride) {
  if (*inner == 1)
    *inner_stride = outer_stride;
  else if (outer_stride != *inner * *inner_stride)
    return;
  *inner *= *outer;
  *outer = 1;
}

static void lane_batch_sum_run(const void *descriptor, const lane_context *context) {
  const lane_batch_sum *sum = descriptor;
  const lane_operand *input = &sum->input;
  const lane_integers mask = lane_active_mask(context->active);
  int64_t channels = sum->channels, rows = sum->rows, columns = sum->columns, stride = input->column_stride;
  lane_axis_join(&rows, input->row_stride, &columns, &stride);
  if (rows == 1) lane_axis_join(&channels, input->channel_stride, &columns, &stride);
  float *sums = context->sums + sum->sums_offset;
  if (context->starts_sums) memset(sums, 0, sizeof(float) * (size_t)(sum->channels * sum->rows * sum->columns));
  for (int64_t channel = 0; channel < channels; channel++)
    for (int64_t r = 0; r < rows; r++, sums += columns) {
      const float *data = input->data + channel * input->channel_stride + r * input->row_stride;
      if (!input->laned) {
        for (int64_t c = 0; c < columns; c++) sums[c] += (float)context->active * data[c * stride];
        continue;
      }
      int64_t c = 0;
      for (; c + 16 <= columns; c += 16) {
        lane_vector values[16];
        for (int k = 0; k < 16; k++)
          values[k] = lane_select(mask, lane_read(data + (c + k) * stride), lane_zero());
        lane_vector_unaligned *to = (lane_vector_unaligned *)(sums + c);
        *to = *to + lane_sum_sixteen(values);
      }
      for (; c < columns; c++)
        sums[c] += lane_sum(lane_select(mask, lane_read(data + c * stride), lane_zero()));
    }
}
