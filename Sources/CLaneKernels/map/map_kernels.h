// Fused elementwise programs and sums over axes.

/// Most vectors that a step handles at once, so that the registers of a program stay in the first-level cache.
#define LANE_MAP_BLOCK 32

// MARK: - One step over a block

/// Up to LANE_MAP_BLOCK vectors: `segments` runs of `count` vectors, `stride` floats from run to run.
typedef struct lane_map_register {
  float *data;
  int64_t stride;
} lane_map_register;

#define LANE_MAP_LOOP(value)                                                                                 \
  for (int64_t segment = 0; segment < segments; segment++) {                                                 \
    float *out = target.data + segment * target.stride;                                                      \
    const float *a = first.data + segment * first.stride;                                                    \
    for (int64_t i = 0; i < count; i++) {                                                                    \
      lane_vector x = lane_read(a + i * LANE_COUNT);                                                         \
      lane_write(out + i * LANE_COUNT, value);                                                               \
    }                                                                                                        \
  }                                                                                                          \
  break

#define LANE_MAP_LOOP_OF_TWO(value)                                                                          \
  for (int64_t segment = 0; segment < segments; segment++) {                                                 \
    float *out = target.data + segment * target.stride;                                                      \
    const float *a = first.data + segment * first.stride;                                                    \
    const float *b = second.data + segment * second.stride;                                                  \
    for (int64_t i = 0; i < count; i++) {                                                                    \
      lane_vector x = lane_read(a + i * LANE_COUNT), y = lane_read(b + i * LANE_COUNT);                      \
      lane_write(out + i * LANE_COUNT, value);                                                               \
    }                                                                                                        \
  }                                                                                                          \
  break

/// 1 where the mask is set, else 0.
LANE_INLINE lane_vector lane_one_where(lane_integers mask) {
  return (lane_vector)(mask & (lane_integers)lane_splat(1.0f));
}

/// The nearest whole number, halves to the even one. Between 2^23 and 2^24 floats are the whole numbers, so adding 2^23
/// rounds what is smaller; what is larger is whole.
LANE_INLINE lane_vector lane_round(lane_vector x) {
  const lane_integers sign = (lane_integers)x & INT32_MIN;
  const lane_vector magnitude = (lane_vector)((lane_integers)x ^ sign);
  const lane_vector large = lane_splat(0x1p23f);
  const lane_vector rounded = (magnitude + large) - large;
  return (lane_vector)((lane_integers)lane_select(magnitude < large, rounded, magnitude) | sign);
}

/// -1 or 1; zeros and NaN stand for themselves.
LANE_INLINE lane_vector lane_sign(lane_vector x) {
  lane_vector negative_or_same = lane_select(x < 0.0f, lane_splat(-1.0f), x);
  return lane_select(x > 0.0f, lane_splat(1.0f), negative_or_same);
}

