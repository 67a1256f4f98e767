// Random draws by counter: what a sample gets depends on its index in the data set, the epoch, the seed and the
// stream, never on the lane, the batch or the thread that handles it.

typedef uint64_t lane_longs __attribute__((vector_size(64), aligned(64)));

LANE_INLINE lane_longs lane_splat_long(uint64_t value) { return value - (lane_longs){}; }

#define LANE_PHILOX_ROUNDS 10
#define LANE_PHILOX_FIRST 0xD2511F53ull
#define LANE_PHILOX_SECOND 0xCD9E8D57ull

/// The low words of eight longs, multiplied.
LANE_INLINE lane_longs lane_low_product(lane_longs a, uint64_t b) { return (a & 0xffffffffull) * b; }

/// What all draws of one run share.
typedef struct lane_philox {
  uint64_t keys[LANE_PHILOX_ROUNDS][2];
  /// The part of the second round that depends on the sample alone, for the even and the odd lanes.
  lane_longs second_product[2];
  uint64_t epoch_product, stream;
} lane_philox;

static lane_philox lane_philox_prepare(const lane_context *context, uint32_t stream) {
  lane_philox philox;
  for (uint32_t round = 0; round < LANE_PHILOX_ROUNDS; round++) {
    philox.keys[round][0] = (uint32_t)context->seed + round * 0x9E3779B9u;
    philox.keys[round][1] = (uint32_t)(context->seed >> 32) + round * 0xBB67AE85u;
  }
  philox.stream = stream;
  // Draws of a fixed stream are those of epoch 0, but for evaluations.
  const int is_fixed = stream >> 31 && context->epoch != UINT32_MAX;
  philox.epoch_product = (is_fixed ? 0 : context->epoch) * LANE_PHILOX_SECOND;
  lane_longs samples;
  memcpy(&samples, context->samples, sizeof samples);
  const uint64_t mixed = (philox.epoch_product >> 32) ^ philox.keys[0][0];
  philox.second_product[0] = lane_low_product(samples ^ mixed, LANE_PHILOX_FIRST);
  philox.second_product[1] = lane_low_product((samples >> 32) ^ mixed, LANE_PHILOX_FIRST);
  return philox;
}

/// Four words for each of eight lanes, in the low halves of eight longs; the high halves hold rubbish, which
/// saves taking it away after every product.
typedef struct lane_draw_half {
  lane_longs words[4];
} lane_draw_half;

/// Philox4x32-10 (Salmon, Moraes, Dror and Shaw, Parallel Random Numbers: As Easy as 1, 2, 3, 2011).
/// Only one word of the counter differs between lanes, so that most of the first three rounds is done in
/// scalars.
LANE_INLINE lane_draw_half lane_philox_draw(const lane_philox *philox, uint32_t group, int32_t half) {
  const uint64_t(*keys)[2] = philox->keys;
  const uint64_t low = 0xffffffffull;
  const uint64_t group_product = group * LANE_PHILOX_FIRST;
  const lane_longs sample_product = philox->second_product[half];
  // After the first round, words 1, 2 and 3 are still the same in all lanes.
  const uint64_t third = (group_product >> 32) ^ philox->stream ^ keys[0][1];
  const uint64_t third_product = third * LANE_PHILOX_SECOND;
  // After the second, words 0 and 1 are.
  const uint64_t first = ((third_product >> 32) ^ philox->epoch_product ^ keys[1][0]) & low;
  const uint64_t first_product = first * LANE_PHILOX_FIRST;
  const lane_longs mixed = (sample_product >> 32) ^ lane_splat_long(group_product ^ keys[1][1]);
  const lane_longs mixed_product = lane_low_product(mixed, LANE_PHILOX_SECOND);
  lane_longs c0 = (mixed_product >> 32) ^ lane_splat_long(third_product ^ keys[2][0]);
  lane_longs c1 = mixed_product;
  lane_longs c2 = sample_product ^ lane_splat_long((first_product >> 32) ^ keys[2][1]);
  lane_longs c3 = lane_splat_long(first_product);
#pragma clang loop unroll(full)
  for (int32_t round = 3; round < LANE_PHILOX_ROUNDS; round++) {
    const lane_longs product0 = lane_low_product(c0, LANE_PHILOX_FIRST);
    const lane_longs product1 = lane_low_product(c2, LANE_PHILOX_SECOND);
    c0 = (product1 >> 32) ^ c1 ^ lane_splat_long(keys[round][0]);
    c1 = product1;
    c2 = (product0 >> 32) ^ c3 ^ lane_splat_long(keys[round][1]);
    c3 = product0;
  }
  return (lane_draw_half){{c0, c1, c2, c3}};
}

/// The four words of each of sixteen lanes.
typedef struct lane_draw {
  lane_words words[4];
} lane_draw;

/// The draw number `group` of sixteen samples.
LANE_INLINE lane_draw lane_draw_words(const lane_philox *philox, uint32_t group) {
  const lane_draw_half even = lane_philox_draw(philox, group, 0);
  const lane_draw_half odd = lane_philox_draw(philox, group, 1);
  lane_draw draw;
  for (int32_t i = 0; i < 4; i++)
    draw.words[i] =
        __builtin_shufflevector((lane_words)even.words[i], (lane_words)odd.words[i], 0, 16, 2, 18, 4, 20, 6, 22,
                                8, 24, 10, 26, 12, 28, 14, 30);
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
  // Box and Muller, A Note on the Generation of Random Normal Deviates, 1958. One more than the upper 24 bits
  // makes the radius' number positive; the largest radius is 5.77.
  for (int32_t i = 0; i < 4; i += 2) {
    lane_vector u = (lane_upper_bits(draw->words[i]) + 1.0f) * 0x1p-24f;
    lane_vector radius = __builtin_elementwise_sqrt(lane_logarithm_of_normal(u, lane_zero()) * -2.0f);
    lane_circle point = lane_circle_point(lane_upper_bits(draw->words[i + 1]) * 0x1p-24f);
    values[i] = radius * point.cosine;
    values[i + 1] = radius * point.sine;
  }
}

/// Fills a tensor whose rows are `columns` long; `distribution` is a constant at each call.
LANE_INLINE void lane_random_fill(const lane_random *random, const lane_context *context, int64_t channels,
                                  int64_t rows, int64_t columns, lane_distribution distribution) {
  const lane_philox philox = lane_philox_prepare(context, random->stream);
  const lane_view *view = &random->output;
  const int64_t count = channels * rows * columns;
  int64_t channel = 0, row = 0, column = 0;
  float *target = view->data;
  for (int64_t element = 0; element < count; element += 4) {
    lane_draw draw = lane_draw_words(&philox, (uint32_t)(element / 4));
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
