// Random draws by counter: what a sample gets depends on its index in the data set, the epoch, the seed and the
// stream, never on the lane, the batch or the thread that handles it.

typedef uint64_t lane_longs __attribute__((vector_size(64), aligned(64)));

/// Four words for each of eight lanes, in the low halves of eight longs; the high halves hold rubbish, which
/// saves taking it away after every product.
typedef struct lane_philox_half {
  lane_longs words[4];
} lane_philox_half;

#define LANE_LOW_WORDS 0xffffffffull

LANE_INLINE lane_longs lane_splat_long(uint64_t value) { return value - (lane_longs){}; }

/// Philox4x32-10 (Salmon, Moraes, Dror and Shaw, Parallel Random Numbers: As Easy as 1, 2, 3, 2011).
LANE_INLINE lane_philox_half lane_philox(lane_philox_half counter, uint32_t key0, uint32_t key1) {
  lane_longs c0 = counter.words[0], c1 = counter.words[1], c2 = counter.words[2], c3 = counter.words[3];
  for (int32_t round = 0; round < 10; round++) {
    lane_longs product0 = (c0 & LANE_LOW_WORDS) * 0xD2511F53ull;
    lane_longs product1 = (c2 & LANE_LOW_WORDS) * 0xCD9E8D57ull;
    c0 = (product1 >> 32) ^ c1 ^ lane_splat_long(key0);
    c1 = product1;
    c2 = (product0 >> 32) ^ c3 ^ lane_splat_long(key1);
    c3 = product0;
    key0 += 0x9E3779B9u;
    key1 += 0xBB67AE85u;
  }
  return (lane_philox_half){{c0, c1, c2, c3}};
}

/// The four words of each of sixteen lanes.
typedef struct lane_draw {
  lane_words words[4];
} lane_draw;

/// The draw number `group` of sixteen samples, whose indices stand in `samples`.
LANE_INLINE lane_draw lane_draw_words(lane_longs samples, uint32_t group, uint32_t stream,
                                      const lane_context *context) {
  const uint32_t key0 = (uint32_t)context->seed, key1 = (uint32_t)(context->seed >> 32);
  lane_philox_half counter = {
      {lane_splat_long(group), samples, lane_splat_long(context->epoch), lane_splat_long(stream)}};
  lane_philox_half even = lane_philox(counter, key0, key1);
  counter.words[1] = samples >> 32;
  lane_philox_half odd = lane_philox(counter, key0, key1);
  lane_draw draw;
  for (int32_t i = 0; i < 4; i++)
    draw.words[i] = (lane_words)((even.words[i] & LANE_LOW_WORDS) | (odd.words[i] << 32));
  return draw;
}

/// The upper 24 bits as a float in 0..<2^24, exactly.
LANE_INLINE lane_vector lane_upper_bits(lane_words words) {
  return __builtin_convertvector((lane_integers)(words >> 8), lane_vector);
}

/// Four vectors of the distribution, one for each word or two for each pair.
LANE_INLINE void lane_distribute(lane_distribution distribution, const lane_draw *draw, lane_vector values[4]) {
  if (distribution == LANE_UNIFORM) {
    for (int32_t i = 0; i < 4; i++) values[i] = lane_upper_bits(draw->words[i]) * 0x1p-24f;
    return;
  }
  // Box and Muller, A Note on the Generation of Random Normal Deviates, 1958.
  for (int32_t i = 0; i < 4; i += 2) {
    lane_vector u = (lane_upper_bits(draw->words[i]) + 1.0f) * 0x1p-24f;
    lane_vector radius =
        __builtin_elementwise_sqrt(lane_logarithm_of_normal(u, lane_zero()) * -2.0f);
    lane_circle point = lane_circle_point(lane_upper_bits(draw->words[i + 1]) * 0x1p-24f);
    values[i] = radius * point.cosine;
    values[i + 1] = radius * point.sine;
  }
}

/// Fills a tensor whose rows are `columns` long; `distribution` is a constant at each call.
LANE_INLINE void lane_random_fill(const lane_random *random, const lane_context *context, int64_t channels,
                                  int64_t rows, int64_t columns, lane_distribution distribution) {
  lane_words indices;
  memcpy(&indices, context->samples, sizeof indices);
  const lane_longs samples = (lane_longs)indices;
  const lane_view *view = &random->output;
  const int64_t count = channels * rows * columns;
  int64_t channel = 0, row = 0, column = 0;
  float *target = view->data;
  for (int64_t element = 0; element < count; element += 4) {
    lane_draw draw = lane_draw_words(samples, (uint32_t)(element / 4), random->stream, context);
    lane_vector values[4];
    lane_distribute(distribution, &draw, values);
    if (column + 4 <= columns) {
      for (int32_t i = 0; i < 4; i++) lane_write(target + i * LANE_COUNT, values[i]);
      target += 4 * LANE_COUNT;
      column += 4;
      continue;
    }
    for (int32_t i = 0; i < 4 && element + i < count; i++) {
      if (column == columns) {
        column = 0;
        if (++row == rows) {
          row = 0;
          channel++;
        }
        target = view->data + channel * view->channel_stride + row * view->row_stride;
      }
      lane_write(target, values[i]);
      target += LANE_COUNT;
      column++;
    }
  }
}

static void lane_random_run(const void *descriptor, const lane_context *context) {
  const lane_random *random = descriptor;
  const lane_view *view = &random->output;
  int64_t channels = view->channels, rows = view->rows, columns = view->columns;
  // Without gaps the tensor is one long row.
  if ((rows == 1 || view->row_stride == columns * LANE_COUNT) &&
      (channels == 1 || view->channel_stride == rows * columns * LANE_COUNT)) {
    columns *= channels * rows;
    channels = rows = 1;
  }
  if (random->distribution == LANE_UNIFORM)
    lane_random_fill(random, context, channels, rows, columns, LANE_UNIFORM);
  else
    lane_random_fill(random, context, channels, rows, columns, LANE_NORMAL);
}
