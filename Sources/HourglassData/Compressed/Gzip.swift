import HourglassBase
import HourglassFiles

/// Inflates a gzip file piece by piece into memory of the caller's choosing.
///
/// The compressed bytes are read in small pieces too, so the only large memory is the caller's.
package final class GzipInflater {
  /// The two bytes every gzip file begins with.
  package static let magic: [UInt8] = [0x1f, 0x8b]

  private let file: ReadableFile
  private let stream: InflateStream
  private var hasEnded = false
  private var written = 0
  private let limit: Int

  /// - Parameter limit: the most bytes that it may become.
  package init(file: ReadableFile, limit: Int) throws {
    self.file = file
    self.limit = limit
    stream = try InflateStream(.gzip, path: file.path) { try file.fill($0) }
  }

  /// Inflates on until `memory` is full or the data ends.
  ///
  /// - Returns: the number of bytes written; fewer than `memory` has only at the end of the data, whose
  ///   check sum is then proved.
  /// - Throws: `HourglassError` (`badData`) if the data is damaged, cut short or followed by something else, or becomes
  ///   more than `UnpackedSize` allows.
  package func fill(_ memory: UnsafeMutableRawBufferPointer) throws -> Int {
    var done = 0
    while done < memory.count, !hasEnded {
      let (count, outcome) = try stream.step(UnsafeMutableRawBufferPointer(rebasing: memory[done...]))
      done += count
      written += count
      guard written <= limit else {
        throw HourglassError(
          .badData,
          "\(file.path) unpacks to more than \(memoryText(limit)), the most that its \(grouped(file.byteCount)) bytes may "
            + "become; unpack it with gzip if you trust it")
      }
      switch outcome {
      case .goesOn:
        continue
      case .starved:
        throw HourglassError(
          .badData,
          "\(file.path) is cut short: its gzip data does not end within its \(file.byteCount) bytes; "
            + fetchAgain)
      case .ended:
        try goToNextMember()
      case .damaged(let reason):
        throw HourglassError(.badData, "\(file.path) has damaged gzip data (\(reason)); \(fetchAgain)")
      }
    }
    return done
  }

  /// A gzip file may be several, one after another; anything else after the end is not gzip.
  private func goToNextMember() throws {
    guard try stream.hasInput() else {
      hasEnded = true
      return
    }
    guard stream.nextInput == Self.magic[0] else {
      throw HourglassError(
        .badData,
        "\(file.path) goes on after the end of its gzip data with bytes that are not gzip; \(fetchAgain)")
    }
    stream.restart()
  }
}

/// The content of a file: what it inflates to if it begins as gzip does, whatever its name, else its bytes.
package final class ContentReader {
  package let path: String
  package let isCompressed: Bool
  /// The length of the file itself, in bytes.
  package let fileByteCount: Int
  /// The most bytes the content can have: exact for plain files, a bound for compressed ones.
  package let greatestByteCount: Int
  private let file: ReadableFile
  private let inflater: GzipInflater?

  /// - Parameter unquestioned: bytes that any gzip file may become, see `UnpackedSize`.
  /// - Throws: `HourglassError` (`environment`) if the file cannot be opened.
  package init(path: String, unquestioned: Int = UnpackedSize.unquestioned) throws {
    let file = try ReadableFile(path: path)
    self.path = path
    self.file = file
    fileByteCount = file.byteCount
    isCompressed = try file.begins(with: GzipInflater.magic)
    greatestByteCount =
      isCompressed
      ? UnpackedSize.limit(packed: file.byteCount, unquestioned: unquestioned) : file.byteCount
    inflater = isCompressed ? try GzipInflater(file: file, limit: greatestByteCount) : nil
  }

  /// Reads on until `memory` is full or the content ends; returns the number of bytes read.
  package func fill(_ memory: UnsafeMutableRawBufferPointer) throws -> Int {
    try inflater?.fill(memory) ?? file.fill(memory)
  }

  /// The next `count` bytes, fewer at the end of the content.
  package func next(_ count: Int) throws -> [UInt8] {
    try [UInt8](unsafeUninitializedCapacity: count) { memory, filled in
      filled = try fill(UnsafeMutableRawBufferPointer(memory))
    }
  }

  /// Whether the content ends here; for gzip this also proves its check sum.
  package func isAtEnd() throws -> Bool {
    try next(1).isEmpty
  }
}

/// The remedy for a file that came damaged.
let fetchAgain = "fetch or export the file again"