static void lane_map_apply(lane_map_function function, lane_map_register target, lane_map_register first,
                           lane_map_register second, int64_t segments, int64_t count) {
  switch (function) {
    case LANE_ADD: LANE_MAP_LOOP_OF_TWO(x + y);
    case LANE_SUBTRACT: LANE_MAP_LOOP_OF_TWO(x - y);
    case LANE_MULTIPLY: LANE_MAP_LOOP_OF_TWO(x * y);
    case LANE_DIVIDE: LANE_MAP_LOOP_OF_TWO(x / y);
    case LANE_MAXIMUM: LANE_MAP_LOOP_OF_TWO(lane_larger(x, y));
    case LANE_MINIMUM: LANE_MAP_LOOP_OF_TWO(lane_smaller(x, y));
    case LANE_GREATER: LANE_MAP_LOOP_OF_TWO(lane_one_where(x > y));
    case LANE_NEGATE: LANE_MAP_LOOP(-x);
    case LANE_ABSOLUTE: LANE_MAP_LOOP(__builtin_elementwise_abs(x));
    case LANE_SIGN: LANE_MAP_LOOP(lane_sign(x));
    case LANE_STEP: LANE_MAP_LOOP(lane_one_where(x > 0.0f));
    case LANE_SQUARE: LANE_MAP_LOOP(x * x);
    case LANE_SQUARE_ROOT: LANE_MAP_LOOP(__builtin_elementwise_sqrt(x));
    case LANE_RECIPROCAL: LANE_MAP_LOOP(1.0f / x);
    case LANE_EXPONENTIAL: LANE_MAP_LOOP(lane_exponential(x));
    case LANE_LOGARITHM: LANE_MAP_LOOP(lane_logarithm(x));
    case LANE_HYPERBOLIC_TANGENT: LANE_MAP_LOOP(lane_hyperbolic_tangent(x));
    case LANE_SIGMOID: LANE_MAP_LOOP(lane_sigmoid(x));
    case LANE_SOFTPLUS: LANE_MAP_LOOP(lane_softplus(x));
    case LANE_RELU: LANE_MAP_LOOP(lane_select(x <= 0.0f, lane_zero(), x));
    case LANE_NORMAL_CUMULATIVE: LANE_MAP_LOOP(lane_normal_cumulative(x));
    case LANE_ROUND: LANE_MAP_LOOP(lane_round(x));
    case LANE_IDENTITY: LANE_MAP_LOOP(x);
  }
}

#undef LANE_MAP_LOOP
#undef LANE_MAP_LOOP_OF_TWO

// MARK: - Axes

/// Lengths and strides of the three axes, outermost first, after axes that run on into each other have been
/// joined. Arrays of strides hold the operands, then the outputs.
#define LANE_MAP_ARRAYS (LANE_MAP_OPERANDS + LANE_MAP_OUTPUTS)
typedef struct lane_map_axes {
  int64_t lengths[3];
  int64_t strides[3][LANE_MAP_ARRAYS];
} lane_map_axes;

/// `unit` leads from one element of an output's row to the next: 16 in lanes, 1 for a sample by itself.
static void lane_map_join_axes(lane_map_axes *axes, const lane_map *map, int64_t unit) {
  const int32_t arrays = map->operand_count + map->output_count;
  const int64_t lengths[3] = {map->channels, map->rows, map->columns};
  int64_t strides[3][LANE_MAP_ARRAYS];
  for (int32_t i = 0; i < map->operand_count; i++) {
    strides[0][i] = map->operands[i].channel_stride;
    strides[1][i] = map->operands[i].row_stride;
    strides[2][i] = map->operands[i].column_stride;
  }
  for (int32_t i = 0; i < map->output_count; i++) {
    strides[0][map->operand_count + i] = map->outputs[i].view.channel_stride;
    strides[1][map->operand_count + i] = map->outputs[i].view.row_stride;
    strides[2][map->operand_count + i] = unit;
  }
  // From the innermost axis outwards; `at` is the axis that is being built.
  int32_t at = 3;
  for (int32_t axis = 2; axis >= 0; axis--) {
    if (lengths[axis] == 1) continue;
    int joined = at < 3;
    for (int32_t i = 0; joined && i < arrays; i++)
      joined = strides[axis][i] == axes->strides[at][i] * axes->lengths[at];
    if (joined) {
      axes->lengths[at] *= lengths[axis];
      continue;
    }
    axes->lengths[--at] = lengths[axis];
    for (int32_t i = 0; i < arrays; i++) axes->strides[at][i] = strides[axis][i];
  }
  // A single element, or axes of length 1 on the outside.
  if (at == 3) {
    axes->lengths[--at] = 1;
    for (int32_t i = 0; i < arrays; i++) axes->strides[at][i] = unit;
  }
  while (at > 0) {
    axes->lengths[--at] = 1;
    for (int32_t i = 0; i < arrays; i++) axes->strides[at][i] = 0;
  }
}

// MARK: - Blocks

