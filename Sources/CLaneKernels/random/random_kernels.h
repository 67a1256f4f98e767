static void lane_random_run(const void *descriptor, const lane_context *context) {}
