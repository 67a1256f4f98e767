// Chooses the kernel table for the machine the program runs on.
#include "lane_kernels.h"

#include <stddef.h>
#include <string.h>

#if defined(__x86_64__)
extern const lane_kernels lane_kernels_avx512, lane_kernels_avx2;
#elif defined(__aarch64__)
extern const lane_kernels lane_kernels_neon;
#endif
extern const lane_kernels lane_kernels_portable;

static const char *const names[] = {
#if defined(__x86_64__)
  "avx512", "avx2",
#elif defined(__aarch64__)
  "neon",
#endif
  "portable", NULL,
};

const char *const *lane_kernels_names(void) { return names; }

const lane_kernels *lane_kernels_named(const char *name) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (strcmp(name, "avx512") == 0)
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                   __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw") &&
                   __builtin_cpu_supports("bmi2")
               ? &lane_kernels_avx512
               : NULL;
  if (strcmp(name, "avx2") == 0)
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2")
               ? &lane_kernels_avx2
               : NULL;
#elif defined(__aarch64__)
  if (strcmp(name, "neon") == 0) return &lane_kernels_neon;
#endif
  return strcmp(name, "portable") == 0 ? &lane_kernels_portable : NULL;
}

const lane_kernels *lane_kernels_best(void) {
  for (const char *const *name = names; *name; name++) {
    const lane_kernels *kernels = lane_kernels_named(*name);
    if (kernels) return kernels;
  }
  return &lane_kernels_portable;
}

void lane_run(const lane_instruction *const *instructions, int64_t count, const lane_context *contexts,
              int64_t group) {
  for (int64_t i = 0; i < count; i++) {
    const int64_t calls = instructions[0][i].serves_group ? 1 : group;
    for (int64_t g = 0; g < calls; g++) {
      const lane_instruction *instruction = &instructions[g][i];
      instruction->run(instruction->descriptor, &contexts[g]);
    }
  }
}

void lane_pack_matrix(const float *weights, int32_t rows, int32_t columns, int32_t transposed, int32_t most,
                      float *packed) {
  const int32_t outputs = transposed ? columns : rows, terms = transposed ? rows : columns;
  const int32_t vectors = (outputs + 15) / 16, groups = (vectors + most - 1) / most;
  for (int32_t group = 0; group < groups; group++) {
    const int32_t first = 16 * (group * vectors / groups), end = 16 * ((group + 1) * vectors / groups);
    for (int32_t term = 0; term < terms; term++)
      for (int32_t output = first; output < end; output++)
        *packed++ = output >= outputs ? 0
                    : transposed      ? weights[(int64_t)term * columns + output]
                                      : weights[(int64_t)output * columns + term];
  }
}

void lane_pack_weights(const lane_pack *pack) {
  for (int32_t i = 0; i < pack->count; i++) {
    float sum = 0;
    for (int32_t s = pack->starts[i]; s < pack->starts[i + 1]; s++)
      if (pack->sources[s] >= 0) sum += pack->weights[pack->sources[s]];
    pack->packed[i] = sum;
  }
}

void lane_unpack_gradient(const lane_pack *pack, const float *packed_gradient, float *gradient) {
  for (int32_t i = 0; i < pack->count; i++)
    for (int32_t s = pack->starts[i]; s < pack->starts[i + 1]; s++)
      if (pack->sources[s] >= 0) gradient[pack->sources[s]] += packed_gradient[i];
}
