/// Kernels that look at many samples at once: nearest neighbours, principal components and t-SNE.
///
/// Every call does a part of the work that no other part depends on and adds up in a fixed order, so that neither
/// the number of threads nor, with fused multiply-add, the instruction set shows in the result.
#ifndef LANE_PROJECTION_H
#define LANE_PROJECTION_H

#include <stdint.h>

// MARK: - Nearest neighbours

/// Points between which Euclidean distances are taken.
typedef struct lane_points {
  int64_t count, features;
  /// `[count][features]`.
  const float *rows;
  /// The same in blocks of sixteen points, `[(count + 15) / 16][features][16]`.
  const float *packed;
  /// Half the squared length of each point; infinite where the last block has no point.
  const float *half_squares;
  /// The length of the longest point.
  double largest_norm;
} lane_points;

/// Queries that one call of `neighbours` or `ranks` takes at most.
#define LANE_QUERIES 64

/// Keys of scratch memory that `neighbours` needs for each of its queries.
#define LANE_NEIGHBOUR_KEYS(neighbours) (2 * (int64_t)(neighbours) + 128)

// MARK: - Fourier transforms

/// A discrete Fourier transform of `size` numbers in each of sixteen lanes.
typedef struct lane_fourier {
  /// A multiple of 64 without other prime factors than 2 and 3.
  int64_t size;
  int32_t radix_count;
  /// 4, 2 or 3; their product is `size`. The first and the last are 4.
  const int32_t *radices;
  /// Of 2 pi t / size, for t in 0..<size.
  const float *cosines, *sines;
} lane_fourier;

/// A force between points of the plane, added up over all pairs by way of a square grid that is as large as the
/// transform; points lie in its first quarter, so that the circular convolution is the plain one.
///
/// Strips: sixteen frequencies of the first axis; `strips` is size / 32 + 1, which covers 0...size / 2 (the rest
/// follows by symmetry; what the last strip has beyond it is ignored).
typedef struct lane_grid {
  lane_fourier fourier;
  int64_t strips;
  /// Charges `[size / 2][size / 2]` of the points, in several parts that are added up; parts are `charge_stride`
  /// apart.
  float *charges;
  int32_t charge_parts;
  int64_t charge_stride;
  /// Transformed along the first axis: `[strip][column][16]`, with room for `size` columns.
  float *half_real, *half_imaginary;
  /// Both components of the field, transformed back along the second axis: `[strip][size / 2][16]`.
  float *field_real[2], *field_imaginary[2];
  /// The field `[size / 2][size / 2]`.
  float *field[2];
  /// Spectra of the kernels, `[strip][size][16]`: the sum of 1 / (1 + r^2) over all pairs is the inner product of the
  /// first with the charges' power spectrum; the others, times i, make the components of the field.
  float *similarity;
  float *force[2];
  /// What each strip adds to the sum over all pairs.
  float *sums;
} lane_grid;

/// Floats of scratch memory that each worker needs for a grid.
#define LANE_GRID_SCRATCH(size) (6 * 16 * (int64_t)(size))

typedef enum lane_grid_kernel {
  LANE_SIMILARITY, // 1 / (1 + r^2)
  LANE_FORCE_FIRST, // first coordinate / (1 + r^2)^2
  LANE_FORCE_SECOND // second coordinate / (1 + r^2)^2
} lane_grid_kernel;

// MARK: - t-SNE

/// Where points fall on a grid: coordinate `(position - origin) * scale`.
typedef struct lane_placement {
  float origin[2];
  float scale;
} lane_placement;

/// The state of an embedding in the plane. Positions and everything like them are `[count][2]`, with memory for whole
/// groups of sixteen points.
typedef struct lane_embedding {
  int64_t count;
  /// Read and written in turn, as every point looks at its neighbours' old positions.
  const float *positions;
  float *new_positions;
  float *gradient, *velocities, *gains;
  /// Affinities p of point i: entries `starts[i]..<starts[i + 1]`, a multiple of sixteen, filled up with p = 0.
  const int64_t *starts;
  const uint32_t *neighbours;
  const float *affinities;
  /// The sums over all other points of (y_i - y_j) / (1 + |y_i - y_j|^2)^2, where they are not on a grid.
  float *repulsions;
} lane_embedding;

/// One step of gradient descent.
typedef struct lane_embedding_step {
  /// The gradient is `attraction * sum p (y_i - y_j) / (1 + d^2) - repulsion * sum (y_i - y_j) / (1 + d^2)^2`.
  float attraction, repulsion;
  float learning_rate, momentum;
  /// No point moves farther in one step.
  float longest;
} lane_embedding_step;

/// How new points find their places in a map whose points stay where they are.
typedef struct lane_placing {
  int64_t count;
  /// `[count][2]`, with memory for whole groups of sixteen points.
  const float *positions;
  /// Neighbours of each new point, a multiple of sixteen, filled up with affinities of 0.
  int64_t entries;
  int64_t iterations;
  /// What the affinities, whose sum is 1, are multiplied by.
  float exaggeration;
  float learning_rate, momentum;
  /// A point that moves less in one step stays.
  float rest;
} lane_placing;

