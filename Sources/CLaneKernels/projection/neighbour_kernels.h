// Exact nearest neighbours by looking at all pairs. Lanes are sixteen candidates; a tile of queries shares what is
// read of them. A squared distance is the sum over features, one after another, of squared differences, so that it
// does not depend on the tile and is the same in both directions. A search first sorts out by a score that is cheaper
// and nearly as good; whatever its rounding errors could have hidden is measured exactly.

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

// MARK: - Search

/// Half the squared distance from each query, less half the query's own square: one multiply-add a feature, where the
/// distance takes two operations. What it loses to rounding, the tolerance covers.
LANE_INLINE void lane_score_tile(const float *const *queries, const int count, const float *packed,
                                 const float *half_squares, int64_t features, const int blocks,
                                 lane_vector scores[LANE_TILE_QUERIES][LANE_TILE_BLOCKS]) {
  lane_vector total[LANE_TILE_QUERIES][LANE_TILE_BLOCKS];
#pragma clang loop unroll(full)
  for (int q = 0; q < count; q++)
#pragma clang loop unroll(full)
    for (int b = 0; b < blocks; b++) total[q][b] = lane_read(half_squares + 16 * b);
  for (int64_t f = 0; f < features; f++) {
    lane_vector candidates[LANE_TILE_BLOCKS];
#pragma clang loop unroll(full)
    for (int b = 0; b < blocks; b++) candidates[b] = lane_read(packed + 16 * (b * features + f));
#pragma clang loop unroll(full)
    for (int q = 0; q < count; q++) {
      const lane_vector query = lane_splat(queries[q][f]);
#pragma clang loop unroll(full)
      for (int b = 0; b < blocks; b++) total[q][b] = lane_fma(-query, candidates[b], total[q][b]);
    }
  }
#pragma clang loop unroll(full)
  for (int q = 0; q < count; q++)
#pragma clang loop unroll(full)
    for (int b = 0; b < blocks; b++) scores[q][b] = total[q][b];
}

/// What a call looks for.
typedef struct lane_search {
  const lane_points *points;
  /// Rows of the queries.
  const float *queries;
  int64_t count, wanted;
  /// The point that the first query is itself; where queries are no points, a number below -LANE_QUERIES.
  int64_t itself;
} lane_search;

/// Offers `blocks` blocks from block `block` on to `tile` queries from query `q` on.
LANE_INLINE void lane_search_tile(const lane_search *search, int64_t q, const int tile, int64_t block, const int blocks,
                                  lane_nearest *nearest) {
  const lane_points *points = search->points;
  const int64_t features = points->features;
  const float *queries[LANE_TILE_QUERIES];
  for (int i = 0; i < tile; i++)
    queries[i] = search->queries + (q + i < search->count ? q + i : search->count - 1) * features;
  lane_vector scores[LANE_TILE_QUERIES][LANE_TILE_BLOCKS];
  lane_score_tile(queries, tile, points->packed + 16 * block * features, points->half_squares + 16 * block, features,
                  blocks, scores);
#pragma clang loop unroll(full)
  for (int i = 0; i < tile; i++)
    if (q + i < search->count)
      lane_nearest_tile(&nearest[q + i], scores[i], blocks, block, points->count, search->itself + q + i,
                        search->wanted);
}

/// All queries meet the same few blocks, which stay in the first cache, before the next ones are looked at.
LANE_INLINE void lane_search_blocks(const lane_search *search, int64_t block, const int blocks,
                                    lane_nearest *nearest) {
  const int64_t features = search->points->features, lines = blocks * features;
  const float *next = search->points->packed + 16 * (block + blocks) * features;
  if (search->count == 1) {
    lane_search_tile(search, 0, 1, block, blocks, nearest);
    return;
  }
  const int64_t tiles = (search->count + LANE_TILE_QUERIES - 1) / LANE_TILE_QUERIES;
  for (int64_t tile = 0; tile < tiles; tile++) {
    for (int64_t line = lines * tile / tiles; line < lines * (tile + 1) / tiles; line++)
      __builtin_prefetch(next + 16 * line, 0, 2);
    lane_search_tile(search, tile * LANE_TILE_QUERIES, LANE_TILE_QUERIES, block, blocks, nearest);
  }
}

LANE_INLINE float lane_square_step(float difference, float sum) {
  return __builtin_fmaf(difference, difference, sum);
}

/// Puts exact squared distances in place of scores, four points at a time so that sums need not wait for each other.
static void lane_nearest_measure(const lane_search *search, const float *query, lane_nearest *nearest) {
  const int64_t features = search->points->features;
  for (int64_t first = 0; first < nearest->count; first += 4) {
    const int64_t count = nearest->count - first < 4 ? nearest->count - first : 4;
    const float *rows[4];
    float sums[4] = {};
    for (int64_t i = 0; i < 4; i++)
      rows[i] =
        search->points->rows + (int64_t)(uint32_t)nearest->keys[first + (i < count ? i : 0)] * features;
    for (int64_t f = 0; f < features; f++)
      for (int i = 0; i < 4; i++) sums[i] = lane_square_step(rows[i][f] - query[f], sums[i]);
    for (int64_t i = 0; i < count; i++)
      nearest->keys[first + i] =
        (uint64_t)lane_ordered_bits(sums[i]) << 32 | (uint32_t)nearest->keys[first + i];
  }
}

