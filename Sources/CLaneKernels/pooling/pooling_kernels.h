// Max pooling, its gradient (scatter) and the gradient of that (gather).
// Every window must hold at least one place of the input, as it does with TensorFlow's padding.

/// Whether `value` takes the place of `best`. NaN beats every number, so that a window with a NaN gives NaN;
/// among equals the first stays.
LANE_INLINE lane_integers lane_pool_beats(lane_vector value, lane_vector best) {
  return ~(value <= best) & (best == best);
}

/// Where the first maximum of four values `a b / c d` is.
typedef struct lane_pool_quad {
  lane_integers below, right_above, right_below; // `below` chooses the row, the others the column in it
  lane_vector maximum;
} lane_pool_quad;

LANE_INLINE lane_pool_quad lane_pool_compare_quad(lane_vector a, lane_vector b, lane_vector c, lane_vector d) {
  lane_pool_quad quad;
  quad.right_above = lane_pool_beats(b, a);
  quad.right_below = lane_pool_beats(d, c);
  const lane_vector above = lane_select(quad.right_above, b, a);
  const lane_vector below = lane_select(quad.right_below, d, c);
  quad.below = lane_pool_beats(below, above);
  quad.maximum = lane_select(quad.below, below, above);
  return quad;
}

/// Windows of 2 x 2 side by side, all of them inside the input.
LANE_INLINE int lane_pool_is_quads(const lane_max_pool *pool, const lane_view *pooled) {
  return pool->window_rows == 2 && pool->window_columns == 2 && pool->row_stride == 2 && pool->column_stride == 2 &&
         pool->top == 0 && pool->left == 0 && 2 * pooled->rows <= pool->input.rows &&
         2 * pooled->columns <= pool->input.columns;
}

/// The part of a window that lies inside the input.
typedef struct lane_pool_window {
  int32_t first_row, end_row, first_column, end_column;
} lane_pool_window;

LANE_INLINE lane_pool_window lane_pool_window_at(const lane_max_pool *pool, int32_t row, int32_t column) {
  const int32_t first_row = row * pool->row_stride - pool->top;
  const int32_t first_column = column * pool->column_stride - pool->left;
  const int32_t end_row = first_row + pool->window_rows, end_column = first_column + pool->window_columns;
  return (lane_pool_window){
    .first_row = first_row > 0 ? first_row : 0,
    .end_row = end_row < pool->input.rows ? end_row : pool->input.rows,
    .first_column = first_column > 0 ? first_column : 0,
    .end_column = end_column < pool->input.columns ? end_column : pool->input.columns,
  };
}

/// The maximum of a window; `place` becomes the number of its first occurrence, counting the window's places
/// inside the input in row-major order.
LANE_INLINE lane_vector lane_pool_maximum(const float *input, int64_t row_stride, lane_pool_window window,
                                          lane_integers *place) {
  lane_vector best = lane_read(input + window.first_row * row_stride + 16 * (int64_t)window.first_column);
  lane_integers best_place = {}, number = {};
  for (int32_t r = window.first_row; r < window.end_row; r++)
    for (int32_t c = window.first_column; c < window.end_column; c++) {
      const lane_vector value = lane_read(input + r * row_stride + 16 * (int64_t)c);
      const lane_integers beats = lane_pool_beats(value, best);
      best = lane_select(beats, value, best);
      best_place = (beats & number) | (~beats & best_place);
      number += 1;
    }
  *place = best_place;
  return best;
}

static void lane_max_pool_run(const void *descriptor, const lane_context *context) {
  const lane_max_pool *pool = descriptor;
  const lane_view *input = &pool->input, *output = &pool->output;
  const int quads = lane_pool_is_quads(pool, output);
  for (int32_t channel = 0; channel < output->channels; channel++) {
    const float *from = input->data + channel * input->channel_stride;
    for (int32_t r = 0; r < output->rows; r++) {
      float *to = output->data + channel * output->channel_stride + r * output->row_stride;
      if (quads) {
        const float *above = from + 2 * r * input->row_stride, *below = above + input->row_stride;
        for (int64_t c = 0; c < output->columns; c++) {
          const lane_vector first = lane_read(above + 32 * c), second = lane_read(above + 32 * c + 16);
          const lane_vector third = lane_read(below + 32 * c), fourth = lane_read(below + 32 * c + 16);
          lane_write(to + 16 * c, lane_pool_compare_quad(first, second, third, fourth).maximum);
        }
      } else {
        for (int32_t c = 0; c < output->columns; c++) {
          lane_integers place;
          lane_write(to + 16 * (int64_t)c,
                     lane_pool_maximum(from, input->row_stride, lane_pool_window_at(pool, r, c), &place));
        }
      }
    }
  }
}

