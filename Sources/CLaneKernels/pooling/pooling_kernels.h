static void lane_max_pool_run(const void *descriptor, const lane_context *context) {}
static void lane_max_pool_scatter_run(const void *descriptor, const lane_context *context) {}
static void lane_max_pool_gather_run(const void *descriptor, const lane_context *context) {}
