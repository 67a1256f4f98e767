// Forces between all pairs of points in the plane as a convolution on a grid, in the way of particle-mesh methods
// (Hockney & Eastwood 1988; Linderman et al. 2019 for t-SNE). Both components of the force are transformed for
// themselves, so that nothing cancels, however far the points lie from the origin.
//
// The charges are real: the first axis transforms two columns in one complex sequence and keeps half the spectrum.
// The field's two components are the real and the imaginary part of one sequence on the way back.

/// The number as far from the middle of a period of `size` as from its start: -size / 2 < result <= size / 2.
LANE_INLINE int64_t lane_wrapped(int64_t index, int64_t size) { return 2 * index > size ? index - size : index; }

static void lane_grid_kernel_run(lane_grid_kernel kernel, int64_t size, float spacing, int64_t row, float *values) {
  const float first = (float)lane_wrapped(row, size) * spacing;
  for (int64_t column = 0; column < size; column++) {
    const float second = (float)lane_wrapped(column, size) * spacing;
    const float similarity = 1 / (1 + (first * first + second * second));
    // An odd function has no value in the middle of its period.
    if (kernel == LANE_SIMILARITY)
      values[column] = similarity;
    else if (kernel == LANE_FORCE_FIRST)
      values[column] = 2 * row == size ? 0 : first * similarity * similarity;
    else
      values[column] = 2 * column == size ? 0 : second * similarity * similarity;
  }
}

// MARK: - Forward along the first axis

/// Exchanges rows and columns of a block of 16 x 16 floats; the target's rows lie next to one another.
LANE_INLINE void lane_transpose_block(const float *source, int64_t stride, float *target) {
  const char *rows[16];
  for (int i = 0; i < 16; i++) rows[i] = (const char *)(source + i * stride);
  for (int i = 0; i < 4; i++) {
    lane_vector words[4];
    lane_words_read(rows, 16 * i, words);
    for (int k = 0; k < 4; k++) lane_write(target + 16 * (4 * i + k), words[k]);
  }
}

/// Takes apart the spectra of the two real sequences in one complex one, and files them by strips.
LANE_INLINE void lane_grid_split(const lane_grid *grid, lane_sequence spectrum, int64_t pair) {
  const int64_t size = grid->fourier.size;
  for (int64_t strip = 0; strip < grid->strips; strip++) {
    float parts[4][256] __attribute__((aligned(64)));
    for (int64_t lane = 0; lane < 16; lane++) {
      const int64_t k = 16 * strip + lane;
      const lane_complex a = lane_sequence_read(spectrum, k % size);
      const lane_complex b = lane_sequence_read(spectrum, (2 * size - k) % size);
      lane_write(parts[0] + 16 * lane, 0.5f * (a.real + b.real));
      lane_write(parts[1] + 16 * lane, 0.5f * (a.imaginary - b.imaginary));
      lane_write(parts[2] + 16 * lane, 0.5f * (a.imaginary + b.imaginary));
      lane_write(parts[3] + 16 * lane, 0.5f * (b.real - a.real));
    }
    const int64_t place = 16 * (strip * size + 32 * pair);
    lane_transpose_block(parts[0], 16, grid->half_real + place);
    lane_transpose_block(parts[1], 16, grid->half_imaginary + place);
    lane_transpose_block(parts[2], 16, grid->half_real + place + 256);
    lane_transpose_block(parts[3], 16, grid->half_imaginary + place + 256);
  }
}

LANE_INLINE lane_sequence lane_scratch(float *scratch, int64_t size, int number) {
  return (lane_sequence){scratch + 32 * number * size, scratch + 32 * number * size + 16 * size};
}

static void lane_grid_columns_run(const lane_grid *grid, int64_t pair, float *scratch) {
  const int64_t size = grid->fourier.size, side = size / 2;
  const lane_sequence data = lane_scratch(scratch, size, 0), spare = lane_scratch(scratch, size, 1);
  for (int64_t row = 0; row < side; row++) {
    const float *charges = grid->charges + row * side + 32 * pair;
    lane_complex sum = {lane_read(charges), lane_read(charges + 16)};
    for (int32_t part = 1; part < grid->charge_parts; part++) {
      const float *more = charges + part * grid->charge_stride;
      sum = lane_complex_add(sum, (lane_complex){lane_read(more), lane_read(more + 16)});
    }
    lane_sequence_write(data, row, sum);
  }
  lane_grid_split(grid, lane_fourier_run(&grid->fourier, 1, 0, data, spare), pair);
}

static void lane_grid_kernel_columns_run(const lane_grid *grid, const float *values, int64_t pair, float *scratch) {
  const int64_t size = grid->fourier.size;
  const lane_sequence data = lane_scratch(scratch, size, 0), spare = lane_scratch(scratch, size, 1);
  for (int64_t row = 0; row < size; row++) {
    const float *columns = values + row * size + 32 * pair;
    lane_sequence_write(data, row, (lane_complex){lane_read(columns), lane_read(columns + 16)});
  }
  lane_grid_split(grid, lane_fourier_run(&grid->fourier, 0, 0, data, spare), pair);
}

// MARK: - The second axis

