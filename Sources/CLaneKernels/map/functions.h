// Exponentials, logarithms and circles on lane vectors. Every instruction set does the same operations in the
// same order, so all agree to the last bit. The polynomials are our own minimax fits (Lawson's iteration, rounded
// coefficient by coefficient); argument reduction is Cody and Waite's (Software Manual for the Elementary
// Functions, 1980).
//
// Largest errors against double precision, in units in the last place: exponential 1.0, logarithm 0.9,
// hyperbolic tangent 2.4, sigmoid 2.4, softplus 1.7, normal cumulative 4.3 (relative, down to x = -12.9). Results
// below 2^-126 are denormal numbers with the few bits that those have. A NaN stays a NaN; the sign and payload of one
// are not kept.

/// The larger one, or a NaN where either is.
LANE_INLINE lane_vector lane_larger(lane_vector a, lane_vector b) {
  return lane_select((a > b) | (a != a), a, b);
}

/// The smaller one, or a NaN where either is.
LANE_INLINE lane_vector lane_smaller(lane_vector a, lane_vector b) {
  return lane_select((a < b) | (a != a), a, b);
}

/// 1.5 * 2^23: a float of small magnitude added to it is rounded to the nearest integer, which then stands in
/// its low bits.
#define LANE_ROUNDER 12582912.0f

/// -0, which added to anything changes nothing, so that the compiler leaves the addition out.
LANE_INLINE lane_vector lane_nothing(void) { return lane_splat(-0.0f); }

/// 2^n for integers -126...127.
LANE_INLINE lane_vector lane_power_of_two(lane_integers n) { return (lane_vector)((n + 127) << 23); }

/// What is left of an exponent after powers of two: `exp(x) = 2^power * exp(rest)`, |rest| <= log(2) / 2.
typedef struct lane_reduced {
  lane_vector rest;
  lane_integers power;
} lane_reduced;

/// Reduces `x + small`, where |x| < 110 and `small` is what rounding `x` left out.
LANE_INLINE lane_reduced lane_reduce_exponent(lane_vector x, lane_vector small) {
  const lane_vector rounder = lane_splat(LANE_ROUNDER);
  lane_vector shifted = lane_fma(x + small, lane_splat(0x1.715476p+0f), rounder);
  lane_vector power = shifted - rounder;
  // log(2) in two parts; the first has few bits, so that its product with the power is exact.
  lane_vector rest = lane_fma(power, lane_splat(-0x1.63p-1f), x);
  rest = lane_fma(power, lane_splat(0x1.bd0106p-13f), rest) + small;
  return (lane_reduced){rest, (lane_integers)shifted - (lane_integers)rounder};
}

/// exp(x + small) for x in -110...89.
LANE_INLINE lane_vector lane_exponential_of_sum(lane_vector x, lane_vector small) {
  lane_reduced reduced = lane_reduce_exponent(x, small);
  lane_vector r = reduced.rest;
  lane_vector p = lane_splat(0x1.6a3fb6p-10f);
  p = lane_fma(p, r, lane_splat(0x1.1239ep-7f));
  p = lane_fma(p, r, lane_splat(0x1.5558bep-5f));
  p = lane_fma(p, r, lane_splat(0x1.555492p-3f));
  p = lane_fma(p, r, lane_splat(0x1.fffffcp-2f));
  p = lane_fma(p, r * r, r) + 1.0f;
  // In two factors, as 2^power alone may be out of range.
  lane_integers half = reduced.power >> 1;
  return p * lane_power_of_two(half) * lane_power_of_two(reduced.power - half);
}

/// exp(x); infinite from 88.73 on, 0 below -103.98.
LANE_INLINE lane_vector lane_exponential(lane_vector x) {
  x = lane_select(x > 89.0f, lane_splat(89.0f), x);
  x = lane_select(x < -105.0f, lane_splat(-105.0f), x);
  return lane_exponential_of_sum(x, lane_nothing());
}

/// log(1 + f) without its leading term f, for 1 + f in sqrt(1/2)...sqrt(2).
LANE_INLINE lane_vector lane_logarithm_tail(lane_vector f) {
  lane_vector p = lane_splat(-0x1.38c974p-4f);
  p = lane_fma(p, f, lane_splat(0x1.055eaep-3f));
  p = lane_fma(p, f, lane_splat(-0x1.0d8246p-3f));
  p = lane_fma(p, f, lane_splat(0x1.22d93p-3f));
  p = lane_fma(p, f, lane_splat(-0x1.54728ap-3f));
  p = lane_fma(p, f, lane_splat(0x1.99a01cp-3f));
  p = lane_fma(p, f, lane_splat(-0x1.000226p-2f));
  p = lane_fma(p, f, lane_splat(0x1.555554p-2f));
  lane_vector square = f * f;
  return lane_fma(p * f, square, square * -0.5f);
}

