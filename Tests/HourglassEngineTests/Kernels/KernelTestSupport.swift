import CLaneKernels
import HourglassTestSupport
import Testing

/// One table of kernels that this machine can run.
struct InstructionSet: CustomTestStringConvertible, Sendable {
  let name: String

  var testDescription: String { name }
  var kernels: lane_kernels { lane_kernels_named(name).pointee }

  static let available: [InstructionSet] = {
    var sets: [InstructionSet] = []
    var names = lane_kernels_names()!
    while let name = names.pointee {
      if lane_kernels_named(name) != nil { sets.append(InstructionSet(name: String(cString: name))) }
      names += 1
    }
    return sets
  }()
}

/// An operand that keeps its memory alive.
struct Operand {
  var lanes: lane_operand
  let owner: AnyObject
}

/// A tensor in lanes with gaps after each row and each channel, filled with a mark that no kernel may touch.
final class LaneTensor {
  static let mark: Float = -12345.5
  let channels: Int
  let rows: Int
  let columns: Int
  let rowStride: Int
  let channelStride: Int
  private let memory: UnsafeMutableBufferPointer<Float>

  init(_ channels: Int, _ rows: Int, _ columns: Int, rowGap: Int = 0, channelGap: Int = 0) {
    self.channels = channels
    self.rows = rows
    self.columns = columns
    rowStride = 16 * (columns + rowGap)
    channelStride = rowStride * rows + 16 * channelGap
    let count = max(channels * channelStride, 16)
    let raw = UnsafeMutableRawPointer.allocate(byteCount: 4 * count, alignment: 64)
    memory = UnsafeMutableBufferPointer(start: raw.bindMemory(to: Float.self, capacity: count), count: count)
    memory.initialize(repeating: LaneTensor.mark)
  }

  deinit { memory.deallocate() }

  /// The float at an offset from the start.
  subscript(offset: Int) -> Float {
    get { withExtendedLifetime(self) { memory[offset] } }
    set { withExtendedLifetime(self) { memory[offset] = newValue } }
  }

  var view: lane_view {
    lane_view(
      data: memory.baseAddress, channel_stride: Int64(channelStride), row_stride: Int64(rowStride),
      channels: Int32(channels), rows: Int32(rows), columns: Int32(columns))
  }

  /// Reads the tensor, repeating it along axes where it has length 1.
  var operand: Operand {
    Operand(
      lanes: lane_operand(
        data: memory.baseAddress, channel_stride: channels == 1 ? 0 : Int64(channelStride),
        row_stride: rows == 1 ? 0 : Int64(rowStride), column_stride: columns == 1 ? 0 : 16, laned: 1),
      owner: self)
  }

  func offset(_ channel: Int, _ row: Int, _ column: Int) -> Int {
    channel * channelStride + row * rowStride + 16 * column
  }

  /// Every element's offset, row-major.
  var offsets: [Int] {
    (0..<channels).flatMap { channel in
      (0..<rows).flatMap { row in (0..<columns).map { offset(channel, row, $0) } }
    }
  }

  /// The lanes of all elements, row-major, without the gaps.
  var values: [Float] {
    withExtendedLifetime(self) { offsets.flatMap { memory[$0..<$0 + 16] } }
  }

  func fill(_ next: () -> Float) {
    for offset in offsets { for lane in 0..<16 { self[offset + lane] = next() } }
  }

  /// Sets the lanes of all elements, row-major.
  func set(_ values: [Float]) {
    var values = values.makeIterator()
    fill { values.next()! }
  }

  var gapsAreUntouched: Bool {
    var inside = Set<Int>()
    for offset in offsets { inside.formUnion(offset..<offset + 16) }
    return memory.indices.allSatisfy { inside.contains($0) || self[$0] == LaneTensor.mark }
  }
}

/// One number for all samples at each element.
final class ScalarTensor {
  private let memory: UnsafeMutableBufferPointer<Float>
  let channels: Int
  let rows: Int
  let columns: Int

