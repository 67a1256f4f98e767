import Foundation
import HourglassBase

extension URL {
  /// The path of the file or folder that the address is of.
  ///
  /// - Throws: `HourglassError` (usage) for an address elsewhere, such as on the web.
  package func checkedPath() throws(HourglassError) -> String {
    guard isFileURL else {
      throw HourglassError(
        .usage,
        "\(shortened(absoluteString)) is not the address of a file on this machine; give one that begins with file:, such as "
          + "URL(filePath:) makes.")
    }
    return path(percentEncoded: false)
  }
}
