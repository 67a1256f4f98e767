import CLaneKernels
import HourglassTestSupport

/// What the tests of pooling, resampling, transfer and update share.
enum TransferTest {
  /// The instruction sets this machine can run.
  static let instructionSets: [String] = {
    var names: [String] = []
    var next = lane_kernels_names()
    while let current = next, let name = current.pointee {
      if lane_kernels_named(name) != nil { names.append(String(cString: name)) }
      next = current + 1
    }
    return names
  }()

  static func kernels(_ name: String) -> lane_kernels { lane_kernels_named(name)!.pointee }

  static func run<Descriptor>(
    _ kernel: lane_function?, _ descriptor: Descriptor, active: Int = 16, position: Int = 0,
    samples: [UInt32] = Array(0..<16), sums: UnsafeMutablePointer<Float>? = nil, startsSums: Bool = false
  ) {
    samples.withUnsafeBufferPointer { samples in
      let context = lane_context(
        active: Int32(active), epoch: 0, seed: 0, position: Int64(position), samples: samples.baseAddress,
        sums: sums, starts_sums: startsSums ? 1 : 0, group: 1, group_stride: 0)
      withUnsafePointer(to: descriptor) { descriptor in
        withUnsafePointer(to: context) { kernel!(descriptor, $0) }
      }
    }
  }
}

extension TransferTest {
  private struct Rows {
    var data: UnsafeRawPointer
    var stride: Int
  }

  /// Loads samples that lie in `data`, `stride` bytes from one to the next.
  static func load(
    _ data: UnsafeRawBufferPointer, stride: Int, to output: TransferTensor, element: lane_element,
    scale: Float, _ name: String, active: Int, position: Int = 0, samples: [UInt32]
  ) {
    var rows = Rows(data: data.baseAddress!, stride: stride)
    withUnsafePointer(to: &rows) { rows in
      let load = lane_load(
        locate: { source, samples, count, _, addresses in
          let rows = source!.load(as: Rows.self)
          for lane in 0..<Int(count) { addresses![lane] = rows.data + Int(samples![lane]) * rows.stride }
        }, source: UnsafeRawPointer(rows), staging: nil, element: element, scale: scale, output: output.view)
      run(kernels(name).load, load, active: active, position: position, samples: samples)
    }
  }
}

extension TestNumbers {
  /// Few different values, so that windows hold ties.
  mutating func smallIntegers(_ count: Int) -> [Float] {
    (0..<count).map { _ in Float(Int.random(in: -3...3, using: &self)) }
  }
}

/// Floats on a boundary of 64 bytes.
final class TransferMemory {
  let data: UnsafeMutablePointer<Float>
  let count: Int

  init(_ values: [Float]) {
    count = values.count
    let raw = UnsafeMutableRawPointer.allocate(byteCount: max(64, 4 * count), alignment: 64)
    data = raw.bindMemory(to: Float.self, capacity: count)
    data.update(from: values, count: count)
  }

  convenience init(repeating value: Float, count: Int) {
    self.init(Array(repeating: value, count: count))
  }

  deinit { data.deallocate() }

  var values: [Float] { Array(UnsafeBufferPointer(start: data, count: count)) }
}

/// A tensor in lanes with a halo, whose content tells whether a kernel wrote where it should not.
final class TransferTensor {
  static let untouched: Float = -12345.5

  let channels: Int
  let rows: Int
  let columns: Int
  let memory: TransferMemory
  private let halo: Int
  private let rowStride: Int
  private let channelStride: Int

  /// `values` in the order channel, row, column, lane; without them every place is `untouched`.
  init(_ channels: Int, _ rows: Int, _ columns: Int, halo: Int = 0, values: [Float]? = nil) {
    self.channels = channels
    self.rows = rows
    self.columns = columns
    self.halo = halo
    rowStride = 16 * (columns + 2 * halo)
    channelStride = rowStride * (rows + 2 * halo)
    memory = TransferMemory(repeating: Self.untouched, count: channels * channelStride)
    guard let values else { return }
    precondition(values.count == 16 * count)
    for (place, value) in zip(places, values) { memory.data[place] = value }
  }

  var count: Int { channels * rows * columns }

  /// Where a number is in memory; rows and columns may be negative to name the halo.
  func place(_ channel: Int, _ row: Int, _ column: Int, _ lane: Int) -> Int {
    channel * channelStride + (row + halo) * rowStride + 16 * (column + halo) + lane
  }

  private var places: [Int] {
    var places: [Int] = []
    for channel in 0..<channels {
      for row in 0..<rows {
        for column in 0..<columns {
          for lane in 0..<16 { places.append(place(channel, row, column, lane)) }
        }
      }
    }
    return places
  }

  subscript(channel: Int, row: Int, column: Int, lane: Int) -> Float {
    get { memory.data[place(channel, row, column, lane)] }
    set { memory.data[place(channel, row, column, lane)] = newValue }
  }

  var values: [Float] { places.map { memory.data[$0] } }

  var bits: [UInt32] { values.map(\.bitPattern) }

  /// The number in each lane of the element with the row-major index `element`.
  func lanes(_ element: Int) -> [Float] { Array(values[16 * element..<16 * element + 16]) }

  /// Whether nothing was written to the halo.
  var haloIsUntouched: Bool {
    let inside = Set(places)
    return memory.values.indices.allSatisfy { inside.contains($0) || memory.data[$0] == Self.untouched }
  }

  var view: lane_view {
    lane_view(
      data: memory.data + place(0, 0, 0, 0), channel_stride: Int64(channelStride),
      row_stride: Int64(rowStride), channels: Int32(channels), rows: Int32(rows), columns: Int32(columns))
  }
}
