static void lane_convolve_weight_gradient_run(const void *descriptor, const lane_context *context) {}
