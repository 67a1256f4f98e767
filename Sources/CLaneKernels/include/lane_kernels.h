/// The hot loops of Hourglass. A sample is a lane: every activation is stored `[channel][row][column][16]`,
/// sixteen samples side by side, so that one vector instruction does the same step for sixteen samples.
///
/// Each kernel takes a descriptor, made once when a program is bound to its memory, and the context of the
/// micro-batch at hand. One generic source per kernel is compiled for several instruction sets; the table of
/// the best one is chosen at run time. On machines with fused multiply-add every instruction set gives the
/// same bits.
#ifndef LANE_KERNELS_H
#define LANE_KERNELS_H

#include "lane_projection.h"

#include <stdint.h>

#define LANE_COUNT 16
#define LANE_MAP_OPERANDS 12
#define LANE_MAP_STEPS 32
#define LANE_MAP_OUTPUTS 4

/// What changes from one micro-batch to the next.
typedef struct lane_context {
  /// Lanes that hold a sample, 1...16; the others hold zeros on input and are left out of every reduction.
  int32_t active;
  /// Number of the epoch, part of the key of every random draw.
  uint32_t epoch;
  uint64_t seed;
  /// Place of this micro-batch in its batch: lane `l` holds the batch's sample `16 * position + l`.
  int64_t position;
  /// Index in the data set of the sample in each of the sixteen lanes.
  const uint32_t *samples;
  /// Where this shard of the batch adds up its sums over samples.
  float *sums;
  /// Nonzero for the first micro-batch of a shard: sums are written rather than added to.
  int32_t starts_sums;
  /// Micro-batches that the worker takes through the program together, this one first, so that a matrix is read
  /// once for all of them; 0 or 1 for this one alone. Only matrix products and outer products look at it.
  int32_t group;
  /// From a value in this micro-batch's arena to the same value in the next one's, in floats.
  int64_t group_stride;
} lane_context;

typedef void (*lane_function)(const void *descriptor, const lane_context *context);

/// One step of a bound program.
typedef struct lane_instruction {
  lane_function run;
  const void *descriptor;
  /// Nonzero where one call serves the whole group.
  int32_t serves_group;
} lane_instruction;

/// A tensor in lanes. Strides are in floats; a column is 16 floats; rows and channels may have gaps between
/// them (a halo of zeros that lets a convolution read past the edge).
typedef struct lane_view {
  float *data;
  int64_t channel_stride, row_stride;
  int32_t channels, rows, columns;
} lane_view;

// MARK: - Elementwise maps

/// Something a map reads: a tensor in lanes (`laned`, sixteen floats an element) or one number for all samples.
/// A stride of 0 repeats the element along that axis.
typedef struct lane_operand {
  const float *data;
  int64_t channel_stride, row_stride, column_stride;
  int32_t laned;
} lane_operand;

typedef enum lane_map_function {
  LANE_ADD, LANE_SUBTRACT, LANE_MULTIPLY, LANE_DIVIDE, LANE_MAXIMUM, LANE_MINIMUM,
  /// 1 where first > second, else 0.
  LANE_GREATER,
  LANE_NEGATE, LANE_ABSOLUTE,
  /// -1, 0 or 1.
  LANE_SIGN,
  /// 1 where x > 0, else 0: the derivative of ReLU.
  LANE_STEP,
  LANE_SQUARE, LANE_SQUARE_ROOT, LANE_RECIPROCAL, LANE_EXPONENTIAL, LANE_LOGARITHM, LANE_HYPERBOLIC_TANGENT,
  LANE_SIGMOID,
  /// log(1 + exp(x)), without overflow.
  LANE_SOFTPLUS,
  LANE_RELU,
  /// The cumulative distribution function of the standard normal distribution.
  LANE_NORMAL_CUMULATIVE,
  /// The nearest whole number; of two equally near the even one.
  LANE_ROUND,
  LANE_IDENTITY
} lane_map_function;

/// `registers[operand_count + i] = function(registers[first], registers[second])` for step `i`; registers
/// 0..<operand_count are the operands. Unary functions ignore `second`.
typedef struct lane_map_step {
  int32_t function, first, second;
} lane_map_step;

typedef struct lane_map_output {
  lane_view view;
  int32_t source; // the register that is stored
} lane_map_output;

/// A fused chain of elementwise functions over `channels x rows x columns` elements. With no steps it copies.
typedef struct lane_map {
  int32_t channels, rows, columns;
  int32_t operand_count, step_count, output_count;
  lane_operand operands[LANE_MAP_OPERANDS];
  lane_map_step steps[LANE_MAP_STEPS];
  lane_map_output outputs[LANE_MAP_OUTPUTS];
} lane_map;

