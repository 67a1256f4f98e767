import Foundation
import HourglassBase
import HourglassFiles

// Addresses of files beside paths. Each of these does what its namesake with a path does, and throws `HourglassError`
// (usage) for an address that is not of a file.

extension Picture {
  /// Reads a PNG, JPEG or WebP file, told apart by its content.
  public static func read(from url: URL) throws -> Picture {
    try read(path: url.checkedPath())
  }

  /// Writes a PNG or JPEG file, as its name ends, whole or not at all.
  public func write(to url: URL) throws {
    try write(to: url.checkedPath())
  }
}
