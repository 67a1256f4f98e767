import HourglassBase
import HourglassMessages

/// Numbers or texts with their axes, as ONNX Runtime takes and gives them.
package struct ONNXArray {
  package enum Values {
    case floats([Float])
    case doubles([Double])
    case integers([Int64])
    case truths([Bool])
    case texts([String])
  }

  package var values: Values
  package var extents: [Int]

  package init(_ values: Values, extents: [Int]) { (self.values, self.extents) = (values, extents) }

  /// As numbers of 64 bits; empty for texts.
  package var doubles: [Double] {
    switch values {
    case .floats(let numbers): numbers.map { Double($0) }
    case .doubles(let numbers): numbers
    case .integers(let numbers): numbers.map { Double($0) }
    case .truths(let truths): truths.map { $0 ? 1 : 0 }
    case .texts: []
    }
  }

  package var texts: [String] { if case .texts(let texts) = values { texts } else { [] } }
}

extension ONNXRuntime {
  /// A tensor of the library's own, which the caller releases.
  ///
  /// - Throws: `HourglassError` (environment) with what ONNX Runtime says against it.
  func value(_ array: ONNXArray) throws(HourglassError) -> Object {
    let kind: ONNXElementKind =
      switch array.values {
      case .floats: .float
      case .doubles: .double
      case .integers: .int64
      case .truths: .bool
      case .texts: .string
      }
    var allocator = nil as Object
    try make(&allocator) { call(.defaultAllocator, as: Create.self)($0) }
    var value = nil as Object
    let extents = array.extents.map { Int64($0) }
    try make(&value) {
      call(.createTensor, as: CreateTensor.self)(allocator, extents, extents.count, Int32(kind.rawValue), $0)
    }
    do {
      switch array.values {
      case .floats(let numbers): try copy(numbers, to: value, array.extents)
      case .doubles(let numbers): try copy(numbers, to: value, array.extents)
      case .integers(let numbers): try copy(numbers, to: value, array.extents)
      case .truths(let truths): try copy(truths, to: value, array.extents)
      case .texts(let texts):
        try check(withCStrings(texts) { call(.fillTexts, as: FillTexts.self)(value, $0, $0.count) })
      }
    } catch {
      release(.releaseValue, value)
      throw error
    }
    return value
  }

  /// - Throws: `HourglassError` (environment) with what ONNX Runtime says against it.
  private func copy<Number: BitwiseCopyable>(
    _ numbers: [Number], to value: Object, _ extents: [Int]
  ) throws(HourglassError) {
    precondition(numbers.count == extents.reduce(1, *), "an array has as many numbers as its axes say")
    var memory = nil as Object
    try make(&memory) { call(.tensorData, as: TensorData.self)(value, $0) }
    guard let memory else { return }
    numbers.withUnsafeBytes {
      memory.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(memory), byteCount: $0.count)
    }
  }

  /// A copy of a tensor.
  ///
  /// - Throws: `HourglassError` (environment) when it is of another kind than those that exported files give, or with what ONNX Runtime
  ///   says against it.
  func array(_ value: Object) throws(HourglassError) -> ONNXArray {
    var shape = nil as Object
    try make(&shape) { call(.typeAndShape, as: TensorData.self)(value, $0) }
    defer { release(.releaseTypeAndShape, shape) }
    var (kind, rank) = (Int32(0), 0)
    try check(call(.elementKind, as: ElementKind.self)(shape, &kind))
    try check(call(.axisCount, as: Count.self)(shape, &rank))
    var sizes = [Int64](repeating: 0, count: rank)
    try check(call(.extents, as: Extents.self)(shape, &sizes, rank))
    let extents = sizes.map { Int($0) }
    let count = extents.reduce(1, *)
    func numbers<Number: BitwiseCopyable>(_ kind: Number.Type) throws(HourglassError) -> [Number] {
      var memory = nil as Object
      try make(&memory) { call(.tensorData, as: TensorData.self)(value, $0) }
      guard let memory else { return [] }
      return Array(UnsafeBufferPointer(start: memory.assumingMemoryBound(to: kind), count: count))
    }
    switch ONNXElementKind(rawValue: Int(kind)) {
    case .float: return ONNXArray(.floats(try numbers(Float.self)), extents: extents)
    case .double: return ONNXArray(.doubles(try numbers(Double.self)), extents: extents)
    case .int64: return ONNXArray(.integers(try numbers(Int64.self)), extents: extents)
    case .bool: return ONNXArray(.truths(try numbers(UInt8.self).map { $0 != 0 }), extents: extents)
    case .string: return ONNXArray(.texts(try texts(value, count)), extents: extents)
    default:
      throw HourglassError(
        .environment, "ONNX Runtime gives numbers of the kind \(kind), which no exported file has")
    }
  }

  /// - Throws: `HourglassError` (environment) with what ONNX Runtime says against it.
  private func texts(_ value: Object, _ count: Int) throws(HourglassError) -> [String] {
    var length = 0
    try check(call(.textsLength, as: Count.self)(value, &length))
    var bytes = [UInt8](repeating: 0, count: max(length, 1))
    var starts = [Int](repeating: 0, count: max(count, 1))
    try check(call(.textsContent, as: TextsContent.self)(value, &bytes, length, &starts, count))
    let ends = starts.dropFirst() + [length]
    return zip(starts.prefix(count), ends).map { String(decoding: bytes[$0..<$1], as: UTF8.self) }
  }
}
