/// Counts what the process asks of the C library's allocator.
#ifndef ALLOCATION_COUNTER_H
#define ALLOCATION_COUNTER_H

#include <stdint.h>

/// Allocations of all threads so far; 0 for ever where they cannot be counted.
int64_t allocation_count(void);

#endif