/// The state of one run of a map.
typedef struct lane_map_run_state {
  const lane_map *map;
  lane_map_axes axes;
  /// Whether an operand's vectors follow one another, so that it can be read where it is.
  int32_t in_place[LANE_MAP_OPERANDS];
  /// For an operand that is one element over a whole block: what its scratch memory holds.
  const float *filled[LANE_MAP_OPERANDS];
  /// The output that a step writes straight into, or -1.
  int32_t direct[LANE_MAP_STEPS];
  float scratch[LANE_MAP_OPERANDS + LANE_MAP_STEPS][LANE_MAP_BLOCK * LANE_COUNT] __attribute__((aligned(64)));
} lane_map_run_state;

/// A step may write to memory that no operand reads. The last step may write over an operand, too: it is the
/// same element that it reads, but then nobody may need the operand afterwards.
static void lane_map_choose_direct(lane_map_run_state *state) {
  const lane_map *map = state->map;
  for (int32_t i = 0; i < map->step_count; i++) state->direct[i] = -1;
  int operand_stored = 0;
  for (int32_t o = 0; o < map->output_count; o++)
    operand_stored |= map->outputs[o].source < map->operand_count;
  for (int32_t o = 0; o < map->output_count; o++) {
    const int32_t step = map->outputs[o].source - map->operand_count;
    if (step < 0 || state->axes.strides[2][map->operand_count + o] != LANE_COUNT) continue;
    int over_operand = 0;
    for (int32_t i = 0; i < map->operand_count; i++)
      over_operand |= map->operands[i].data == map->outputs[o].view.data;
    if (!over_operand || (step == map->step_count - 1 && !operand_stored)) state->direct[step] = o;
  }
}

/// Copies a block of an operand that cannot be read in place.
static void lane_map_fill(float *target, const lane_operand *operand, const float *data, int64_t segment_stride,
                          int64_t stride, int64_t segments, int64_t count) {
  for (int64_t segment = 0; segment < segments; segment++, data += segment_stride)
    for (int64_t i = 0; i < count; i++, target += LANE_COUNT) {
      const float *element = data + i * stride;
      lane_write(target, operand->laned ? lane_read(element) : lane_splat(*element));
    }
}

/// Copies a block to an output that no step wrote to directly; `stride` is the output's from vector to vector.
static void lane_map_store(lane_map_register target, int64_t stride, lane_map_register source, int64_t segments,
                           int64_t count) {
  for (int64_t segment = 0; segment < segments; segment++) {
    float *out = target.data + segment * target.stride;
    const float *data = source.data + segment * source.stride;
    for (int64_t i = 0; i < count; i++) lane_write(out + i * stride, lane_read(data + i * LANE_COUNT));
  }
}

/// Runs the program over `segments` runs of `count` vectors from place (outer, middle, inner) on.
static void lane_map_run_block(lane_map_run_state *state, int64_t outer, int64_t middle, int64_t inner,
                               int64_t segments, int64_t count) {
  const lane_map *map = state->map;
  const lane_map_axes *axes = &state->axes;
  lane_map_register registers[LANE_MAP_OPERANDS + LANE_MAP_STEPS];
  const int64_t dense = count * LANE_COUNT;

  for (int32_t i = 0; i < map->operand_count; i++) {
    const lane_operand *operand = &map->operands[i];
    const int64_t segment_stride = axes->strides[1][i], stride = axes->strides[2][i];
    const float *data =
        operand->data + outer * axes->strides[0][i] + middle * segment_stride + inner * stride;
    if (state->in_place[i]) {
      registers[i] = (lane_map_register){(float *)data, segment_stride};
      continue;
    }
    registers[i] = (lane_map_register){state->scratch[i], dense};
    if (stride == 0 && (segments == 1 || segment_stride == 0)) {
      if (state->filled[i] != data)
        lane_map_fill(state->scratch[i], operand, data, 0, 0, 1, LANE_MAP_BLOCK);
      state->filled[i] = data;
    } else {
      lane_map_fill(state->scratch[i], operand, data, segment_stride, stride, segments, count);
      state->filled[i] = 0;
    }
  }

  lane_map_register targets[LANE_MAP_OUTPUTS];
  for (int32_t o = 0; o < map->output_count; o++) {
    const int32_t i = map->operand_count + o;
    targets[o].data = map->outputs[o].view.data + outer * axes->strides[0][i] + middle * axes->strides[1][i] +
                      inner * axes->strides[2][i];
    targets[o].stride = axes->strides[1][i];
  }
  for (int32_t i = 0; i < map->step_count; i++) {
    const lane_map_step *step = &map->steps[i];
    const int32_t place = map->operand_count + i;
    registers[place] =
        state->direct[i] >= 0 ? targets[state->direct[i]] : (lane_map_register){state->scratch[place], dense};
    lane_map_apply(step->function, registers[place], registers[step->first], registers[step->second], segments,
                   count);
  }
  // Operands that are stored as they are come first, before another output replaces them.
  for (int32_t computed = 0; computed < 2; computed++)
    for (int32_t o = 0; o < map->output_count; o++) {
      if ((map->outputs[o].source >= map->operand_count) != computed) continue;
      const lane_map_register source = registers[map->outputs[o].source];
      if (source.data != targets[o].data)
        lane_map_store(targets[o], axes->strides[2][map->operand_count + o], source, segments, count);
    }
}

