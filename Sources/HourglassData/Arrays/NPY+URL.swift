import Foundation
import HourglassBase
import HourglassFiles

// Addresses of files beside paths. Each of these does what its namesake with a path does, and throws `HourglassError`
// (usage) for an address that is not of a file.

extension NPY {
  /// Reads samples from a file.
  public static func read(from url: URL, axes: ChannelAxis? = nil) throws -> SampleArray {
    try read(path: url.checkedPath(), axes: axes)
  }

  /// Writes samples as a float32 array `[n] + shape`.
  public static func write(_ samples: SampleArray, to url: URL) throws {
    try write(samples, to: url.checkedPath())
  }
}
