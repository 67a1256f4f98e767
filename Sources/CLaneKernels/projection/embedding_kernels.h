// t-SNE: affinities, forces and steps. Positions in the plane are pairs, so that one read of eight bytes gets both
// coordinates of a neighbour.

// MARK: - Affinities

/// The sums of exp(-beta d) and of d exp(-beta d) over a list, d counted from the first entry; the terms themselves
/// go to `terms`.
LANE_INLINE void lane_affinity_sums(const float *squares, int64_t count, float beta, float *terms, float *total,
                                    float *moment) {
  const lane_vector nearest = lane_splat(squares[0]), factor = lane_splat(-beta);
  lane_vector sum = lane_zero(), weighted = lane_zero();
  for (int64_t first = 0; first < count; first += 16) {
    const lane_integers mask = lane_active_mask(count - first < 16 ? (int32_t)(count - first) : 16);
    const lane_vector distance = lane_select(mask, lane_read(squares + first) - nearest, lane_zero());
    const lane_vector term = lane_select(mask, lane_exponential(factor * distance), lane_zero());
    lane_write(terms + first, term);
    sum += term;
    weighted = lane_fma(term, distance, weighted);
  }
  *total = lane_sum(sum);
  *moment = lane_sum(weighted);
}

static void lane_affinities_run(const float *squares, int64_t rows, int64_t neighbours, int64_t stride, float entropy,
                                float *probabilities) {
  for (int64_t row = 0; row < rows; row++) {
    const float *list = squares + row * stride;
    float *terms = probabilities + row * stride;
    // A first guess in the units of the distances, then doubling or halving, then bisection.
    const float spread = list[neighbours - 1] - list[0];
    float beta = spread > 0 ? 1 / spread : 1, least = 0, most = __builtin_inff(), total = 1, moment = 0;
    for (int round = 0; round < 100; round++) {
      lane_affinity_sums(list, neighbours, beta, terms, &total, &moment);
      const float difference = lane_logarithm(lane_splat(total))[0] + beta * (moment / total) - entropy;
      if (__builtin_fabsf(difference) < 1e-5f) break;
      if (difference > 0)
        least = beta;
      else
        most = beta;
      const float next = most == __builtin_inff() ? beta * 2 : 0.5f * (least + most);
      // Neighbours that are all as near leave nothing to choose, nor does a float without neighbours of its own.
      if (next == beta || !(next < 1e30f)) break;
      beta = next;
    }
    const lane_vector scale = lane_splat(1 / total);
    for (int64_t first = 0; first < neighbours; first += 16)
      lane_write(terms + first, lane_read(terms + first) * scale);
  }
}

// MARK: - Splines

/// The cubic B-splines that a point meets along one axis: those of the nodes `node - 1 ... node + 2`.
typedef struct lane_spline {
  lane_integers node;
  lane_vector weights[4];
} lane_spline;

LANE_INLINE lane_spline lane_spline_at(lane_vector coordinate) {
  lane_spline spline;
  spline.node = __builtin_convertvector(coordinate, lane_integers);
  const lane_vector t = coordinate - __builtin_convertvector(spline.node, lane_vector), u = 1.0f - t;
  const lane_vector sixth = lane_splat(1.0f / 6.0f);
  spline.weights[0] = u * u * u * sixth;
  spline.weights[1] = lane_fma(t * t, lane_fma(t, lane_splat(0.5f), lane_splat(-1.0f)), lane_splat(2.0f / 3.0f));
  spline.weights[2] = lane_fma(u * u, lane_fma(u, lane_splat(0.5f), lane_splat(-1.0f)), lane_splat(2.0f / 3.0f));
  spline.weights[3] = t * t * t * sixth;
  return spline;
}

/// Pairs of sixteen points as two vectors.
typedef struct lane_plane {
  lane_vector first, second;
} lane_plane;

LANE_INLINE lane_plane lane_plane_of(lane_vector low, lane_vector high) {
  return (lane_plane){
    __builtin_shufflevector(low, high, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30),
    __builtin_shufflevector(low, high, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31),
  };
}

LANE_INLINE lane_plane lane_plane_read(const float *pairs) {
  return lane_plane_of(lane_read(pairs), lane_read(pairs + 16));
}

