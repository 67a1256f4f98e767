// Separable sparse linear maps of each channel: first down the columns (rows of the row matrix), one output row
// at a time into the scratch row, then along that row.

/// `count` neighbouring columns of the weighted sum of input rows.
LANE_INLINE void lane_resample_blend(const lane_sparse_matrix *matrix, int32_t first, int32_t end, const float *input,
                                     int64_t row_stride, float *output, int32_t count) {
  lane_vector sums[4] = {};
  for (int32_t entry = first; entry < end; entry++) {
    const float *from = input + matrix->sources[entry] * row_stride;
    const lane_vector weight = lane_splat(matrix->weights[entry]);
#pragma clang loop unroll(full)
    for (int32_t k = 0; k < count; k++) sums[k] = lane_fma(weight, lane_read(from + 16 * k), sums[k]);
  }
#pragma clang loop unroll(full)
  for (int32_t k = 0; k < count; k++) lane_write(output + 16 * k, sums[k]);
}

/// Row `row` of `R * input`: an input row itself where `R` only chooses one, else the filled scratch row.
LANE_INLINE const float *lane_resample_row(const lane_resample *resample, const float *input, int32_t row) {
  const lane_sparse_matrix *matrix = &resample->row_matrix;
  const int64_t stride = resample->input.row_stride;
  const int32_t first = matrix->starts[row], end = matrix->starts[row + 1], columns = resample->input.columns;
  if (end - first == 1 && matrix->weights[first] == 1) return input + matrix->sources[first] * stride;
  int64_t c = 0;
  for (; c + 4 <= columns; c += 4)
    lane_resample_blend(matrix, first, end, input + 16 * c, stride, resample->scratch + 16 * c, 4);
  for (; c < columns; c++)
    lane_resample_blend(matrix, first, end, input + 16 * c, stride, resample->scratch + 16 * c, 1);
  return resample->scratch;
}

/// One output row from a blended row. `uniform` is the number of entries of every row of the column matrix, or 0
/// where it differs: a constant in the two common cases, which saves the inner loop.
LANE_INLINE void lane_resample_along(const lane_sparse_matrix *matrix, const float *row, float *output,
                                     int64_t columns, int32_t uniform) {
  const int32_t *sources = matrix->sources + matrix->starts[0];
  const float *weights = matrix->weights + matrix->starts[0];
  if (uniform == 1) {
    for (int64_t c = 0; c < columns; c++)
      lane_write(output + 16 * c, lane_splat(weights[c]) * lane_read(row + 16 * (int64_t)sources[c]));
  } else if (uniform == 2) {
    for (int64_t c = 0; c < columns; c++) {
      const lane_vector first = lane_splat(weights[2 * c]) * lane_read(row + 16 * (int64_t)sources[2 * c]);
      lane_write(output + 16 * c,
                 lane_fma(lane_splat(weights[2 * c + 1]), lane_read(row + 16 * (int64_t)sources[2 * c + 1]), first));
    }
  } else {
    for (int64_t c = 0; c < columns; c++) {
      lane_vector sum = lane_zero();
      for (int32_t entry = matrix->starts[c]; entry < matrix->starts[c + 1]; entry++)
        sum = lane_fma(lane_splat(matrix->weights[entry]), lane_read(row + 16 * (int64_t)matrix->sources[entry]), sum);
      lane_write(output + 16 * c, sum);
    }
  }
}

static void lane_resample_run(const void *descriptor, const lane_context *context) {
  const lane_resample *resample = descriptor;
  const lane_view *input = &resample->input, *output = &resample->output;
  const lane_sparse_matrix *columns = &resample->column_matrix;
  int32_t uniform = columns->starts[1] - columns->starts[0];
  for (int32_t c = 1; c < output->columns; c++)
    if (columns->starts[c + 1] - columns->starts[c] != uniform) uniform = 0;
  for (int32_t channel = 0; channel < output->channels; channel++)
    for (int32_t r = 0; r < output->rows; r++) {
      const float *row = lane_resample_row(resample, input->data + channel * input->channel_stride, r);
      float *to = output->data + channel * output->channel_stride + r * output->row_stride;
      if (uniform == 1)
        lane_resample_along(columns, row, to, output->columns, 1);
      else if (uniform == 2)
        lane_resample_along(columns, row, to, output->columns, 2);
      else
        lane_resample_along(columns, row, to, output->columns, 0);
    }
}
