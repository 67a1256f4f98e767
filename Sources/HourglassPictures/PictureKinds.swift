import HourglassBase
import HourglassFiles

/// Kinds of picture files: which are read, and which are known but not read.
package enum PictureKinds {
  /// How names of files that are read end, in lower case.
  package static let readEndings = ["png", "jpg", "jpeg", "jpe", "jfif", "webp"]

  /// For messages.
  package static let readNames = "PNG, JPEG or WebP"

  /// How names of pictures end that have to be converted first.
  private static let unreadEndings: Set = [
    "avif", "bmp", "cr2", "cr3", "dng", "gif", "heic", "heif", "j2k", "jp2", "jxl", "nef", "arw", "orf",
    "pbm", "pcx",
    "pgm", "pnm", "ppm", "psd", "raw", "svg", "tga", "tif", "tiff", "xcf",
  ]

  /// What a file's name says of its content.
  package enum Kind: Sendable {
    case read
    /// A picture that has to be converted.
    case unread
    /// No picture, or one whose name does not say so.
    case other
  }

  package static func kind(of name: String) -> Kind {
    let ending = ending(of: name)
    return readEndings.contains(ending) ? .read : unreadEndings.contains(ending) ? .unread : .other
  }

  /// What stands behind the last point of a name, in lower case; all of a name without one.
  package static func ending(of name: String) -> String {
    name.parts(at: ".").last { !$0.isEmpty }?.lowercased() ?? ""
  }

  /// The kind of a file that is known but not read, by its first bytes.
  static func unread(_ bytes: [UInt8]) -> String? {
    func has(_ text: String, at place: Int = 0) -> Bool { bytes.hasPrefix(Array(text.utf8), at: place) }
    if has("GIF87a") || has("GIF89a") { return "GIF" }
    if has("BM"), bytes.count >= 26, bytes[6..<10].allSatisfy({ $0 == 0 }) { return "BMP" }
    if bytes.starts(with: [0x49, 0x49, 42, 0]) || bytes.starts(with: [0x4d, 0x4d, 0, 42]) { return "TIFF" }
    if has("ftyp", at: 4) {
      if has("avif", at: 8) || has("avis", at: 8) { return "AVIF" }
      if ["heic", "heix", "hevc", "mif1", "msf1"].contains(where: { has($0, at: 8) }) { return "HEIF" }
    }
    if has("8BPS") { return "PSD" }
    if bytes.starts(with: [0, 0, 0, 12, 0x6a, 0x50, 0x20, 0x20]) { return "JPEG 2000" }
    if bytes.starts(with: [0xff, 0x0a]) || has("JXL ", at: 4) { return "JPEG XL" }
    return nil
  }
}
