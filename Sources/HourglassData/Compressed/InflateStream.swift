import CZlib
import HourglassBase

/// Inflates deflate data piece by piece, whatever frame they come in.
///
/// The compressed bytes are read in small pieces, so the only large memory is the caller's.
final class InflateStream {
  /// What stands around the deflate data.
  enum Frame {
    /// A gzip header; check sum and length are proved at the end.
    case gzip
    /// Nothing, as in zip archives.
    case none

    fileprivate var windowBits: Int32 {
      switch self {
      case .gzip: 16 + MAX_WBITS
      case .none: -MAX_WBITS
      }
    }
  }

  // The inflater's state points back at the stream, so the stream must not move.
  private let stream: UnsafeMutablePointer<z_stream>
  private let input: UnsafeMutableRawBufferPointer
  private let source: (UnsafeMutableRawBufferPointer) throws -> Int

  /// - Parameters:
  ///   - path: the file, for messages.
  ///   - source: fills memory with the next compressed bytes; returns their number, 0 at their end.
  init(
    _ frame: Frame, path: String, source: @escaping (UnsafeMutableRawBufferPointer) throws -> Int
  ) throws {
    self.source = source
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    input = .allocate(byteCount: 1 << 16, alignment: 16)
    let status = inflateInit2_(
      stream, frame.windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    guard status == Z_OK else {
      throw HourglassError(
        .environment, "\(path) cannot be inflated: zlib does not start (status \(status)); free memory")
    }
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
    input.deallocate()
  }

  /// Whether a compressed byte is left; reads on if need be.
  func hasInput() throws -> Bool {
    if stream.pointee.avail_in == 0 {
      stream.pointee.avail_in = UInt32(try source(input))
      stream.pointee.next_in = input.baseAddress!.assumingMemoryBound(to: UInt8.self)
    }
    return stream.pointee.avail_in > 0
  }

  /// The next compressed byte, of which `hasInput` has said that it is there.
  var nextInput: UInt8 { stream.pointee.next_in.pointee }

  /// How one step ended.
  enum Outcome {
    case goesOn
    /// No compressed byte is left, though the deflate data have not ended.
    case starved
    /// The deflate data, and their frame, end here.
    case ended
    /// zlib's words for what is wrong.
    case damaged(String)
  }

  /// Inflates some more into memory of at least one byte.
  ///
  /// - Returns: how many bytes of `memory` were written, and how it ended.
  func step(_ memory: UnsafeMutableRawBufferPointer) throws -> (count: Int, outcome: Outcome) {
    // Without input too: the last bits may already be inside.
    _ = try hasInput()
    // zlib counts in 32 bits.
    let room = min(memory.count, 1 << 30)
    stream.pointee.next_out = memory.baseAddress!.assumingMemoryBound(to: UInt8.self)
    stream.pointee.avail_out = UInt32(room)
    let status = inflate(stream, Z_NO_FLUSH)
    let count = room - Int(stream.pointee.avail_out)
    switch status {
    case Z_OK: return (count, .goesOn)
    case Z_BUF_ERROR: return (count, .starved)
    case Z_STREAM_END: return (count, .ended)
    default:
      return (count, .damaged(stream.pointee.msg.map { String(cString: $0) } ?? "zlib status \(status)"))
    }
  }

  /// Begins anew, with what follows in the input.
  func restart() { inflateReset(stream) }
}
