/// Many samples of one shape in memory, read-only, held as they came: bytes stay bytes until a micro-batch needs them.
///
/// The samples lie one after another, each in row-major order of `shape`
/// (`[channels, height, width]` for images). The memory is shared, never copied, by copies of this value.
public struct SampleArray: Sendable {
  public let count: Int
  public let shape: Shape
  public let element: SampleElement
  /// What a sample is; by its shape, unless somebody who knows says otherwise.
  package private(set) var kind: SampleKind
  private let storage: SampleStorage

  /// - Parameters:
  ///   - bytes: `count * shape.count` bytes.
  ///   - scale: what one step of a byte is worth; 1/255 maps bytes to 0...1.
  /// - Throws: `HourglassError` (usage) when there are more or fewer bytes.
  public init(
    bytes: [UInt8], count: Int, shape: Shape, scale: Float = 1 / 255
  ) throws(HourglassError) {
    try Self.check(bytes.count, "bytes", count: count, shape: shape)
    self.init(trustedBytes: bytes, count: count, shape: shape, scale: scale)
  }

  /// - Parameter floats: `count * shape.count` numbers.
  /// - Throws: `HourglassError` (usage) when there are more or fewer numbers.
  public init(floats: [Float], count: Int, shape: Shape) throws(HourglassError) {
    try Self.check(floats.count, "numbers", count: count, shape: shape)
    self.init(trustedFloats: floats, count: count, shape: shape)
  }

  /// Fills new memory in place, so that a reader need not hold the data twice.
  ///
  /// - Parameter fill: writes exactly `count * shape.count` bytes.
  /// - Throws: `HourglassError`: usage when no samples can have this count and shape, environment when memory has no room
  ///   for them; what `fill` throws.
  public init(
    byteCount count: Int, shape: Shape, scale: Float = 1 / 255,
    fill: (UnsafeMutableRawBufferPointer) throws -> Void
  ) throws {
    try Self.checkRoom(count, shape, bytesPerNumber: 1)
    try self.init(trustedByteCount: count, shape: shape, scale: scale, fill: fill)
  }

  /// Fills new memory with 32-bit floats in place.
  ///
  /// - Parameter fill: writes exactly `count * shape.count` numbers.
  /// - Throws: `HourglassError`: usage when no samples can have this count and shape, environment when memory has no room
  ///   for them; what `fill` throws.
  public init(
    floatCount count: Int, shape: Shape, fill: (UnsafeMutableBufferPointer<Float>) throws -> Void
  ) throws {
    try Self.checkRoom(count, shape, bytesPerNumber: MemoryLayout<Float>.stride)
    try self.init(trustedFloatCount: count, shape: shape, fill: fill)
  }

  private init(
    count: Int, shape: Shape, element: SampleElement, kind: SampleKind? = nil, storage: SampleStorage
  ) {
    self.count = count
    self.shape = shape
    self.element = element
    self.kind = kind ?? SampleKind(of: shape)
    self.storage = storage
  }

  /// The kind and the shape of a sample.
  public var form: SampleForm {
    guard let form = try? SampleForm(shape, kind: kind) else {
      preconditionFailure("SampleArray: no \(kind.rawValue) of shape \(shape)")
    }
    return form
  }

  /// As `SampleSource.viewed(as:)`; shares the memory.
  public func viewed(as form: SampleForm) -> SampleArray? {
    guard form.isView(of: shape) else { return nil }
    return SampleArray(count: count, shape: form.shape, element: element, kind: form.kind, storage: storage)
  }

  /// Sample `index` as numbers, row-major.
  ///
  /// - Parameter index: from 0 and below `count`; as with arrays, another one ends the program.
  public func sample(_ index: Int) -> [Float] {
    precondition(index >= 0 && index < count, "SampleArray: no sample \(index) among \(count)")
    let size = shape.count
    switch element {
    case .byte(let scale):
      return storage.memory[index * size..<(index + 1) * size].map { Float($0) * scale }
    case .float:
      return Array(storage.memory.bindMemory(to: Float.self)[index * size..<(index + 1) * size])
    }
  }

  /// All samples as numbers, one after another.
  public var floats: [Float] { (0..<count).flatMap(sample) }

  /// Other numbers of samples of the same form.
  ///
  /// - Parameter floats: `count * shape.count` numbers.
  package func replacingNumbers(_ floats: [Float]) -> SampleArray {
    precondition(floats.count == count * shape.count, "SampleArray: float count must be count * shape.count")
    return SampleArray(
      count: count, shape: shape, element: .float, kind: kind, storage: SampleStorage(copying: floats))
  }

