import CLaneKernels
import HourglassTestSupport
import Testing

/// One arrangement of windows.
struct PoolingCase: CustomTestStringConvertible, Sendable {
  var rows: Int
  var columns: Int
  var window: (rows: Int, columns: Int)
  var stride: (rows: Int, columns: Int)
  var top = 0
  var left = 0
  var pooled: (rows: Int, columns: Int)
  var halo = 0

  var testDescription: String {
    "\(rows) x \(columns), window \(window), stride \(stride), padding \((top, left)), halo \(halo)"
  }

  static let all = [
    PoolingCase(rows: 6, columns: 8, window: (2, 2), stride: (2, 2), pooled: (3, 4)),
    PoolingCase(rows: 4, columns: 4, window: (2, 2), stride: (2, 2), pooled: (2, 2), halo: 1),
    // No window covers the last row and column.
    PoolingCase(rows: 5, columns: 7, window: (2, 2), stride: (2, 2), pooled: (2, 3), halo: 2),
    // The last windows are cut off.
    PoolingCase(rows: 5, columns: 7, window: (2, 2), stride: (2, 2), pooled: (3, 4)),
    PoolingCase(rows: 5, columns: 6, window: (2, 2), stride: (1, 1), pooled: (4, 5)),
    PoolingCase(
      rows: 7, columns: 9, window: (3, 3), stride: (2, 2), top: 1, left: 1, pooled: (4, 5), halo: 1),
    PoolingCase(rows: 5, columns: 5, window: (3, 3), stride: (1, 1), top: 1, left: 1, pooled: (5, 5)),
    PoolingCase(rows: 6, columns: 5, window: (1, 3), stride: (1, 2), pooled: (6, 2)),
    PoolingCase(rows: 7, columns: 3, window: (3, 1), stride: (4, 1), top: 1, pooled: (2, 3)),
    PoolingCase(rows: 1, columns: 1, window: (1, 1), stride: (1, 1), pooled: (1, 1)),
  ]
}

@Suite("Max pooling kernels")
struct PoolingKernelTests {
  private let channels = 3

  /// The row and column of the first maximum of a window.
  private func firstMaximum(
    _ input: TransferTensor, _ setup: PoolingCase, channel: Int, row: Int, column: Int, lane: Int
  ) -> (row: Int, column: Int) {
    var best: (row: Int, column: Int)?
    for i in 0..<setup.window.rows {
      for j in 0..<setup.window.columns {
        let r = row * setup.stride.rows - setup.top + i
        let c = column * setup.stride.columns - setup.left + j
        guard (0..<setup.rows).contains(r), (0..<setup.columns).contains(c) else { continue }
        if let best, input[channel, r, c, lane] <= input[channel, best.row, best.column, lane] { continue }
        best = (r, c)
      }
    }
    return best!
  }

  private func eachWindow(_ setup: PoolingCase, _ body: (Int, Int, Int, Int) -> Void) {
    for channel in 0..<channels {
      for row in 0..<setup.pooled.rows {
        for column in 0..<setup.pooled.columns {
          for lane in 0..<16 { body(channel, row, column, lane) }
        }
      }
    }
  }

  private func descriptor(_ setup: PoolingCase, input: TransferTensor) -> lane_max_pool {
    var pool = lane_max_pool()
    pool.input = input.view
    pool.window_rows = Int32(setup.window.rows)
    pool.window_columns = Int32(setup.window.columns)
    pool.row_stride = Int32(setup.stride.rows)
    pool.column_stride = Int32(setup.stride.columns)
    pool.top = Int32(setup.top)
    pool.left = Int32(setup.left)
    return pool
  }

  /// A tensor of the input's shape, or one with nothing written when there are no values.
  private func full(_ setup: PoolingCase, _ values: [Float]? = nil) -> TransferTensor {
    TransferTensor(channels, setup.rows, setup.columns, halo: setup.halo, values: values)
  }

  private func pooled(_ setup: PoolingCase, _ values: [Float]? = nil) -> TransferTensor {
    TransferTensor(channels, setup.pooled.rows, setup.pooled.columns, halo: setup.halo, values: values)
  }

