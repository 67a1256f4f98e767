static void lane_convolve_run(const void *descriptor, const lane_context *context) {}