/// log(1 + f) + exponent * log(2).
LANE_INLINE lane_vector lane_logarithm_of_parts(lane_vector f, lane_vector exponent) {
  lane_vector tail = lane_fma(exponent, lane_splat(-0x1.bd0106p-13f), lane_logarithm_tail(f));
  return lane_fma(exponent, lane_splat(0x1.63p-1f), f + tail);
}

/// log(x) for positive x that is neither denormal nor infinite, plus `offset` * log(2).
LANE_INLINE lane_vector lane_logarithm_of_normal(lane_vector x, lane_vector offset) {
  // Takes away the exponent that leaves sqrt(1/2)...sqrt(2).
  lane_integers bits = (lane_integers)x - 0x3f3504f3;
  lane_vector mantissa = (lane_vector)((bits & 0x007fffff) + 0x3f3504f3);
  lane_vector exponent = __builtin_convertvector(bits >> 23, lane_vector);
  return lane_logarithm_of_parts(mantissa - 1.0f, exponent + offset);
}

/// log(x): -infinity at 0, NaN below.
LANE_INLINE lane_vector lane_logarithm(lane_vector x) {
  lane_integers denormal = x < 0x1p-126f;
  lane_vector scaled = lane_select(denormal, x * 0x1p23f, x);
  lane_vector offset = (lane_vector)(denormal & (lane_integers)lane_splat(-23.0f));
  lane_vector result = lane_logarithm_of_normal(scaled, offset);
  // Infinity and NaN stand for themselves.
  result = lane_select((x > 0x1.fffffep127f) | (x != x), x, result);
  result = lane_select(x == 0.0f, lane_splat(-__builtin_inff()), result);
  return lane_select(x < 0.0f, lane_splat(__builtin_nanf("")), result);
}

/// tanh(x) = E / (E + 2) with E = exp(2 |x|) - 1, which keeps its relative accuracy near 0.
LANE_INLINE lane_vector lane_hyperbolic_tangent(lane_vector x) {
  lane_vector magnitude = __builtin_elementwise_abs(x);
  // From 9.02 on the result is 1.
  magnitude = lane_select(magnitude > 10.0f, lane_splat(10.0f), magnitude);
  lane_reduced reduced = lane_reduce_exponent(magnitude + magnitude, lane_nothing());
  lane_vector r = reduced.rest;
  lane_vector p = lane_splat(0x1.9e7d64p-13f);
  p = lane_fma(p, r, lane_splat(0x1.6d3aap-10f));
  p = lane_fma(p, r, lane_splat(0x1.1112d4p-7f));
  p = lane_fma(p, r, lane_splat(0x1.5554f8p-5f));
  p = lane_fma(p, r, lane_splat(0x1.555554p-3f));
  p = lane_fma(p, r, lane_splat(0x1p-1f));
  p = lane_fma(p, r * r, r);
  lane_vector scale = lane_power_of_two(reduced.power);
  lane_vector e = lane_fma(p, scale, scale - 1.0f);
  lane_vector result = e / (e + 2.0f);
  lane_integers sign = (lane_integers)x & (int32_t)0x80000000;
  return (lane_vector)((lane_integers)result | sign);
}

/// 1 / (1 + exp(-x)); 0 below -88.73.
LANE_INLINE lane_vector lane_sigmoid(lane_vector x) { return 1.0f / (1.0f + lane_exponential(-x)); }

/// log(1 + exp(x)) = max(x, 0) + log(1 + exp(-|x|)).
LANE_INLINE lane_vector lane_softplus(lane_vector x) {
  lane_vector e = lane_exponential(-__builtin_elementwise_abs(x));
  // 1 + e = 1 + f, or twice that.
  lane_integers large = e > 0x1.a8279ap-2f;
  lane_vector f = lane_select(large, (e - 1.0f) * 0.5f, e);
  lane_vector exponent = (lane_vector)(large & (lane_integers)lane_splat(1.0f));
  return lane_select(x < 0.0f, lane_zero(), x) + lane_logarithm_of_parts(f, exponent);
}

