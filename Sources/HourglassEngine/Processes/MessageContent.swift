import HourglassBase

/// What goes from one process to another as bytes, in the order of the machine: processes that work together have one arithmetic.
package protocol MessageContent {
  var messageBytes: [UInt8] { get }
  /// - Throws: `HourglassError` (environment) when they are none of its kind.
  init(messageBytes: [UInt8]) throws
}

extension Range: MessageContent where Bound == Int {
  package var messageBytes: [UInt8] { MessageNumbers([lowerBound, upperBound]).messageBytes }

  package init(messageBytes: [UInt8]) throws {
    let bounds = try MessageNumbers<Int>(messageBytes: messageBytes).values
    guard bounds.count == 2, bounds[0] <= bounds[1] else { throw MessageReader.damage }
    self = bounds[0]..<bounds[1]
  }
}

/// Values that have no memory elsewhere, such as numbers.
package struct MessageNumbers<Value: BitwiseCopyable>: MessageContent {
  package var values: [Value]

  package init(_ values: [Value]) { self.values = values }

  package var messageBytes: [UInt8] { values.withUnsafeBytes { Array($0) } }

  package init(messageBytes: [UInt8]) throws {
    guard messageBytes.count % MemoryLayout<Value>.stride == 0 else { throw MessageReader.damage }
    values = messageBytes.withUnsafeBytes(Self.values)
  }

  /// - Parameter bytes: of whole values.
  fileprivate static func values(_ bytes: UnsafeRawBufferPointer) -> [Value] {
    let count = bytes.count / MemoryLayout<Value>.stride
    return [Value](unsafeUninitializedCapacity: count) { memory, filled in
      UnsafeMutableRawBufferPointer(memory).copyMemory(from: bytes)
      filled = count
    }
  }
}

/// Puts values of several kinds into one message.
package struct MessageWriter {
  package private(set) var bytes: [UInt8] = []

  package init() {}

  package mutating func append<Value: BitwiseCopyable>(_ value: Value) {
    withUnsafeBytes(of: value) { bytes += $0 }
  }

  package mutating func append<Value: BitwiseCopyable>(_ values: [Value]) {
    append(values.count)
    values.withUnsafeBytes { bytes += $0 }
  }

  package mutating func append(_ text: String) { append(Array(text.utf8)) }
}

/// Takes them out again, in the same order.
package struct MessageReader {
  private let bytes: [UInt8]
  private var place = 0

  package init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// Processes of one version send each other no other messages.
  package static let damage = HourglassError(
    .environment, "A message of another process is damaged; start all processes with the same program.")

  private mutating func take(_ count: Int, of size: Int) throws -> Range<Int> {
    guard count >= 0, count <= (bytes.count - place) / size else { throw Self.damage }
    defer { place += count * size }
    return place..<place + count * size
  }

  package mutating func value<Value: BitwiseCopyable>(_ type: Value.Type = Value.self) throws -> Value {
    let range = try take(1, of: MemoryLayout<Value>.size)
    return bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: range.lowerBound, as: type) }
  }

  package mutating func values<Value: BitwiseCopyable>(_ type: Value.Type = Value.self) throws -> [Value] {
    let range = try take(value(Int.self), of: MemoryLayout<Value>.stride)
    return bytes.withUnsafeBytes {
      MessageNumbers<Value>.values(UnsafeRawBufferPointer(rebasing: $0[range]))
    }
  }

  package mutating func text() throws -> String { String(decoding: try values(UInt8.self), as: UTF8.self) }
}
