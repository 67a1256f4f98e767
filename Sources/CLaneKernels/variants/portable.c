// Whatever the compiler's default target has; products and sums are rounded apart.
#include "lane_kernels.h"
#include <math.h>
#include <string.h>

#define LANE_NAME portable
#define LANE_FUSED 0
#define LANE_BLOCK 2
#define LANE_GATHERS 0

#pragma clang fp contract(off)
#include "variants/variant.h"