  /// The first `limit` samples, none if it is below zero; shares the memory.
  public func prefix(_ limit: Int) -> SampleArray {
    SampleArray(
      count: max(0, min(limit, count)), shape: shape, element: element, kind: kind, storage: storage)
  }

  /// The raw memory, valid while this value lives.
  package var baseAddress: UnsafeRawPointer? { UnsafeRawPointer(storage.memory.baseAddress) }
}

// MARK: - Sizes

extension SampleArray {
  /// Of numbers whose sizes are right by how our own code made them; a fault of it ends the program.
  package init(trustedBytes bytes: [UInt8], count: Int, shape: Shape, scale: Float = 1 / 255) {
    precondition(bytes.count == count * shape.count, "SampleArray: byte count must be count * shape.count")
    self.init(
      count: count, shape: shape, element: .byte(scale: scale), storage: SampleStorage(copying: bytes))
  }

  /// Of numbers whose sizes are right by how our own code made them; a fault of it ends the program.
  package init(trustedFloats floats: [Float], count: Int, shape: Shape) {
    precondition(floats.count == count * shape.count, "SampleArray: float count must be count * shape.count")
    self.init(count: count, shape: shape, element: .float, storage: SampleStorage(copying: floats))
  }

  /// Of sizes that our own code has checked; throws what `fill` throws.
  package init<Failure: Error>(
    trustedByteCount count: Int, shape: Shape, scale: Float = 1 / 255,
    fill: (UnsafeMutableRawBufferPointer) throws(Failure) -> Void
  ) throws(Failure) {
    let storage = SampleStorage(byteCount: count * shape.count)
    try fill(storage.memory)
    self.init(count: count, shape: shape, element: .byte(scale: scale), storage: storage)
  }

  /// Of sizes that our own code has checked; throws what `fill` throws.
  package init<Failure: Error>(
    trustedFloatCount count: Int, shape: Shape,
    fill: (UnsafeMutableBufferPointer<Float>) throws(Failure) -> Void
  ) throws(Failure) {
    let numbers = count * shape.count
    let storage = SampleStorage(byteCount: numbers * MemoryLayout<Float>.stride)
    let memory = storage.memory.bindMemory(to: Float.self)
    try fill(UnsafeMutableBufferPointer(rebasing: memory[..<numbers]))
    self.init(count: count, shape: shape, element: .float, storage: storage)
  }

  private static func checkSizes(_ count: Int, _ shape: Shape) throws(HourglassError) {
    guard 0...Int(UInt32.max) ~= count, shape.dimensions.allSatisfy({ $0 >= 0 }) else {
      throw HourglassError(
        .usage,
        "\(count) samples of shape \(shape) cannot be; give 0 to \(grouped(Int(UInt32.max))) samples of a shape without "
          + "negative sizes.")
    }
  }

  private static func check(_ found: Int, _ what: String, count: Int, shape: Shape) throws(HourglassError) {
    try checkSizes(count, shape)
    let needed = MemoryBudget.product(count, shape.count)
    guard found == needed else {
      throw HourglassError(
        .usage,
        "\(count) samples of shape \(shape) have \(needed) \(what), but \(found) are given; change the \(what), the "
          + "count or the shape.")
    }
  }

  private static func checkRoom(_ count: Int, _ shape: Shape, bytesPerNumber: Int) throws(HourglassError) {
    try checkSizes(count, shape)
    try MemoryBudget.process.admit(
      MemoryBudget.product(count, shape.count, bytesPerNumber),
      for: "A matrix of \(grouped(count)) samples of shape \(shape)")
  }
}

/// Owns the memory of a `SampleArray`.
///
/// `@unchecked Sendable`: the memory is written only before the initialiser of `SampleArray` returns and is
/// read-only from then on.
private final class SampleStorage: @unchecked Sendable {
  let memory: UnsafeMutableRawBufferPointer

  init(byteCount: Int) {
    memory = .allocate(byteCount: max(byteCount, 1), alignment: 64)
  }

  init<Number>(copying numbers: [Number]) {
    let byteCount = numbers.count * MemoryLayout<Number>.stride
    memory = .allocate(byteCount: max(byteCount, 1), alignment: 64)
    numbers.withUnsafeBytes { memory.copyMemory(from: $0) }
  }

  deinit {
    memory.deallocate()
  }
}

extension SampleArray {
  /// The bytes of samples of bytes.
  package var bytes: [UInt8] {
    Array(UnsafeRawBufferPointer(start: baseAddress, count: count * shape.count))
  }

  /// The same numbers in samples of one axis.
  package var flattened: SampleArray {
    SampleArray(trustedFloats: floats, count: count, shape: [shape.count])
  }
}