/// Sums `input` over the axes whose flag is set; `output` has 1 along those axes.
typedef struct lane_reduce {
  lane_operand input;
  int32_t channels, rows, columns;
  int32_t over_channels, over_rows, over_columns;
  lane_view output;
} lane_reduce;

/// The maximum or a mask along one axis of `input`: 0 for channels, 1 for rows, 2 for columns. The output has the
/// input's extents, but for a maximum's axis, which has extent 1. NaN counts as larger than every number; of equal
/// elements the first counts.
typedef struct lane_along_axis {
  lane_view input, output;
  int32_t axis;
  /// Of a mask: how many ones, 1 to the axis's extent.
  int32_t count;
} lane_along_axis;

// MARK: - Convolution

typedef enum lane_activation {
  LANE_ACTIVATION_NONE, LANE_ACTIVATION_RELU, LANE_ACTIVATION_SIGMOID, LANE_ACTIVATION_TANH
} lane_activation;

/// What happens to a sum of products before it is stored: `gate(activation(sum + bias))`.
typedef struct lane_epilogue {
  /// One number per output channel, or NULL.
  const float *bias;
  lane_activation activation;
  /// NULL, or a tensor of the output's shape: the value passes where it is > 0 and becomes 0 elsewhere
  /// (the derivative of ReLU). Only the strides and `data` are used.
  lane_view gate;
} lane_epilogue;

/// One phase of a convolution in any of its forms (plain, strided, transposed, after up-sampling):
/// `output[o][r * output_row_step + ..][c * output_column_step + ..] =
///    epilogue(sum over k of weights[o][k] * input[offsets[k] + r * input_row_step + c * input_column_step])`
/// where `k` runs over input channels and taps.
typedef struct lane_convolution {
  const float *input; // element that offset 0 of the grid's first position names
  float *output; // element of the grid's first position, channel 0
  const float *weights; // packed: [output block][k][outputs in the block]
  const int64_t *offsets; // one per k, in floats
  int32_t term_count; // number of k
  int32_t output_channels;
  int32_t rows, columns; // of the phase's grid
  int64_t input_row_step, input_column_step; // in floats
  int64_t output_channel_stride, output_row_step, output_column_step; // in floats
  int64_t gate_row_step, gate_column_step, gate_offset; // the gate's, like the output's
  lane_epilogue epilogue;
} lane_convolution;

/// The weights' gradient of one phase, with `gradient = context->sums + sums_offset`:
/// `gradient[o * term_count + k] += sum over positions and active samples
/// of output_gradient[o][position] * input[offsets[k] + position]`.
typedef struct lane_convolution_weight_gradient {
  const float *input;
  const float *output_gradient;
  int64_t sums_offset;
  const int64_t *offsets;
  int32_t term_count, output_channels, rows, columns;
  int64_t input_row_step, input_column_step;
  int64_t output_channel_stride, output_row_step, output_column_step;
} lane_convolution_weight_gradient;

/// Packs weights for `lane_convolution`: `packed[position(i)] = sum of weights[sources]`.
/// `starts` has `count + 1` entries into `sources`; a source of -1 stands for zero padding of a block.
typedef struct lane_pack {
  const float *weights;
  float *packed;
  const int32_t *starts, *sources;
  int32_t count;
} lane_pack;

// MARK: - Matrix product

/// `output[m] = epilogue(sum over n of weights[m * columns + n] * input[n])`, or with `transposed`
/// `output[n] = epilogue(sum over m of weights[m * columns + n] * input[m])`. Input and output have no gaps.
typedef struct lane_matrix_product {
  const float *weights;
  const float *input;
  float *output;
  int32_t rows, columns, transposed;
  lane_epilogue epilogue;
} lane_matrix_product;

/// `output[m] = mask[m] * (sum over n of weights[m * columns + n] * input[n])`; of rows whose mask is 0 nothing is computed. Input
/// and output have no gaps.
typedef struct lane_masked_product {
  const float *weights, *mask, *input;
  float *output;
  int32_t rows, columns;
} lane_masked_product;

/// `gradient[m * columns + n] += sum over active samples of first[m] * second[n]`, with
/// `gradient = context->sums + sums_offset`.
typedef struct lane_outer_product {
  const float *first, *second;
  int64_t sums_offset;
  int32_t rows, columns;
  /// Room for `16 * (columns + 16)` floats.
  float *scratch;
} lane_outer_product;

// MARK: - Rows of a shared matrix

/// `output[j][i] = matrix[index i][j]` for `count` indices and `width` columns `j`. Fractions of an index are cut
/// off; below 0 and NaN stand for row 0, beyond the end for the last one. No operand has gaps.
typedef struct lane_gather_rows {
  const float *matrix;
  const float *indices;
  float *output;
  int32_t rows, width, count;
} lane_gather_rows;

