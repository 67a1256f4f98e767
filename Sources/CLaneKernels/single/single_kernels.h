// One sample by itself, one float an element: the lanes of a vector are sixteen neighbours along an axis of the tensor
// (columns, or outputs of a matrix) rather than sixteen samples. Every number is computed by the operations of the
// kernels for sixteen samples, in their order, so it has the same bits.
//
// Values lie in rooms made for sixteen samples. So vectors may be read, and read and written back, beyond the end of a
// row: what is there belongs to the same thread, and comes back as it was.

LANE_INLINE lane_vector lane_single_read(const float *data) { return *(const lane_vector_unaligned *)data; }

/// Sixteen numbers any step apart, out of line: unrolled into every tile this would be most of the program.
static __attribute__((noinline)) void lane_single_gather_apart(lane_vector *result, const float *data, int64_t step) {
  for (int lane = 0; lane < 16; lane++) ((float *)result)[lane] = data[lane * step];
}

/// Sixteen numbers `step` apart.
LANE_INLINE lane_vector lane_single_gather(const float *data, int64_t step) {
  if (step == 1) return lane_single_read(data);
  if (step == 2) {
    const lane_vector low = lane_single_read(data), high = lane_single_read(data + 16);
    return __builtin_shufflevector(low, high, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
  }
  lane_vector result;
  lane_single_gather_apart(&result, data, step);
  return result;
}

/// `lane_single_scatter` where the numbers are not side by side, out of line like `lane_single_gather_apart`.
static __attribute__((noinline)) void lane_single_scatter_apart(float *data, int64_t step, const lane_vector *values,
                                                                int32_t count) {
  if (step != 2) {
    for (int lane = 0; lane < count; lane++) data[lane * step] = ((const float *)values)[lane];
    return;
  }
  lane_vector value = *values;
  const lane_vector low = lane_single_read(data), high = lane_single_read(data + 16);
  if (count < 16) {
    const lane_vector old =
        __builtin_shufflevector(low, high, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
    value = lane_select(lane_active_mask(count), value, old);
  }
  *(lane_vector_unaligned *)data =
      __builtin_shufflevector(value, low, 0, 17, 1, 19, 2, 21, 3, 23, 4, 25, 5, 27, 6, 29, 7, 31);
  *(lane_vector_unaligned *)(data + 16) =
      __builtin_shufflevector(value, high, 8, 17, 9, 19, 10, 21, 11, 23, 12, 25, 13, 27, 14, 29, 15, 31);
}

/// Writes the first `count` numbers, `step` apart.
LANE_INLINE void lane_single_scatter(float *data, int64_t step, lane_vector value, int32_t count) {
  if (step != 1) {
    lane_single_scatter_apart(data, step, &value, count);
    return;
  }
  if (count < 16) value = lane_select(lane_active_mask(count), value, lane_single_read(data));
  *(lane_vector_unaligned *)data = value;
}

// MARK: - In and out

static void lane_single_load_run(const void *descriptor, const lane_context *context) {
  const lane_load *load = descriptor;
  const lane_view *output = &load->output;
  const void *sample = NULL;
  load->locate(load->source, context->samples, 1, load->staging, &sample);
  const char *from = sample;
  const size_t size = load->element == LANE_FLOAT ? 4 : 1;
  for (int32_t channel = 0; channel < output->channels; channel++)
    for (int32_t row = 0; row < output->rows; row++, from += size * (size_t)output->columns) {
      float *to = output->data + channel * output->channel_stride + row * output->row_stride;
      if (load->element == LANE_FLOAT)
        memcpy(to, from, size * (size_t)output->columns);
      else
        for (int32_t c = 0; c < output->columns; c++) to[c] = (float)(uint8_t)from[c] * load->scale;
    }
}

static void lane_single_store_run(const void *descriptor, const lane_context *context) {
  const lane_store *store = descriptor;
  const lane_view *input = &store->input;
  float *to = store->data;
  (void)context;
  for (int32_t channel = 0; channel < input->channels; channel++)
    for (int32_t row = 0; row < input->rows; row++, to += input->columns)
      memcpy(to, input->data + channel * input->channel_stride + row * input->row_stride,
             sizeof(float) * (size_t)input->columns);
}

static void lane_single_zero_halo_run(const void *descriptor, const lane_context *context) {
  const lane_zero_halo *halo = descriptor;
  const lane_view *view = &halo->view;
  (void)context;
  const int64_t width = view->columns + halo->left + halo->right;
  for (int32_t channel = 0; channel < view->channels; channel++)
    for (int32_t row = -halo->top; row < view->rows + halo->bottom; row++) {
      float *start = view->data + channel * view->channel_stride + row * view->row_stride - halo->left;
      if (row < 0 || row >= view->rows) {
        memset(start, 0, sizeof(float) * (size_t)width);
      } else {
        memset(start, 0, sizeof(float) * (size_t)halo->left);
        memset(start + halo->left + view->columns, 0, sizeof(float) * (size_t)halo->right);
      }
    }
}

// MARK: - Elementwise maps

/// Up to sixteen elements of an operand.
LANE_INLINE lane_vector lane_single_operand(const lane_operand *operand, const float *data, int64_t stride,
                                            int32_t count) {
  if (stride == 0) return lane_splat(*data);
  // A shared value has no room behind it, and far apart there is not enough.
  if (count == 16 || (operand->laned && stride == 1)) return lane_single_gather(data, stride);
  lane_vector result = {};
  for (int32_t lane = 0; lane < count; lane++) result[lane] = data[lane * stride];
  return result;
}

static void lane_single_map_run(const void *descriptor, const lane_context *context) {
  const lane_map *map = descriptor;
  (void)context;
  if (map->channels <= 0 || map->rows <= 0 || map->columns <= 0) return;
  lane_map_axes axes;
  lane_map_join_axes(&axes, map, 1);
  lane_vector registers[LANE_MAP_OPERANDS + LANE_MAP_STEPS];
  for (int64_t outer = 0; outer < axes.lengths[0]; outer++)
    for (int64_t middle = 0; middle < axes.lengths[1]; middle++)
      for (int64_t inner = 0; inner < axes.lengths[2]; inner += 16) {
        const int32_t count = axes.lengths[2] - inner < 16 ? (int32_t)(axes.lengths[2] - inner) : 16;
        for (int32_t i = 0; i < map->operand_count; i++)
          registers[i] = lane_single_operand(&map->operands[i],
                                             map->operands[i].data + outer * axes.strides[0][i] +
                                               middle * axes.strides[1][i] + inner * axes.strides[2][i],
                                             axes.strides[2][i], count);
        for (int32_t i = 0; i < map->step_count; i++) {
          const lane_map_step *step = &map->steps[i];
          lane_map_apply(step->function, (lane_map_register){(float *)&registers[map->operand_count + i], 0},
                         (lane_map_register){(float *)&registers[step->first], 0},
                         (lane_map_register){(float *)&registers[step->second], 0}, 1, 1);
        }
        for (int32_t o = 0; o < map->output_count; o++) {
          const int32_t i = map->operand_count + o;
          lane_single_scatter(map->outputs[o].view.data + outer * axes.strides[0][i] + middle * axes.strides[1][i] +
                                inner * axes.strides[2][i],
                              axes.strides[2][i], registers[map->outputs[o].source], count);
        }
      }
}

// MARK: - Convolution

/// Sixteen neighbouring positions of a row, or what is left of it.
typedef struct lane_single_run {
  const float *input;
  float *output;
  int32_t count;
} lane_single_run;

/// Activations by polynomial, out of line as in `lane_finish_in_memory`.
static __attribute__((noinline)) void lane_single_finish(float *sums, int32_t count, lane_activation activation) {
  for (int32_t i = 0; i < count; i++) lane_write(sums + 16 * i, lane_finish(lane_read(sums + 16 * i), activation, NULL));
}

/// `outputs` channels x `count` runs, both known when compiled, as the step from input to input is.
LANE_INLINE void lane_single_tile(const lane_convolution *d, const lane_single_run *runs, const float *weights,
                                  int32_t channel, const int outputs, const int count, const int64_t step) {
  lane_vector sums[8][8];
#pragma clang loop unroll(full)
  for (int o = 0; o < outputs; o++) {
    lane_vector start = d->epilogue.bias ? lane_splat(d->epilogue.bias[channel + o]) : lane_zero();
#pragma clang loop unroll(full)
    for (int p = 0; p < count; p++) sums[o][p] = start;
  }
  const int64_t *offsets = d->offsets;
  for (int32_t k = 0; k < d->term_count; k++) {
    lane_vector values[8];
#pragma clang loop unroll(full)
    for (int p = 0; p < count; p++) values[p] = lane_single_gather(runs[p].input + offsets[k], step);
#pragma clang loop unroll(full)
    for (int o = 0; o < outputs; o++) {
      lane_vector weight = lane_splat(weights[o]);
#pragma clang loop unroll(full)
      for (int p = 0; p < count; p++) sums[o][p] = lane_fma(weight, values[p], sums[o][p]);
    }
    weights += outputs;
  }
  const int late = d->epilogue.activation > LANE_ACTIVATION_RELU;
  const lane_activation simple = late ? LANE_ACTIVATION_NONE : d->epilogue.activation;
  if (late) {
    lane_vector finished[8];
    for (int o = 0; o < outputs; o++) {
#pragma clang loop unroll(full)
      for (int p = 0; p < count; p++) finished[p] = sums[o][p];
      lane_single_finish((float *)finished, count, d->epilogue.activation);
#pragma clang loop unroll(full)
      for (int p = 0; p < count; p++)
        lane_single_scatter(runs[p].output + o * d->output_channel_stride, d->output_column_step, finished[p],
                            runs[p].count);
    }
    return;
  }
#pragma clang loop unroll(full)
  for (int o = 0; o < outputs; o++)
#pragma clang loop unroll(full)
    for (int p = 0; p < count; p++)
      lane_single_scatter(runs[p].output + o * d->output_channel_stride, d->output_column_step,
                          lane_finish(sums[o][p], simple, NULL), runs[p].count);
}

/// All positions for one block of `outputs` channels, up to `tile` runs at a time.
LANE_INLINE void lane_single_channels(const lane_convolution *d, const float *weights, int32_t channel,
                                      const int outputs, const int tile, const int64_t step) {
  const int32_t across = (d->columns + 15) / 16, total = across * d->rows;
  for (int32_t first = 0; first < total;) {
    lane_single_run runs[8];
    const int32_t left = total - first < tile ? total - first : tile;
    for (int32_t p = 0; p < left; p++) {
      const int32_t row = (first + p) / across, column = (first + p) % across * 16;
      runs[p].input = d->input + row * d->input_row_step + column * d->input_column_step;
      runs[p].output = d->output + channel * d->output_channel_stride + row * d->output_row_step +
                       column * d->output_column_step;
      runs[p].count = d->columns - column < 16 ? d->columns - column : 16;
    }
#define LANE_RUNS(width)                                                                                       \
  if ((width) <= tile && left >= (width)) {                                                                    \
    lane_single_tile(d, runs, weights, channel, outputs, width, step);                                         \
    first += (width);                                                                                          \
    continue;                                                                                                  \
  }
    LANE_RUNS(8)
    LANE_RUNS(4)
    LANE_RUNS(3)
    LANE_RUNS(2)
    LANE_RUNS(1)
#undef LANE_RUNS
  }
}

LANE_INLINE void lane_single_blocks(const lane_convolution *d, const int64_t step) {
  int32_t channel = 0;
#define LANE_BLOCKS(outputs, tile)                                                                             \
  for (; channel + (outputs) <= d->output_channels; channel += (outputs))                                      \
    lane_single_channels(d, d->weights + (int64_t)channel * d->term_count, channel, outputs, tile, step);
  LANE_CHANNEL_BLOCKS(LANE_BLOCKS)
#undef LANE_BLOCKS
}

static void lane_single_convolve_run(const void *descriptor, const lane_context *context) {
  const lane_convolution *d = descriptor;
  (void)context;
  if (d->input_column_step == 1)
    lane_single_blocks(d, 1);
  else if (d->input_column_step == 2)
    lane_single_blocks(d, 2);
  else
    lane_single_blocks(d, d->input_column_step);
}

// MARK: - Matrix product

/// `width` vectors of outputs, from output `first` on; `weights` holds `width` vectors for each term.
LANE_INLINE void lane_single_product(const lane_matrix_product *d, const float *weights, int32_t terms, int32_t first,
                                     const int width) {
  lane_vector sums[8];
#pragma clang loop unroll(full)
  for (int v = 0; v < width; v++)
    sums[v] = d->epilogue.bias ? lane_single_read(d->epilogue.bias + first + 16 * v) : lane_zero();
#pragma clang loop unroll_count(4)
  for (int32_t k = 0; k < terms; k++) {
    const lane_vector x = lane_splat(d->input[k]);
#pragma clang loop unroll(full)
    for (int v = 0; v < width; v++)
      sums[v] = lane_fma(lane_read(weights + 16 * ((int64_t)k * width + v)), x, sums[v]);
  }
  const int late = d->epilogue.activation > LANE_ACTIVATION_RELU;
  const lane_activation simple = late ? LANE_ACTIVATION_NONE : d->epilogue.activation;
  if (late) {
    lane_vector finished[8];
#pragma clang loop unroll(full)
    for (int v = 0; v < width; v++) finished[v] = sums[v];
    lane_single_finish((float *)finished, width, d->epilogue.activation);
#pragma clang loop unroll(full)
    for (int v = 0; v < width; v++) *(lane_vector_unaligned *)(d->output + first + 16 * v) = finished[v];
    return;
  }
#pragma clang loop unroll(full)
  for (int v = 0; v < width; v++)
    *(lane_vector_unaligned *)(d->output + first + 16 * v) = lane_finish(sums[v], simple, NULL);
}

static void lane_single_matrix_product_run(const void *descriptor, const lane_context *context) {
  const lane_matrix_product *d = descriptor;
  (void)context;
  const int32_t outputs = d->transposed ? d->columns : d->rows, terms = d->transposed ? d->rows : d->columns;
  const int32_t vectors = (outputs + 15) / 16;
  const int32_t groups = (vectors + LANE_SINGLE_VECTORS - 1) / LANE_SINGLE_VECTORS;
  for (int32_t group = 0; group < groups; group++) {
    const int32_t first = group * vectors / groups, width = (group + 1) * vectors / groups - first;
    const float *weights = d->weights + 16 * (int64_t)first * terms;
    switch (width) {
#define LANE_WIDTH(width)                                                                                      \
  case width: lane_single_product(d, weights, terms, 16 * first, width); break;
      LANE_WIDTH(1)
      LANE_WIDTH(2)
      LANE_WIDTH(3)
      LANE_WIDTH(4)
#if LANE_BLOCK > 2
      LANE_WIDTH(5)
      LANE_WIDTH(6)
      LANE_WIDTH(7)
      LANE_WIDTH(8)
#endif
#undef LANE_WIDTH
    }
  }
}

// MARK: - Pooling and resampling

static void lane_single_max_pool_run(const void *descriptor, const lane_context *context) {
  const lane_max_pool *pool = descriptor;
  const lane_view *input = &pool->input, *output = &pool->output;
  (void)context;
  for (int32_t channel = 0; channel < output->channels; channel++)
    for (int32_t r = 0; r < output->rows; r++)
      for (int32_t c = 0; c < output->columns; c++) {
        const lane_pool_window window = lane_pool_window_at(pool, r, c);
        const float *from = input->data + channel * input->channel_stride;
        float best = from[window.first_row * input->row_stride + window.first_column];
        for (int32_t y = window.first_row; y < window.end_row; y++)
          for (int32_t x = window.first_column; x < window.end_column; x++) {
            const float value = from[y * input->row_stride + x];
            // As `lane_pool_beats`.
            if (!(value <= best) && best == best) best = value;
          }
        output->data[channel * output->channel_stride + r * output->row_stride + c] = best;
      }
}

/// A row of the matrix times elements `stride` apart.
LANE_INLINE float lane_single_weighted(const lane_sparse_matrix *matrix, int32_t row, const float *data,
                                       int64_t stride) {
  float sum = 0;
  for (int32_t entry = matrix->starts[row]; entry < matrix->starts[row + 1]; entry++)
    sum = __builtin_fmaf(matrix->weights[entry], data[matrix->sources[entry] * stride], sum);
  return sum;
}

static void lane_single_resample_run(const void *descriptor, const lane_context *context) {
  const lane_resample *resample = descriptor;
  const lane_view *input = &resample->input, *output = &resample->output;
  const lane_sparse_matrix *rows = &resample->row_matrix, *columns = &resample->column_matrix;
  (void)context;
  int32_t uniform = columns->starts[1] - columns->starts[0];
  for (int32_t c = 1; c < output->columns; c++)
    if (columns->starts[c + 1] - columns->starts[c] != uniform) uniform = 0;
  for (int32_t channel = 0; channel < output->channels; channel++)
    for (int32_t r = 0; r < output->rows; r++) {
      const float *from = input->data + channel * input->channel_stride;
      const int32_t first = rows->starts[r];
      const float *row = resample->scratch;
      if (rows->starts[r + 1] - first == 1 && rows->weights[first] == 1)
        row = from + rows->sources[first] * input->row_stride;
      else
        for (int32_t c = 0; c < input->columns; c++)
          resample->scratch[c] = lane_single_weighted(rows, r, from + c, input->row_stride);
      float *to = output->data + channel * output->channel_stride + r * output->row_stride;
      for (int32_t c = 0; c < output->columns; c++) {
        const float *weights = columns->weights + columns->starts[c];
        const int32_t *sources = columns->sources + columns->starts[c];
        if (uniform == 1)
          to[c] = weights[0] * row[sources[0]];
        else if (uniform == 2)
          to[c] = __builtin_fmaf(weights[1], row[sources[1]], weights[0] * row[sources[0]]);
        else
          to[c] = lane_single_weighted(columns, c, row, 1);
      }
    }
}
