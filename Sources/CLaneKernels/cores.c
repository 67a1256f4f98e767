// How many cores there are for us.
#if defined(__linux__)
#define _GNU_SOURCE
#include <sched.h>
#endif
#include "lane_kernels.h"
#include <unistd.h>

int32_t lane_core_count(void) {
#if defined(__linux__)
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) == 0) return CPU_COUNT(&allowed);
#endif
  return (int32_t)sysconf(_SC_NPROCESSORS_ONLN);
}
