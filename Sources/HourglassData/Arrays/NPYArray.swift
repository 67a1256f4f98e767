import Foundation
import HourglassBase
import HourglassFiles

/// An array of NumPy on its way into samples or labels; its header has been read and checked.
struct NPYArray<Source: ByteSource> {
  fileprivate let source: Source
  fileprivate let header: NPYHeader
  private let budget: MemoryBudget
  /// Where images have their channels; nil goes by the extents.
  private let axes: ChannelAxis?

  init(_ source: Source, axes: ChannelAxis? = nil, budget: MemoryBudget = .process) throws {
    self.source = source
    self.axes = axes
    self.budget = budget
    header = try NPYHeader(source)
  }

  fileprivate func complaint(_ what: String) -> HourglassError {
    HourglassError(.badData, "\(source.name) \(what)")
  }

  // MARK: - Samples

  /// The array as samples: `[n, features]`, `[n, height, width]`, `[n, channels, height, width]` or
  /// `[n, height, width, channels]`, see `ImageAxes`.
  ///
  /// - Returns: bytes worth 1/255 each for uint8, 32-bit floats as they are for float32 and float64.
  func samples() throws -> SampleArray {
    let layout = try layout()
    return try samples(layout.shape, isChannelsLast: layout.hasChannelsLast)
  }

  /// Which axis `samples()` takes for channels, where the extents alone do not tell.
  var axisNote: String? { (try? layout())?.axisNote }

  /// What bytes of vectors are taken for, which may be numbers in units of their own; nil of anything else.
  var valueNote: String? { ArrayLayout.valueNote(header.shape, areBytes: isByte, name: source.name) }

  fileprivate var isByte: Bool { header.element == NPYHeader.Element(kind: .unsigned, byteCount: 1) }

  /// The array as samples of this shape, with the axes as they are.
  func samples(of shape: Shape) throws -> SampleArray {
    let extents = Array(header.shape.dropFirst())
    guard header.shape.first ?? 0 > 0, extents == shape.dimensions || extents == [shape.count] else {
      throw complaint(
        "has the shape \(Shape(header.shape)), but must be [n] with \(shape) behind it; reshape it, or give another file"
      )
    }
    guard !isByte else {
      throw complaint("holds uint8 numbers, but a model's codes are floats; save them as float32")
    }
    return try samples(shape, isChannelsLast: false)
  }

  fileprivate func checkElement() throws {
    guard !isByte, header.element.kind != .float else { return }
    let element = "\(header.element.kind == .signed ? "int" : "uint")\(8 * header.element.byteCount)"
    throw complaint("holds \(element) numbers; save uint8, float32 or float64, as with astype(\"float32\")")
  }

  /// What all samples take in memory. Fits: the file is at least a quarter as large.
  var samplesByteCount: Int { header.shape.reduce(isByte ? 1 : 4, *) }

  private func samples(_ shape: Shape, isChannelsLast: Bool) throws -> SampleArray {
    let count = header.shape[0]
    try checkElement()
    try budget.admit(samplesByteCount, for: source.name)
    let channels = isChannelsLast ? shape[0] : 1
    let samples =
      if isByte {
        try SampleArray(trustedByteCount: count, shape: shape) { memory in
          try readBlocks(count, shape) { first, block in
            let target = UnsafeMutableRawBufferPointer(rebasing: memory[(first * shape.count)...])
            separate(block, into: target.assumingMemoryBound(to: UInt8.self), shape, channels)
          }
        }
      } else {
        try SampleArray(trustedFloatCount: count, shape: shape) { memory in
          try readBlocks(count, shape) { first, block in
            let target = UnsafeMutableBufferPointer(rebasing: memory[(first * shape.count)...])
            if header.element.byteCount == 4 {
              separate(block.bindMemory(to: Float.self), into: target, shape, channels)
            } else {
              separate(block.bindMemory(to: Double.self).map { Float($0) }, into: target, shape, channels)
            }
            let numbers = (block.count / header.element.byteCount)
            if let place = target[..<numbers].firstIndex(where: { !$0.isFinite }) {
              throw complaint(
                "holds \(target[place]) in sample \(first + place / shape.count), which is not finite or too "
                  + "large for 32 bits; remove or replace it")
            }
          }
        }
      }
    try source.finish()
    return samples
  }

