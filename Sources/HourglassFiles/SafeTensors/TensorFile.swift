import HourglassBase

/// A safetensors file of tensors of several kinds, held as the bytes it has, and sealed with a digest of all of them: for
/// files of our own in which numbers, labels, pictures and text lie side by side.
package struct TensorFile {
  package let metadata: [String: String]
  private let bytes: [UInt8]
  private let parts: [String: SafeTensorsReader.Entry]
  private let start: Int
  private let source: String

  /// The metadata's entry for the digest.
  private static let seal = "sha256"

  /// Reads a file that `write` made.
  ///
  /// - Parameters:
  ///   - format: what the metadata must have as "format".
  ///   - what: what such a file is, for messages, such as "index".
  ///   - remedy: what to do about a file that is something else.
  /// - Throws: `HourglassError`: badData for a file of another format, or one that is damaged anywhere; environment if
  ///   it cannot be read.
  package static func read(
    path: String, format: String, what: String, remedy: HourglassError.Remedy
  ) throws -> TensorFile {
    let bytes = try BoundedFile.read(path, limit: SafeTensors.Limits.fileSize)
    guard bytes.dropFirst(8).starts(with: "{\"\(SafeTensors.metadataKey)\"".utf8) else {
      throw HourglassError(.badData, "\(path) is no \(what) of hourglass", remedy)
    }
    return try TensorFile(bytes, source: path, format: format, complaint: "is no \(what)", remedy: remedy)
  }

  private init(
    _ bytes: [UInt8], source: String, format: String, complaint: String, remedy: HourglassError.Remedy
  ) throws {
    let contents = try bytes.withUnsafeBytes { try SafeTensorsReader(bytes: $0, source: source).contents() }
    guard contents.metadata["format"] == format else {
      throw HourglassError(
        .badData, "\(source) \(complaint): its metadata has no format \"\(format)\"", remedy)
    }
    self.bytes = bytes
    self.source = source
    metadata = contents.metadata
    parts = Dictionary(contents.entries.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    start = contents.start
    let digest = try Self.digest(
      metadata,
      contents.entries.map {
        SafeTensors.HeaderPart(
          name: $0.name, element: $0.element, shape: Shape($0.shape), size: $0.end - $0.begin)
      }
    ) { hash in bytes.withUnsafeBytes { hash.update(UnsafeRawBufferPointer(rebasing: $0[contents.start...])) }
    }
    guard metadata[Self.seal] == digest else {
      throw HourglassError(
        .badData, "\(source) is damaged: its contents do not have the SHA-256 that it names; make it again.")
    }
  }

  private static func digest(
    _ metadata: [String: String], _ parts: [SafeTensors.HeaderPart], _ body: (SHA256Digest) throws -> Void
  ) throws -> String {
    let hash = SHA256Digest()
    let unsealed = metadata.filter { $0.key != seal }
    try SafeTensors.header(metadata: unsealed, parts).withUnsafeBytes { hash.update($0) }
    try body(hash)
    return hash.finish()
  }

  // MARK: - Tensors

  package func shape(_ name: String) -> Shape? { parts[name].map { Shape($0.shape) } }

  /// All tensors whose names begin so, without that beginning.
  package func names(after prefix: String) -> [String] {
    parts.keys.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }.sorted()
  }

  /// - Throws: `HourglassError` (badData) when there is no such tensor of this kind.
  private func stored(_ name: String, as element: SafeTensors.Element) throws -> Range<Int> {
    guard let part = parts[name], part.element == element else {
      throw HourglassError(
        .badData, "\(source) lacks the tensor \"\(name)\" of kind \(element.rawValue); make the file again.")
    }
    return start + part.begin..<start + part.end
  }

  package func bytes(_ name: String) throws -> ArraySlice<UInt8> {
    bytes[try stored(name, as: .uint8)]
  }

  package func floats(_ name: String) throws -> [Float] {
    let range = try stored(name, as: .float32)
    try MemoryBudget.process.admit(range.count, for: "The tensor \"\(name)\" of \(source)")
    return bytes.withUnsafeBytes {
      SafeTensors.Element.float32.floats(UnsafeRawBufferPointer(rebasing: $0[range]))
    }
  }

  package func integers(_ name: String) throws -> [Int32] {
    let range = try stored(name, as: .int32)
    try MemoryBudget.process.admit(range.count, for: "The tensor \"\(name)\" of \(source)")
    return [Int32](unsafeUninitializedCapacity: range.count / 4) { memory, filled in
      bytes.withUnsafeBytes {
        UnsafeMutableRawBufferPointer(memory).copyMemory(from: .init(rebasing: $0[range]))
      }
      filled = range.count / 4
      #if _endian(big)
        for index in 0..<filled { memory[index] = Int32(littleEndian: memory[index]) }
      #endif
    }
  }

  // MARK: - Writing

  /// A tensor to be written.
  package struct Part {
    package enum Values {
      case bytes([UInt8])
      case floats([Float])
      case integers([Int32])
    }

    package var name: String
    package var shape: Shape
    package var values: Values

    package init(_ name: String, shape: Shape, _ values: Values) {
      self.name = name
      self.shape = shape
      self.values = values
    }

    fileprivate var header: SafeTensors.HeaderPart {
      let (element, count): (SafeTensors.Element, Int) =
        switch values {
        case .bytes(let bytes): (.uint8, bytes.count)
        case .floats(let floats): (.float32, floats.count)
        case .integers(let integers): (.int32, integers.count)
        }
      precondition(shape.count == count, "the shape of \(name) fits its values")
      return SafeTensors.HeaderPart(name: name, element: element, shape: shape, size: count * element.size)
    }

    fileprivate func withBytes(_ body: (UnsafeRawBufferPointer) throws -> Void) rethrows {
      switch values {
      case .bytes(let bytes): try bytes.withUnsafeBytes(body)
      case .floats(let floats): try SafeTensors.withLittleEndianBytes(of: floats, body)
      case .integers(let integers):
        #if _endian(little)
          try integers.withUnsafeBytes(body)
        #else
          try integers.map(\.littleEndian).withUnsafeBytes(body)
        #endif
      }
    }
  }

  /// Writes the file whole or not at all.
  ///
  /// - Returns: how many bytes it has.
  /// - Throws: `HourglassError`: usage when it would be larger than can be read again, environment if the system refuses.
  @discardableResult
  package static func write(metadata: [String: String], _ parts: [Part], to path: String) throws -> Int {
    // Wide numbers first, so that each lies at a multiple of its size.
    let ordered = parts.filter { $0.header.element.size > 1 } + parts.filter { $0.header.element.size == 1 }
    let headers = ordered.map(\.header)
    let size = headers.reduce(0) { $0 + $1.size }
    guard size < SafeTensors.Limits.fileSize - SafeTensors.Limits.headerLength else {
      throw HourglassError(
        .usage, "\(path) would have \(size) bytes of data, more than 4 GiB; put less into it.")
    }
    var metadata = metadata
    metadata[Self.seal] = try digest(metadata, headers) { hash in
      for part in ordered { part.withBytes { hash.update($0) } }
    }
    let header = try SafeTensors.header(metadata: metadata, headers)
    try AtomicFile.write(to: path) { file in
      try file.write(header)
      for part in ordered { try part.withBytes { try file.write($0) } }
    }
    return header.count + size
  }
}
