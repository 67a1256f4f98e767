// Every kernel family, compiled for one instruction set. The including file sets
//   LANE_NAME        the instruction set's name, as in lane_kernels_avx2
//   LANE_FUSED       1 where fused multiply-add is one instruction; else it is composed of others
//   LANE_BLOCK       most output channels in a convolution's register tile: 8 where a lane vector is one of 32
//                    registers, else 2
//   LANE_GATHERS     1 where eight numbers of 64 bits are read from anywhere by one instruction that pays
// and the target attribute.
#include "lane_vector.h"

/// Vectors of outputs in registers, of a product with one sample.
#define LANE_SINGLE_VECTORS (LANE_BLOCK > 2 ? 8 : 4)

#include "map/functions.h"
#include "map/map_kernels.h"
#include "convolution/convolution_kernels.h"
#include "convolution/weight_gradient_kernels.h"
#include "pooling/pooling_kernels.h"
#include "resampling/resampling_kernels.h"
#include "transfer/transfer_kernels.h"
#include "matrix/matrix_kernels.h"
#include "axes/axis_kernels.h"
#include "rows/row_kernels.h"
#include "random/random_kernels.h"
#include "single/single_kernels.h"
#include "update/update_kernels.h"
#include "peak/peak_kernels.h"
#include "projection/selection_kernels.h"
#include "projection/neighbour_kernels.h"
#include "projection/linear_kernels.h"
#include "projection/fourier_kernels.h"
#include "projection/grid_kernels.h"
#include "projection/embedding_kernels.h"
#include "projection/placing_kernels.h"

#define LANE_TABLE_NAMED(name) lane_kernels_##name
#define LANE_TABLE(name) LANE_TABLE_NAMED(name)
#define LANE_TEXT_OF(name) #name
#define LANE_TEXT(name) LANE_TEXT_OF(name)

const lane_kernels LANE_TABLE(LANE_NAME) = {
  .name = LANE_TEXT(LANE_NAME),
  .convolution_block = LANE_BLOCK,
  .map = lane_map_run,
  .reduce = lane_reduce_run,
  .axis_maximum = lane_axis_maximum_run,
  .axis_mask = lane_axis_mask_run,
  .convolve = lane_convolve_run,
  .convolve_weight_gradient = lane_convolve_weight_gradient_run,
  .matrix_product = lane_matrix_product_run,
  .masked_product = lane_masked_product_run,
  .outer_product = lane_outer_product_run,
  .gather_rows = lane_gather_rows_run,
  .scatter_rows = lane_scatter_rows_run,
  .max_pool = lane_max_pool_run,
  .max_pool_scatter = lane_max_pool_scatter_run,
  .max_pool_gather = lane_max_pool_gather_run,
  .resample = lane_resample_run,
  .load = lane_load_run,
  .store = lane_store_run,
  .carry_out = lane_carry_out_run,
  .carry_in = lane_carry_in_run,
  .zero_halo = lane_zero_halo_run,
  .batch_sum = lane_batch_sum_run,
  .random = lane_random_run,
  .single = {
    .load = lane_single_load_run,
    .store = lane_single_store_run,
    .zero_halo = lane_single_zero_halo_run,
    .map = lane_single_map_run,
    .convolve = lane_single_convolve_run,
    .matrix_product = lane_single_matrix_product_run,
    .max_pool = lane_single_max_pool_run,
    .resample = lane_single_resample_run,
    .matrix_vectors = LANE_SINGLE_VECTORS,
  },
  .combine = lane_combine_run,
  .update = lane_update_run,
  .peak = lane_peak_run,
  .projection = {
    .neighbours = lane_neighbours_run,
    .square_distance = lane_square_distance_run,
    .ranks = lane_ranks_run,
    .project = lane_project_run,
    .accumulate = lane_accumulate_run,
    .affinities = lane_affinities_run,
    .grid_kernel = lane_grid_kernel_run,
    .grid_columns = lane_grid_columns_run,
    .grid_kernel_columns = lane_grid_kernel_columns_run,
    .grid_kernel_rows = lane_grid_kernel_rows_run,
    .grid_rows = lane_grid_rows_run,
    .grid_field = lane_grid_field_run,
    .spread = lane_spread_run,
    .repel = lane_repel_run,
    .gradient = lane_gradient_run,
    .move = lane_move_run,
    .divergence = lane_divergence_run,
    .place = lane_place_run,
  },
};
