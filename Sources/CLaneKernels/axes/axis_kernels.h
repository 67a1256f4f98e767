// Maxima along an axis, and masks of the largest elements. Every lane has its own line, and no step depends on what
// is in another.

/// The elements along the axis at one place of the other two; strides in floats.
typedef struct lane_line {
  const float *input;
  float *output;
  int64_t length, input_stride, output_stride;
} lane_line;

LANE_INLINE void lane_line_maximum(lane_line line) {
  lane_vector best = lane_read(line.input);
  for (int64_t i = 1; i < line.length; i++) {
    const lane_vector value = lane_read(line.input + i * line.input_stride);
    best = lane_select(lane_pool_beats(value, best), value, best);
  }
  lane_write(line.output, best);
}

/// 1 at the first maximum.
LANE_INLINE void lane_line_one_hot(lane_line line) {
  lane_vector best = lane_read(line.input);
  lane_integers place = {}, number = {};
  for (int64_t i = 1; i < line.length; i++) {
    const lane_vector value = lane_read(line.input + i * line.input_stride);
    const lane_integers beats = lane_pool_beats(value, best);
    number += 1;
    best = lane_select(beats, value, best);
    place = (beats & number) | (~beats & place);
  }
  number -= number;
  for (int64_t i = 0; i < line.length; i++) {
    lane_write(line.output + i * line.output_stride, lane_one_where(place == number));
    number += 1;
  }
}

/// Whole numbers in the order of the values: equal for both zeros, and largest for NaN.
LANE_INLINE lane_integers lane_order_key(lane_vector value) {
  const lane_integers bits = (lane_integers)(value + lane_zero()); // -0 + 0 is +0
  const lane_integers key = bits ^ ((bits >> 31) & INT32_MAX);
  const lane_integers is_number = value == value;
  return (is_number & key) | (~is_number & INT32_MAX);
}

/// 1 at the `count` largest elements. The smallest key among them is found bit by bit, from the highest: 32 rounds,
/// whatever the count. Until the end the keys lie in the output's place.
LANE_INLINE void lane_line_mask(lane_line line, int32_t count) {
  for (int64_t i = 0; i < line.length; i++)
    lane_write(line.output + i * line.output_stride,
               (lane_vector)lane_order_key(lane_read(line.input + i * line.input_stride)));
  // With the sign bit turned over, keys are in the order of unsigned numbers.
  lane_integers least = {};
  for (int32_t bit = 31; bit >= 0; bit--) {
    const lane_integers trial = least | (int32_t)(1u << bit);
    const lane_integers bound = trial ^ INT32_MIN;
    lane_integers reached = {};
    for (int64_t i = 0; i < line.length; i++)
      reached -= (lane_integers)lane_read(line.output + i * line.output_stride) >= bound;
    const lane_integers enough = reached >= count;
    least = (enough & trial) | (~enough & least);
  }
  least ^= INT32_MIN;
  // What is left for elements that equal the smallest one taken, first come first served.
  lane_integers left = count - (lane_integers){};
  for (int64_t i = 0; i < line.length; i++)
    left += (lane_integers)lane_read(line.output + i * line.output_stride) > least;
  for (int64_t i = 0; i < line.length; i++) {
    float *place = line.output + i * line.output_stride;
    const lane_integers key = (lane_integers)lane_read(place);
    const lane_integers tie = (key == least) & (left > 0);
    left += tie;
    lane_write(place, lane_one_where((key > least) | tie));
  }
}

typedef enum lane_line_work { LANE_LINE_MAXIMUM, LANE_LINE_ONE_HOT, LANE_LINE_MASK } lane_line_work;

LANE_INLINE void lane_each_line(const lane_along_axis *d, const lane_line_work work) {
  const int64_t extents[3] = {d->input.channels, d->input.rows, d->input.columns};
  const int64_t inputs[3] = {d->input.channel_stride, d->input.row_stride, LANE_COUNT};
  const int64_t outputs[3] = {d->output.channel_stride, d->output.row_stride, LANE_COUNT};
  const int32_t axis = d->axis, outer = axis == 0 ? 1 : 0, inner = axis == 2 ? 1 : 2;
  for (int64_t o = 0; o < extents[outer]; o++)
    for (int64_t i = 0; i < extents[inner]; i++) {
      const lane_line line = {
        .input = d->input.data + o * inputs[outer] + i * inputs[inner],
        .output = d->output.data + o * outputs[outer] + i * outputs[inner],
        .length = extents[axis],
        .input_stride = inputs[axis],
        .output_stride = outputs[axis],
      };
      if (work == LANE_LINE_MAXIMUM)
        lane_line_maximum(line);
      else if (work == LANE_LINE_ONE_HOT)
        lane_line_one_hot(line);
      else
        lane_line_mask(line, d->count);
    }
}

static void lane_axis_maximum_run(const void *descriptor, const lane_context *context) {
  lane_each_line(descriptor, LANE_LINE_MAXIMUM);
}

static void lane_axis_mask_run(const void *descriptor, const lane_context *context) {
  const lane_along_axis *d = descriptor;
  if (d->count == 1)
    lane_each_line(d, LANE_LINE_ONE_HOT);
  else
    lane_each_line(d, LANE_LINE_MASK);
}
