// The most multiply-adds that a core can do: what the speed of the other kernels is compared with.

/// Enough sums that none waits for its own last addition, few enough that all stay in registers.
#if LANE_BLOCK > 2
#define LANE_PEAK_SUMS 16
#else
#define LANE_PEAK_SUMS 6
#endif

static int64_t lane_peak_run(int64_t rounds, float *result) {
  lane_vector sums[LANE_PEAK_SUMS];
  // Sums settle at `addend / (1 - factor)`: neither infinite nor denormal.
  const lane_vector factor = lane_splat(*result * 0.5f), addend = lane_splat(*result);
#pragma clang loop unroll(full)
  for (int i = 0; i < LANE_PEAK_SUMS; i++) sums[i] = lane_splat((float)i);
  for (int64_t round = 0; round < rounds; round++) {
#pragma clang loop unroll(full)
    for (int i = 0; i < LANE_PEAK_SUMS; i++) sums[i] = lane_fma(sums[i], factor, addend);
  }
  lane_vector total = lane_zero();
#pragma clang loop unroll(full)
  for (int i = 0; i < LANE_PEAK_SUMS; i++) total += sums[i];
  *result = lane_sum(total);
  return 2 * LANE_COUNT * LANE_PEAK_SUMS * rounds;
}
