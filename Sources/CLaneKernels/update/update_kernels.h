static double lane_combine_run(float *sums, const float *shards, int64_t stride, int32_t shard_count, float scale, int64_t first, int64_t count) { return 0; }
static void lane_update_run(const lane_update_settings *settings, float *parameters, const float *gradient, float *state1, float *state2, int64_t first, int64_t count) {}