/// The standard normal distribution's cumulative function: exp(-x^2 / 2) times a scaled tail that is smooth in
/// w = 1 / (|x| + 4), so that small probabilities keep their relative accuracy (the idea of Cody's scaled
/// complementary error function, Rational Chebyshev Approximations for the Error Function, 1969).
LANE_INLINE lane_vector lane_normal_cumulative(lane_vector x) {
  lane_vector t = __builtin_elementwise_abs(x);
  t = lane_select(t > 15.0f, lane_splat(15.0f), t);
  // x^2 in two parts: the first factor has so few bits that its square is exact.
  lane_vector high = (lane_vector)((lane_integers)t & (int32_t)0xfffff000);
  lane_vector square = high * high;
  lane_vector small = (t - high) * (t + high);
  lane_vector density = lane_exponential_of_sum(square * -0.5f, small * -0.5f);
  // q = (t - 4) / (t + 4), corrected for what the rounding of t + 4 and of its reciprocal left out.
  lane_vector shifted = t + 4.0f;
  lane_vector w = 1.0f / shifted;
  lane_vector missing = lane_fma(w, (shifted - 4.0f) - t, lane_fma(-w, shifted, lane_splat(1.0f)));
  lane_vector eightfold = w * -8.0f;
  lane_vector q = lane_fma(eightfold, missing, 1.0f + eightfold);
  lane_vector p = lane_splat(-0x1.0af292p-13f);
  p = lane_fma(p, q, lane_splat(0x1.896244p-13f));
  p = lane_fma(p, q, lane_splat(0x1.9b34bep-10f));
  p = lane_fma(p, q, lane_splat(-0x1.cd6e76p-9f));
  p = lane_fma(p, q, lane_splat(-0x1.ed42d8p-8f));
  p = lane_fma(p, q, lane_splat(0x1.eed93ep-5f));
  p = lane_fma(p, q, lane_splat(-0x1.7dffbep-3f));
  p = lane_fma(p, q, lane_splat(0x1.8c6d8ap-2f));
  p = lane_fma(p, q, lane_splat(-0x1.373e3ap-1f));
  p = lane_fma(p, q, lane_splat(0x1.82b4bcp-1f));
  lane_vector tail = p * w * density;
  return lane_select(x > 0.0f, 1.0f - tail, tail);
}

typedef struct lane_circle {
  lane_vector cosine, sine;
} lane_circle;

/// The point at angle 2 * pi * u, for u in [0, 1) that is a multiple of 2^-24.
LANE_INLINE lane_circle lane_circle_point(lane_vector u) {
  const lane_vector rounder = lane_splat(LANE_ROUNDER);
  // The nearest quarter turn; what is left, at most an eighth, is exact.
  lane_vector shifted = lane_fma(u, lane_splat(4.0f), rounder);
  lane_vector f = lane_fma(shifted - rounder, lane_splat(-0.25f), u);
  lane_vector z = f * f;
  lane_vector s = lane_splat(-0x1.33198ep+6f);
  s = lane_fma(s, z, lane_splat(0x1.4680a4p+6f));
  s = lane_fma(s, z, lane_splat(-0x1.4abc24p+5f));
  s = lane_fma(s, z, lane_splat(0x1.921fb6p+2f));
  s = s * f;
  lane_vector c = lane_splat(0x1.d4f632p+5f);
  c = lane_fma(c, z, lane_splat(-0x1.55b2b4p+6f));
  c = lane_fma(c, z, lane_splat(0x1.03c1bp+6f));
  c = lane_fma(c, z, lane_splat(-0x1.3bd3ccp+4f));
  c = lane_fma(c, z, lane_splat(1.0f));
  // Quarters 1 and 3 swap the two; the cosine is negative in 1 and 2, the sine in 2 and 3.
  lane_integers quarter = (lane_integers)shifted - (lane_integers)rounder;
  lane_integers swap = -(quarter & 1);
  lane_integers cosine_sign = ((quarter + 1) & 2) << 30;
  lane_integers sine_sign = (quarter & 2) << 30;
  lane_circle point;
  point.cosine = (lane_vector)((lane_integers)lane_select(swap, s, c) ^ cosine_sign);
  point.sine = (lane_vector)((lane_integers)lane_select(swap, c, s) ^ sine_sign);
  return point;
}