LANE_INLINE void lane_plane_write(float *pairs, lane_plane value) {
  lane_write(pairs, __builtin_shufflevector(value.first, value.second, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6,
                                            22, 7, 23));
  lane_write(pairs + 16, __builtin_shufflevector(value.first, value.second, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13,
                                                 29, 14, 30, 15, 31));
}

/// The splines of sixteen points along both axes, ready to be used point by point.
typedef struct lane_splines {
  /// Of the first node that each point meets, in the grid.
  int32_t places[16];
  float first[4][16];
  /// The four weights along the second axis of point 4 q + i lie side by side at [i][4 q].
  float second[4][16];
} lane_splines;

LANE_INLINE void lane_splines_of(lane_plane positions, const lane_placement *placement, int64_t side,
                                 lane_splines *splines) {
  const lane_vector scale = lane_splat(placement->scale);
  const lane_spline first = lane_spline_at((positions.first - placement->origin[0]) * scale);
  lane_spline second = lane_spline_at((positions.second - placement->origin[1]) * scale);
  const lane_integers places = (first.node - 1) * (int32_t)side + second.node - 1;
  lane_transpose_quarters(second.weights);
  memcpy(splines->places, &places, sizeof places);
  memcpy(splines->first, first.weights, sizeof first.weights);
  memcpy(splines->second, second.weights, sizeof second.weights);
}

LANE_INLINE lane_quarter lane_quarter_of(const float *data) { return lane_quarter_read((const char *)data); }

static void lane_spread_run(const lane_embedding *embedding, const lane_placement *placement, int64_t first,
                            int64_t count, int64_t side, float *charges) {
  for (int64_t block = first; block < first + count; block += 16) {
    lane_splines splines;
    lane_splines_of(lane_plane_read(embedding->positions + 2 * block), placement, side, &splines);
    const int64_t points = first + count - block < 16 ? first + count - block : 16;
    for (int64_t l = 0; l < points; l++) {
      float *target = charges + splines.places[l];
      const lane_quarter second = lane_quarter_of(&splines.second[l % 4][l / 4 * 4]);
      for (int row = 0; row < 4; row++) {
        const lane_quarter sum = lane_quarter_of(target + row * side) + splines.first[row][l] * second;
        memcpy(target + row * side, &sum, sizeof sum);
      }
    }
  }
}

/// The field at sixteen points.
LANE_INLINE lane_plane lane_field_at(lane_plane positions, const lane_placement *placement, int64_t side,
                                     float *const *field, int64_t points) {
  lane_splines splines;
  lane_splines_of(positions, placement, side, &splines);
  float values[2][16] __attribute__((aligned(64))) = {};
  for (int64_t l = 0; l < points; l++) {
    const lane_quarter second = lane_quarter_of(&splines.second[l % 4][l / 4 * 4]);
    for (int component = 0; component < 2; component++) {
      const float *source = field[component] + splines.places[l];
      lane_quarter sum = {};
      for (int row = 0; row < 4; row++) sum += splines.first[row][l] * lane_quarter_of(source + row * side);
      sum *= second;
      values[component][l] = (sum[0] + sum[2]) + (sum[1] + sum[3]);
    }
  }
  return (lane_plane){lane_read(values[0]), lane_read(values[1])};
}

// MARK: - Forces

typedef int64_t lane_gathered __attribute__((vector_size(64)));

// Eight positions from anywhere; one instruction where the machine has it.
#if LANE_GATHERS
typedef int32_t lane_gather_index __attribute__((vector_size(32)));

LANE_INLINE lane_vector lane_gather_eight(const float *pairs, const uint32_t *index) {
  lane_gather_index places;
  memcpy(&places, index, sizeof places);
  return (lane_vector)__builtin_ia32_gathersiv8di((lane_gathered){}, pairs, places, (uint8_t)255, 8);
}
#else
LANE_INLINE int64_t lane_pair_at(const float *pairs, uint32_t index) {
  int64_t pair;
  memcpy(&pair, pairs + 2 * (int64_t)index, sizeof pair);
  return pair;
}

