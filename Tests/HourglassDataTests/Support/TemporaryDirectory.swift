import Foundation
import HourglassBase

/// A directory that vanishes with this value.
final class TemporaryDirectory: Sendable {
  let path: String

  init() {
    path = NSTemporaryDirectory() + "/hourglass-" + UUID().uuidString
    try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit {
    try? FileManager.default.removeItem(atPath: path)
  }

  /// Writes a file, with the directories above it; returns its path.
  @discardableResult
  func write(_ bytes: [UInt8], _ name: String) throws -> String {
    let file = URL(filePath: "\(path)/\(name)")
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: file)
    return file.path
  }

  /// The names of what lies in a directory in here, hidden files too.
  func names(in directory: String) -> [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: "\(path)/\(directory)").sorted()) ?? []
  }
}

/// A file whose content is replaced in place, many times a second: making files anew is slow on some disks.
final class ChangingFile {
  let path: String
  private let descriptor: Int32

  init(in directory: TemporaryDirectory, name: String) {
    path = "\(directory.path)/\(name)"
    descriptor = open(path, O_WRONLY | O_CREAT, 0o600)
  }

  deinit { close(descriptor) }

  /// - Returns: the path.
  func replace(by bytes: [UInt8]) -> String {
    pwrite(descriptor, bytes, bytes.count, 0)
    ftruncate(descriptor, off_t(bytes.count))
    return path
  }
}

/// The error that `action` throws, `nil` if it throws none or one of another type.
func hourglassError(_ action: () throws -> Void) -> HourglassError? {
  do {
    try action()
    return nil
  } catch {
    return error as? HourglassError
  }
}

/// The error that `action` throws, `nil` if it throws none or one of another type.
func asyncHourglassError(_ action: () async throws -> Void) async -> HourglassError? {
  do {
    try await action()
    return nil
  } catch {
    return error as? HourglassError
  }
}

extension HourglassError {
  /// Whether the sentence has all of these pieces.
  func says(_ pieces: String...) -> Bool {
    pieces.allSatisfy { message.contains($0) }
  }
}
