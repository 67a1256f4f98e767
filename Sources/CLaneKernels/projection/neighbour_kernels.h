// Exact nearest neighbours by looking at all pairs. Lanes are sixteen candidates; a tile of queries shares what is
// read of them. A squared distance is the sum over features, one after another, of squared differences, so that it
// does not depend on the tile and is the same in both directions.

/// Queries of one tile.
#define LANE_TILE_QUERIES 4
/// Blocks of sixteen candidates of one tile.
#if LANE_BLOCK > 2
#define LANE_TILE_BLOCKS 4
#else
#define LANE_TILE_BLOCKS 1
#endif

/// Blocks of candidates that stay in the second cache while all queries of a call meet them; a multiple of the tile.
LANE_INLINE int64_t lane_candidate_blocks(int64_t features) {
  const int64_t blocks = (1 << 16) / (16 * features);
  return blocks < 4 ? 4 : blocks / 4 * 4;
}

/// Distances from four queries to `blocks` blocks of candidates.
LANE_INLINE void lane_distance_tile(const float *const queries[LANE_TILE_QUERIES], const float *packed,
                                    int64_t features, const int blocks,
                                    lane_vector sums[LANE_TILE_QUERIES][LANE_TILE_BLOCKS]) {
  lane_vector total[LANE_TILE_QUERIES][LANE_TILE_BLOCKS];
#pragma clang loop unroll(full)
  for (int q = 0; q < LANE_TILE_QUERIES; q++)
#pragma clang loop unroll(full)
    for (int b = 0; b < blocks; b++) total[q][b] = lane_zero();
  for (int64_t f = 0; f < features; f++) {
    lane_vector candidates[LANE_TILE_BLOCKS];
#pragma clang loop unroll(full)
    for (int b = 0; b < blocks; b++) candidates[b] = lane_read(packed + 16 * (b * features + f));
#pragma clang loop unroll(full)
    for (int q = 0; q < LANE_TILE_QUERIES; q++) {
      const lane_vector query = lane_splat(queries[q][f]);
#pragma clang loop unroll(full)
      for (int b = 0; b < blocks; b++) {
        const lane_vector difference = candidates[b] - query;
        total[q][b] = lane_fma(difference, difference, total[q][b]);
      }
    }
  }
#pragma clang loop unroll(full)
  for (int q = 0; q < LANE_TILE_QUERIES; q++)
#pragma clang loop unroll(full)
    for (int b = 0; b < blocks; b++) sums[q][b] = total[q][b];
}

/// The rows of four queries from `first` on; where there are fewer, the last one again.
LANE_INLINE void lane_tile_queries(const lane_points *points, int64_t first, int64_t end,
                                   const float *queries[LANE_TILE_QUERIES]) {
  for (int q = 0; q < LANE_TILE_QUERIES; q++) {
    const int64_t query = first + q < end ? first + q : end - 1;
    queries[q] = points->rows + query * points->features;
  }
}

// MARK: - Selection

/// The nearest points so far of one query. A key is the distance's bits and below them the index, so that keys
/// are ordered as wanted.
typedef struct lane_nearest {
  uint64_t *keys;
  int64_t count;
  /// Points that are not nearer cannot be among the wanted ones any more.
  float limit;
} lane_nearest;

LANE_INLINE float lane_key_distance(uint64_t key) {
  const uint32_t bits = (uint32_t)(key >> 32);
  float distance;
  memcpy(&distance, &bits, 4);
  return distance;
}

LANE_INLINE void lane_swap_keys(uint64_t *a, uint64_t *b) {
  const uint64_t kept = *a;
  *a = *b;
  *b = kept;
}

/// Moves the `wanted` smallest keys to the front (Hoare's quickselect); the greatest of them comes last.
static void lane_select_keys(uint64_t *keys, int64_t count, int64_t wanted) {
  int64_t low = 0, high = count - 1;
  const int64_t place = wanted - 1;
  while (low < high) {
    const int64_t middle = low + (high - low) / 2;
    if (keys[middle] < keys[low]) lane_swap_keys(&keys[middle], &keys[low]);
    if (keys[high] < keys[low]) lane_swap_keys(&keys[high], &keys[low]);
    if (keys[high] < keys[middle]) lane_swap_keys(&keys[high], &keys[middle]);
    const uint64_t pivot = keys[middle];
    int64_t i = low, j = high;
    while (i <= j) {
      while (keys[i] < pivot) i++;
      while (pivot < keys[j]) j--;
      if (i <= j) lane_swap_keys(&keys[i++], &keys[j--]);
    }
    if (place <= j)
      high = j;
    else if (place >= i)
      low = i;
    else
      return;
  }
}

/// Heap sort (Williams 1964).
static void lane_sort_keys(uint64_t *keys, int64_t count) {
  for (int64_t start = count / 2, end = count; end > 1;) {
    if (start > 0)
      start--;
    else
      lane_swap_keys(&keys[0], &keys[--end]);
    int64_t root = start;
    for (int64_t child; (child = 2 * root + 1) < end; root = child) {
      if (child + 1 < end && keys[child] < keys[child + 1]) child++;
      if (keys[child] <= keys[root]) break;
      lane_swap_keys(&keys[root], &keys[child]);
    }
  }
}

LANE_INLINE void lane_nearest_shrink(lane_nearest *nearest, int64_t wanted) {
  if (nearest->count < wanted) return;
  lane_select_keys(nearest->keys, nearest->count, wanted);
  nearest->count = wanted;
  nearest->limit = lane_key_distance(nearest->keys[wanted - 1]);
}

