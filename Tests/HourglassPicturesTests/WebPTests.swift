import Foundation
import HourglassBase
import HourglassFiles
import HourglassPictures
import HourglassTestSupport
import Testing

/// Reading WebP files.
struct WebPTests {
  private func noise(channels: Int, width: Int = 40, height: Int = 30) -> Picture {
    var random = TestNumbers(3)
    let bytes = (0..<width * height * channels).map { _ in UInt8.random(in: .min ... .max, using: &random) }
    return Picture(width: width, height: height, channels: channels, trusted: bytes)
  }

  @Test func readsByContentAndName() throws {
    try withScratchFolder { folder in
      for name in ["a.webp", "b.png"] {
        try AtomicFile.write(WebP.encode(noise(channels: 3), quality: 90), to: "\(folder)/\(name)")
        let read = try Picture.read(path: "\(folder)/\(name)")
        #expect((read.width, read.height, read.channels) == (40, 30, 3))
      }
    }
  }

  /// WebP has three channels always, but grey pictures are grey.
  @Test(arguments: [5.0, 40, 75, 100]) func greyStaysGrey(quality: Double) throws {
    let file = try WebP.encode(noise(channels: 1), quality: quality)
    #expect(try Picture.decode(file, source: "a").channels == 1)
    #expect(try WebP.decode(file, source: "a").channels == 3)
  }

  /// Three pixels without loss: opaque, transparent, and half so (libwebp's WebPEncodeLosslessRGBA of
  /// 10 20 30 255, 10 20 30 0, 200 100 0 128).
  @Test func transparentPlacesBecomeWhite() throws {
    let file = try #require(
      Data(
        base64Encoded:
          "UklGRjYAAABXRUJQVlA4TCkAAAAvAgAAEBcgEEhxEIMtFkx2588Tm0AgiWR/rkkEBEXXLRdQ/YeGRPQ/AAA="))
    let picture = try Picture.decode(Array(file), source: "a")
    // 200 * 128/255 + 255 * 127/255 = 227.4, 100 * 128/255 + 127 = 177.2, 127.
    #expect(
      picture
        == Picture(width: 3, height: 1, channels: 3, trusted: [10, 20, 30, 255, 255, 255, 227, 177, 127]))
  }

  @Test func refusals() throws {
    let whole = try WebP.encode(noise(channels: 3), quality: 50)
    for count in 12..<whole.count {
      let error = thrownError { _ = try Picture.decode(Array(whole.prefix(count)), source: "a.webp") }
      #expect(
        error.code == .badData && error.says("Cannot read a.webp: it is no whole WebP file ("), "\(error)")
    }
    let animation: [UInt8] =
      Array("RIFF".utf8) + littleEndian(40) + Array("WEBPVP8X".utf8) + littleEndian(10) + [2, 0, 0, 0]
      + littleEndian(9, 3) + littleEndian(9, 3) + Array("ANIM".utf8) + littleEndian(6) + [0, 0, 0, 0, 0, 0]
    #expect(
      thrownError { _ = try Picture.decode(animation, source: "a.webp") }.message
        == "Cannot read a.webp: it is an animation; save one of its pictures as PNG or JPEG.")
    // The largest side that the format knows, in few bytes.
    var large = whole
    large.replaceSubrange(26..<30, with: [0xff, 0x3f, 0xff, 0x3f])
    #expect(
      thrownError { _ = try Picture.decode(large, source: "a.webp") }.says(
        "16383 x 16383 pixels are more than"))
  }

  /// One colour takes as few bytes as a pixel where it is packed without loss, so the pixels are bounded by the bytes.
  @Test func fewBytesAreNoLargePicture() throws {
    var file = Array(
      try #require(
        Data(
          base64Encoded:
            "UklGRjYAAABXRUJQVlA4TCkAAAAvAgAAEBcgEEhxEIMtFkx2588Tm0AgiWR/rkkEBEXXLRdQ/YeGRPQ/AAA=")))
    /// The error where the file declares a square.
    func error(side: Int) -> HourglassError {
      // 14 bits of each side less one, then that it is transparent.
      file.replaceSubrange(21..<25, with: littleEndian((side - 1) | (side - 1) << 14 | 1 << 28))
      return thrownError { _ = try WebP.decode(file, source: "a.webp") }
    }
    let large = error(side: 9400)
    #expect(large.code == .badData, "\(large)")
    #expect(
      large.says("Cannot read a.webp: its 62 bytes declare 9400 x 9400 pixels, more than 16,777,216"),
      "\(large)")
    #expect(error(side: 4097).says("declare 4097 x 4097 pixels"))
    #expect(WebP.mayHold(pixels: 1 << 24, in: 1) && !WebP.mayHold(pixels: (1 << 24) + 1, in: 1))
    // One colour, packed with loss, has about 560 pixels for each byte.
    #expect(WebP.mayHold(pixels: PNG.Limits.pixels, in: PNG.Limits.pixels / 600))
  }

  @Test func memoryIsAskedFor() throws {
    let file = try WebP.encode(noise(channels: 3), quality: 50)
    // The picture, and once more turned or grey.
    let need = 40 * 30 * 6
    #expect(try WebP.decode(file, source: "a", budget: MemoryBudget(bytes: need)).width == 40)
    let error = thrownError {
      _ = try WebP.decode(file, source: "a", budget: MemoryBudget(bytes: need - 1))
    }
    #expect(error.code == .environment && error.says("a with 40 x 30 pixels of 3 colours takes"), "\(error)")
  }

  @Test func survivesMutations() throws {
    let files = try [
      WebP.encode(noise(channels: 3), quality: 50), WebP.encode(noise(channels: 1), quality: 5),
    ]
    var (random, read) = (TestNumbers(7), 0)
    for round in 0..<2000 {
      do {
        let picture = try Picture.decode(random.mutating(files[round % 2]), source: "a.webp")
        #expect(picture.bytes.count == picture.width * picture.height * picture.channels)
        read += 1
      } catch let error as HourglassError {
        #expect(error.code == .badData, "\(error)")
      }
    }
    #expect(read > 100)
  }

  /// What is known but not read has to be converted; what is empty does not.
  @Test func otherKindsAreNamed() throws {
    let kinds: [([UInt8], String)] = [
      (Array("GIF89a".utf8), "GIF"), (Array("BM".utf8) + [UInt8](repeating: 0, count: 52), "BMP"),
      ([0x49, 0x49, 42, 0, 8, 0, 0, 0], "TIFF"), ([0, 0, 0, 24] + Array("ftypheic".utf8), "HEIF"),
      ([0, 0, 0, 24] + Array("ftypavif".utf8), "AVIF"), (Array("8BPS".utf8), "PSD"),
    ]
    for (bytes, kind) in kinds {
      #expect(
        thrownError { _ = try Picture.decode(bytes, source: "a.png") }.message
          == "Cannot read a.png: it is a \(kind) file, which is not read; convert it to PNG or JPEG.")
    }
    #expect(
      thrownError { _ = try Picture.decode([], source: "a.png") }.message
        == "Cannot read a.png: it is empty; get a fresh copy of the file.")
  }
}
