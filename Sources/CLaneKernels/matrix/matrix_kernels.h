static void lane_matrix_product_run(const void *descriptor, const lane_context *context) {}
static void lane_outer_product_run(const void *descriptor, const lane_context *context) {}