/// `gradient[index i][j] += values[j][i]` for the active samples, with `gradient = context->sums + sums_offset`: index
/// by index, and the samples of each in their order.
typedef struct lane_scatter_rows {
  const float *indices, *values;
  int64_t sums_offset;
  int32_t rows, width, count;
  /// Room for sixteen rows of `width` floats, rounded up to a multiple of sixteen.
  float *scratch;
} lane_scatter_rows;

// MARK: - Pooling and resampling

/// Windows over each channel. Places outside the input never win. Of equal values the first in row-major order
/// wins, as in TensorFlow.
typedef struct lane_max_pool {
  lane_view input; // channels x rows x columns before pooling
  lane_view output; // pooled: the maximum, or what is gathered
  lane_view gradient; // scatter: pooled gradient in; gather: values of the input's shape in
  lane_view scattered; // scatter: result of the input's shape
  int32_t window_rows, window_columns, row_stride, column_stride, top, left;
  /// Scatter only: nonzero lets a value through only where the input is > 0.
  int32_t gated;
} lane_max_pool;

/// A sparse matrix by rows: row `i` has the entries `starts[i]..<starts[i + 1]` of `sources` and `weights`.
typedef struct lane_sparse_matrix {
  const int32_t *starts, *sources;
  const float *weights;
} lane_sparse_matrix;

/// A separable linear map of each channel, `output = R * input * transpose(C)`: average pooling, nearest and
/// bilinear up-sampling, and their adjoints.
typedef struct lane_resample {
  lane_view input, output;
  lane_sparse_matrix row_matrix, column_matrix;
  /// Room for `16 * input.columns` floats.
  float *scratch;
} lane_resample;

// MARK: - In and out of lanes

typedef enum lane_element { LANE_BYTE, LANE_FLOAT } lane_element;

/// Writes to `addresses` where each of `count` samples of `source` is, row-major: in memory of its own, or copied to
/// `staging`.
typedef void (*lane_locate)(const void *source, const uint32_t *samples, int32_t count, void *staging,
                            const void **addresses);

/// Moves the samples that `context->samples` names into lanes; lanes beyond `context->active` become 0.
typedef struct lane_load {
  lane_locate locate;
  const void *source;
  /// Room for sixteen samples.
  void *staging;
  lane_element element;
  float scale; // a byte b becomes b * scale; ignored for floats
  lane_view output;
} lane_load;

/// Writes each active lane as row-major floats to `data + (16 * position + lane) * sample_stride`.
typedef struct lane_store {
  lane_view input;
  float *data;
  int64_t sample_stride;
} lane_store;

/// Keeps a tensor between the stages of a program: to or from `data + position * stride`.
typedef struct lane_carry {
  lane_view view;
  float *data;
  int64_t stride; // in floats, at least 16 * elements
} lane_carry;

/// Writes zeros to the halo around a tensor: `top` rows above, `bottom` below, `left` and `right` columns.
/// `view` is the inside; the rows above and below are zeroed over the full width, halo columns included.
typedef struct lane_zero_halo {
  lane_view view;
  int32_t top, bottom, left, right;
} lane_zero_halo;

/// `context->sums[sums_offset + element] += sum over active samples` (row-major elements).
typedef struct lane_batch_sum {
  lane_operand input;
  int32_t channels, rows, columns;
  int64_t sums_offset;
} lane_batch_sum;

// MARK: - Random draws

typedef enum lane_distribution {
  LANE_UNIFORM, // [0, 1): 24 random bits times 2^-24
  LANE_NORMAL // mean 0, standard deviation 1
} lane_distribution;

/// Philox4x32-10 (Salmon et al. 2011). Key: the seed's low and high words. Counter: (element / 4, sample index,
/// epoch, stream), where element is the row-major index within the sample. Word `element % 4` serves a uniform
/// draw; words (0, 1) and (2, 3) make normal pairs by Box-Muller: radius from the first (mapped to (0, 1]),
/// angle from the second; the cosine comes first.
typedef struct lane_random {
  lane_view output;
  lane_distribution distribution;
  uint32_t stream;
} lane_random;

// MARK: - Parameters

typedef enum lane_optimizer {
  LANE_SGD, // state1: velocity when momentum > 0
  LANE_ADAM, // state1: first moment, state2: second moment; AdamW when weight_decay > 0
  LANE_RMSPROP // state1: mean square, state2: velocity when momentum > 0
} lane_optimizer;