LANE_INLINE lane_vector lane_gather_eight(const float *pairs, const uint32_t *index) {
  return (lane_vector)(lane_gathered){
    lane_pair_at(pairs, index[0]), lane_pair_at(pairs, index[1]), lane_pair_at(pairs, index[2]),
    lane_pair_at(pairs, index[3]), lane_pair_at(pairs, index[4]), lane_pair_at(pairs, index[5]),
    lane_pair_at(pairs, index[6]), lane_pair_at(pairs, index[7]),
  };
}
#endif

/// The positions of sixteen points from anywhere.
LANE_INLINE lane_plane lane_gather(const float *pairs, const uint32_t *index) {
  return lane_plane_of(lane_gather_eight(pairs, index), lane_gather_eight(pairs, index + 8));
}

/// From sixteen points to the point at `position`.
LANE_INLINE lane_plane lane_plane_from(const float *position, lane_plane points) {
  return (lane_plane){position[0] - points.first, position[1] - points.second};
}

/// 1 + |difference|^2.
LANE_INLINE lane_vector lane_plane_measure(lane_plane difference) {
  return lane_fma(difference.first, difference.first, lane_fma(difference.second, difference.second, lane_splat(1)));
}

/// The sum of p (y_i - y_j) / (1 + d^2) over the neighbours of one point.
LANE_INLINE void lane_attraction(const lane_embedding *embedding, int64_t point, float *first, float *second) {
  const float *position = embedding->positions + 2 * point;
  lane_plane sum = {lane_zero(), lane_zero()};
  for (int64_t entry = embedding->starts[point]; entry < embedding->starts[point + 1]; entry += 16) {
    const lane_plane difference =
      lane_plane_from(position, lane_gather(embedding->positions, embedding->neighbours + entry));
    const lane_vector weight = lane_read(embedding->affinities + entry) / lane_plane_measure(difference);
    sum.first = lane_fma(weight, difference.first, sum.first);
    sum.second = lane_fma(weight, difference.second, sum.second);
  }
  *first = lane_sum(sum.first);
  *second = lane_sum(sum.second);
}

static void lane_repel_run(const lane_embedding *embedding, int64_t first, int64_t count, float *similarities) {
  for (int64_t point = first; point < first + count; point++) {
    const float *position = embedding->positions + 2 * point;
    lane_plane sum = {lane_zero(), lane_zero()};
    lane_vector total = lane_zero();
    for (int64_t block = 0; block < embedding->count; block += 16) {
      const int64_t points = embedding->count - block < 16 ? embedding->count - block : 16;
      const lane_plane difference = lane_plane_from(position, lane_plane_read(embedding->positions + 2 * block));
      const lane_vector similarity =
        lane_select(lane_active_mask((int32_t)points), 1.0f / lane_plane_measure(difference), lane_zero());
      const lane_vector square = similarity * similarity;
      total += similarity;
      sum.first = lane_fma(square, difference.first, sum.first);
      sum.second = lane_fma(square, difference.second, sum.second);
    }
    similarities[point] = lane_sum(total) - 1;
    embedding->repulsions[2 * point] = lane_sum(sum.first);
    embedding->repulsions[2 * point + 1] = lane_sum(sum.second);
  }
}

// MARK: - Steps

/// The greatest lane, or a NaN where there is one.
LANE_INLINE float lane_greatest(lane_vector v) {
  float greatest = v[0];
  for (int i = 1; i < 16; i++) greatest = v[i] > greatest || v[i] != v[i] ? v[i] : greatest;
  return greatest;
}

/// One coordinate of sixteen points: momentum, and a gain that grows while the gradient keeps its sign (Jacobs 1988).
LANE_INLINE void lane_descend(const lane_embedding_step *step, lane_vector gradient, lane_vector *velocity,
                              lane_vector *gain) {
  const lane_integers is_turning = gradient * *velocity > 0.0f;
  *gain = lane_select(is_turning, *gain * 0.8f, *gain + 0.2f);
  *gain = lane_select(*gain < 0.01f, lane_splat(0.01f), *gain);
  *velocity = step->momentum * *velocity - step->learning_rate * (*gain * gradient);
}

