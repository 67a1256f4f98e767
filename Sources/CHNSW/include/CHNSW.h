/// Approximate nearest neighbours by hnswlib's hierarchical graphs (Malkov & Yashunin 2018). No C++ exception leaves
/// these functions, and nothing that is read back is trusted.
#ifndef CHNSW_H
#define CHNSW_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// A graph over vectors, which it copies.
typedef struct hnsw_graph hnsw_graph;

/// The distance of two vectors of `*size` floats; `size` points at an `int64_t`.
typedef float (*hnsw_distance)(const void *a, const void *b, const void *size);

/// What a graph is made with.
typedef struct hnsw_settings {
  /// The most vectors.
  int64_t capacity;
  /// Floats of a vector.
  int64_t size;
  /// Links of a vector on upper levels; twice as many on the lowest.
  int64_t links;
  /// Candidates that are looked at when a vector is added.
  int64_t construction;
  hnsw_distance distance;
} hnsw_settings;

/// NULL where there is not enough memory.
hnsw_graph *hnsw_create(const hnsw_settings *settings);
void hnsw_destroy(hnsw_graph *graph);

/// Adds the next vector, which reaches up to this level. Calls must not overlap.
///
/// Returns 0, or 1 where there is no room.
int32_t hnsw_add(hnsw_graph *graph, const float *vector, int32_t level);

/// How many candidates a search keeps, at least as many as it is asked for.
void hnsw_set_breadth(hnsw_graph *graph, int64_t breadth);

/// Some vectors near to a query, the numbers of at most `wanted`, in no order; may be called by many threads at once.
///
/// Returns how many, or -1 where there is not enough memory.
int64_t hnsw_search(const hnsw_graph *graph, const float *query, int64_t wanted, uint32_t *indices);

/// Words that `hnsw_export` writes: for each vector its level, then for each of its levels from 0 on the number of
/// links and the links.
int64_t hnsw_export_size(const hnsw_graph *graph);
void hnsw_export(const hnsw_graph *graph, uint32_t *words);

/// A graph of `count` vectors, one after another, from what `hnsw_export` wrote.
///
/// Returns NULL where the words do not describe such a graph, or there is not enough memory.
hnsw_graph *hnsw_import(const hnsw_settings *settings, const float *vectors, int64_t count, const uint32_t *words,
                        int64_t word_count);

#ifdef __cplusplus
}
#endif

#endif