typedef struct lane_update_settings {
  lane_optimizer optimizer;
  double learning_rate;
  double momentum;
  int32_t nesterov;
  double beta1, beta2, epsilon;
  /// RMSprop's decay of the mean square.
  double decay;
  /// Decoupled weight decay: parameters shrink by learning_rate * weight_decay first (AdamW).
  double weight_decay;
  /// The gradient is multiplied by this before use (clipping by norm); 1 for none.
  double gradient_scale;
  /// Number of this update, from 1, for Adam's bias correction.
  int64_t step;
} lane_update_settings;

/// One step of adding up sums of shards with a stack: push the sum in slot `slot`, then `merges` times replace the two
/// sums on top by their sum, the lower one first.
typedef struct lane_addition {
  int32_t slot, merges;
} lane_addition;

/// Most sums on that stack: enough for a tree over 128 shards.
#define LANE_ADDITION_DEPTH 10

/// Kernels for one sample by itself, one float an element: as those for sixteen, they take the same descriptors, with
/// strides for one float where the others count sixteen, and give the same bits. Vectors may be read beyond the end of a
/// view in lanes, and read and written back: there must be room for 16 times the elements and 32 more. There are no gates.
typedef struct lane_single_kernels {
  lane_function load, store, zero_halo, map, convolve, max_pool, resample;
  /// Its weights are packed by `lane_pack_matrix`, whether transposed or not; there must be room to read the bias, and to
  /// write the output, in whole vectors.
  lane_function matrix_product;
  /// Most vectors of outputs that share a term's place in packed weights.
  int32_t matrix_vectors;
} lane_single_kernels;

/// The table of kernels for one instruction set.
typedef struct lane_kernels {
  const char *name;
  /// Most output channels in one block of packed convolution weights, a power of two. What is left over is packed
  /// in blocks of the next smaller powers.
  int32_t convolution_block;
  lane_function map, reduce, axis_maximum, axis_mask;
  lane_function convolve, convolve_weight_gradient;
  lane_function matrix_product, masked_product, outer_product, gather_rows, scatter_rows;
  lane_function max_pool, max_pool_scatter, max_pool_gather, resample;
  lane_function load, store, carry_out, carry_in, zero_halo, batch_sum, random;
  lane_single_kernels single;
  /// sums[i] = scale * (what the additions leave of shards[slot * stride + i]), for i in first..<first + count; returns
  /// the sum of squares of the results, added up in double precision in 16 lanes (lane (i - first) % 16) that are then folded
  /// 8, 4, 2, 1. Not finite when any result is not finite. `sums` may be one of the slots.
  double (*combine)(float *sums, const float *shards, int64_t stride, const lane_addition *additions,
                    int32_t addition_count, float scale, int64_t first, int64_t count);
  /// One optimizer step over first..<first + count, as Keras computes it (epsilon placement included).
  void (*update)(const lane_update_settings *settings, float *parameters, const float *gradient, float *state1,
                 float *state2, int64_t first, int64_t count);
  /// Nothing but multiply-adds that do not wait for each other, `rounds` times a few of them; returns how many
  /// operations that were, two for each product. `result` keeps the compiler from leaving them out.
  int64_t (*peak)(int64_t rounds, float *result);
  lane_projection projection;
} lane_kernels;

/// The table named `name` (`avx512`, `avx2`, `neon`, `portable`), or NULL where this machine cannot run it.
const lane_kernels *lane_kernels_named(const char *name);

/// The fastest table this machine can run.
const lane_kernels *lane_kernels_best(void);

/// The names of all tables compiled in, fastest first, NULL at the end.
const char *const *lane_kernels_names(void);

/// Sums packed weights, see `lane_pack`.
void lane_pack_weights(const lane_pack *pack);

/// The adjoint of packing: `gradient[source] += packed[i]` for every source of every `i`, in order.
void lane_unpack_gradient(const lane_pack *pack, const float *packed_gradient, float *gradient);

/// Packs a matrix for `lane_single_kernels.matrix_product`: vectors of sixteen outputs in groups of nearly equal size, up to
/// `most` of them, in the order [group][term][vector in the group][16]; outputs that are none weigh 0.
void lane_pack_matrix(const float *weights, int32_t rows, int32_t columns, int32_t transposed, int32_t most,
                      float *packed);

/// Cores that this process may use: fewer than there are where a container or `taskset` says so.
int32_t lane_core_count(void);

/// Tells the core that it spins.
static inline void lane_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

/// Runs a bound program for a group of micro-batches: `instructions` holds one program of `count` steps for each,
/// `contexts` one context each. Every step is done for the whole group before the next.
void lane_run(const lane_instruction *const *instructions, int64_t count, const lane_context *contexts,
              int64_t group);

#endif