/// Shortens velocities that are longer than the longest step.
LANE_INLINE void lane_limit(const lane_embedding_step *step, lane_plane *velocity) {
  const lane_vector square = velocity->first * velocity->first + velocity->second * velocity->second;
  const lane_integers is_long = square > step->longest * step->longest;
  const lane_vector factor =
    lane_select(is_long, step->longest / __builtin_elementwise_sqrt(square), lane_splat(1));
  velocity->first *= factor;
  velocity->second *= factor;
}

static void lane_gradient_run(const lane_embedding *embedding, const lane_embedding_step *step,
                              const lane_placement *placement, int64_t side, float *const *field, int64_t first,
                              int64_t count) {
  for (int64_t block = first; block < first + count; block += 16) {
    const int64_t points = first + count - block < 16 ? first + count - block : 16;
    const lane_plane position = lane_plane_read(embedding->positions + 2 * block);
    const lane_plane repulsion = field ? lane_field_at(position, placement, side, field, points)
                                       : lane_plane_read(embedding->repulsions + 2 * block);
    float pulls[2][16] __attribute__((aligned(64))) = {};
    for (int64_t l = 0; l < points; l++) lane_attraction(embedding, block + l, &pulls[0][l], &pulls[1][l]);
    const lane_plane gradient = {
      step->attraction * lane_read(pulls[0]) - step->repulsion * repulsion.first,
      step->attraction * lane_read(pulls[1]) - step->repulsion * repulsion.second,
    };
    lane_plane_write(embedding->gradient + 2 * block, gradient);
  }
}

static void lane_move_run(const lane_embedding *embedding, const lane_embedding_step *step, int64_t first,
                          int64_t count, float bounds[4]) {
  const lane_vector infinity = lane_splat(__builtin_inff());
  lane_plane least = {infinity, infinity}, most = {-infinity, -infinity};
  for (int64_t block = first; block < first + count; block += 16) {
    const lane_plane position = lane_plane_read(embedding->positions + 2 * block);
    const lane_plane gradient = lane_plane_read(embedding->gradient + 2 * block);
    lane_plane velocity = lane_plane_read(embedding->velocities + 2 * block);
    lane_plane gain = lane_plane_read(embedding->gains + 2 * block);
    lane_descend(step, gradient.first, &velocity.first, &gain.first);
    lane_descend(step, gradient.second, &velocity.second, &gain.second);
    lane_limit(step, &velocity);
    const lane_plane moved = {position.first + velocity.first, position.second + velocity.second};
    lane_plane_write(embedding->velocities + 2 * block, velocity);
    lane_plane_write(embedding->gains + 2 * block, gain);
    lane_plane_write(embedding->new_positions + 2 * block, moved);
    const lane_integers mask = lane_active_mask(first + count - block < 16 ? (int32_t)(first + count - block) : 16);
    least.first = lane_smaller(least.first, lane_select(mask, moved.first, infinity));
    least.second = lane_smaller(least.second, lane_select(mask, moved.second, infinity));
    most.first = lane_larger(most.first, lane_select(mask, moved.first, -infinity));
    most.second = lane_larger(most.second, lane_select(mask, moved.second, -infinity));
  }
  bounds[0] = -lane_greatest(-least.first);
  bounds[1] = -lane_greatest(-least.second);
  bounds[2] = lane_greatest(most.first);
  bounds[3] = lane_greatest(most.second);
}

// MARK: - Divergence

static double lane_divergence_run(const lane_embedding *embedding, int64_t first, int64_t count) {
  double total = 0;
  for (int64_t point = first; point < first + count; point++) {
    lane_vector sum = lane_zero();
    for (int64_t entry = embedding->starts[point]; entry < embedding->starts[point + 1]; entry += 16) {
      const lane_plane difference = lane_plane_from(
        embedding->positions + 2 * point, lane_gather(embedding->positions, embedding->neighbours + entry));
      const lane_vector affinity = lane_read(embedding->affinities + entry);
      const lane_vector ratio = lane_select(affinity > 0.0f, affinity, lane_splat(1)) * lane_plane_measure(difference);
      sum = lane_fma(affinity, lane_logarithm(ratio), sum);
    }
    total += (double)lane_sum(sum);
  }
  return total;
}