/// Writes the gradient of one channel's 2 x 2 windows, and zeros to a last row or column that no window covers.
LANE_INLINE void lane_pool_scatter_quads(const lane_max_pool *pool, const float *input, const float *gradient,
                                         float *scattered, int gated) {
  const int64_t input_stride = pool->input.row_stride, scattered_stride = pool->scattered.row_stride;
  const int32_t rows = pool->gradient.rows;
  const int64_t columns = pool->gradient.columns;
  for (int32_t r = 0; r < rows; r++) {
    const float *above = input + 2 * r * input_stride, *below = above + input_stride;
    const float *from = gradient + r * pool->gradient.row_stride;
    float *to_above = scattered + 2 * r * scattered_stride, *to_below = to_above + scattered_stride;
    for (int64_t c = 0; c < columns; c++) {
      const lane_pool_quad quad =
        lane_pool_compare_quad(lane_read(above + 32 * c), lane_read(above + 32 * c + 16),
                               lane_read(below + 32 * c), lane_read(below + 32 * c + 16));
      lane_vector value = lane_read(from + 16 * c);
      if (gated) value = lane_select(quad.maximum > lane_zero(), value, lane_zero());
      lane_write(to_above + 32 * c, lane_select(quad.below | quad.right_above, lane_zero(), value));
      lane_write(to_above + 32 * c + 16, lane_select(~quad.below & quad.right_above, value, lane_zero()));
      lane_write(to_below + 32 * c, lane_select(quad.below & ~quad.right_below, value, lane_zero()));
      lane_write(to_below + 32 * c + 16, lane_select(quad.below & quad.right_below, value, lane_zero()));
    }
    for (int64_t c = 2 * columns; c < pool->scattered.columns; c++) {
      lane_write(to_above + 16 * c, lane_zero());
      lane_write(to_below + 16 * c, lane_zero());
    }
  }
  for (int32_t r = 2 * rows; r < pool->scattered.rows; r++)
    memset(scattered + r * scattered_stride, 0, 64 * (size_t)pool->scattered.columns);
}

LANE_INLINE void lane_pool_scatter_windows(const lane_max_pool *pool, const float *input, const float *gradient,
                                           float *scattered) {
  const int64_t stride = pool->scattered.row_stride;
  for (int32_t r = 0; r < pool->scattered.rows; r++)
    memset(scattered + r * stride, 0, 64 * (size_t)pool->scattered.columns);
  for (int32_t row = 0; row < pool->gradient.rows; row++)
    for (int32_t column = 0; column < pool->gradient.columns; column++) {
      const lane_pool_window window = lane_pool_window_at(pool, row, column);
      lane_integers place, number = {};
      const lane_vector maximum = lane_pool_maximum(input, pool->input.row_stride, window, &place);
      lane_vector value = lane_read(gradient + row * pool->gradient.row_stride + 16 * (int64_t)column);
      if (pool->gated) value = lane_select(maximum > lane_zero(), value, lane_zero());
      for (int32_t r = window.first_row; r < window.end_row; r++)
        for (int32_t c = window.first_column; c < window.end_column; c++) {
          float *to = scattered + r * stride + 16 * (int64_t)c;
          lane_write(to, lane_read(to) + lane_select(place == number, value, lane_zero()));
          number += 1;
        }
    }
}

static void lane_max_pool_scatter_run(const void *descriptor, const lane_context *context) {
  const lane_max_pool *pool = descriptor;
  const int quads = lane_pool_is_quads(pool, &pool->gradient);
  for (int32_t channel = 0; channel < pool->gradient.channels; channel++) {
    const float *input = pool->input.data + channel * pool->input.channel_stride;
    const float *gradient = pool->gradient.data + channel * pool->gradient.channel_stride;
    float *scattered = pool->scattered.data + channel * pool->scattered.channel_stride;
    if (!quads)
      lane_pool_scatter_windows(pool, input, gradient, scattered);
    else if (pool->gated)
      lane_pool_scatter_quads(pool, input, gradient, scattered, 1);
    else
      lane_pool_scatter_quads(pool, input, gradient, scattered, 0);
  }
}

/// The value at the first maximum of a window.
LANE_INLINE lane_vector lane_pool_gather_window(const lane_max_pool *pool, const float *input, const float *values,
                                                lane_pool_window window) {
  lane_integers place, number = {};
  lane_pool_maximum(input, pool->input.row_stride, window, &place);
  lane_vector result = lane_zero();
  for (int32_t r = window.first_row; r < window.end_row; r++)
    for (int32_t c = window.first_column; c < window.end_column; c++) {
      const lane_vector value = lane_read(values + r * pool->gradient.row_stride + 16 * (int64_t)c);
      result = lane_select(place == number, value, result);
      number += 1;
    }
  return result;
}

static void lane_max_pool_gather_run(const void *descriptor, const lane_context *context) {
  const lane_max_pool *pool = descriptor;
  const lane_view *output = &pool->output;
  const int quads = lane_pool_is_quads(pool, output);
  for (int32_t channel = 0; channel < output->channels; channel++) {
    const float *input = pool->input.data + channel * pool->input.channel_stride;
    const float *values = pool->gradient.data + channel * pool->gradient.channel_stride;
    for (int32_t r = 0; r < output->rows; r++) {
      float *to = output->data + channel * output->channel_stride + r * output->row_stride;
      if (quads) {
        const float *above = input + 2 * r * pool->input.row_stride, *below = above + pool->input.row_stride;
        const float *values_above = values + 2 * r * pool->gradient.row_stride;
        const float *values_below = values_above + pool->gradient.row_stride;
        for (int64_t c = 0; c < output->columns; c++) {
          const lane_pool_quad quad =
            lane_pool_compare_quad(lane_read(above + 32 * c), lane_read(above + 32 * c + 16),
                                   lane_read(below + 32 * c), lane_read(below + 32 * c + 16));
          const lane_vector from_above = lane_select(quad.right_above, lane_read(values_above + 32 * c + 16),
                                                     lane_read(values_above + 32 * c));
          const lane_vector from_below = lane_select(quad.right_below, lane_read(values_below + 32 * c + 16),
                                                     lane_read(values_below + 32 * c));
          lane_write(to + 16 * c, lane_select(quad.below, from_below, from_above));
        }
      } else {
        for (int32_t c = 0; c < output->columns; c++)
          lane_write(to + 16 * (int64_t)c,
                     lane_pool_gather_window(pool, input, values, lane_pool_window_at(pool, r, c)));
      }
    }
  }
}
