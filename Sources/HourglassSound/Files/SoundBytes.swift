import CSndFile
import HourglassBase
import HourglassFiles
import HourglassPlatform

/// Bytes that libsndfile reads from or writes to through our own calls, so that failures of the system are told as everywhere, and no
/// name of a file has to pass through C.
class SoundBytes {
  /// What went wrong in a call that libsndfile made; it is told afterwards.
  var failure: (any Error)?
  var offset = 0
  var count: Int { 0 }

  func read(_ memory: UnsafeMutableRawBufferPointer) throws -> Int { 0 }
  func write(_ memory: UnsafeRawBufferPointer) throws {}

  /// The calls for libsndfile; this object is to live as long as they are used.
  static var calls: SF_VIRTUAL_IO {
    SF_VIRTUAL_IO(
      get_filelen: { sf_count_t(SoundBytes.at($0).count) },
      seek: { distance, origin, context in
        let bytes = SoundBytes.at(context)
        let start = origin == SEEK_SET ? 0 : origin == SEEK_CUR ? bytes.offset : bytes.count
        let (target, overflow) = start.addingReportingOverflow(Int(distance))
        guard !overflow, target >= 0 else { return -1 }
        bytes.offset = target
        return sf_count_t(target)
      },
      read: { memory, count, context in
        let bytes = SoundBytes.at(context)
        guard let memory, count > 0, bytes.failure == nil else { return 0 }
        do {
          let done = try bytes.read(UnsafeMutableRawBufferPointer(start: memory, count: Int(count)))
          bytes.offset += done
          return sf_count_t(done)
        } catch {
          bytes.failure = error
          return 0
        }
      },
      write: { memory, count, context in
        let bytes = SoundBytes.at(context)
        guard let memory, count > 0, bytes.failure == nil else { return 0 }
        do {
          try bytes.write(UnsafeRawBufferPointer(start: memory, count: Int(count)))
          bytes.offset += Int(count)
          return count
        } catch {
          bytes.failure = error
          return 0
        }
      },
      tell: { sf_count_t(SoundBytes.at($0).offset) })
  }

  private static func at(_ context: UnsafeMutableRawPointer?) -> SoundBytes {
    guard let context else { preconditionFailure("libsndfile gives back what it was given") }
    return Unmanaged<SoundBytes>.fromOpaque(context).takeUnretainedValue()
  }

  /// - Throws: what went wrong in a call.
  func check() throws {
    if let failure { throw failure }
  }
}

/// A file that is read.
final class SoundFileBytes: SoundBytes {
  private let file: ReadableFile

  init(_ file: ReadableFile) { self.file = file }

  override var count: Int { file.byteCount }

  override func read(_ memory: UnsafeMutableRawBufferPointer) throws -> Int {
    try file.fill(memory, at: offset)
  }
}

/// Bytes in memory, read or written.
final class SoundMemory: SoundBytes {
  private(set) var bytes: [UInt8]

  init(_ bytes: [UInt8] = []) { self.bytes = bytes }

  override var count: Int { bytes.count }

  override func read(_ memory: UnsafeMutableRawBufferPointer) throws -> Int {
    let done = max(min(memory.count, bytes.count - offset), 0)
    bytes.withUnsafeBytes { memory.copyMemory(from: .init(rebasing: $0[offset..<offset + done])) }
    return done
  }

  override func write(_ memory: UnsafeRawBufferPointer) throws {
    if offset + memory.count > bytes.count {
      bytes += [UInt8](repeating: 0, count: offset + memory.count - bytes.count)
    }
    bytes.withUnsafeMutableBytes {
      UnsafeMutableRawBufferPointer(rebasing: $0[offset..<offset + memory.count]).copyMemory(from: memory)
    }
  }
}

/// A file that is made: its beginning, which libsndfile writes again at the end, stays in memory, the rest goes to a nameless file.
final class SpooledSoundBytes: SoundBytes {
  /// More than any header takes.
  private static let headLimit = 1 << 16

  private var head: [UInt8] = []
  private let tail: NamelessFile
  private var tailCount = 0

  init(for what: String) throws { tail = try NamelessFile(for: what) }

  override var count: Int { head.count + tailCount }

  override func read(_ memory: UnsafeMutableRawBufferPointer) throws -> Int {
    if offset < head.count {
      let done = min(memory.count, head.count - offset)
      head.withUnsafeBytes { memory.copyMemory(from: .init(rebasing: $0[offset..<offset + done])) }
      return done
    }
    return try tail.fill(memory, at: offset - head.count)
  }

  override func write(_ memory: UnsafeRawBufferPointer) throws {
    var (rest, place) = (memory[...], offset)
    while place < head.count, let byte = rest.first {
      head[place] = byte
      (rest, place) = (rest.dropFirst(), place + 1)
    }
    guard !rest.isEmpty else { return }
    guard place == count else {
      throw HourglassError(.environment, "libsndfile writes a sound out of order; write WAV")
    }
    if tailCount == 0 {
      let more = rest.prefix(Self.headLimit - head.count)
      head += more
      rest = rest.dropFirst(more.count)
    }
    if !rest.isEmpty {
      try tail.append(UnsafeRawBufferPointer(rebasing: rest))
      tailCount += rest.count
    }
  }

  /// Some bytes from the beginning on; none at the end.
  func block(_ most: Int, at place: Int) throws -> [UInt8] {
    offset = place
    return try [UInt8](unsafeUninitializedCapacity: most) { memory, filled in
      filled = try read(UnsafeMutableRawBufferPointer(memory))
    }
  }
}
