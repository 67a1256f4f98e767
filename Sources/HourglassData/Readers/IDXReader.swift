import Foundation
import HourglassBase
import HourglassFiles

/// Reads the IDX files in which MNIST and its relatives come, plain or gzip (told apart by content, whatever
/// the file's name).
///
/// Nothing a file declares is believed before the length of the file bears it out, and nothing is read past
/// what it declares.
package enum IDXReader {
  /// Reads a file of grey images.
  ///
  /// - Returns: samples of shape `[1, rows, columns]`, each byte worth 1/255.
  /// - Throws: `HourglassError`: `badData` if the file is not a whole IDX file of images, `environment` if it
  ///   cannot be read or is larger than memory.
  package static func images(path: String) throws -> SampleArray {
    try images(path: path, budget: .process)
  }

  /// - Parameter budget: what the images may take.
  package static func images(path: String, budget: MemoryBudget) throws -> SampleArray {
    let content = try ContentReader(path: path)
    let header = try IDXHeader(of: content, expecting: .images, budget: budget)
    return try SampleArray(trustedByteCount: header.count, shape: [1, header.rows, header.columns]) {
      memory in
      try read(memory, header, from: content)
    }
  }

  /// The images of a file, left in it or read into memory.
  ///
  /// - Returns: also that they stayed there, in a sentence; nil where they did not.
  /// - Throws: as `images(path:)`; `HourglassError` (usage) when they are to stay in a file of gzip, whose bytes have no places.
  static func images(
    path: String, _ request: KeepingRequest
  ) throws -> (samples: any SampleSource, note: String?) {
    let content = try ContentReader(path: path)
    guard !content.isCompressed else {
      guard request.keep != .file else {
        throw HourglassError(
          .usage, "\(path) is compressed, and cannot be read where it lies", .text("unpack it with gunzip"),
          .make(.shards), .readIntoMemory)
      }
      return (try images(path: path, budget: request.budget), nil)
    }
    let header = try IDXHeader(of: content, expecting: .images, budget: MemoryBudget(bytes: .max))
    guard request.staysInFiles(header.byteCount) else {
      return (try images(path: path, budget: request.budget), nil)
    }
    return try request.kept(
      [FileSamples.Part(ReadableFile(path: path), count: header.count, offset: header.start)],
      shape: [1, header.rows, header.columns], stored: .byte(scale: 1 / 255), name: path)
  }

  /// Reads a file of labels, one byte each.
  ///
  /// - Throws: `HourglassError`: `badData` if the file is not a whole IDX file of labels, `environment` if it
  ///   cannot be read or is larger than memory.
  package static func labels(path: String) throws -> [UInt8] {
    try labels(path: path, budget: .process)
  }

  /// - Parameter budget: what the labels may take.
  package static func labels(path: String, budget: MemoryBudget) throws -> [UInt8] {
    let content = try ContentReader(path: path)
    let header = try IDXHeader(of: content, expecting: .labels, budget: budget)
    return try [UInt8](unsafeUninitializedCapacity: header.byteCount) { memory, filled in
      try read(UnsafeMutableRawBufferPointer(memory), header, from: content)
      filled = header.byteCount
    }
  }

  /// Fills `memory` with what the header declares, and proves that the content ends there.
  private static func read(
    _ memory: UnsafeMutableRawBufferPointer, _ header: IDXHeader, from content: ContentReader
  ) throws {
    let wanted = UnsafeMutableRawBufferPointer(rebasing: memory[..<header.byteCount])
    let count = try content.fill(wanted)
    guard count == header.byteCount else {
      throw header.isCutShort(at: count, in: content)
    }
    guard try content.isAtEnd() else {
      throw header.goesOn(in: content)
    }
  }
}

/// What an IDX file says of itself, already checked against what the file can hold.
private struct IDXHeader {
  enum Kind: UInt32 {
    case labels = 0x0000_0801
    case images = 0x0000_0803

    var name: String { self == .images ? "images" : "labels" }
    var dimensionCount: Int { self == .images ? 3 : 1 }
  }

  let kind: Kind
  let count: Int
  /// 1 for labels, as are `columns`.
  let rows: Int
  let columns: Int
  /// How many bytes follow the header.
  let byteCount: Int
  /// How many bytes the header has.
  let start: Int

