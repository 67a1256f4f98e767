// AVX2 with FMA: 16 registers of 8 floats, two to a lane vector.
#if defined(__x86_64__)
#include "lane_kernels.h"
#include <math.h>
#include <string.h>

#define LANE_NAME avx2
#define LANE_FUSED 1
#define LANE_BLOCK 2
#define LANE_GATHERS 0

#pragma clang fp contract(off)
#pragma clang attribute push(__attribute__((target("avx2,fma,bmi,bmi2"))), apply_to = function)
#include "variants/variant.h"
#pragma clang attribute pop
#endif
