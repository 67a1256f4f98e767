import CZlib
import HourglassGraph

/// Inflates a gzip file piece by piece into memory of the caller's choosing.
///
/// The compressed bytes are read in small pieces too, so the only large memory is the caller's.
package final class GzipInflater {
  /// The two bytes every gzip file begins with.
  package static let magic: [UInt8] = [0x1f, 0x8b]
  /// Deflate cannot do better than 258 bytes for 2 bits.
  package static let greatestRatio = 1032

  private let file: ReadableFile
  // The inflater's state points back at the stream, so the stream must not move.
  private let stream: UnsafeMutablePointer<z_stream>
  private let input: UnsafeMutableRawBufferPointer
  private var hasEnded = false

  package init(file: ReadableFile) throws {
    self.file = file
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    input = .allocate(byteCount: 1 << 16, alignment: 16)
    // 16 more window bits: a gzip header, and its check sum and length proved at the end.
    let status = inflateInit2_(stream, 16 + MAX_WBITS, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    guard status == Z_OK else {
      throw HourglassError(
        .environment, "\(file.path) cannot be inflated: zlib does not start (status \(status)); free memory")
    }
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
    input.deallocate()
  }

  /// Inflates on until `memory` is full or the data ends.
  ///
  /// - Returns: the number of bytes written; fewer than `memory` has only at the end of the data, whose
  ///   check sum is then proved.
  /// - Throws: `HourglassError` (`badData`) if the data is damaged, cut short or followed by something else.
  package func fill(_ memory: UnsafeMutableRawBufferPointer) throws -> Int {
    var done = 0
    while done < memory.count, !hasEnded {
      guard try hasInput() else {
        throw HourglassError(
          .badData,
          "\(file.path) is cut short: its gzip data does not end within its \(file.byteCount) bytes; "
            + fetchAgain)
      }
      // zlib counts in 32 bits.
      let room = min(memory.count - done, 1 << 30)
      stream.pointee.next_out = (memory.baseAddress! + done).assumingMemoryBound(to: UInt8.self)
      stream.pointee.avail_out = UInt32(room)
      let status = inflate(stream, Z_NO_FLUSH)
      done += room - Int(stream.pointee.avail_out)
      switch status {
      case Z_OK:
        continue
      case Z_STREAM_END:
        try goToNextMember()
      default:
        let reason = stream.pointee.msg.map { String(cString: $0) } ?? "zlib status \(status)"
        throw HourglassError(.badData, "\(file.path) has damaged gzip data (\(reason)); \(fetchAgain)")
      }
    }
    return done
  }

  private func hasInput() throws -> Bool {
    if stream.pointee.avail_in == 0 {
      stream.pointee.avail_in = UInt32(try file.fill(input))
      stream.pointee.next_in = input.baseAddress!.assumingMemoryBound(to: UInt8.self)
    }
    return stream.pointee.avail_in > 0
  }

  /// A gzip file may be several, one after another; anything else after the end is not gzip.
  private func goToNextMember() throws {
    guard try hasInput() else {
      hasEnded = true
      return
    }
    guard stream.pointee.next_in.pointee == Self.magic[0] else {
      throw HourglassError(
        .badData,
        "\(file.path) goes on after the end of its gzip data with bytes that are not gzip; \(fetchAgain)")
    }
    inflateReset(stream)
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

  /// - Throws: `HourglassError` (`environment`) if the file cannot be opened.
  package init(path: String) throws {
    let file = try ReadableFile(path: path)
    self.path = path
    self.file = file
    fileByteCount = file.byteCount
    isCompressed = file.begins(with: GzipInflater.magic)
    inflater = isCompressed ? try GzipInflater(file: file) : nil
    let (bound, overflow) = file.byteCount.multipliedReportingOverflow(by: GzipInflater.greatestRatio)
    greatestByteCount = isCompressed ? (overflow ? .max : bound) : file.byteCount
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
