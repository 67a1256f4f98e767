#include "allocation_counter.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>

struct allocation_counter {
  atomic_llong count;
};

static _Thread_local allocation_counter *watching;

allocation_counter *allocation_counter_make(void) { return calloc(1, sizeof(allocation_counter)); }

void allocation_counter_free(allocation_counter *counter) { free(counter); }

void allocation_counter_watch(allocation_counter *counter) { watching = counter; }

int64_t allocation_counter_value(allocation_counter *counter) { return atomic_load(&counter->count); }

// Sanitizers have allocators of their own, which start before anything of ours and have to see every allocation.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define HAS_ALLOCATOR_OF_SANITIZER 1
#endif
#endif

#if (defined(__GLIBC__) || defined(__linux__)) && !defined(HAS_ALLOCATOR_OF_SANITIZER)
#include <errno.h>

// glibc's own names for its allocator; a definition in the program goes before that in the library.
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t number, size_t size);
extern void *__libc_realloc(void *memory, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

static void count(void) {
  if (watching) atomic_fetch_add_explicit(&watching->count, 1, memory_order_relaxed);
}

void *malloc(size_t size) {
  count();
  return __libc_malloc(size);
}

void *calloc(size_t number, size_t size) {
  count();
  return __libc_calloc(number, size);
}

void *realloc(void *memory, size_t size) {
  count();
  return __libc_realloc(memory, size);
}

void *memalign(size_t alignment, size_t size) {
  count();
  return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }

int posix_memalign(void **memory, size_t alignment, size_t size) {
  *memory = memalign(alignment, size);
  return *memory ? 0 : ENOMEM;
}
#endif