/// An output may be the very view of an operand, unless both are operands that are stored as they are; otherwise
/// outputs and operands must not overlap.
static void lane_map_run(const void *descriptor, const lane_context *context) {
  (void)context;
  lane_map_run_state state;
  const lane_map *map = state.map = descriptor;
  if (map->channels <= 0 || map->rows <= 0 || map->columns <= 0) return;
  lane_map_join_axes(&state.axes, map, LANE_COUNT);
  for (int32_t i = 0; i < map->operand_count; i++) {
    state.in_place[i] = map->operands[i].laned && state.axes.strides[2][i] == LANE_COUNT;
    state.filled[i] = 0;
  }
  lane_map_choose_direct(&state);

  const int64_t *lengths = state.axes.lengths;
  for (int64_t outer = 0; outer < lengths[0]; outer++) {
    if (lengths[2] > LANE_MAP_BLOCK / 2) {
      // Pieces of equal length, so that none is much too short.
      const int64_t pieces = (lengths[2] + LANE_MAP_BLOCK - 1) / LANE_MAP_BLOCK;
      for (int64_t middle = 0; middle < lengths[1]; middle++)
        for (int64_t piece = 0; piece < pieces; piece++) {
          const int64_t inner = lengths[2] * piece / pieces;
          lane_map_run_block(&state, outer, middle, inner, 1, lengths[2] * (piece + 1) / pieces - inner);
        }
    } else {
      const int64_t most = LANE_MAP_BLOCK / lengths[2];
      for (int64_t middle = 0; middle < lengths[1]; middle += most) {
        const int64_t segments = lengths[1] - middle < most ? lengths[1] - middle : most;
        lane_map_run_block(&state, outer, middle, 0, segments, lengths[2]);
      }
    }
  }
}

// MARK: - Sums over axes

/// Vectors side by side that a sum over outer axes keeps in registers.
#define LANE_REDUCE_TILE 4

LANE_INLINE lane_vector lane_reduce_read(const float *data, int32_t laned) {
  return laned ? lane_read(data) : lane_splat(*data);
}

