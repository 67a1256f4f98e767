import Foundation
import HourglassBase
import HourglassFiles

// Addresses of files beside paths. Each of these does what its namesake with a path does, and throws `HourglassError`
// (usage) for an address that is not of a file.

extension RateDistortionPage {
  /// Writes the page.
  public func write(to url: URL) throws {
    try write(to: url.checkedPath())
  }
}
