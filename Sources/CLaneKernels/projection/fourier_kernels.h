// Discrete Fourier transforms of sixteen sequences at once, one in each lane: Stockham's form of the fast transform
// (Cochran et al., "What is the fast Fourier transform?", 1967), which needs no reordering, with radix 4, 2 and 3.
// Real and imaginary parts are apart. A transform backwards is one forwards with the two parts exchanged.

typedef struct lane_complex {
  lane_vector real, imaginary;
} lane_complex;

/// Sequences `[index][16]`.
typedef struct lane_sequence {
  float *real, *imaginary;
} lane_sequence;

LANE_INLINE lane_complex lane_sequence_read(lane_sequence sequence, int64_t index) {
  return (lane_complex){lane_read(sequence.real + 16 * index), lane_read(sequence.imaginary + 16 * index)};
}

LANE_INLINE void lane_sequence_write(lane_sequence sequence, int64_t index, lane_complex value) {
  lane_write(sequence.real + 16 * index, value.real);
  lane_write(sequence.imaginary + 16 * index, value.imaginary);
}

LANE_INLINE lane_complex lane_complex_add(lane_complex a, lane_complex b) {
  return (lane_complex){a.real + b.real, a.imaginary + b.imaginary};
}

LANE_INLINE lane_complex lane_complex_subtract(lane_complex a, lane_complex b) {
  return (lane_complex){a.real - b.real, a.imaginary - b.imaginary};
}

/// Times exp(-2 pi i t / size).
LANE_INLINE lane_complex lane_turn(const lane_fourier *fourier, lane_complex a, int64_t t) {
  const lane_vector cosine = lane_splat(fourier->cosines[t]), sine = lane_splat(fourier->sines[t]);
  return (lane_complex){
    lane_fma(a.real, cosine, a.imaginary * sine),
    lane_fma(a.imaginary, cosine, -(a.real * sine)),
  };
}

/// - Parameters:
///   - length: of the sequences still to be transformed; there are `stride` of them.
///   - is_padded: the second half of the input is zero and not read.
///   - is_halved: only the first half of the output is written.
LANE_INLINE void lane_fourier_four(const lane_fourier *fourier, int64_t length, int64_t stride, const int is_padded,
                                   const int is_halved, lane_sequence input, lane_sequence output) {
  const int64_t quarter = length / 4;
  for (int64_t p = 0; p < quarter; p++) {
    for (int64_t q = 0; q < stride; q++) {
      const lane_complex a = lane_sequence_read(input, q + stride * p);
      const lane_complex b = lane_sequence_read(input, q + stride * (p + quarter));
      lane_complex sum = a, difference = a, other_sum = b, other = b;
      if (!is_padded) {
        const lane_complex c = lane_sequence_read(input, q + stride * (p + 2 * quarter));
        const lane_complex d = lane_sequence_read(input, q + stride * (p + 3 * quarter));
        sum = lane_complex_add(a, c);
        difference = lane_complex_subtract(a, c);
        other_sum = lane_complex_add(b, d);
        other = lane_complex_subtract(b, d);
      }
      // -i times the other difference.
      const lane_complex turned = {other.imaginary, -other.real};
      const int64_t place = q + 4 * stride * p;
      lane_sequence_write(output, place, lane_complex_add(sum, other_sum));
      lane_sequence_write(
        output, place + stride, lane_turn(fourier, lane_complex_add(difference, turned), p * stride));
      if (is_halved) continue;
      lane_sequence_write(
        output, place + 2 * stride, lane_turn(fourier, lane_complex_subtract(sum, other_sum), 2 * p * stride));
      lane_sequence_write(
        output, place + 3 * stride, lane_turn(fourier, lane_complex_subtract(difference, turned), 3 * p * stride));
    }
  }
}

LANE_INLINE void lane_fourier_two(const lane_fourier *fourier, int64_t length, int64_t stride, lane_sequence input,
                                  lane_sequence output) {
  const int64_t half = length / 2;
  for (int64_t p = 0; p < half; p++) {
    for (int64_t q = 0; q < stride; q++) {
      const lane_complex a = lane_sequence_read(input, q + stride * p);
      const lane_complex b = lane_sequence_read(input, q + stride * (p + half));
      const int64_t place = q + 2 * stride * p;
      lane_sequence_write(output, place, lane_complex_add(a, b));
      lane_sequence_write(
        output, place + stride, lane_turn(fourier, lane_complex_subtract(a, b), p * stride));
    }
  }
}

LANE_INLINE void lane_fourier_three(const lane_fourier *fourier, int64_t length, int64_t stride, lane_sequence input,
                                    lane_sequence output) {
  const int64_t third = length / 3;
  const float root = 0x1.bb67aep-1f; // sin(pi / 3)
  for (int64_t p = 0; p < third; p++) {
    for (int64_t q = 0; q < stride; q++) {
      const lane_complex a = lane_sequence_read(input, q + stride * p);
      const lane_complex b = lane_sequence_read(input, q + stride * (p + third));
      const lane_complex c = lane_sequence_read(input, q + stride * (p + 2 * third));
      const lane_complex sum = lane_complex_add(b, c), difference = lane_complex_subtract(b, c);
      const lane_complex middle = {a.real - 0.5f * sum.real, a.imaginary - 0.5f * sum.imaginary};
      // -i sin(pi / 3) times the difference.
      const lane_complex turned = {root * difference.imaginary, -(root * difference.real)};
      const int64_t place = q + 3 * stride * p;
      lane_sequence_write(output, place, lane_complex_add(a, sum));
      lane_sequence_write(
        output, place + stride, lane_turn(fourier, lane_complex_add(middle, turned), p * stride));
      lane_sequence_write(
        output, place + 2 * stride, lane_turn(fourier, lane_complex_subtract(middle, turned), 2 * p * stride));
    }
  }
}

/// Transforms `data`, with `spare` as scratch memory; returns the one that holds the result.
LANE_INLINE lane_sequence lane_fourier_run(const lane_fourier *fourier, const int is_padded, const int is_halved,
                                           lane_sequence data, lane_sequence spare) {
  int64_t length = fourier->size, stride = 1;
  for (int32_t pass = 0; pass < fourier->radix_count; pass++) {
    const int32_t radix = fourier->radices[pass];
    if (radix == 3)
      lane_fourier_three(fourier, length, stride, data, spare);
    else if (radix == 2)
      lane_fourier_two(fourier, length, stride, data, spare);
    else if (is_padded && pass == 0)
      lane_fourier_four(fourier, length, stride, 1, 0, data, spare);
    else if (is_halved && pass == fourier->radix_count - 1)
      lane_fourier_four(fourier, length, stride, 0, 1, data, spare);
    else
      lane_fourier_four(fourier, length, stride, 0, 0, data, spare);
    length /= radix;
    stride *= radix;
    const lane_sequence kept = data;
    data = spare;
    spare = kept;
  }
  return data;
}