/// Sums for kept and summed lengths and strides of the two outer axes and the inner one.
/// Where the inner axis is summed, its element `i` goes to partial sum `i % 4`, and the four are added at the
/// end as (0 + 1) + (2 + 3); otherwise elements are added in row-major order. The order depends on the
/// shape alone, never on strides or the instruction set.
LANE_INLINE void lane_reduce_axes(const lane_reduce *reduce, const int64_t *lengths, const int64_t *strides,
                                  const int64_t *output_strides, const int32_t *summed, int32_t laned) {
  const int64_t kept0 = summed[0] ? 1 : lengths[0], summed0 = summed[0] ? lengths[0] : 1;
  const int64_t kept1 = summed[1] ? 1 : lengths[1], summed1 = summed[1] ? lengths[1] : 1;
  const int64_t count = lengths[2], stride = strides[2];
  for (int64_t k0 = 0; k0 < kept0; k0++)
    for (int64_t k1 = 0; k1 < kept1; k1++) {
      const float *input = reduce->input.data + k0 * strides[0] + k1 * strides[1];
      float *output = reduce->output.data + k0 * output_strides[0] + k1 * output_strides[1];
      if (summed[2]) {
        lane_vector s0 = lane_zero(), s1 = lane_zero(), s2 = lane_zero(), s3 = lane_zero();
        for (int64_t i0 = 0; i0 < summed0; i0++)
          for (int64_t i1 = 0; i1 < summed1; i1++) {
            const float *data = input + i0 * strides[0] + i1 * strides[1];
            int64_t i = 0;
            for (; i + 4 <= count; i += 4, data += 4 * stride) {
              s0 += lane_reduce_read(data, laned);
              s1 += lane_reduce_read(data + stride, laned);
              s2 += lane_reduce_read(data + 2 * stride, laned);
              s3 += lane_reduce_read(data + 3 * stride, laned);
            }
            if (i < count) s0 += lane_reduce_read(data, laned);
            if (i + 1 < count) s1 += lane_reduce_read(data + stride, laned);
            if (i + 2 < count) s2 += lane_reduce_read(data + 2 * stride, laned);
          }
        lane_write(output, (s0 + s1) + (s2 + s3));
        continue;
      }
      int64_t i = 0;
      for (; i + LANE_REDUCE_TILE <= count; i += LANE_REDUCE_TILE) {
        lane_vector sums[LANE_REDUCE_TILE] = {};
        for (int64_t i0 = 0; i0 < summed0; i0++)
          for (int64_t i1 = 0; i1 < summed1; i1++) {
            const float *data = input + i0 * strides[0] + i1 * strides[1] + i * stride;
            for (int32_t t = 0; t < LANE_REDUCE_TILE; t++) sums[t] += lane_reduce_read(data + t * stride, laned);
          }
        for (int32_t t = 0; t < LANE_REDUCE_TILE; t++) lane_write(output + (i + t) * output_strides[2], sums[t]);
      }
      for (; i < count; i++) {
        lane_vector sum = lane_zero();
        for (int64_t i0 = 0; i0 < summed0; i0++)
          for (int64_t i1 = 0; i1 < summed1; i1++)
            sum += lane_reduce_read(input + i0 * strides[0] + i1 * strides[1] + i * stride, laned);
        lane_write(output + i * output_strides[2], sum);
      }
    }
}

static void lane_reduce_run(const void *descriptor, const lane_context *context) {
  (void)context;
  const lane_reduce *reduce = descriptor;
  const int64_t all_lengths[3] = {reduce->channels, reduce->rows, reduce->columns};
  const int64_t all_strides[3] = {reduce->input.channel_stride, reduce->input.row_stride,
                                  reduce->input.column_stride};
  const int64_t all_output_strides[3] = {reduce->output.channel_stride, reduce->output.row_stride, LANE_COUNT};
  const int32_t all_summed[3] = {reduce->over_channels, reduce->over_rows, reduce->over_columns};

  // Axes of length 1 are left out, so that the inner loop runs over an axis that has a length.
  int64_t lengths[3] = {1, 1, 1}, strides[3] = {0, 0, 0}, output_strides[3] = {0, 0, 0};
  int32_t summed[3] = {0, 0, 0};
  for (int32_t axis = 2, at = 2; axis >= 0; axis--) {
    if (all_lengths[axis] == 1) continue;
    lengths[at] = all_lengths[axis];
    strides[at] = all_strides[axis];
    output_strides[at] = all_output_strides[axis];
    summed[at--] = all_summed[axis];
  }
  if (reduce->input.laned)
    lane_reduce_axes(reduce, lengths, strides, output_strides, summed, 1);
  else
    lane_reduce_axes(reduce, lengths, strides, output_strides, summed, 0);
}
