// The vector type that every kernel is written in, included once per instruction set.
// A `lane_vector` is always sixteen floats; the compiler splits it where registers are narrower, which changes
// no result.

// Functions that pass vectors are all inlined, so that no calling convention is involved.
#pragma clang diagnostic ignored "-Wpsabi"

typedef float lane_vector __attribute__((vector_size(64), aligned(64)));
typedef float lane_vector_unaligned __attribute__((vector_size(64), aligned(4)));
typedef int32_t lane_integers __attribute__((vector_size(64), aligned(64)));
typedef uint32_t lane_words __attribute__((vector_size(64), aligned(64)));
typedef double lane_doubles __attribute__((vector_size(128)));
typedef int64_t lane_sum_bits __attribute__((vector_size(128)));
typedef float lane_half __attribute__((vector_size(32)));
typedef float lane_quarter __attribute__((vector_size(16)));

#define LANE_INLINE static inline __attribute__((always_inline))

LANE_INLINE lane_vector lane_read(const float *data) { return *(const lane_vector *)data; }
LANE_INLINE void lane_write(float *data, lane_vector value) { *(lane_vector *)data = value; }
LANE_INLINE lane_vector lane_splat(float value) { return value - (lane_vector){}; }
LANE_INLINE lane_vector lane_zero(void) { return (lane_vector){}; }

#if !LANE_FUSED
/// What `lane_fma` does where no instruction does it: the product of two floats is exact in double precision, and the
/// sum is rounded to odd (where it is not exact, its last bit is made 1), after which rounding to a float gives what a
/// single rounding would (Boldo and Melquiond 2008, "Emulation of FMA and correctly rounded sums: proved algorithms
/// using rounding to odd"). Out of line: a call is little beside this much arithmetic, which unrolled into every tile
/// would make four megabytes.
static __attribute__((noinline)) void lane_fma_in_doubles(lane_vector *result, const lane_vector *a,
                                                          const lane_vector *b, const lane_vector *c) {
  const lane_doubles product = __builtin_convertvector(*a, lane_doubles) * __builtin_convertvector(*b, lane_doubles);
  const lane_doubles addend = __builtin_convertvector(*c, lane_doubles);
  const lane_doubles sum = product + addend;
  // What the sum left out, exactly (Knuth's two-sum); NaN, which compares as nothing, where the sum is not finite.
  const lane_doubles other = sum - product;
  const lane_doubles error = (product - (sum - other)) + (addend - other);
  const lane_doubles zero = {};
  const lane_sum_bits above = error > zero, below = error < zero, negative = sum < zero;
  // One step of the last bit towards the exact value: away from zero, or back.
  const lane_sum_bits outwards = (above & ~negative) | (below & negative);
  const lane_sum_bits step = (outwards & 2) - 1;
  const lane_sum_bits even = ((lane_sum_bits)sum & 1) - 1;
  *result = __builtin_convertvector((lane_doubles)((lane_sum_bits)sum + (step & even & (above | below))), lane_vector);
}
#endif

/// a * b + c, rounded once on every machine.
LANE_INLINE lane_vector lane_fma(lane_vector a, lane_vector b, lane_vector c) {
#if LANE_FUSED
  return __builtin_elementwise_fma(a, b, c);
#else
  lane_vector result;
  lane_fma_in_doubles(&result, &a, &b, &c);
  return result;
#endif
}

/// `a` where the mask's bits are set, else `b`. A comparison of vectors makes such a mask.
LANE_INLINE lane_vector lane_select(lane_integers mask, lane_vector a, lane_vector b) {
  return (lane_vector)((mask & (lane_integers)a) | (~mask & (lane_integers)b));
}

/// All bits set in the first `active` lanes.
LANE_INLINE lane_integers lane_active_mask(int32_t active) {
  const lane_integers index = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  return index < (active - (lane_integers){});
}

/// The sum of the lanes, folded 8, 4, 2, 1: the same order everywhere.
LANE_INLINE float lane_sum(lane_vector v) {
  lane_half h = __builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7) +
                __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15);
  lane_quarter q = __builtin_shufflevector(h, h, 0, 1, 2, 3) + __builtin_shufflevector(h, h, 4, 5, 6, 7);
  return (q[0] + q[2]) + (q[1] + q[3]);
}
