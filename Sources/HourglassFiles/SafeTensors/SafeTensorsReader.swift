import HourglassBase

extension SafeTensors {
  /// Reads a file of at most `Limits.fileSize` bytes.
  ///
  /// Stored numbers of the types `F32`, `F64`, `F16`, `BF16`, `I64`, `I32` and `U8` are accepted, and each is
  /// rounded to the nearest 32-bit float; values that are not finite are accepted.
  ///
  /// - Throws: `HourglassError(.badData)` for a malformed file; `.environment` if it cannot be read.
  package static func read(path: String) throws -> SafeTensors {
    try parse(BoundedFile.read(path, limit: Limits.fileSize), source: path)
  }

  /// Reads the bytes of a file; every byte must be accounted for.
  ///
  /// - Parameter source: what the bytes are, for messages: usually a path.
  /// - Throws: `HourglassError(.badData)` for malformed bytes.
  package static func parse(_ bytes: [UInt8], source: String) throws -> SafeTensors {
    try bytes.withUnsafeBytes { try SafeTensorsReader(bytes: $0, source: source).read() }
  }
}

/// Finds the tensors in the bytes of a file.
struct SafeTensorsReader {
  /// Of the file, at least its header.
  let bytes: UnsafeRawBufferPointer
  let source: String
  /// Of the whole file.
  let byteCount: Int

  init(bytes: UnsafeRawBufferPointer, source: String, byteCount: Int? = nil) {
    (self.bytes, self.source, self.byteCount) = (bytes, source, byteCount ?? bytes.count)
  }

  /// A tensor of the header; `begin` and `end` count from the start of the data.
  struct Entry {
    let name: String
    let element: SafeTensors.Element
    let shape: [Int]
    let begin: Int
    let end: Int
  }

  func read() throws -> SafeTensors {
    let (metadata, entries, start) = try contents()
    let data = UnsafeRawBufferPointer(rebasing: bytes[start...])
    // Bytes become four times as many.
    let numbers = entries.reduce(0) { $0 + ($1.end - $1.begin) / $1.element.size }
    try MemoryBudget.process.admit(
      numbers * MemoryLayout<Float>.stride, for: "\(source) with \(grouped(numbers)) numbers")
    return SafeTensors(
      metadata: metadata,
      tensors: entries.map { entry in
        let stored = UnsafeRawBufferPointer(rebasing: data[entry.begin..<entry.end])
        return SafeTensors.Tensor(
          name: entry.name, shape: Shape(entry.shape), values: entry.element.floats(stored))
      })
  }

  /// What the header says, once all of it holds; the data start at byte `start`.
  func contents() throws -> (metadata: [String: String], entries: [Entry], start: Int) {
    let header = try locateHeader()
    let members = try parseHeader(header)
    let dataLength = byteCount - header.endIndex

    var metadata: [String: String] = [:]
    var entries: [Entry] = []
    entries.reserveCapacity(members.count)
    for member in members {
      if member.key == SafeTensors.metadataKey {
        metadata = try parseMetadata(member.value)
      } else {
        entries.append(try parseEntry(member, dataLength: dataLength))
      }
    }
    try checkCoverage(entries, dataLength: dataLength)
    return (metadata, entries, header.endIndex)
  }

  /// The bytes of the header's text.
  private func locateHeader() throws -> Slice<UnsafeRawBufferPointer> {
    guard bytes.count >= 8 else {
      throw failure("it has \(bytes.count) bytes, too few for the length of a header")
    }
    let length = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
    guard length <= UInt64(SafeTensors.Limits.headerLength) else {
      throw failure("its header claims \(length) bytes and the limit is \(SafeTensors.Limits.headerLength)")
    }
    guard Int(length) <= byteCount - 8 else {
      throw failure("its header claims \(length) bytes and only \(byteCount - 8) follow")
    }
    guard length > 0, bytes[8] == UInt8(ascii: "{") else {
      throw failure("its header does not begin with an opening brace")
    }
    return bytes[8..<8 + Int(length)]
  }

