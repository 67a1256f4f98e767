// New points of a finished map. Uses what embedding_kernels.h has for pairs.

/// The gradient at `position` of the divergence between a new point's affinities and its similarities to the points
/// of a map, which stay where they are.
LANE_INLINE void lane_placing_gradient(const lane_placing *placing, const uint32_t *neighbours,
                                       const float *affinities, const float position[2], float gradient[2]) {
  lane_plane pull = {lane_zero(), lane_zero()}, push = pull;
  lane_vector total = lane_zero();
  for (int64_t entry = 0; entry < placing->entries; entry += 16) {
    const lane_plane difference = lane_plane_from(position, lane_gather(placing->positions, neighbours + entry));
    const lane_vector weight = lane_read(affinities + entry) / lane_plane_measure(difference);
    pull.first = lane_fma(weight, difference.first, pull.first);
    pull.second = lane_fma(weight, difference.second, pull.second);
  }
  for (int64_t block = 0; block < placing->count; block += 16) {
    const int64_t points = placing->count - block < 16 ? placing->count - block : 16;
    const lane_plane difference = lane_plane_from(position, lane_plane_read(placing->positions + 2 * block));
    const lane_vector similarity =
      lane_select(lane_active_mask((int32_t)points), 1.0f / lane_plane_measure(difference), lane_zero());
    const lane_vector square = similarity * similarity;
    total += similarity;
    push.first = lane_fma(square, difference.first, push.first);
    push.second = lane_fma(square, difference.second, push.second);
  }
  const float repulsion = 1 / lane_sum(total);
  gradient[0] = placing->exaggeration * lane_sum(pull.first) - repulsion * lane_sum(push.first);
  gradient[1] = placing->exaggeration * lane_sum(pull.second) - repulsion * lane_sum(push.second);
}

static void lane_place_run(const lane_placing *placing, int64_t count, const uint32_t *neighbours,
                           const float *affinities, float *places) {
  for (int64_t point = 0; point < count; point++) {
    float *position = places + 2 * point, velocity[2] = {};
    for (int64_t iteration = 0; iteration < placing->iterations; iteration++) {
      float gradient[2];
      lane_placing_gradient(placing, neighbours + point * placing->entries, affinities + point * placing->entries,
                            position, gradient);
      for (int axis = 0; axis < 2; axis++) {
        velocity[axis] = placing->momentum * velocity[axis] - placing->learning_rate * gradient[axis];
        position[axis] += velocity[axis];
      }
      // It has come to rest.
      if (velocity[0] * velocity[0] + velocity[1] * velocity[1] < placing->rest * placing->rest) break;
    }
  }
}