  init(_ channels: Int, _ rows: Int, _ columns: Int, _ next: () -> Float) {
    self.channels = channels
    self.rows = rows
    self.columns = columns
    memory = .allocate(capacity: channels * rows * columns)
    for i in memory.indices { memory.initializeElement(at: i, to: next()) }
  }

  deinit { memory.deallocate() }

  subscript(channel: Int, row: Int, column: Int) -> Float {
    withExtendedLifetime(self) { memory[(channel * rows + row) * columns + column] }
  }

  var operand: Operand {
    Operand(
      lanes: lane_operand(
        data: memory.baseAddress, channel_stride: channels == 1 ? 0 : Int64(rows * columns),
        row_stride: rows == 1 ? 0 : Int64(columns), column_stride: columns == 1 ? 0 : 1, laned: 0),
      owner: self)
  }
}

/// A fused program, in Swift's terms.
struct MapProgram {
  var channels: Int
  var rows: Int
  var columns: Int
  var operands: [Operand]
  var steps: [(function: lane_map_function, first: Int, second: Int)] = []
  var outputs: [(tensor: LaneTensor, source: Int)]

  func run(on set: InstructionSet) {
    var map = lane_map()
    map.channels = Int32(channels)
    map.rows = Int32(rows)
    map.columns = Int32(columns)
    map.operand_count = Int32(operands.count)
    map.step_count = Int32(steps.count)
    map.output_count = Int32(outputs.count)
    withUnsafeMutableBytes(of: &map.operands) { bytes in
      for (i, operand) in operands.enumerated() { bytes.bindMemory(to: lane_operand.self)[i] = operand.lanes }
    }
    withUnsafeMutableBytes(of: &map.steps) { bytes in
      for (i, step) in steps.enumerated() {
        bytes.bindMemory(to: lane_map_step.self)[i] = lane_map_step(
          function: Int32(step.function.rawValue), first: Int32(step.first), second: Int32(step.second))
      }
    }
    withUnsafeMutableBytes(of: &map.outputs) { bytes in
      for (i, output) in outputs.enumerated() {
        bytes.bindMemory(to: lane_map_output.self)[i] = lane_map_output(
          view: output.tensor.view, source: Int32(output.source))
      }
    }
    withExtendedLifetime(self) { withTestContext { set.kernels.map(&map, $0) } }
  }
}

/// A context of sixteen active lanes.
func withTestContext(
  samples: [UInt32] = Array(0..<16), seed: UInt64 = 0, epoch: UInt32 = 0, active: Int32 = 16,
  _ body: (UnsafePointer<lane_context>) -> Void
) {
  samples.withUnsafeBufferPointer { samples in
    var context = lane_context(
      active: active, epoch: epoch, seed: seed, position: 0, samples: samples.baseAddress, sums: nil,
      starts_sums: 0, group: 1, group_stride: 0)
    body(&context)
  }
}

/// The results of `function` for `values`, sixteen at a time; `values.count` must be a multiple of 16.
func apply(_ function: lane_map_function, to values: [Float], on set: InstructionSet) -> [Float] {
  let columns = values.count / 16
  let input = LaneTensor(1, 1, columns)
  let output = LaneTensor(1, 1, columns)
  input.set(values)
  MapProgram(
    channels: 1, rows: 1, columns: columns, operands: [input.operand], steps: [(function, 0, 0)],
    outputs: [(output, 1)]
  ).run(on: set)
  return output.values
}

/// Sums a tensor over the axes that are set.
func reduce(
  _ input: Operand, _ shape: [Int], over: [Bool], into output: LaneTensor, on set: InstructionSet
) {
  var reduce = lane_reduce(
    input: input.lanes, channels: Int32(shape[0]), rows: Int32(shape[1]), columns: Int32(shape[2]),
    over_channels: over[0] ? 1 : 0, over_rows: over[1] ? 1 : 0, over_columns: over[2] ? 1 : 0,
    output: output.view)
  withExtendedLifetime((input, output)) { withTestContext { set.kernels.reduce(&reduce, $0) } }
}

extension TestNumbers {
  mutating func uniform(_ range: ClosedRange<Float>) -> Float {
    Float.random(in: range, using: &self)
  }
}
