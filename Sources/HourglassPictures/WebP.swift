import CWebP
import HourglassBase

/// Lossy pictures in the WebP format, through libwebp: what compressing models are measured against.
public enum WebP {
  /// Pixels along one side.
  package static let largestSide = 16_383

  /// The picture as the bytes of a file: libwebp's defaults, but its most thorough method.
  ///
  /// - Parameter quality: 0 for the smallest file, 100 for the best picture.
  /// - Throws: `HourglassError`: usage if the picture or the quality is out of range, environment if libwebp fails.
  public static func encode(_ picture: Picture, quality: Double) throws -> [UInt8] {
    guard picture.width <= largestSide, picture.height <= largestSide, 0...100 ~= quality else {
      throw HourglassError(
        .usage,
        "Cannot write a WebP of \(picture.width) x \(picture.height) pixels with quality \(quality); at most "
          + "\(largestSide) pixels along a side and a quality of 0 to 100 are possible.")
    }
    var config = WebPConfig()
    var image = WebPPicture()
    guard WebPConfigInit(&config) != 0, WebPPictureInit(&image) != 0 else {
      throw HourglassError(.environment, "libwebp is another version than its headers; install both anew.")
    }
    config.quality = Float(quality)
    config.method = 6
    image.width = Int32(picture.width)
    image.height = Int32(picture.height)
    let coloured = try picture.converted(toChannels: 3)
    var target = WebPMemoryWriter()
    WebPMemoryWriterInit(&target)
    defer { WebPMemoryWriterClear(&target) }
    // libwebp keeps the address while it encodes.
    let succeeded = withUnsafeMutablePointer(to: &target) { target in
      image.writer = WebPMemoryWrite
      image.custom_ptr = UnsafeMutableRawPointer(target)
      return WebPPictureImportRGB(&image, coloured.bytes, Int32(3 * picture.width)) != 0
        && WebPEncode(&config, &image) != 0
    }
    let code = image.error_code.rawValue
    WebPPictureFree(&image)
    guard succeeded else {
      throw HourglassError(
        .environment, "libwebp could not write a picture (its error \(code)); free some memory and try again."
      )
    }
    return Array(UnsafeBufferPointer(start: target.mem, count: target.size))
  }

  /// The picture in the bytes of a WebP file: red, green and blue.
  ///
  /// - Parameter source: what the bytes are, for messages: usually a path.
  /// - Throws: `HourglassError(.badData)` if they are no WebP file that libwebp can read.
  package static func decode(_ bytes: [UInt8], source: String) throws -> Picture {
    var (width, height) = (Int32(0), Int32(0))
    guard WebPGetInfo(bytes, bytes.count, &width, &height) != 0,
      let memory = WebPDecodeRGB(bytes, bytes.count, &width, &height)
    else {
      throw HourglassError(
        .badData, "Cannot read \(source): it is no whole WebP file; get a fresh copy of the file.")
    }
    defer { WebPFree(memory) }
    let count = Int(width) * Int(height) * 3
    return Picture(
      width: Int(width), height: Int(height), channels: 3,
      trusted: Array(UnsafeBufferPointer(start: memory, count: count)))
  }
}
