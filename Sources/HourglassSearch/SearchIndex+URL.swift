import Foundation
import HourglassBase
import HourglassFiles

// Addresses of files beside paths. Each of these does what its namesake with a path does, and throws `HourglassError`
// (usage) for an address that is not of a file.

extension SearchIndex {
  /// Writes the index, replacing an older one only when the new one is complete.
  public func write(to url: URL) throws {
    try write(to: url.checkedPath())
  }

  /// Reads a file that `write(to:)` made.
  public static func read(from url: URL) throws -> SearchIndex {
    try read(path: url.checkedPath())
  }
}

extension SearchPage {
  /// Writes the page.
  public func write(to url: URL) throws {
    try write(to: url.checkedPath())
  }
}
