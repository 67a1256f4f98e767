import HourglassBase
import HourglassFiles

extension Picture {
  /// Of JPEG files that `write(to:)` makes: what it changes is hardly seen.
  static let writtenQuality = 95

  /// - Throws: `HourglassError` (usage) when a name ends in none of `.png`, `.jpg` and `.jpeg`, nor in a rarer name of JPEG.
  package static func checkEnding(of path: String) throws(HourglassError) {
    guard isJPEG(path) || ending(of: path) == "png" else {
      throw HourglassError(
        .usage,
        "\(path) says no kind of picture that can be written; give a name that ends in .png, .jpg or .jpeg.")
    }
  }

  /// Writes a PNG or JPEG file, as its name ends, whole or not at all.
  ///
  /// - Throws: `HourglassError`: usage for another ending or too large a picture, environment when the system refuses.
  public func write(to path: String) throws {
    try Self.checkEnding(of: path)
    if Self.isJPEG(path) {
      try AtomicFile.write(JPEG.encode(self, quality: Self.writtenQuality), to: path)
    } else {
      try PNG.write(self, to: path)
    }
  }

  private static func isJPEG(_ path: String) -> Bool {
    ["jpg", "jpeg", "jpe", "jfif"].contains(ending(of: path))
  }

  /// Of the last part of the path, in lower case; "" for a name that is nothing else.
  private static func ending(of path: String) -> String {
    let parts = (path.parts(at: "/").last ?? "").parts(at: ".")
    let isEnding = parts.count > 2 || parts.count == 2 && !parts[0].isEmpty
    return isEnding ? parts[parts.count - 1].lowercased() : ""
  }
}
