static void lane_resample_run(const void *descriptor, const lane_context *context) {}