  init(of content: ContentReader, expecting kind: Kind, budget: MemoryBudget) throws {
    let path = content.path
    self.kind = kind
    guard content.fileByteCount > 0 else {
      throw HourglassError(.badData, "\(path) is empty (0 bytes); \(fetchAgain)")
    }
    let headerLength = 4 + 4 * kind.dimensionCount
    start = headerLength
    let magic = try content.next(4)
    if magic.count == 4 {
      try Self.check(magic: magic, of: content, expecting: kind)
    }
    let rest = try content.next(headerLength - magic.count)
    guard magic.count + rest.count == headerLength else {
      throw HourglassError(
        .badData,
        "\(path) has \(magic.count + rest.count) bytes, too few for the \(headerLength) of an IDX header of "
          + "\(kind.name); \(fetchAgain)")
    }
    let dimensions = (0..<kind.dimensionCount).map { Int(bigEndian32(rest[(4 * $0)...])) }
    count = dimensions[0]
    rows = kind == .images ? dimensions[1] : 1
    columns = kind == .images ? dimensions[2] : 1
    byteCount = try Self.byteCount(of: dimensions, kind: kind, content, headerLength, budget)
    // The length of a plain file is known: no need to read it to see that it is wrong.
    if !content.isCompressed {
      let present = content.fileByteCount - headerLength
      if present < byteCount { throw isCutShort(at: present, in: content) }
      if present > byteCount { throw goesOn(in: content) }
    }
  }

  private static func check(magic start: [UInt8], of content: ContentReader, expecting kind: Kind) throws {
    let path = content.path
    let magic = bigEndian32(start[...])
    if magic == kind.rawValue { return }
    if let other = Kind(rawValue: magic) {
      throw HourglassError(
        .badData,
        "\(path) holds \(other.name) (magic number \(other.rawValue.hexadecimalText)) where \(kind.name) are "
          + "needed (\(kind.rawValue.hexadecimalText)); give the file of \(kind.name), perhaps the two were "
          + "exchanged")
    }
    if path.ends(with: ".gz"), !content.isCompressed {
      throw HourglassError(
        .badData,
        "\(path) is not gzip data in spite of its name: it begins with the bytes \(start.spacedHexadecimal), "
          + "perhaps a saved error page; \(fetchAgain)")
    }
    throw HourglassError(
      .badData,
      "\(path) is not an IDX file of \(kind.name): its magic number is \(magic.hexadecimalText), not "
        + "\(kind.rawValue.hexadecimalText); give an IDX file of \(kind.name)")
  }

  /// The length the dimensions ask for, if the file can hold that much.
  private static func byteCount(
    of dimensions: [Int], kind: Kind, _ content: ContentReader, _ headerLength: Int, _ budget: MemoryBudget
  ) throws -> Int {
    let path = content.path
    let extent = dimensions.map(String.init).joined(separator: " x ")
    guard dimensions[0] > 0 else {
      throw HourglassError(
        .badData, "\(path) declares 0 \(kind.name); give a file with at least one of them")
    }
    guard dimensions.allSatisfy({ $0 > 0 }) else {
      throw HourglassError(
        .badData, "\(path) declares images without rows or columns (\(extent)); \(fetchAgain)")
    }
    var total = 1
    for dimension in dimensions {
      let (product, overflow) = total.multipliedReportingOverflow(by: dimension)
      total = overflow ? .max : product
    }
    let possible = content.greatestByteCount - headerLength
    guard total <= possible || !content.isCompressed && total < .max else {
      throw HourglassError(
        .badData,
        "\(path) declares \(extent) bytes of \(kind.name), more than its \(content.fileByteCount) bytes can "
          + "hold; \(fetchAgain)")
    }
    // What a plain file cannot hold is a complaint of its own.
    if total <= possible {
      let unpack = "unpack it with gunzip, so that it can be read where it lies"
      let isFixable = content.isCompressed && kind == .images
      try budget.admit(
        total, for: "\(path) with \(extent) bytes of \(kind.name)",
        remedy: isFixable ? unpack : "use less of it")
    }
    return total
  }

  /// The complaint about a file with too few bytes after the header.
  func isCutShort(at present: Int, in content: ContentReader) -> HourglassError {
    HourglassError(
      .badData,
      "\(content.path) is cut short: it declares \(declared) but holds \(present) bytes of them; \(fetchAgain)"
    )
  }

  /// The complaint about a file with too many bytes after the header.
  func goesOn(in content: ContentReader) -> HourglassError {
    HourglassError(
      .badData,
      "\(content.path) is longer than it says: bytes follow the \(declared) that it declares; \(fetchAgain)")
  }

  private var declared: String {
    let extent = kind == .images ? "\(count) images of \(rows) x \(columns)" : "\(count) labels"
    return "\(extent) (\(byteCount) bytes)"
  }
}

/// The first four bytes as a number, the most significant first.
private func bigEndian32(_ bytes: ArraySlice<UInt8>) -> UInt32 {
  bytes.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
}

extension UInt32 {
  /// Such as `0x00000803`.
  fileprivate var hexadecimalText: String {
    "0x" + hexadecimal([24, 16, 8, 0].map { UInt8(truncatingIfNeeded: self >> $0) })
  }
}

extension [UInt8] {
  /// Such as `3c 68 74 6d`.
  fileprivate var spacedHexadecimal: String {
    map { hexadecimal([$0]) }.joined(separator: " ")
  }
}
