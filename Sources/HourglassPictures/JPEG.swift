import CJpegCodec
import HourglassBase

/// Pictures in the JPEG format, through libjpeg.
public enum JPEG {
  /// The first bytes of every JPEG file.
  static let magic: [UInt8] = [0xff, 0xd8, 0xff]

  /// The picture in the bytes of a JPEG file, which need not be trusted, turned as its camera says: grey if the
  /// file is, otherwise red, green and blue.
  ///
  /// - Parameters:
  ///   - source: what the bytes are, for messages: usually a path.
  ///   - budget: what the picture, and the work to make it, may take.
  /// - Throws: `HourglassError`: badData if they are no whole JPEG file or the picture is larger than `PNG.Limits` allow,
  ///   environment if it is larger than memory.
  package static func decode(
    _ bytes: [UInt8], source: String, budget: MemoryBudget = .process
  ) throws -> Picture {
    var reading = jpeg_reading()
    guard jpeg_reader_header(bytes, bytes.count, &reading) != 0 else { throw damage(reading, source) }
    let (width, height, channels) = (Int(reading.width), Int(reading.height), Int(reading.channels))
    guard PNG.Limits.admit(width: width, height: height) else {
      throw PNG.tooLarge(width: width, height: height, source: source)
    }
    guard Int(reading.least_bytes) <= bytes.count else {
      throw HourglassError(
        .badData,
        "Cannot read \(source): it is no whole JPEG file (its \(grouped(bytes.count)) bytes cannot hold "
          + "\(width) x \(height) pixels); get a fresh copy of the file.")
    }
    let orientation = ExifOrientation(ExifData.ofJPEG(bytes))
    let count = width * height * channels
    // A picture that is turned is there twice.
    try budget.admit(
      (orientation == .upright ? 1 : 2) * count + Int(reading.work_bytes),
      for: PNG.description(of: source, width: width, height: height, channels: channels),
      remedy: "use a smaller picture")
    let samples = try [UInt8](unsafeUninitializedCapacity: count) { memory, filled in
      guard jpeg_reader_samples(bytes, bytes.count, &reading, memory.baseAddress, count) != 0 else {
        throw damage(reading, source)
      }
      filled = count
    }
    return Picture(width: width, height: height, channels: channels, trusted: samples)
      .turned(as: orientation)
  }

  /// The picture as the bytes of a file, with Huffman tables made for it.
  ///
  /// - Parameter quality: 1 for the smallest file, 100 for the best picture.
  /// - Throws: `HourglassError`: usage if the quality is out of range, environment if libjpeg fails.
  public static func encode(_ picture: Picture, quality: Int) throws -> [UInt8] {
    guard 1...100 ~= quality else {
      throw HourglassError(.usage, "The quality of a JPEG file is \(quality), but must be from 1 to 100.")
    }
    var writing = jpeg_writing()
    defer { jpeg_writer_free(&writing) }
    let succeeded = jpeg_writer_encode(
      picture.bytes, Int32(picture.width), Int32(picture.height), Int32(picture.channels), Int32(quality),
      &writing)
    guard succeeded != 0 else {
      let message = withUnsafeBytes(of: writing.message) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      throw HourglassError(
        .environment,
        "libjpeg could not write a picture (\(message)); use a smaller one, or free some memory.")
    }
    return Array(UnsafeBufferPointer(start: writing.bytes, count: writing.count))
  }

  private static func damage(_ reading: jpeg_reading, _ source: String) -> HourglassError {
    let message = withUnsafeBytes(of: reading.message) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    return HourglassError(
      .badData,
      "Cannot read \(source): it is no whole JPEG file (\(message)); get a fresh copy of the file.")
  }
}
