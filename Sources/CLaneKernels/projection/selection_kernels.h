// The nearest points of a query among those that it is offered, sixteen at a time.

/// Queries of one tile.
#define LANE_TILE_QUERIES 4
/// Blocks of sixteen candidates of one tile.
#if LANE_BLOCK > 2
#define LANE_TILE_BLOCKS 4
#else
#define LANE_TILE_BLOCKS 1
#endif

/// The nearest points so far of one query. A key is the bits of a score and below them the index, so that keys are
/// ordered as wanted.
typedef struct lane_nearest {
  uint64_t *keys;
  int64_t count;
  /// Points whose score is above cannot be among the wanted ones any more.
  float limit;
  /// How far a score may be off.
  float tolerance;
  /// So many points lie within the tolerance that scores cannot tell them apart.
  int is_crowded;
} lane_nearest;

/// Bits that are ordered as the floats are.
LANE_INLINE uint32_t lane_ordered_bits(float value) {
  uint32_t bits;
  memcpy(&bits, &value, 4);
  return bits >> 31 ? ~bits : bits | 0x80000000u;
}

LANE_INLINE float lane_ordered_value(uint64_t key) {
  const uint32_t ordered = (uint32_t)(key >> 32), bits = ordered >> 31 ? ordered & 0x7fffffffu : ~ordered;
  float value;
  memcpy(&value, &bits, 4);
  return value;
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

/// Keeps the wanted keys, and those that the tolerance does not tell from them.
static void lane_nearest_shrink(lane_nearest *nearest, int64_t wanted) {
  if (nearest->count <= wanted) return;
  lane_select_keys(nearest->keys, nearest->count, wanted);
  const float worst = lane_ordered_value(nearest->keys[wanted - 1]);
  nearest->limit = worst + 2 * nearest->tolerance;
  int64_t kept = wanted;
  for (int64_t i = wanted; i < nearest->count; i++)
    if (lane_ordered_value(nearest->keys[i]) <= nearest->limit) nearest->keys[kept++] = nearest->keys[i];
  nearest->count = kept;
  if (kept <= LANE_NEIGHBOUR_KEYS(wanted) - 16 * LANE_TILE_BLOCKS) return;
  nearest->is_crowded = 1;
  nearest->limit = -__builtin_inff();
}

typedef _Bool lane_bits __attribute__((ext_vector_type(16)));

/// Offers sixteen points from `first` on.
LANE_INLINE void lane_nearest_offer(lane_nearest *nearest, lane_vector scores, int64_t first, int64_t end,
                                    int64_t itself) {
  const lane_bits near = __builtin_convertvector(scores <= lane_splat(nearest->limit), lane_bits);
  uint16_t mask;
  memcpy(&mask, &near, sizeof mask);
  if (mask == 0) return;
  float score[16];
  memcpy(score, &scores, sizeof score);
  for (uint32_t rest = mask; rest; rest &= rest - 1) {
    const int lane = __builtin_ctz(rest);
    if (first + lane >= end || first + lane == itself) continue;
    nearest->keys[nearest->count++] = (uint64_t)lane_ordered_bits(score[lane]) << 32 | (uint64_t)(first + lane);
  }
}

/// Offers the blocks of a tile.
static void __attribute__((noinline)) lane_nearest_take(lane_nearest *nearest, const lane_vector *scores, int blocks,
                                                        int64_t block, int64_t end, int64_t itself, int64_t wanted) {
  for (int b = 0; b < blocks; b++) lane_nearest_offer(nearest, scores[b], 16 * (block + b), end, itself);
  if (nearest->count > LANE_NEIGHBOUR_KEYS(wanted) - 16 * LANE_TILE_BLOCKS) lane_nearest_shrink(nearest, wanted);
}

/// Offers the blocks of a tile if there is anything near in them, which is seldom.
LANE_INLINE void lane_nearest_tile(lane_nearest *nearest, const lane_vector *scores, const int blocks, int64_t block,
                                   int64_t end, int64_t itself, int64_t wanted) {
  lane_vector least = scores[0];
#pragma clang loop unroll(full)
  for (int b = 1; b < blocks; b++) least = lane_select(scores[b] < least, scores[b], least);
  if (__builtin_reduce_or(least <= lane_splat(nearest->limit)) == 0) return;
  lane_nearest_take(nearest, scores, blocks, block, end, itself, wanted);
}
