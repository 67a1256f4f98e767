import Foundation
import HourglassBase
import HourglassFiles

// Addresses of files beside paths. Each of these does what its namesake with a path does, and throws `HourglassError`
// (usage) for an address that is not of a file.

extension UntrainedReconstruction {
  /// - Parameters:
  ///   - image: the address of a PNG or JPEG file of any size, in colour or grey; it is made grey and stretched to a square.
  ///   - seed: the same seed gives the same weights.
  public init(image: URL, seed: UInt64) throws {
    try self.init(imagePath: image.checkedPath(), seed: seed)
  }
}
