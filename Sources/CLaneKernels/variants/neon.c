// NEON: 32 registers of 4 floats, four to a lane vector.
#if defined(__aarch64__)
#include "lane_kernels.h"
#include <math.h>
#include <string.h>

#define LANE_NAME neon
#define LANE_FUSED 1
#define LANE_BLOCK 2
#define LANE_GATHERS 0

#pragma clang fp contract(off)
#include "variants/variant.h"
#endif
