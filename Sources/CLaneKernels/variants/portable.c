// Whatever the compiler's default target has.
#include "lane_kernels.h"
#include <math.h>
#include <string.h>

#define LANE_NAME portable
#if defined(__FP_FAST_FMAF) || defined(__FMA__)
#define LANE_FUSED 1
#else
#define LANE_FUSED 0
#endif
#define LANE_BLOCK 2
#define LANE_GATHERS 0

#pragma clang fp contract(off)
#include "variants/variant.h"
