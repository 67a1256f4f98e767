import CLaneKernels
import HourglassTestSupport
import Testing

/// A shape and whether it has gaps, with a number of active lanes.
struct TransferCase: CustomTestStringConvertible, Sendable {
  var channels: Int
  var rows: Int
  var columns: Int
  var halo: Int
  var active: Int

  var testDescription: String { "\(channels) x \(rows) x \(columns), halo \(halo), \(active) active" }
  var count: Int { channels * rows * columns }

  static let all: [TransferCase] = {
    let shapes = [
      (1, 28, 28, 0), (1, 28, 28, 1), (3, 5, 7, 0), (3, 5, 7, 2), (1, 1, 13, 0), (2, 1, 16, 0), (2, 1, 16, 1),
      (1, 3, 17, 1), (2, 2, 33, 1), (1, 1, 1, 0), (40, 1, 1, 0), (40, 1, 1, 1),
    ]
    return shapes.flatMap { shape in
      [1, 15, 16].map {
        TransferCase(channels: shape.0, rows: shape.1, columns: shape.2, halo: shape.3, active: $0)
      }
    }
  }()

  func tensor(_ values: [Float]? = nil) -> TransferTensor {
    TransferTensor(channels, rows, columns, halo: halo, values: values)
  }
}

@Suite("Transfer kernels")
struct TransferKernelTests {
  /// Lanes in no particular order, some twice.
  private let samples: [UInt32] = [5, 0, 18, 3, 3, 9, 11, 1, 16, 2, 7, 17, 12, 4, 6, 8]

  @Test("loads bytes", arguments: TransferTest.instructionSets, TransferCase.all)
  func loadBytes(name: String, setup: TransferCase) {
    var random = TestNumbers(10)
    let stride = setup.count + 3
    // The last sample ends where the memory does, so that reading past it would show in a sanitizer.
    let data = (0..<18 * stride + setup.count).map { _ in UInt8.random(in: 0...255, using: &random) }
    let output = setup.tensor()
    data.withUnsafeBytes { data in
      TransferTest.load(
        data, stride: stride, to: output, element: LANE_BYTE, scale: 1 / 255, name, active: setup.active,
        samples: samples)
    }
    var expected: [Float] = []
    for element in 0..<setup.count {
      for lane in 0..<16 {
        let byte = data[Int(samples[lane]) * stride + element]
        expected.append(lane < setup.active ? Float(byte) * (1 / 255) : 0)
      }
    }
    #expect(output.bits == expected.map(\.bitPattern))
    #expect(output.haloIsUntouched)
  }

  @Test("loads floats", arguments: TransferTest.instructionSets, TransferCase.all)
  func loadFloats(name: String, setup: TransferCase) {
    var random = TestNumbers(11)
    let stride = setup.count + 2
    var data = random.floats(18 * stride + setup.count)
    data[Int(samples[0]) * stride] = .nan  // must not reach the inactive lanes
    let output = setup.tensor()
    data.withUnsafeBytes { data in
      TransferTest.load(
        data, stride: 4 * stride, to: output, element: LANE_FLOAT, scale: 7, name, active: setup.active,
        samples: samples)
    }
    var expected: [Float] = []
    for element in 0..<setup.count {
      for lane in 0..<16 {
        expected.append(lane < setup.active ? data[Int(samples[lane]) * stride + element] : 0)
      }
    }
    #expect(output.bits == expected.map(\.bitPattern))
    #expect(output.haloIsUntouched)
  }

  @Test("reads no samples of inactive lanes", arguments: TransferTest.instructionSets)
  func inactiveSamples(name: String) {
    let output = TransferTensor(1, 1, 20)
    let data = [Float](repeating: 2, count: 20)
    data.withUnsafeBytes { data in
      let samples = [0] + [UInt32](repeating: .max, count: 15)
      TransferTest.load(
        data, stride: 80, to: output, element: LANE_FLOAT, scale: 1, name, active: 1, samples: samples)
    }
    #expect(output.lanes(19) == [2] + [Float](repeating: 0, count: 15))
  }

  @Test("stores the active lanes", arguments: TransferTest.instructionSets, TransferCase.all)
  func store(name: String, setup: TransferCase) {
    var random = TestNumbers(12)
    let stride = setup.count + 1
    let input = setup.tensor(random.floats(16 * setup.count))
    let data = TransferMemory(repeating: TransferTensor.untouched, count: 48 * stride)
    let store = lane_store(input: input.view, data: data.data, sample_stride: Int64(stride))
    TransferTest.run(TransferTest.kernels(name).store, store, active: setup.active, position: 1)
    var expected = [Float](repeating: TransferTensor.untouched, count: 48 * stride)
    let values = input.values
    for lane in 0..<setup.active {
      for element in 0..<setup.count {
        expected[(16 + lane) * stride + element] = values[16 * element + lane]
      }
    }
    #expect(data.values == expected)
  }

  @Test("gives back what it loaded", arguments: TransferTest.instructionSets, [1, 15, 16, 17, 33])
  func roundTrip(name: String, sampleCount: Int) {
    var random = TestNumbers(13)
    let count = 3 * 5 * 7
    let data = random.floats(sampleCount * count)
    let result = TransferMemory(repeating: TransferTensor.untouched, count: sampleCount * count)
    let tensor = TransferTensor(3, 5, 7, halo: 1)
    let kernels = TransferTest.kernels(name)
    data.withUnsafeBytes { data in
      let store = lane_store(input: tensor.view, data: result.data, sample_stride: Int64(count))
      for position in 0..<(sampleCount + 15) / 16 {
        let samples = (0..<16).map { UInt32(16 * position + $0) }
        let active = min(16, sampleCount - 16 * position)
        TransferTest.load(
          data, stride: 4 * count, to: tensor, element: LANE_FLOAT, scale: 1, name, active: active,
          position: position, samples: samples)
        TransferTest.run(kernels.store, store, active: active, position: position)
      }
    }
    #expect(result.values == data)
  }

