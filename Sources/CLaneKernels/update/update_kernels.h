// Sums gradients over shards and updates parameters.

LANE_INLINE lane_vector lane_update_read(const float *data) { return *(const lane_vector_unaligned *)data; }
LANE_INLINE void lane_update_write(float *data, lane_vector value) { *(lane_vector_unaligned *)data = value; }

// MARK: - Combine

/// Adds up `width` vectors of the shards from element `i` on; `squares` gathers the squares of the results. The square of
/// a float is exact in double precision, so fused or not makes no difference.
LANE_INLINE void lane_combine_vectors(float *sums, const float *shards, int64_t stride,
                                      const lane_addition *additions, int32_t addition_count, lane_vector scale,
                                      int64_t i, lane_doubles *squares, const int width) {
  lane_vector stack[LANE_ADDITION_DEPTH][4], top[4];
  int32_t depth = 0;
  for (int32_t a = 0; a < addition_count; a++) {
    const float *from = shards + additions[a].slot * stride + i;
    if (a > 0) {
#pragma clang loop unroll(full)
      for (int v = 0; v < width; v++) stack[depth][v] = top[v];
      depth++;
    }
#pragma clang loop unroll(full)
    for (int v = 0; v < width; v++) top[v] = lane_update_read(from + 16 * v);
    for (int32_t merge = additions[a].merges; merge > 0; merge--) {
      depth--;
#pragma clang loop unroll(full)
      for (int v = 0; v < width; v++) top[v] = stack[depth][v] + top[v];
    }
  }
#pragma clang loop unroll(full)
  for (int v = 0; v < width; v++) {
    const lane_vector sum = top[v] * scale;
    lane_update_write(sums + i + 16 * v, sum);
    const lane_doubles wide = __builtin_convertvector(sum, lane_doubles);
    *squares += wide * wide;
  }
}

static double lane_combine_run(float *sums, const float *shards, int64_t stride, const lane_addition *additions,
                               int32_t addition_count, float scale, int64_t first, int64_t count) {
  const lane_vector factor = lane_splat(scale);
  lane_doubles squares = {};
  const int64_t end = first + count;
  int64_t i = first;
  // A line or two of every shard at a time: the sums on the stack stay in registers and the first cache.
  for (; i + 64 <= end; i += 64)
    lane_combine_vectors(sums, shards, stride, additions, addition_count, factor, i, &squares, 4);
  for (; i + 16 <= end; i += 16)
    lane_combine_vectors(sums, shards, stride, additions, addition_count, factor, i, &squares, 1);
  if (i < end) {
    float results[16] = {};
    for (int64_t k = i; k < end; k++) {
      float stack[LANE_ADDITION_DEPTH + 1];
      int32_t depth = 0;
      for (int32_t a = 0; a < addition_count; a++) {
        stack[depth++] = shards[additions[a].slot * stride + k];
        for (int32_t merge = additions[a].merges; merge > 0; merge--, depth--) stack[depth - 2] += stack[depth - 1];
      }
      results[k - i] = stack[0];
    }
    const lane_addition only = {0, 0};
    lane_combine_vectors(results, results, 0, &only, 1, factor, 0, &squares, 1);
    memcpy(sums + i, results, 4 * (size_t)(end - i));
  }
  double folded[16];
  memcpy(folded, &squares, sizeof folded);
  for (int width = 8; width > 0; width /= 2)
    for (int i = 0; i < width; i++) folded[i] += folded[i + width];
  return folded[0];
}

// MARK: - Update

// The formulas are those of Keras 3 (keras/src/optimizers/{sgd,adam,rmsprop,base_optimizer}.py), including where
// epsilon stands: outside the root in Adam, inside it in RMSprop.

