import Foundation
import HourglassBase

/// A new folder among the temporary ones, which nobody else may read.
package enum TemporaryFolder {
  /// - Parameters:
  ///   - what: it is for, behind "for".
  ///   - remedy: what to do where it cannot be made.
  /// - Returns: its path.
  /// - Throws: `HourglassError` (environment) when it cannot be made.
  package static func make(for what: String, remedy: String) throws -> String {
    let path = FileManager.default.temporaryDirectory.appending(path: "hourglass-\(UUID().uuidString)").path
    guard FileCall.make.perform(on: path, { mkdir(path, 0o700) }) == 0 else {
      throw HourglassError(
        .environment, "The folder \(path) for \(what) cannot be made (\(systemMessage(errno)))", .text(remedy)
      )
    }
    return path
  }
}
