import HourglassBase
import HourglassFiles

extension Picture {
  /// Reads a PNG, JPEG or WebP file, told apart by its content.
  ///
  /// - Returns: grey (1 channel) if the file is, otherwise red, green and blue; transparent places on white, 16-bit
  ///   samples reduced to 8, turned as the camera says.
  /// - Throws: `HourglassError`: `badData` if the file is no whole picture of these kinds or has more than
  ///   89,478,485 pixels or 65,535 along a side, `environment` if it cannot be read or is larger than memory.
  public static func read(path: String) throws -> Picture {
    try decode(BoundedFile.read(path, limit: PNG.Limits.fileSize), source: path)
  }

  /// The picture in the bytes of a PNG, JPEG or WebP file; otherwise as `read`.
  ///
  /// - Parameter source: what the bytes are, for messages: usually a path.
  public static func decode(_ bytes: [UInt8], source: String) throws -> Picture {
    if bytes.starts(with: JPEG.magic) { return try JPEG.decode(bytes, source: source) }
    if bytes.starts(with: PNG.magic) { return try PNG.decode(bytes, source: source) }
    if WebP.begins(bytes) { return try WebP.decode(bytes, source: source).withoutNeedlessColours() }
    if bytes.isEmpty {
      throw HourglassError(.badData, "Cannot read \(source): it is empty; get a fresh copy of the file.")
    }
    if let kind = PictureKinds.unread(bytes) {
      throw HourglassError(
        .badData, "Cannot read \(source): it is a \(kind) file, which is not read; convert it to PNG or JPEG."
      )
    }
    throw HourglassError(
      .badData,
      "Cannot read \(source): it is neither a PNG nor a JPEG nor a WebP file; convert it to one of these, or get a fresh "
        + "copy.")
  }
}
