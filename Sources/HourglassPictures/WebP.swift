import CWebP
import HourglassBase
import HourglassFiles

/// Pictures in the WebP format, through libwebp; written ones are what compressing models are measured against.
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

  /// Whether bytes begin as every WebP file does.
  static func begins(_ bytes: [UInt8]) -> Bool {
    bytes.hasPrefix(Array("RIFF".utf8), at: 0) && bytes.hasPrefix(Array("WEBP".utf8), at: 8)
  }

  /// The picture in the bytes of a WebP file, which need not be trusted: red, green and blue, transparent places laid on
  /// white, turned as its EXIF data say.
  ///
  /// - Parameters:
  ///   - source: what the bytes are, for messages: usually a path.
  ///   - budget: what the picture, and the work to make it, may take.
  /// - Throws: `HourglassError`: badData if they are no whole WebP file, an animation, a picture larger than `PNG.Limits`
  ///   allow, or one far larger than so few bytes are made for; environment if it is larger than memory.
  package static func decode(
    _ bytes: [UInt8], source: String, budget: MemoryBudget = .process
  ) throws -> Picture {
    var config = WebPDecoderConfig()
    guard WebPInitDecoderConfig(&config) != 0 else {
      throw HourglassError(.environment, "libwebp is another version than its headers; install both anew.")
    }
    let status = WebPGetFeatures(bytes, bytes.count, &config.input)
    guard status == VP8_STATUS_OK else { throw damage(status, source) }
    guard config.input.has_animation == 0 else {
      throw HourglassError(
        .badData, "Cannot read \(source): it is an animation; save one of its pictures as PNG or JPEG.")
    }
    let (width, height) = (Int(config.input.width), Int(config.input.height))
    guard PNG.Limits.admit(width: width, height: height) else {
      throw PNG.tooLarge(width: width, height: height, source: source)
    }
    let (pixels, isTransparent) = (width * height, config.input.has_alpha != 0)
    guard mayHold(pixels: pixels, in: bytes.count) else {
      throw HourglassError(
        .badData,
        "Cannot read \(source): its \(grouped(bytes.count)) bytes declare \(width) x \(height) pixels, more than "
          + "\(grouped(unquestioned)) and than \(grouped(greatestRatio)) for each byte; save it as PNG or JPEG if you "
          + "trust it.")
    }
    let orientation = ExifOrientation(ExifData.ofWebP(bytes))
    // A picture that is turned or made grey is there twice; libwebp holds all of what is packed without loss.
    let isHeld = isTransparent || config.input.format != lossyFormat
    try budget.admit(
      6 * pixels + (isTransparent ? 4 * pixels : 0) + (isHeld ? 5 * pixels : 0),
      for: PNG.description(of: source, width: width, height: height, channels: 3),
      remedy: "use a smaller picture")
    let channels = isTransparent ? 4 : 3
    let samples = try [UInt8](unsafeUninitializedCapacity: channels * pixels) { memory, filled in
      config.output.colorspace = isTransparent ? MODE_RGBA : MODE_RGB
      config.output.is_external_memory = 1
      config.output.u.RGBA = WebPRGBABuffer(
        rgba: memory.baseAddress, stride: Int32(channels * width), size: channels * pixels)
      let status = WebPDecode(bytes, bytes.count, &config)
      WebPFreeDecBuffer(&config.output)
      guard status == VP8_STATUS_OK else { throw damage(status, source) }
      filled = channels * pixels
    }
    return Picture(
      width: width, height: height, channels: 3, trusted: isTransparent ? onWhite(samples) : samples
    ).turned(as: orientation)
  }

  /// Pixels that any file may have: an empty mask takes as few bytes as a pixel where it is packed without loss.
  private static let unquestioned = 1 << 24
  /// What larger pictures may have for each byte. With loss 16 x 16 pixels take 3 bits at least, which is less than a tenth
  /// of it.
  private static let greatestRatio = 8192

  /// Whether so many bytes may be a picture of so many pixels. What has more is made to take memory and time.
  package static func mayHold(pixels: Int, in byteCount: Int) -> Bool {
    pixels <= max(unquestioned, greatestRatio * byteCount)
  }

  /// What libwebp calls a file that is packed with loss and nothing else.
  private static let lossyFormat: Int32 = 1

  private static func onWhite(_ samples: [UInt8]) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: samples.count / 4 * 3) { memory, filled in
      for pixel in 0..<samples.count / 4 {
        let alpha = Int(samples[4 * pixel + 3])
        for channel in 0..<3 {
          let sum = Int(samples[4 * pixel + channel]) * alpha + 255 * (255 - alpha)
          memory[3 * pixel + channel] = UInt8((sum + 127) / 255)
        }
      }
      filled = samples.count / 4 * 3
    }
  }

  private static func damage(_ status: VP8StatusCode, _ source: String) -> HourglassError {
    if status == VP8_STATUS_OUT_OF_MEMORY {
      return HourglassError(
        .environment, "Cannot read \(source): libwebp has no memory; free some, or use a smaller picture.")
    }
    let words =
      switch status {
      case VP8_STATUS_NOT_ENOUGH_DATA, VP8_STATUS_SUSPENDED: "it ends too early"
      case VP8_STATUS_UNSUPPORTED_FEATURE: "it has what libwebp does not know"
      default: "its data are damaged"
      }
    return HourglassError(
      .badData, "Cannot read \(source): it is no whole WebP file (\(words)); get a fresh copy of the file.")
  }
}

extension Picture {
  /// The picture in grey where it has no colours: WebP knows no grey, and packed with loss its three channels are a level or
  /// two apart.
  func withoutNeedlessColours() throws(HourglassError) -> Picture {
    guard channels == 3 else { return self }
    let isGrey = (0..<width * height).allSatisfy { pixel in
      let (red, green, blue) = (bytes[3 * pixel], bytes[3 * pixel + 1], bytes[3 * pixel + 2])
      return max(red, green, blue) - min(red, green, blue) <= 2
    }
    return isGrey ? try converted(toChannels: 1) : self
  }
}