static void lane_grid_kernel_rows_run(const lane_grid *grid, lane_grid_kernel kernel, int64_t strip,
                                      const float *weights, const float *factors, float *scratch) {
  const int64_t size = grid->fourier.size, first = 16 * strip * size;
  const lane_sequence data = lane_scratch(scratch, size, 0), spare = lane_scratch(scratch, size, 1);
  for (int64_t column = 0; column < size; column++) {
    const int64_t place = first + 16 * column;
    lane_sequence_write(
      data, column, (lane_complex){lane_read(grid->half_real + place), lane_read(grid->half_imaginary + place)});
  }
  const lane_sequence spectrum = lane_fourier_run(&grid->fourier, 0, 0, data, spare);
  const float *part = kernel == LANE_SIMILARITY ? spectrum.real : spectrum.imaginary;
  float *target = kernel == LANE_SIMILARITY ? grid->similarity : grid->force[kernel == LANE_FORCE_SECOND];
  const lane_vector weight = lane_read(weights + 16 * strip);
  for (int64_t k = 0; k < size; k++)
    lane_write(target + first + 16 * k, weight * factors[k] * lane_read(part + 16 * k));
}

/// One component of the field: times i and the kernel, then back along the second axis.
LANE_INLINE void lane_grid_component(const lane_grid *grid, int component, int64_t strip, lane_sequence spectrum,
                                     lane_sequence data, lane_sequence spare) {
  const int64_t size = grid->fourier.size, side = size / 2;
  const float *force = grid->force[component] + 16 * strip * size;
  // i a (x + i y) = -a y + i a x; exchanged for the way back.
  for (int64_t k = 0; k < size; k++) {
    const lane_complex value = lane_sequence_read(spectrum, k);
    const lane_vector factor = lane_read(force + 16 * k);
    lane_sequence_write(data, k, (lane_complex){factor * value.real, -(factor * value.imaginary)});
  }
  const lane_sequence result = lane_fourier_run(&grid->fourier, 0, 1, data, spare);
  const size_t bytes = 4 * 16 * (size_t)side;
  memcpy(grid->field_real[component] + 16 * strip * side, result.imaginary, bytes);
  memcpy(grid->field_imaginary[component] + 16 * strip * side, result.real, bytes);
}

static void lane_grid_rows_run(const lane_grid *grid, int64_t strip, float *scratch) {
  const int64_t size = grid->fourier.size, side = size / 2, first = 16 * strip * size;
  lane_sequence data = lane_scratch(scratch, size, 0), spare = lane_scratch(scratch, size, 1);
  memcpy(data.real, grid->half_real + first, 4 * 16 * (size_t)side);
  memcpy(data.imaginary, grid->half_imaginary + first, 4 * 16 * (size_t)side);
  const lane_sequence spectrum = lane_fourier_run(&grid->fourier, 1, 0, data, spare);
  if (spectrum.real == data.real) data = spare;
  spare = lane_scratch(scratch, size, 2);

  const float *similarity = grid->similarity + first;
  lane_vector sum = lane_zero();
  for (int64_t k = 0; k < size; k++) {
    const lane_complex value = lane_sequence_read(spectrum, k);
    const lane_vector power = lane_fma(value.real, value.real, value.imaginary * value.imaginary);
    sum = lane_fma(power, lane_read(similarity + 16 * k), sum);
  }
  grid->sums[strip] = lane_sum(sum);
  for (int component = 0; component < 2; component++)
    lane_grid_component(grid, component, strip, spectrum, data, spare);
}

// MARK: - Back along the first axis

static void lane_grid_field_run(const lane_grid *grid, int64_t column_block, float *scratch) {
  const int64_t size = grid->fourier.size, side = size / 2, column = 16 * column_block;
  const lane_sequence data = lane_scratch(scratch, size, 0), spare = lane_scratch(scratch, size, 1);
  for (int64_t strip = 0; strip < grid->strips; strip++) {
    float parts[4][256] __attribute__((aligned(64)));
    const int64_t place = 16 * (strip * side + column);
    lane_transpose_block(grid->field_real[0] + place, 16, parts[0]);
    lane_transpose_block(grid->field_imaginary[0] + place, 16, parts[1]);
    lane_transpose_block(grid->field_real[1] + place, 16, parts[2]);
    lane_transpose_block(grid->field_imaginary[1] + place, 16, parts[3]);
    for (int64_t lane = 0; lane < 16 && 16 * strip + lane <= side; lane++) {
      const int64_t k = 16 * strip + lane;
      const lane_complex first = {lane_read(parts[0] + 16 * lane), lane_read(parts[1] + 16 * lane)};
      const lane_complex second = {lane_read(parts[2] + 16 * lane), lane_read(parts[3] + 16 * lane)};
      // first + i second, and for the negative frequency that of their conjugates; exchanged for the way back.
      const lane_complex above = {first.imaginary + second.real, first.real - second.imaginary};
      const lane_complex below = {second.real - first.imaginary, first.real + second.imaginary};
      lane_sequence_write(data, k, above);
      if (k > 0 && k < side) lane_sequence_write(data, size - k, below);
    }
  }
  const lane_sequence result = lane_fourier_run(&grid->fourier, 0, 1, data, spare);
  for (int64_t row = 0; row < side; row++) {
    lane_write(grid->field[0] + row * side + column, lane_read(result.imaginary + 16 * row));
    lane_write(grid->field[1] + row * side + column, lane_read(result.real + 16 * row));
  }
}