  fileprivate func layout() throws -> ArrayLayout {
    try ArrayLayout(header.shape, axes: axes, name: source.name)
  }

  /// Hands on whole samples, as many at once as make a megabyte.
  private func readBlocks(
    _ count: Int, _ shape: Shape, _ use: (_ first: Int, _ block: UnsafeMutableRawBufferPointer) throws -> Void
  ) throws {
    let sampleSize = shape.count * header.element.byteCount
    let most = max(1, min(count, (1 << 20) / sampleSize))
    let block = UnsafeMutableRawBufferPointer.allocate(byteCount: most * sampleSize, alignment: 16)
    defer { block.deallocate() }
    for first in stride(from: 0, to: count, by: most) {
      let wanted = UnsafeMutableRawBufferPointer(rebasing: block[..<(min(most, count - first) * sampleSize)])
      try fill(wanted)
      try use(first, wanted)
    }
  }

  private func fill(_ memory: UnsafeMutableRawBufferPointer) throws {
    guard try source.fill(memory) == memory.count else {
      throw complaint("became shorter while it was read; \(fetchAgain)")
    }
  }

  /// Copies samples, the channels of each pixel side by side, into samples with one channel after another.
  private func separate<Number>(
    _ numbers: some Collection<Number>, into target: UnsafeMutableBufferPointer<Number>, _ shape: Shape,
    _ channels: Int
  ) {
    guard channels > 1 else {
      _ = target.update(fromContentsOf: numbers)
      return
    }
    let pixels = shape.count / channels
    var base = 0
    var (pixel, channel) = (0, 0)
    for number in numbers {
      target[base + channel * pixels + pixel] = number
      channel += 1
      guard channel == channels else { continue }
      (channel, pixel) = (0, pixel + 1)
      guard pixel == pixels else { continue }
      (pixel, base) = (0, base + shape.count)
    }
  }

  // MARK: - Labels

  /// The array as labels: whole numbers of shape `[n]` or `[n, 1]`, from 0 to 65535.
  func labels() throws -> [Int] {
    guard header.element.kind != .float, header.shape.count == 1 || header.shape.dropFirst() == [1] else {
      throw complaint(
        "has the shape \(Shape(header.shape)), but labels are whole numbers, one for each sample; save integers"
      )
    }
    // The bytes, and a whole number for each label.
    try budget.admit(
      header.byteCount / header.element.byteCount * (header.element.byteCount + 8), for: source.name)
    let size = header.element.byteCount
    let bytes = try [UInt8](unsafeUninitializedCapacity: header.byteCount) { memory, filled in
      try fill(
        UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(memory)[..<header.byteCount]))
      filled = header.byteCount
    }
    try source.finish()
    return try stride(from: 0, to: bytes.count, by: size).map { start in
      let word = (0..<size).reversed().reduce(0 as UInt64) { $0 << 8 | UInt64(bytes[start + $1]) }
      let isNegative = header.element.kind == .signed && bytes[start + size - 1] >= 0x80
      guard !isNegative, word <= 65_535 else {
        throw complaint("holds a label that is not in 0...65535; number the classes from 0")
      }
      return Int(word)
    }
  }
}

extension NPYArray where Source: PositionedFile {
  /// The same samples as `samples()` gives, left in the file or read into memory.
  ///
  /// - Returns: also that they stayed there, in a sentence; nil where they did not.
  /// - Throws: as `samples()`.
  func samples(_ request: KeepingRequest) throws -> (samples: any SampleSource, note: String?) {
    let layout = try layout()
    try checkElement()
    guard request.staysInFiles(samplesByteCount) else { return (try samples(), nil) }
    return try request.kept(
      [FileSamples.Part(source, count: header.shape[0], offset: header.start)], shape: layout.shape,
      stored: isByte ? .byte(scale: 1 / 255) : header.element.byteCount == 4 ? .float32 : .float64,
      hasChannelsLast: layout.hasChannelsLast, name: source.name)
  }
}