  @Test("carries a tensor out and in", arguments: TransferTest.instructionSets, TransferCase.all)
  func carry(name: String, setup: TransferCase) {
    var random = TestNumbers(14)
    let kernels = TransferTest.kernels(name)
    let stride = 16 * setup.count + 32
    let data = TransferMemory(repeating: TransferTensor.untouched, count: 3 * stride)
    let input = setup.tensor(random.floats(16 * setup.count))
    TransferTest.run(
      kernels.carry_out, lane_carry(view: input.view, data: data.data, stride: Int64(stride)), position: 1)
    var expected = [Float](repeating: TransferTensor.untouched, count: 3 * stride)
    expected.replaceSubrange(stride..<stride + 16 * setup.count, with: input.values)
    #expect(data.values == expected)

    let output = setup.tensor()
    TransferTest.run(
      kernels.carry_in, lane_carry(view: output.view, data: data.data, stride: Int64(stride)), position: 1)
    #expect(output.bits == input.bits)
    #expect(output.haloIsUntouched)
  }

  @Test("zeroes the halo and nothing else", arguments: TransferTest.instructionSets)
  func zeroHalo(name: String) {
    let tensor = TransferTensor(2, 3, 5, halo: 3)
    let halo = lane_zero_halo(view: tensor.view, top: 1, bottom: 2, left: 2, right: 1)
    TransferTest.run(TransferTest.kernels(name).zero_halo, halo)
    for channel in 0..<2 {
      for row in -3..<6 {
        for column in -3..<8 {
          let isInside = (0..<3).contains(row) && (0..<5).contains(column)
          let isHalo = (-1..<5).contains(row) && (-2..<6).contains(column) && !isInside
          for lane in 0..<16 {
            #expect(tensor[channel, row, column, lane] == (isHalo ? 0 : TransferTensor.untouched))
          }
        }
      }
    }
  }

  private func batchSums(_ name: String, _ setup: TransferCase, _ input: TransferTensor) -> [Float] {
    let view = input.view
    let operand = lane_operand(
      data: view.data, channel_stride: view.channel_stride, row_stride: view.row_stride, column_stride: 16,
      laned: 1)
    let sums = TransferMemory(repeating: 0.5, count: setup.count + 1)
    let sum = lane_batch_sum(
      input: operand, channels: Int32(setup.channels), rows: Int32(setup.rows),
      columns: Int32(setup.columns), sums_offset: 0)
    TransferTest.run(TransferTest.kernels(name).batch_sum, sum, active: setup.active, sums: sums.data)
    #expect(sums.values[setup.count] == 0.5)
    return Array(sums.values.dropLast())
  }

  private func batchInput(_ setup: TransferCase) -> TransferTensor {
    var random = TestNumbers(15)
    var values = random.floats(16 * setup.count)
    for index in values.indices where index % 16 >= setup.active { values[index] = .nan }
    return setup.tensor(values)
  }

  @Test("sums the active lanes", arguments: TransferTest.instructionSets, TransferCase.all)
  func batchSum(name: String, setup: TransferCase) {
    let input = batchInput(setup)
    let values = input.values
    let sums = batchSums(name, setup, input)
    for element in 0..<setup.count {
      // The order that every instruction set keeps: lanes 8, 4, 2 and 1 apart.
      var lanes = (0..<16).map { $0 < setup.active ? values[16 * element + $0] : 0 }
      for width in [8, 4, 2, 1] {
        for lane in 0..<width { lanes[lane] += lanes[lane + width] }
      }
      #expect(sums[element] == 0.5 + lanes[0])
    }
  }

  @Test("sums broadcast operands", arguments: TransferTest.instructionSets, [1, 15, 16])
  func batchSumBroadcast(name: String, active: Int) {
    let kernels = TransferTest.kernels(name)
    var random = TestNumbers(16)
    // One number per channel, and one vector per column.
    let numbers = TransferMemory(random.floats(3))
    let vectors = TransferMemory(random.smallIntegers(16 * 20))
    let sums = TransferMemory(repeating: 0, count: 3 * 2 * 20)
    let laned = lane_batch_sum(
      input: lane_operand(data: vectors.data, channel_stride: 0, row_stride: 0, column_stride: 16, laned: 1),
      channels: 3, rows: 2, columns: 20, sums_offset: 0)
    TransferTest.run(kernels.batch_sum, laned, active: active, sums: sums.data)
    let single = lane_batch_sum(
      input: lane_operand(data: numbers.data, channel_stride: 1, row_stride: 0, column_stride: 0, laned: 0),
      channels: 3, rows: 2, columns: 20, sums_offset: 0)
    TransferTest.run(kernels.batch_sum, single, active: active, sums: sums.data)
    for element in 0..<120 {
      let column = element % 20
      let vector = vectors.values[16 * column..<16 * column + active].reduce(0, +)
      #expect(sums.values[element] == vector + Float(active) * numbers.values[element / 40])
    }
  }
}
