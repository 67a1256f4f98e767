import CPng
import HourglassBase
import HourglassFiles

/// Pictures in the PNG format, through libpng.
public enum PNG {
  /// What is read and written at most, of files of other kinds too.
  package enum Limits {
    /// Pixels along one side.
    package static let side = 65_535
    /// Pixels of a whole picture.
    package static let pixels = 89_478_485
    /// Bytes of a file that is read.
    package static let fileSize = 1 << 29

    package static func admit(width: Int, height: Int) -> Bool {
      width > 0 && height > 0 && width <= side && height <= side && width * height <= pixels
    }
  }

  /// The picture as the bytes of a PNG file.
  ///
  /// - Throws: `HourglassError(.usage)` if the picture is too large.
  public static func encode(_ picture: Picture) throws -> [UInt8] {
    guard Limits.admit(width: picture.width, height: picture.height) else {
      throw HourglassError(
        .usage,
        "Cannot write a PNG of \(picture.width) x \(picture.height) pixels, more than \(Limits.side) along a "
          + "side or \(Limits.pixels) in all; make it smaller.")
    }
    var image = emptyImage()
    defer { png_image_free(&image) }
    image.width = UInt32(picture.width)
    image.height = UInt32(picture.height)
    image.format = picture.channels == 3 ? colourFormat : greyFormat

    // Room for every block stored as it is: the samples, one filter byte a row, and the frames around them.
    let rawSize = picture.bytes.count + picture.height
    var size = rawSize + rawSize / 256 + 4096
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { memory, filled in
      let succeeded = png_image_write_to_memory(&image, memory.baseAddress, &size, 0, picture.bytes, 0, nil)
      filled = succeeded != 0 ? Int(size) : 0
    }
    guard !bytes.isEmpty else {
      throw HourglassError(
        .environment,
        "libpng could not write a picture (\(message(of: image))); free some memory and try again.")
    }
    return bytes
  }

  /// Writes the picture to a file, whole or not at all.
  ///
  /// - Throws: what `encode` throws; `HourglassError(.environment)` if the system refuses.
  package static func write(_ picture: Picture, to path: String) throws {
    try AtomicFile.write(encode(picture), to: path)
  }

  /// The picture in the bytes of a PNG file, which need not be trusted: grey if the file is, transparent
  /// places laid on white, 16-bit samples reduced to 8, turned as its EXIF data say.
  ///
  /// - Parameters:
  ///   - source: what the bytes are, for messages: usually a path.
  ///   - budget: what the picture may take.
  /// - Throws: `HourglassError`: badData if they are no whole PNG file or the picture is too large, environment if it is
  ///   larger than memory.
  package static func decode(
    _ bytes: [UInt8], source: String, budget: MemoryBudget = .process
  ) throws -> Picture {
    var image = emptyImage()
    defer { png_image_free(&image) }
    return try bytes.withUnsafeBytes { data in
      // libpng keeps the address until the reading is finished.
      guard png_image_begin_read_from_memory(&image, data.baseAddress, data.count) != 0 else {
        throw damage(image, source)
      }
      let (width, height) = (Int(image.width), Int(image.height))
      guard Limits.admit(width: width, height: height) else {
        throw tooLarge(width: width, height: height, source: source)
      }
      let isColoured = image.format & UInt32(PNG_FORMAT_FLAG_COLOR) != 0
      let channels = isColoured ? 3 : 1
      image.format = isColoured ? colourFormat : greyFormat
      // Without a word on gamma in the file, 16-bit samples mean the same curve as 8-bit ones.
      image.flags |= UInt32(PNG_IMAGE_FLAG_16BIT_sRGB)
      let count = width * height * channels
      // A pixel has at least a bit.
      guard width * height / 8 / Self.greatestRatio <= bytes.count else {
        throw HourglassError(
          .badData,
          "Cannot read \(source): its \(grouped(bytes.count)) bytes cannot hold \(width) x \(height) pixels; get a fresh copy "
            + "of the file.")
      }
      let orientation = ExifOrientation(ExifData.ofPNG(bytes))
      // A picture that is turned is there twice.
      try budget.admit(
        (orientation == .upright ? 1 : 2) * count,
        for: Self.description(of: source, width: width, height: height, channels: channels),
        remedy: "use a smaller picture")
      let samples = try [UInt8](unsafeUninitializedCapacity: count) { memory, filled in
        var white = png_color(red: 255, green: 255, blue: 255)
        guard png_image_finish_read(&image, &white, memory.baseAddress, 0, nil) != 0 else {
          throw damage(image, source)
        }
        filled = count
      }
      return Picture(width: width, height: height, channels: channels, trusted: samples)
        .turned(as: orientation)
    }
  }

  /// Reads the picture in a PNG file; otherwise as `decode`.
  ///
  /// - Throws: what `decode` throws; `HourglassError(.environment)` if the file cannot be read.
  package static func read(path: String) throws -> Picture {
    try decode(BoundedFile.read(path, limit: Limits.fileSize), source: path)
  }

  /// Deflate cannot do better than 258 bytes for 2 bits.
  private static let greatestRatio = 1032

  static func description(of source: String, width: Int, height: Int, channels: Int) -> String {
    "\(source) with \(width) x \(height) pixels of \(channels == 1 ? "grey" : "\(channels) colours")"
  }

  static func tooLarge(width: Int, height: Int, source: String) -> HourglassError {
    HourglassError(
      .badData,
      "Cannot read \(source): its \(width) x \(height) pixels are more than \(Limits.side) along a side or "
        + "\(Limits.pixels) in all; use a smaller picture.")
  }

  /// The first bytes of every PNG file.
  static let magic: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
  private static let greyFormat: UInt32 = 0
  private static let colourFormat = UInt32(PNG_FORMAT_FLAG_COLOR)

  private static func emptyImage() -> png_image {
    var image = png_image()
    image.version = UInt32(PNG_IMAGE_VERSION)
    return image
  }

  private static func damage(_ image: png_image, _ source: String) -> HourglassError {
    HourglassError(
      .badData,
      "Cannot read \(source): it is no whole PNG file (\(message(of: image))); get a fresh copy of the file.")
  }

  private static func message(of image: png_image) -> String {
    withUnsafeBytes(of: image.message) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
  }
}
