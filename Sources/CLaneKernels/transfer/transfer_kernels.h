static void lane_load_run(const void *descriptor, const lane_context *context) {}
static void lane_store_run(const void *descriptor, const lane_context *context) {}
static void lane_carry_out_run(const void *descriptor, const lane_context *context) {}
static void lane_carry_in_run(const void *descriptor, const lane_context *context) {}
static void lane_zero_halo_run(const void *descriptor, const lane_context *context) {}
static void lane_batch_sum_run(const void *descriptor, const lane_context *context) {}