/// The kernels for one instruction set.
typedef struct lane_projection {
  /// The `wanted` nearest points of the blocks `first_block..<end_block` for each of `count` queries: `found` is
  /// `[count][wanted]`, nearest first, each the bits of the squared distance and below them the index, so that of
  /// equally near ones the lower index comes first; all bits are set where there are too few points. `itself` is the
  /// point that the first query is, to be left out as are the next ones for the next queries; where queries are no
  /// points, -2 * LANE_QUERIES. `keys` is scratch memory.
  void (*neighbours)(const lane_points *points, const float *queries, int64_t count, int64_t itself,
                     int64_t first_block, int64_t end_block, int64_t wanted, uint64_t *keys, uint64_t *found);
  /// The squared distance of two vectors of `*size` floats (an `int64_t`, a multiple of sixteen).
  float (*square_distance)(const void *a, const void *b, const void *size);
  /// For the points `first..<first + count` and for each of the `listed` points that `indices` names for them: how
  /// many of the others are nearer than that one; as near does not count. `distances` is scratch memory for
  /// `count` rows of whole blocks of points.
  void (*ranks)(const lane_points *points, int64_t first, int64_t count, int64_t listed, const uint32_t *indices,
                float *distances, uint32_t *ranks);

  /// `result[row][0..<width] = sum over f of (x[row][f] - mean[f]) * matrix[f][0..<width]` for `rows` rows;
  /// `width` is a multiple of sixteen.
  void (*project)(const float *x, int64_t rows, int64_t features, const double *mean, const double *matrix,
                  int64_t width, double *result);
  /// `sums[f][0..<width] += sum over rows of (x[row][f] - mean[f]) * y[row][0..<width]` for the features
  /// `first..<first + count`; `width` is a multiple of sixteen.
  void (*accumulate)(const float *x, int64_t rows, int64_t features, const double *mean, int64_t first, int64_t count,
                     const double *y, int64_t width, double *sums);

  /// For each of `rows` lists of squared distances, nearest first, the probabilities exp(-beta d) / sum with the
  /// beta that gives them this entropy (in nats). Lists are `stride` apart, a multiple of sixteen.
  void (*affinities)(const float *squares, int64_t rows, int64_t neighbours, int64_t stride, float entropy,
                     float *probabilities);

  /// Row `row` of a kernel on a periodic grid of `size` x `size` points that are `spacing` apart.
  void (*grid_kernel)(lane_grid_kernel kernel, int64_t size, float spacing, int64_t row, float *values);
  /// Transforms 32 columns of the charges along the first axis.
  void (*grid_columns)(const lane_grid *grid, int64_t pair, float *scratch);
  /// The same for a kernel, `[size][size]` values.
  void (*grid_kernel_columns)(const lane_grid *grid, const float *values, int64_t pair, float *scratch);
  /// Transforms a strip of a kernel along the second axis; `spectrum[k0][k1] = weights[k0] * factors[k1] * part`,
  /// where `part` is the real part of the similarity, the imaginary part of a force.
  void (*grid_kernel_rows)(const lane_grid *grid, lane_grid_kernel kernel, int64_t strip, const float *weights,
                           const float *factors, float *scratch);
  /// Takes a strip through the second axis and, times the kernels, back.
  void (*grid_rows)(const lane_grid *grid, int64_t strip, float *scratch);
  /// Brings sixteen columns of the field back along the first axis.
  void (*grid_field)(const lane_grid *grid, int64_t column_block, float *scratch);

  /// Adds the charges of the points `first..<first + count` to one part of the grid: cubic B-splines.
  void (*spread)(const lane_embedding *embedding, const lane_placement *placement, int64_t first, int64_t count,
                 int64_t side, float *charges);
  /// The sums over all points, for the points `first..<first + count`: of (y_i - y_j) / (1 + d^2)^2 into
  /// `embedding->repulsions`, of 1 / (1 + d^2) without the point itself into `similarities`.
  void (*repel)(const lane_embedding *embedding, int64_t first, int64_t count, float *similarities);
  /// The gradient at the points `first..<first + count`, `first` a multiple of sixteen. `field` is NULL where
  /// `embedding->repulsions` holds the forces.
  void (*gradient)(const lane_embedding *embedding, const lane_embedding_step *step, const lane_placement *placement,
                   int64_t side, float *const *field, int64_t first, int64_t count);
  /// Moves these points; `bounds` receives the least and the greatest coordinates.
  void (*move)(const lane_embedding *embedding, const lane_embedding_step *step, int64_t first, int64_t count,
               float bounds[4]);
  /// The sum of p log(p (1 + d^2)) over the affinities of the points `first..<first + count`.
  double (*divergence)(const lane_embedding *embedding, int64_t first, int64_t count);
  /// Moves `count` new points, each by itself, from `places` to where the divergence between its affinities and its
  /// similarities is least; `neighbours` and `affinities` are `[count][entries]`.
  void (*place)(const lane_placing *placing, int64_t count, const uint32_t *neighbours, const float *affinities,
                float *places);
} lane_projection;

#endif
