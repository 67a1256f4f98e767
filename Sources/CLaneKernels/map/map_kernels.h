static void lane_map_run(const void *descriptor, const lane_context *context) {}
static void lane_reduce_run(const void *descriptor, const lane_context *context) {}