/// Offers sixteen points from `first` on. They come in the order of their indices, so one that is only as near as
/// the limit comes too late.
LANE_INLINE void lane_nearest_offer(lane_nearest *nearest, lane_vector distances, int64_t first, int64_t end,
                                    int64_t itself) {
  const lane_integers nearer = distances < lane_splat(nearest->limit);
  if (__builtin_reduce_or(nearer) == 0) return;
  float distance[16];
  memcpy(distance, &distances, sizeof distance);
  const int lanes = end - first < 16 ? (int)(end - first) : 16;
  for (int lane = 0; lane < lanes; lane++) {
    if (!(distance[lane] < nearest->limit) || first + lane == itself) continue;
    uint32_t bits;
    memcpy(&bits, &distance[lane], 4);
    nearest->keys[nearest->count++] = (uint64_t)bits << 32 | (uint64_t)(first + lane);
  }
}

/// Offers `blocks` blocks from block `block` on to four queries.
LANE_INLINE void lane_nearest_tile(const lane_points *points, const float *const queries[LANE_TILE_QUERIES],
                                   int64_t block, const int blocks, int64_t first, int64_t count,
                                   int64_t wanted, lane_nearest *nearest) {
  lane_vector sums[LANE_TILE_QUERIES][LANE_TILE_BLOCKS];
  lane_distance_tile(queries, points->packed + 16 * block * points->features, points->features, blocks, sums);
  for (int64_t q = 0; q < count; q++) {
    for (int b = 0; b < blocks; b++)
      lane_nearest_offer(&nearest[q], sums[q][b], 16 * (block + b), points->count, first + q);
    if (nearest[q].count > LANE_NEIGHBOUR_KEYS(wanted) - 64) lane_nearest_shrink(&nearest[q], wanted);
  }
}

static void lane_neighbours_run(const lane_points *points, int64_t first, int64_t count, int64_t neighbours,
                                uint64_t *keys, uint32_t *indices, float *squares) {
  const int64_t blocks = (points->count + 15) / 16, chunk = lane_candidate_blocks(points->features);
  const int64_t end = first + count;
  lane_nearest nearest[LANE_QUERIES];
  for (int64_t q = 0; q < count; q++)
    nearest[q] = (lane_nearest){keys + q * LANE_NEIGHBOUR_KEYS(neighbours), 0, __builtin_inff()};
  for (int64_t start = 0; start < blocks; start += chunk) {
    const int64_t stop = start + chunk < blocks ? start + chunk : blocks;
    for (int64_t q = 0; q < count; q += LANE_TILE_QUERIES) {
      const float *queries[LANE_TILE_QUERIES];
      lane_tile_queries(points, first + q, end, queries);
      const int64_t tile = count - q < LANE_TILE_QUERIES ? count - q : LANE_TILE_QUERIES;
      int64_t block = start;
      for (; block + LANE_TILE_BLOCKS <= stop; block += LANE_TILE_BLOCKS)
        lane_nearest_tile(points, queries, block, LANE_TILE_BLOCKS, first + q, tile, neighbours, nearest + q);
      for (; block < stop; block++)
        lane_nearest_tile(points, queries, block, 1, first + q, tile, neighbours, nearest + q);
    }
  }
  for (int64_t q = 0; q < count; q++) {
    lane_nearest_shrink(&nearest[q], neighbours);
    lane_sort_keys(nearest[q].keys, neighbours);
    for (int64_t k = 0; k < neighbours; k++) {
      indices[q * neighbours + k] = (uint32_t)nearest[q].keys[k];
      squares[q * neighbours + k] = lane_key_distance(nearest[q].keys[k]);
    }
  }
}

// MARK: - Ranks

static void lane_ranks_run(const lane_points *points, int64_t first, int64_t count, int64_t listed,
                           const uint32_t *indices, float *distances, uint32_t *ranks) {
  const int64_t blocks = (points->count + 15) / 16, chunk = lane_candidate_blocks(points->features);
  const int64_t stride = 16 * blocks, end = first + count;
  for (int64_t start = 0; start < blocks; start += chunk) {
    const int64_t stop = start + chunk < blocks ? start + chunk : blocks;
    for (int64_t q = 0; q < count; q += LANE_TILE_QUERIES) {
      const float *queries[LANE_TILE_QUERIES];
      lane_tile_queries(points, first + q, end, queries);
      for (int64_t block = start; block < stop; block++) {
        lane_vector sums[LANE_TILE_QUERIES][LANE_TILE_BLOCKS];
        lane_distance_tile(queries, points->packed + 16 * block * points->features, points->features, 1, sums);
        for (int64_t tile = 0; tile < LANE_TILE_QUERIES && q + tile < count; tile++)
          lane_write(distances + (q + tile) * stride + 16 * block, sums[tile][0]);
      }
    }
  }
  const lane_integers lanes = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  for (int64_t q = 0; q < count; q++) {
    float *row = distances + q * stride;
    row[first + q] = __builtin_inff();
    for (int64_t i = points->count; i < stride; i++) row[i] = __builtin_inff();
    for (int64_t k = 0; k < listed; k++) {
      const int32_t index = (int32_t)indices[q * listed + k];
      const lane_vector distance = lane_splat(row[index]);
      lane_integers nearer = {};
      for (int64_t i = 0; i < stride; i += 16) {
        const lane_vector other = lane_read(row + i);
        nearer -= (other < distance) | ((other == distance) & (lanes + (int32_t)i < index));
      }
      ranks[q * listed + k] = (uint32_t)__builtin_reduce_add(nearer);
    }
  }
}
