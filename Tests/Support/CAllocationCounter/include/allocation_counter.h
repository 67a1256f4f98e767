/// Counts what chosen threads ask of the C library's allocator, whatever others do at the same time.
#ifndef ALLOCATION_COUNTER_H
#define ALLOCATION_COUNTER_H

#include <stdint.h>

typedef struct allocation_counter allocation_counter;

/// A counter that no thread reports to yet.
allocation_counter *allocation_counter_make(void);

/// Afterwards no thread may report to it.
void allocation_counter_free(allocation_counter *counter);

/// From now on the calling thread reports to this counter; to none when NULL.
void allocation_counter_watch(allocation_counter *counter);

/// Allocations of its threads so far; 0 for ever where they cannot be counted.
int64_t allocation_counter_value(allocation_counter *counter);

#endif