/// One optimizer step over whole vectors. States that the settings do not use may be NULL.
static void lane_update_vectors(const lane_update_settings *settings, float *parameters, const float *gradient,
                                float *state1, float *state2, int64_t vectors) {
  const lane_vector gradient_scale = lane_splat(settings->gradient_scale);
  const lane_vector rate = lane_splat(settings->learning_rate), momentum = lane_splat(settings->momentum);
  const lane_vector epsilon = lane_splat(settings->epsilon);
  const lane_vector shrinkage = lane_splat(-(settings->learning_rate * settings->weight_decay));
  const int64_t end = 16 * vectors;
  switch (settings->optimizer) {
  case LANE_SGD:
    for (int64_t i = 0; i < end; i += 16) {
      lane_vector p = lane_update_read(parameters + i);
      p = lane_fma(shrinkage, p, p);
      const lane_vector step = rate * (gradient_scale * lane_update_read(gradient + i));
      if (settings->momentum > 0) {
        const lane_vector velocity = lane_fma(momentum, lane_update_read(state1 + i), -step);
        lane_update_write(state1 + i, velocity);
        p += settings->nesterov ? lane_fma(momentum, velocity, -step) : velocity;
      } else {
        p -= step;
      }
      lane_update_write(parameters + i, p);
    }
    break;
  case LANE_ADAM: {
    const double corrected = settings->learning_rate * sqrt(1 - pow(settings->beta2, (double)settings->step)) /
                             (1 - pow(settings->beta1, (double)settings->step));
    const lane_vector alpha = lane_splat((float)corrected);
    const lane_vector rest1 = lane_splat(1 - settings->beta1), rest2 = lane_splat(1 - settings->beta2);
    for (int64_t i = 0; i < end; i += 16) {
      const lane_vector g = gradient_scale * lane_update_read(gradient + i);
      lane_vector m = lane_update_read(state1 + i), v = lane_update_read(state2 + i);
      lane_vector p = lane_update_read(parameters + i);
      m = lane_fma(g - m, rest1, m);
      v = lane_fma(lane_fma(g, g, -v), rest2, v);
      p = lane_fma(shrinkage, p, p);
      p -= alpha * m / (__builtin_elementwise_sqrt(v) + epsilon);
      lane_update_write(state1 + i, m);
      lane_update_write(state2 + i, v);
      lane_update_write(parameters + i, p);
    }
    break;
  }
  case LANE_RMSPROP: {
    const lane_vector decay = lane_splat(settings->decay), rest = lane_splat(1 - settings->decay);
    for (int64_t i = 0; i < end; i += 16) {
      const lane_vector g = gradient_scale * lane_update_read(gradient + i);
      const lane_vector square = lane_fma(decay, lane_update_read(state1 + i), rest * (g * g));
      lane_vector step = rate * g / __builtin_elementwise_sqrt(square + epsilon);
      lane_update_write(state1 + i, square);
      if (settings->momentum > 0) {
        step = lane_fma(momentum, lane_update_read(state2 + i), step);
        lane_update_write(state2 + i, step);
      }
      lane_vector p = lane_update_read(parameters + i);
      p = lane_fma(shrinkage, p, p);
      lane_update_write(parameters + i, p - step);
    }
    break;
  }
  }
}

static void lane_update_run(const lane_update_settings *settings, float *parameters, const float *gradient,
                            float *state1, float *state2, int64_t first, int64_t count) {
  const int64_t vectors = count / 16, tail = first + 16 * vectors;
  lane_update_vectors(settings, parameters + first, gradient + first, state1 ? state1 + first : NULL,
                      state2 ? state2 + first : NULL, vectors);
  if (count % 16 == 0) return;
  const size_t bytes = 4 * (size_t)(count % 16);
  float p[16] = {}, g[16] = {}, first_state[16] = {}, second_state[16] = {};
  memcpy(p, parameters + tail, bytes);
  memcpy(g, gradient + tail, bytes);
  if (state1) memcpy(first_state, state1 + tail, bytes);
  if (state2) memcpy(second_state, state2 + tail, bytes);
  lane_update_vectors(settings, p, g, first_state, second_state, 1);
  memcpy(parameters + tail, p, bytes);
  if (state1) memcpy(state1 + tail, first_state, bytes);
  if (state2) memcpy(state2 + tail, second_state, bytes);
}
