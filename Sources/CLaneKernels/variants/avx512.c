// AVX-512: 32 registers of 16 floats.
#if defined(__x86_64__)
#include "lane_kernels.h"
#include <math.h>
#include <string.h>

#define LANE_NAME avx512
#define LANE_FUSED 1
#define LANE_BLOCK 8
#define LANE_GATHERS 1

#pragma clang fp contract(off)
#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,avx512vl,avx512bw,avx2,fma,bmi,bmi2"))), apply_to = function)
#include "variants/variant.h"
#pragma clang attribute pop
#endif
