import Foundation
import HourglassBase
import HourglassPlatform

/// A regular file, open for reading from its start to its end, or from any place by several threads at once.
package final class ReadableFile: PositionedFile {
  package let path: String
  /// The length in bytes when the file was opened.
  package let byteCount: Int
  private let descriptor: Int32
  /// Of the file as it was opened.
  private let stamp: FileStamp

  /// - Throws: `HourglassError` (`environment`) if the file is missing, unreadable, or not a regular file.
  package init(path: String) throws {
    // Without O_NONBLOCK, opening a named pipe waits for a writer that may never come.
    let descriptor = FileCall.open.perform(on: path) { open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
    guard descriptor >= 0 else {
      let reason = errno
      if reason == ENOENT || reason == ENOTDIR {
        throw HourglassError(.environment, "\(path) does not exist; check the name of the file")
      }
      throw HourglassError(
        .environment,
        "\(path) cannot be opened: \(systemMessage(reason)); check the file and its permissions")
    }
    var status = stat()
    guard FileCall.look.perform(on: path, { fstat(descriptor, &status) }) == 0 else {
      let reason = errno
      close(descriptor)
      throw HourglassError(
        .environment, "\(path) cannot be examined: \(systemMessage(reason)); check the file system")
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      let kind = status.st_mode & S_IFMT == S_IFDIR ? "is a directory" : "is a pipe or a device"
      throw HourglassError(.environment, "\(path) \(kind), not a file; give the name of a file")
    }
    self.path = path
    self.byteCount = Int(status.st_size)
    self.descriptor = descriptor
    stamp = FileStamp(status)
  }

  deinit {
    close(descriptor)
  }

  /// Reads on until `memory` is full or the file ends.
  ///
  /// - Returns: the number of bytes read; fewer than `memory` has only at the end of the file.
  package func fill(_ memory: UnsafeMutableRawBufferPointer) throws -> Int {
    var done = 0
    while done < memory.count {
      // A single call may not ask for more than 2 GB on some systems.
      let wish = min(memory.count - done, 1 << 30)
      let count = FileCall.read.perform(on: path) { read(descriptor, memory.baseAddress! + done, wish) }
      if count < 0 {
        throw HourglassError(
          .environment, "\(path) cannot be read: \(systemMessage(errno)); check the file system")
      }
      if count == 0 { break }
      done += count
    }
    return done
  }

  /// Reads from `offset` on until `memory` is full or the file ends; where reading in order stands is left alone.
  ///
  /// - Returns: the number of bytes read; fewer than `memory` has only at the end of the file.
  package func fill(_ memory: UnsafeMutableRawBufferPointer, at offset: Int) throws(HourglassError) -> Int {
    try Self.fill(memory, at: offset, of: descriptor, path: path)
  }

  static func fill(
    _ memory: UnsafeMutableRawBufferPointer, at offset: Int, of descriptor: Int32, path: String
  ) throws(HourglassError) -> Int {
    var done = 0
    while done < memory.count {
      let count = FileCall.read.perform(on: path) {
        pread(descriptor, memory.baseAddress! + done, min(memory.count - done, 1 << 30), off_t(offset + done))
      }
      if count < 0 {
        throw HourglassError(
          .environment, "\(path) cannot be read: \(systemMessage(errno)); check the file system")
      }
      if count == 0 { break }
      done += count
    }
    return done
  }

  package func willRead(at offset: Int, count: Int) { adviseReading(descriptor, at: offset, count: count) }

  package func checkIsUnchanged() throws(HourglassError) {
    var status = stat()
    guard FileCall.look.perform(on: path, { fstat(descriptor, &status) }) == 0 else {
      throw SystemFailure.looking(path, code: errno)
    }
    guard FileStamp(status) != stamp else { return }
    throw HourglassError(
      .environment, "\(path) was changed by another program while it was used",
      .text("put it back as it was"), .text("begin anew with a file that nobody writes"))
  }

  /// The bytes from `offset` on, at most `count`; fewer at the end of the file.
  package func bytes(at offset: Int, count: Int) throws -> [UInt8] {
    try [UInt8](unsafeUninitializedCapacity: count) { memory, filled in
      filled = try fill(UnsafeMutableRawBufferPointer(memory), at: offset)
    }
  }

  /// Whether the file begins with these bytes; where reading stands is left alone.
  ///
  /// - Throws: `HourglassError` (environment) when it cannot be read.
  package func begins(with bytes: [UInt8]) throws -> Bool {
    try self.bytes(at: 0, count: bytes.count) == bytes
  }
}
