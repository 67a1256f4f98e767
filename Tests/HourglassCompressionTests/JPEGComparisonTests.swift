import Foundation
import HourglassBase
import HourglassCompression
import HourglassModels
import HourglassPictures
import Testing

struct JPEGComparisonTests {
  /// The smallest file that is near enough: one step of quality less is not.
  @Test func isTheSmallestThatReaches() throws {
    var bytes: [UInt8] = []
    for place in 0..<64 * 48 {
      let (x, y) = (Double(place % 64), Double(place / 64))
      bytes.append(UInt8(128 + 60 * sin(x / 5) * cos(y / 7) + 20 * sin(x * y / 40)))
    }
    let picture = try Picture(width: 64, height: 48, channels: 1, bytes: bytes)
    let images = try SampleArray([picture])
    func ratio(_ quality: Int) throws -> Double {
      let decoded = try JPEG.decode(JPEG.encode(picture, quality: quality), source: "test")
      let errors = zip(decoded.bytes, bytes).map { pow((Double($0) - Double($1)) / 255, 2) }
      return -10 * log10(errors.reduce(0, +) / Double(errors.count))
    }
    for wanted in [25.0, 30, 36] {
      let found = try #require(try JPEGComparison(of: images, atLeast: wanted))
      #expect(abs(found.peakSignalToNoiseRatio - (try ratio(found.quality))) < 1e-6)
      #expect(found.peakSignalToNoiseRatio >= wanted)
      #expect(found.bytes == (try JPEG.encode(picture, quality: found.quality).count))
      if found.quality > 1 { #expect(try ratio(found.quality - 1) < wanted) }
    }
    #expect(try JPEGComparison(of: images, atLeast: 1)?.quality == 1)
    #expect(try JPEGComparison(of: images, atLeast: 90) == nil)
    let vectors = try SampleArray(floats: [1, 2, 3], count: 1, shape: [3])
    #expect(try JPEGComparison(of: vectors, atLeast: 20) == nil)
  }

  /// The smaller file is the better choice.
  @Test func saysWhichFileIsTheBetterChoice() throws {
    let picture = try Picture(width: 16, height: 16, channels: 1, bytes: (0..<256).map { UInt8($0) })
    let images = try SampleArray([picture])
    var jpeg = try #require(try JPEGComparison(of: images, atLeast: 20))
    (jpeg.quality, jpeg.bytes, jpeg.peakSignalToNoiseRatio) = (6, 2000, 20.154)
    func verdict(_ bytes: Int) throws -> String {
      try jpeg.verdict(on: CompressionQuality(original: images, decompressed: images, bytes: bytes))
    }
    let file = "a JPEG file as near to the original (20.15 dB, quality 6) has 2,000 bytes"
    #expect(try verdict(500) == "The model is the better choice: \(file), of which this file has 25.0 %.")
    #expect(try verdict(5000) == "JPEG is the better choice: \(file), and this file 2.5 times as many.")
    #expect(try verdict(2000).hasPrefix("JPEG is the better choice"))
  }
}
