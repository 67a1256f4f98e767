import Foundation
import HourglassBase
import HourglassFiles

// Addresses of files beside paths. Each of these does what its namesake with a path does, and throws `HourglassError`
// (usage) for an address that is not of a file.

extension TrainedModel {
  /// Writes a `.safetensors` file, replacing an older one only when the new one is complete.
  public func write(to url: URL) throws {
    try write(to: url.checkedPath())
  }

  /// Reads a file that `write(to:)` made. Nothing in it is run or trusted.
  ///
  /// - Parameter catalogue: what its layers, objective and so on are looked up in; add yours to the standard one.
  public static func read(from url: URL, catalogue: Catalogue = .standard) throws -> TrainedModel {
    try read(path: url.checkedPath(), catalogue: catalogue)
  }
}
