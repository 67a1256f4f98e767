// The gradient of a convolution's weights: sums over positions are kept in registers as lanes, one vector per
// weight of a tile of output channels x terms; samples are added up once at the end.

LANE_INLINE void lane_add_sum(float *target, float sum, int starts) { *target = starts ? sum : *target + sum; }

LANE_INLINE void lane_weight_gradient_tile(const lane_convolution_weight_gradient *d, float *result, int starts, lane_integers mask,
                                           int32_t channel, int32_t term, const int outputs, const int terms) {
  lane_vector sums[4][8];
#pragma clang loop unroll(full)
  for (int o = 0; o < outputs; o++)
#pragma clang loop unroll(full)
    for (int k = 0; k < terms; k++) sums[o][k] = lane_zero();
  const float *x[8];
#pragma clang loop unroll(full)
  for (int k = 0; k < terms; k++) x[k] = d->input + d->offsets[term + k];
  const float *gradient = d->output_gradient + channel * d->output_channel_stride;
  for (int32_t row = 0; row < d->rows; row++) {
    const float *g = gradient + row * d->output_row_step;
    int64_t position = row * d->input_row_step;
    for (int32_t column = 0; column < d->columns; column++) {
      lane_vector gradients[4];
#pragma clang loop unroll(full)
      for (int o = 0; o < outputs; o++) gradients[o] = lane_read(g + o * d->output_channel_stride);
#pragma clang loop unroll(full)
      for (int k = 0; k < terms; k++) {
        lane_vector value = lane_read(x[k] + position);
#pragma clang loop unroll(full)
        for (int o = 0; o < outputs; o++) sums[o][k] = lane_fma(gradients[o], value, sums[o][k]);
      }
      g += d->output_column_step;
      position += d->input_column_step;
    }
  }
#pragma clang loop unroll(full)
  for (int o = 0; o < outputs; o++)
#pragma clang loop unroll(full)
    for (int k = 0; k < terms; k++)
      lane_add_sum(result + (int64_t)(channel + o) * d->term_count + term + k,
                   lane_sum(lane_select(mask, sums[o][k], lane_zero())), starts);
}

LANE_INLINE void lane_weight_gradient_terms(const lane_convolution_weight_gradient *d, float *result, int starts, lane_integers mask,
                                            int32_t channel, const int outputs, const int most) {
  // As few tiles as `most` allows, of sizes as even as can be.
  const int32_t tiles = (d->term_count + most - 1) / most;
  for (int32_t tile = 0; tile < tiles; tile++) {
    const int32_t first = (int32_t)((int64_t)d->term_count * tile / tiles);
    const int32_t count = (int32_t)((int64_t)d->term_count * (tile + 1) / tiles) - first;
    switch (count) {
    case 1: lane_weight_gradient_tile(d, result, starts, mask, channel, first, outputs, 1); break;
    case 2: lane_weight_gradient_tile(d, result, starts, mask, channel, first, outputs, 2); break;
    case 3: lane_weight_gradient_tile(d, result, starts, mask, channel, first, outputs, 3); break;
#if LANE_BLOCK > 2
    case 4: lane_weight_gradient_tile(d, result, starts, mask, channel, first, outputs, 4); break;
    case 5: lane_weight_gradient_tile(d, result, starts, mask, channel, first, outputs, 5); break;
    case 6: lane_weight_gradient_tile(d, result, starts, mask, channel, first, outputs, 6); break;
#endif
    }
  }
}

static void lane_convolve_weight_gradient_run(const void *descriptor, const lane_context *context) {
  const lane_convolution_weight_gradient *d = descriptor;
  const lane_integers mask = lane_active_mask(context->active);
  float *result = context->sums + d->sums_offset;
  const int starts = context->starts_sums;
  const int most = LANE_BLOCK > 2 ? 6 : 3;
  int32_t channel = 0;
#define LANE_BLOCKS(outputs)                                                                                   \
  for (; channel + (outputs) <= d->output_channels; channel += (outputs))                                      \
    lane_weight_gradient_terms(d, result, starts, mask, channel, outputs, most);
#if LANE_BLOCK > 2
  LANE_BLOCKS(4)
#endif
  LANE_BLOCKS(2)
  LANE_BLOCKS(1)
#undef LANE_BLOCKS
}
