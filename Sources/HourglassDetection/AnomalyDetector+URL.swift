import Foundation
import HourglassBase
import HourglassFiles

// Addresses of files beside paths. Each of these does what its namesake with a path does, and throws `HourglassError`
// (usage) for an address that is not of a file.

extension AnomalyDetector {
  /// Writes the detector, replacing an older one only when the new one is complete.
  public func write(to url: URL) throws {
    try write(to: url.checkedPath())
  }

  /// Reads a file that `write(to:)` made.
  public static func read(from url: URL) throws -> AnomalyDetector {
    try read(path: url.checkedPath())
  }
}

extension TableDetection {
  public init(url: URL, options: DetectorOptions, folder: DetectionFolder) throws {
    self.init(path: try url.checkedPath(), options: options, folder: folder)
  }
}

extension DetectionFolder {
  public init(_ url: URL) throws {
    self.init(try url.checkedPath())
  }
}
