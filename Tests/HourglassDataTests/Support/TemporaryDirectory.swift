import Foundation
import HourglassGraph

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
