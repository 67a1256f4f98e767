// Convolution in all its forms: a register tile of output channels x columns, accumulated over input channels and
// taps. Each lane holds another sample, so strides and kernel sizes cost nothing extra.

/// gate(activation(sum)) for one vector; the bias is already in the sum.
LANE_INLINE lane_vector lane_finish(lane_vector sum, lane_activation activation, const float *gate) {
  switch (activation) {
  case LANE_ACTIVATION_NONE: break;
  case LANE_ACTIVATION_RELU: sum = lane_select(sum <= lane_zero(), lane_zero(), sum); break;
  case LANE_ACTIVATION_SIGMOID: sum = lane_sigmoid(sum); break;
  case LANE_ACTIVATION_TANH: sum = lane_hyperbolic_tangent(sum); break;
  }
  return gate ? lane_select(lane_read(gate) > lane_zero(), sum, lane_zero()) : sum;
}

/// Activations by polynomial are kept out of line: inlined into every tile they would crowd out the registers.
static __attribute__((noinline)) void lane_finish_in_memory(float *output, int64_t step, int32_t count,
                                                            lane_activation activation, const float *gate,
                                                            int64_t gate_step) {
  for (int32_t i = 0; i < count; i++)
    lane_write(output + i * step,
               lane_finish(lane_read(output + i * step), activation, gate ? gate + i * gate_step : NULL));
}

/// One tile: `outputs` channels x `columns` positions, both known when compiled.
LANE_INLINE void lane_convolve_tile(const lane_convolution *d, const float *input, float *output,
                                    const float *gate, const float *weights, int32_t channel,
                                    const int outputs, const int columns) {
  lane_vector sums[8][8];
#pragma clang loop unroll(full)
  for (int o = 0; o < outputs; o++) {
    lane_vector start = d->epilogue.bias ? lane_splat(d->epilogue.bias[channel + o]) : lane_zero();
#pragma clang loop unroll(full)
    for (int p = 0; p < columns; p++) sums[o][p] = start;
  }
  const int64_t step = d->input_column_step;
  const int64_t *offsets = d->offsets;
  for (int32_t k = 0; k < d->term_count; k++) {
    const float *x = input + offsets[k];
    lane_vector values[8];
#pragma clang loop unroll(full)
    for (int p = 0; p < columns; p++) values[p] = lane_read(x + p * step);
#pragma clang loop unroll(full)
    for (int o = 0; o < outputs; o++) {
      lane_vector weight = lane_splat(weights[o]);
#pragma clang loop unroll(full)
      for (int p = 0; p < columns; p++) sums[o][p] = lane_fma(weight, values[p], sums[o][p]);
    }
    weights += outputs;
  }
  const int late = d->epilogue.activation > LANE_ACTIVATION_RELU;
  const lane_activation simple = late ? LANE_ACTIVATION_NONE : d->epilogue.activation;
  const float *simple_gate = late ? NULL : gate;
  const int64_t gate_channel = d->epilogue.gate.channel_stride;
#pragma clang loop unroll(full)
  for (int o = 0; o < outputs; o++) {
#pragma clang loop unroll(full)
    for (int p = 0; p < columns; p++)
      lane_write(output + o * d->output_channel_stride + p * d->output_column_step,
                 lane_finish(sums[o][p], simple,
                             simple_gate ? simple_gate + o * gate_channel + p * d->gate_column_step : NULL));
  }
  if (late)
    for (int o = 0; o < outputs; o++)
      lane_finish_in_memory(output + o * d->output_channel_stride, d->output_column_step, columns,
                            d->epilogue.activation, gate ? gate + o * gate_channel : NULL, d->gate_column_step);
}

/// The blocks of output channels in which weights are packed, the largest first, each with the most columns of its tiles: 24,
/// 16, 16 and 8 sums in 32 registers.
#if LANE_BLOCK > 2
#define LANE_CHANNEL_BLOCKS(DO) DO(8, 3) DO(4, 4) DO(2, 8) DO(1, 8)
#else
#define LANE_CHANNEL_BLOCKS(DO) DO(2, 2) DO(1, 4)
#endif

/// All columns of one row for one block of `outputs` channels, in tiles of up to `tile` columns.
LANE_INLINE void lane_convolve_row(const lane_convolution *d, const float *input, float *output,
                                   const float *gate, const float *weights, int32_t channel,
                                   const int outputs, const int tile) {
  int32_t column = 0;
#define LANE_TILES(width)                                                                                      \
  if ((width) <= tile)                                                                                         \
    for (; column + (width) <= d->columns; column += (width))                                                  \
      lane_convolve_tile(d, input + column * d->input_column_step, output + column * d->output_column_step,    \
                         gate ? gate + column * d->gate_column_step : NULL, weights, channel, outputs, width);
  LANE_TILES(8)
  LANE_TILES(4)
  LANE_TILES(3)
  LANE_TILES(2)
  LANE_TILES(1)
#undef LANE_TILES
}

static void lane_convolve_run(const void *descriptor, const lane_context *context) {
  const lane_convolution *d = descriptor;
  (void)context;
  for (int32_t row = 0; row < d->rows; row++) {
    const float *input = d->input + row * d->input_row_step;
    float *output = d->output + row * d->output_row_step;
    const float *gate =
        d->epilogue.gate.data ? d->epilogue.gate.data + d->gate_offset + row * d->gate_row_step : NULL;
    int32_t channel = 0;
    // The rows of the input stay in the first cache while every block of output channels passes over them.
#define LANE_BLOCKS(outputs, tile)                                                                             \
  for (; channel + (outputs) <= d->output_channels; channel += (outputs))                                      \
    lane_convolve_row(d, input, output + channel * d->output_channel_stride,                                   \
                      gate ? gate + channel * d->epilogue.gate.channel_stride : NULL,                          \
                      d->weights + (int64_t)channel * d->term_count, channel, outputs, tile);
    LANE_CHANNEL_BLOCKS(LANE_BLOCKS)
#undef LANE_BLOCKS
  }
}
