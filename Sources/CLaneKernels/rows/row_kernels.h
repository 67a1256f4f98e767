// Rows of a shared matrix by each sample's own indices, and sums of rows by index.

/// The row that an index names: whatever the number is, there is such a row.
LANE_INLINE int64_t lane_row_at(float index, int32_t rows) {
  if (!(index > 0.0f)) return 0; // NaN, too
  return index < (float)(rows - 1) ? (int64_t)index : rows - 1;
}

static void lane_gather_rows_run(const void *descriptor, const lane_context *context) {
  const lane_gather_rows *d = descriptor;
  const lane_integers all = ~(lane_integers){};
  const int64_t step = LANE_COUNT * (int64_t)d->count;
  for (int32_t i = 0; i < d->count; i++) {
    const char *rows[LANE_COUNT];
    for (int32_t lane = 0; lane < LANE_COUNT; lane++)
      rows[lane] =
        (const char *)(d->matrix + d->width * lane_row_at(d->indices[LANE_COUNT * (int64_t)i + lane], d->rows));
    float *output = d->output + LANE_COUNT * (int64_t)i;
    lane_vector values[16];
    int32_t first = 0;
    for (; first + 16 <= d->width; first += 16) {
      lane_load_block(rows, first, LANE_FLOAT, lane_zero(), all, values);
      for (int32_t j = 0; j < 16; j++) lane_write(output + (first + j) * step, values[j]);
    }
    if (first == d->width) continue;
    char rest[LANE_COUNT][64] = {};
    for (int32_t lane = 0; lane < LANE_COUNT; lane++) {
      memcpy(rest[lane], rows[lane] + 4 * (int64_t)first, 4 * (size_t)(d->width - first));
      rows[lane] = rest[lane];
    }
    lane_load_block(rows, 0, LANE_FLOAT, lane_zero(), all, values);
    for (int32_t j = 0; j < d->width - first; j++) lane_write(output + (first + j) * step, values[j]);
  }
}

static void lane_scatter_rows_run(const void *descriptor, const lane_context *context) {
  const lane_scatter_rows *d = descriptor;
  float *gradient = context->sums + d->sums_offset;
  if (context->starts_sums) memset(gradient, 0, sizeof(float) * (size_t)d->rows * (size_t)d->width);
  const int64_t step = LANE_COUNT * (int64_t)d->count;
  const int64_t stride = (d->width + LANE_COUNT - 1) / LANE_COUNT * LANE_COUNT;
  for (int32_t i = 0; i < d->count; i++) {
    const float *from = d->values + LANE_COUNT * (int64_t)i;
    for (int32_t first = 0; first < d->width; first += LANE_COUNT) {
      const int32_t count = d->width - first < LANE_COUNT ? d->width - first : LANE_COUNT;
      lane_vector values[16] = {};
      for (int32_t j = 0; j < count; j++) values[j] = lane_read(from + (first + j) * step);
      lane_store_block(values, d->scratch + first, stride, 16, 16);
    }
    for (int32_t lane = 0; lane < context->active; lane++) {
      const float *row = d->scratch + lane * stride;
      float *target = gradient + d->width * lane_row_at(d->indices[LANE_COUNT * (int64_t)i + lane], d->rows);
      for (int32_t j = 0; j < d->width; j++) target[j] += row[j];
    }
  }
}
