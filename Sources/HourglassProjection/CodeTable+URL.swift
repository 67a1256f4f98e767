import Foundation
import HourglassBase
import HourglassFiles

// Addresses of files beside paths. Each of these does what its namesake with a path does, and throws `HourglassError`
// (usage) for an address that is not of a file.

extension CodeTable {
  /// Writes a code a line, then the class as `label` and the sample's file as `name`, if they are given.
  public static func write(
    _ codes: SampleArray, labels: [Int] = [], names: [String] = [], to url: URL
  ) throws {
    try write(codes, labels: labels, names: names, to: url.checkedPath())
  }

  /// Reads codes, one a line of numbers with commas between them, below a first line of names.
  public static func read(from url: URL, shape: Shape) throws -> SampleArray {
    try read(path: url.checkedPath(), shape: shape)
  }
}