  @Test("takes the maximum", arguments: TransferTest.instructionSets, PoolingCase.all)
  func maximum(name: String, setup: PoolingCase) {
    var random = TestNumbers(1)
    let input = full(setup, random.smallIntegers(16 * channels * setup.rows * setup.columns))
    let output = pooled(setup)
    let expected = pooled(setup)
    eachWindow(setup) { channel, row, column, lane in
      let place = firstMaximum(input, setup, channel: channel, row: row, column: column, lane: lane)
      expected[channel, row, column, lane] = input[channel, place.row, place.column, lane]
    }
    var pool = descriptor(setup, input: input)
    pool.output = output.view
    TransferTest.run(TransferTest.kernels(name).max_pool, pool)
    #expect(output.bits == expected.bits)
    #expect(output.haloIsUntouched)
  }

  @Test("scatters to the first maximum", arguments: TransferTest.instructionSets, PoolingCase.all)
  func scatter(name: String, setup: PoolingCase) {
    var random = TestNumbers(2)
    let input = full(setup, random.smallIntegers(16 * channels * setup.rows * setup.columns))
    let gradient = pooled(setup, random.floats(16 * channels * setup.pooled.rows * setup.pooled.columns))
    for gated in [false, true] {
      let expected = full(setup, Array(repeating: 0, count: 16 * channels * setup.rows * setup.columns))
      eachWindow(setup) { channel, row, column, lane in
        let place = firstMaximum(input, setup, channel: channel, row: row, column: column, lane: lane)
        guard !gated || input[channel, place.row, place.column, lane] > 0 else { return }
        expected[channel, place.row, place.column, lane] += gradient[channel, row, column, lane]
      }
      let scattered = full(setup)
      var pool = descriptor(setup, input: input)
      pool.gradient = gradient.view
      pool.scattered = scattered.view
      pool.gated = gated ? 1 : 0
      TransferTest.run(TransferTest.kernels(name).max_pool_scatter, pool)
      #expect(scattered.bits == expected.bits)
      #expect(scattered.haloIsUntouched)
    }
  }

  @Test("gathers at the first maximum", arguments: TransferTest.instructionSets, PoolingCase.all)
  func gather(name: String, setup: PoolingCase) {
    var random = TestNumbers(3)
    let input = full(setup, random.smallIntegers(16 * channels * setup.rows * setup.columns))
    let values = full(setup, random.floats(16 * channels * setup.rows * setup.columns))
    let output = pooled(setup)
    let expected = pooled(setup)
    eachWindow(setup) { channel, row, column, lane in
      let place = firstMaximum(input, setup, channel: channel, row: row, column: column, lane: lane)
      expected[channel, row, column, lane] = values[channel, place.row, place.column, lane]
    }
    var pool = descriptor(setup, input: input)
    pool.gradient = values.view
    pool.output = output.view
    TransferTest.run(TransferTest.kernels(name).max_pool_gather, pool)
    #expect(output.bits == expected.bits)
    #expect(output.haloIsUntouched)
  }

  @Test("gives NaN where a window holds one", arguments: TransferTest.instructionSets, PoolingCase.all)
  func notANumber(name: String, setup: PoolingCase) {
    var random = TestNumbers(4)
    let values = random.smallIntegers(16 * channels * setup.rows * setup.columns)
    for place in 0..<setup.rows * setup.columns {
      let input = full(setup, values)
      let lane = place % 16
      input[1, place / setup.columns, place % setup.columns, lane] = .nan
      let output = pooled(setup)
      var pool = descriptor(setup, input: input)
      pool.output = output.view
      TransferTest.run(TransferTest.kernels(name).max_pool, pool)
      eachWindow(setup) { channel, row, column, outputLane in
        let firstRow = row * setup.stride.rows - setup.top
        let firstColumn = column * setup.stride.columns - setup.left
        let isHit =
          channel == 1 && outputLane == lane
          && (firstRow..<firstRow + setup.window.rows).contains(place / setup.columns)
          && (firstColumn..<firstColumn + setup.window.columns).contains(place % setup.columns)
        #expect(output[channel, row, column, outputLane].isNaN == isHit)
      }
    }
  }

  @Test("keeps the maximum of minus infinity", arguments: TransferTest.instructionSets)
  func infinity(name: String) {
    let setup = PoolingCase.all[5]
    let count = 16 * channels * setup.rows * setup.columns
    let input = full(setup, Array(repeating: -.infinity, count: count))
    let output = pooled(setup)
    var pool = descriptor(setup, input: input)
    pool.output = output.view
    TransferTest.run(TransferTest.kernels(name).max_pool, pool)
    #expect(output.values.allSatisfy { $0 == -.infinity })
  }
}
