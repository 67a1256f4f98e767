import Foundation
import HourglassBase
import Testing

/// Calls `body` with the path of a new empty folder, which is removed afterwards.
func withScratchFolder(_ body: (String) throws -> Void) throws {
  let folder = FileManager.default.temporaryDirectory.appending(path: "hourglass-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  try body(folder.path)
}

/// The error that `body` throws; fails the test if it throws none or another kind.
func thrownError(
  sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void
) -> HourglassError {
  do {
    try body()
    Issue.record("no error was thrown", sourceLocation: sourceLocation)
  } catch let error as HourglassError {
    return error
  } catch {
    Issue.record("another error was thrown: \(error)", sourceLocation: sourceLocation)
  }
  return HourglassError(.usage, "")
}