/// Looks at all blocks again by exact distances, where scores could not tell points apart.
static void lane_search_crowded(const lane_search *search, int64_t q, int64_t first_block, int64_t end_block,
                                lane_nearest *nearest) {
  const lane_points *points = search->points;
  const float *query = search->queries + q * points->features;
  const float *const queries[LANE_TILE_QUERIES] = {query, query, query, query};
  *nearest = (lane_nearest){nearest->keys, 0, 0x1.fffffep127f, 0, 0};
  for (int64_t block = first_block; block < end_block; block++) {
    lane_vector squares[LANE_TILE_QUERIES][LANE_TILE_BLOCKS];
    lane_distance_tile(queries, points->packed + 16 * block * points->features, points->features, 1, squares);
    lane_nearest_tile(nearest, squares[0], 1, block, points->count, search->itself + q, search->wanted);
    if (!nearest->is_crowded) continue;
    // All as near: points come in the order of their indices, so the later ones are not wanted.
    lane_select_keys(nearest->keys, nearest->count, search->wanted);
    nearest->limit = lane_ordered_value(nearest->keys[search->wanted - 1]);
    nearest->count = search->wanted;
    nearest->is_crowded = 0;
  }
}

/// How far a score, with half the query's square, can be from half the squared distance as it is measured: both are
/// sums of rounded terms none of which is larger than the square of the two greatest lengths together.
static float lane_search_tolerance(const lane_points *points, const float *query) {
  double square = 0;
  for (int64_t f = 0; f < points->features; f++) square += (double)query[f] * query[f];
  const double reach = __builtin_sqrt(square) + points->largest_norm;
  return (float)((2 * (double)points->features + 16) * 0x1p-24 * reach * reach * 1.001 + 0x1p-140);
}

static void lane_neighbours_run(const lane_points *points, const float *queries, int64_t count, int64_t itself,
                                int64_t first_block, int64_t end_block, int64_t wanted, uint64_t *keys,
                                uint64_t *found) {
  const lane_search search = {points, queries, count, wanted, itself};
  lane_nearest nearest[LANE_QUERIES];
  for (int64_t q = 0; q < count; q++)
    nearest[q] = (lane_nearest){keys + q * LANE_NEIGHBOUR_KEYS(wanted), 0, 0x1.fffffep127f,
                                lane_search_tolerance(points, queries + q * points->features), 0};
  int64_t block = first_block;
  for (; block + LANE_TILE_BLOCKS <= end_block; block += LANE_TILE_BLOCKS)
    lane_search_blocks(&search, block, LANE_TILE_BLOCKS, nearest);
  for (; block < end_block; block++) lane_search_blocks(&search, block, 1, nearest);
  for (int64_t q = 0; q < count; q++) {
    if (nearest[q].is_crowded) {
      lane_search_crowded(&search, q, first_block, end_block, &nearest[q]);
    } else {
      lane_nearest_shrink(&nearest[q], wanted);
      if (nearest[q].is_crowded)
        lane_search_crowded(&search, q, first_block, end_block, &nearest[q]);
      else
        lane_nearest_measure(&search, queries + q * points->features, &nearest[q]);
    }
    const int64_t kept = nearest[q].count < wanted ? nearest[q].count : wanted;
    if (kept < nearest[q].count) lane_select_keys(nearest[q].keys, nearest[q].count, wanted);
    lane_sort_keys(nearest[q].keys, kept);
    // A squared distance is not negative, so that its own bits are ordered.
    for (int64_t k = 0; k < wanted; k++)
      found[q * wanted + k] = k < kept ? nearest[q].keys[k] & 0x7fffffffffffffffu : ~(uint64_t)0;
  }
}

/// The distance of two vectors of `*size` floats, a multiple of sixteen.
static float lane_square_distance_run(const void *a, const void *b, const void *size) {
  const float *left = a, *right = b;
  lane_vector sum = lane_zero();
  for (int64_t f = 0; f < *(const int64_t *)size; f += 16) {
    const lane_vector difference =
      *(const lane_vector_unaligned *)(left + f) - *(const lane_vector_unaligned *)(right + f);
    sum = lane_fma(difference, difference, sum);
  }
  return lane_sum(sum);
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
  for (int64_t q = 0; q < count; q++) {
    float *row = distances + q * stride;
    row[first + q] = __builtin_inff();
    for (int64_t i = points->count; i < stride; i++) row[i] = __builtin_inff();
    for (int64_t k = 0; k < listed; k++) {
      const lane_vector distance = lane_splat(row[indices[q * listed + k]]);
      lane_integers nearer = {};
      for (int64_t i = 0; i < stride; i += 16) nearer -= lane_read(row + i) < distance;
      ranks[q * listed + k] = (uint32_t)__builtin_reduce_add(nearer);
    }
  }
}
