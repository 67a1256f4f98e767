import Foundation
import HourglassBase
import HourglassFiles

// Addresses of files beside paths. Each of these does what its namesake with a path does, and throws `HourglassError`
// (usage) for an address that is not of a file.

extension ProjectionMap {
  /// Writes the map as a safetensors file, replacing an older one only when the new one is complete.
  public func write(to url: URL) throws {
    try write(to: url.checkedPath())
  }

  /// Reads a file that `write(to:)` made.
  public static func read(from url: URL) throws -> ProjectionMap {
    try read(path: url.checkedPath())
  }
}

extension MapPage {
  /// Writes the page.
  public func write(to url: URL, progress: WorkProgress.Report = { _ in }) throws {
    try write(to: url.checkedPath(), progress: progress)
  }
}