  private func parseHeader(_ header: Slice<UnsafeRawBufferPointer>) throws -> [JSONMember] {
    let text = UnsafeRawBufferPointer(rebasing: header).bindMemory(to: UInt8.self)
    let value = try JSONValue.parse(text, source: "The header of \(source)")
    guard let members = value.objectValue else { throw failure("its header is not an object") }
    let count = members.count { $0.key != SafeTensors.metadataKey }
    guard count <= SafeTensors.Limits.tensorCount else {
      throw failure("it lists \(count) tensors and the limit is \(SafeTensors.Limits.tensorCount)")
    }
    return members
  }

  private func parseMetadata(_ value: JSONValue) throws -> [String: String] {
    guard let members = value.objectValue else { throw failure("its __metadata__ is not an object") }
    var metadata: [String: String] = [:]
    metadata.reserveCapacity(members.count)
    for member in members {
      guard let text = member.value.stringValue else {
        throw failure("the entry \(member.key.quotedForMessage) of its __metadata__ is not a string")
      }
      metadata[member.key] = text
    }
    return metadata
  }

  private func parseEntry(_ member: JSONMember, dataLength: Int) throws -> Entry {
    let tensor = "its tensor \(member.key.quotedForMessage)"
    guard let fields = member.value.objectValue, fields.count == 3,
      let type = member.value["dtype"], let shapeValue = member.value["shape"],
      let offsetsValue = member.value["data_offsets"]
    else { throw failure("\(tensor) has not exactly the keys dtype, shape and data_offsets") }

    guard let typeName = type.stringValue else { throw failure("the dtype of \(tensor) is not a string") }
    guard let element = SafeTensors.Element(rawValue: typeName) else {
      let readable = SafeTensors.Element.allCases.map(\.rawValue).joined(separator: ", ")
      throw HourglassError(
        .badData,
        "Cannot read \(source): \(tensor) has the dtype \(typeName.quotedForMessage), which is none of "
          + "\(readable); convert the tensor to F32.")
    }
    guard let shape = naturalNumbers(shapeValue) else {
      throw failure("the shape of \(tensor) is not a list of whole numbers from 0")
    }
    guard let offsets = naturalNumbers(offsetsValue), offsets.count == 2 else {
      throw failure("the data_offsets of \(tensor) are not two whole numbers from 0")
    }
    let (begin, end) = (offsets[0], offsets[1])
    guard begin <= end, end <= dataLength else {
      throw failure("the data_offsets \(begin) and \(end) of \(tensor) leave the \(dataLength) bytes of data")
    }
    guard let count = SafeTensors.elementCount(of: shape),
      case (let size, false) = count.multipliedReportingOverflow(by: element.size), size == end - begin
    else {
      throw failure("the shape of \(tensor) does not fit its \(end - begin) bytes of \(typeName)")
    }
    return Entry(name: member.key, element: element, shape: shape, begin: begin, end: end)
  }

  private func naturalNumbers(_ value: JSONValue) -> [Int]? {
    guard let elements = value.arrayValue else { return nil }
    var numbers: [Int] = []
    numbers.reserveCapacity(elements.count)
    for element in elements {
      guard let number = element.intValue, number >= 0 else { return nil }
      numbers.append(number)
    }
    return numbers
  }

  /// Checks that the tensors lie side by side and fill the data.
  private func checkCoverage(_ entries: [Entry], dataLength: Int) throws {
    var reached = 0
    // Empty tensors share their begin with the next one, so the end decides between equals.
    for entry in entries.sorted(by: { ($0.begin, $0.end) < ($1.begin, $1.end) }) {
      let tensor = "its tensor \(entry.name.quotedForMessage)"
      if entry.begin > reached {
        throw failure("the bytes \(reached) to \(entry.begin) before \(tensor) belong to no tensor")
      }
      if entry.begin < reached {
        throw failure("\(tensor) begins at byte \(entry.begin), within another one that ends at \(reached)")
      }
      reached = entry.end
    }
    guard reached == dataLength else {
      throw failure("its tensors use \(reached) of \(dataLength) bytes of data")
    }
  }

  private func failure(_ cause: String) -> HourglassError {
    HourglassError(
      .badData, "Cannot read \(source): \(cause); get a fresh copy of the file or write it again.")
  }
}
