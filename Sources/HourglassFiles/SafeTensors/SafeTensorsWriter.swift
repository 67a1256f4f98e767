import HourglassBase

extension SafeTensors {
  /// The bytes of the file: equal contents give equal bytes. The tensors are stored as `F32`, in their order.
  ///
  /// - Throws: `HourglassError(.usage)` if two names are the same, a name is `__metadata__`, the number of
  ///   values does not fit the shape, or a limit is exceeded.
  package func serialized() throws -> [UInt8] {
    var bytes = try serializedHeader()
    bytes.reserveCapacity(bytes.count + tensors.reduce(0) { $0 + $1.values.count * 4 })
    for tensor in tensors {
      Self.withLittleEndianBytes(of: tensor.values) { bytes.append(contentsOf: $0) }
    }
    return bytes
  }

  /// Writes the file whole or not at all; a file of the same name stays as it was if anything fails.
  ///
  /// - Throws: what `serialized()` throws; `HourglassError(.environment)` if the system refuses.
  package func write(to path: String) throws {
    let header = try serializedHeader()
    try AtomicFile.write(to: path) { file in
      try file.write(header)
      for tensor in tensors {
        try Self.withLittleEndianBytes(of: tensor.values) { try file.write($0) }
      }
    }
  }

  private func serializedHeader() throws -> [UInt8] {
    var parts: [HeaderPart] = []
    parts.reserveCapacity(tensors.count)
    for tensor in tensors {
      guard Self.elementCount(of: tensor.shape.dimensions) == tensor.values.count else {
        throw Self.refusal(
          "the shape \(tensor.shape) of the tensor \(tensor.name.quotedForMessage) does not fit its "
            + "\(tensor.values.count) values",
          "correct one of the two")
      }
      parts.append(
        HeaderPart(name: tensor.name, element: .float32, shape: tensor.shape, size: tensor.values.count * 4))
    }
    return try Self.header(metadata: metadata, parts)
  }

  /// What the header says of a tensor.
  struct HeaderPart {
    let name: String
    let element: Element
    let shape: Shape
    /// In bytes.
    let size: Int
  }

  /// The length of the header and the header, padded with spaces so that the data begins at a multiple of 8.
  static func header(metadata: [String: String], _ parts: [HeaderPart]) throws -> [UInt8] {
    guard parts.count <= Limits.tensorCount else {
      throw refusal(
        "there are \(parts.count) tensors and the limit is \(Limits.tensorCount)", "write fewer")
    }
    var entries: [JSONMember] = []
    entries.reserveCapacity(parts.count + 1)
    if !metadata.isEmpty {
      let sorted = metadata.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
      entries.append(
        JSONMember(Self.metadataKey, .object(sorted.map { JSONMember($0.key, .string($0.value)) })))
    }
    var names: Set<String> = [Self.metadataKey]
    var offset = 0
    for part in parts {
      guard names.insert(part.name).inserted else {
        throw refusal(
          "the name \(part.name.quotedForMessage) is taken", "give each tensor a name of its own")
      }
      let end = offset + part.size
      entries.append(
        JSONMember(
          part.name,
          .object([
            JSONMember("dtype", .string(part.element.rawValue)),
            JSONMember("shape", .array(part.shape.dimensions.map(JSONValue.int))),
            JSONMember("data_offsets", .array([.int(offset), .int(end)])),
          ])))
      offset = end
    }
    var header = JSONValue.object(entries).serialized()
    header += Array(repeating: UInt8(ascii: " "), count: (8 - header.count % 8) % 8)
    guard header.count <= Limits.headerLength else {
      throw refusal(
        "the header takes \(header.count) bytes and the limit is \(Limits.headerLength)",
        "write fewer tensors or shorter names and metadata")
    }
    return withUnsafeBytes(of: UInt64(header.count).littleEndian, Array.init) + header
  }

  private static func refusal(_ cause: String, _ remedy: String) -> HourglassError {
    HourglassError(.usage, "Cannot write a safetensors file: \(cause); \(remedy).")
  }

  static func withLittleEndianBytes(
    of values: [Float], _ body: (UnsafeRawBufferPointer) throws -> Void
  ) rethrows {
    #if _endian(little)
      try values.withUnsafeBytes(body)
    #else
      try values.map(\.bitPattern.littleEndian).withUnsafeBytes(body)
    #endif
  }

  /// The product of the dimensions; nil if one is negative or the product overflows.
  static func elementCount(of dimensions: [Int]) -> Int? {
    var count = 1
    for dimension in dimensions {
      let (product, overflow) = count.multipliedReportingOverflow(by: dimension)
      guard dimension >= 0, !overflow else { return nil }
      count = product
    }
    return count
  }
}
