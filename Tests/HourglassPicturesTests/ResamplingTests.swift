import HourglassBase
import HourglassPictures
import HourglassTestSupport
import Testing

struct ResamplingTests {
  private func grey(_ width: Int, _ height: Int, _ bytes: [UInt8]) -> Picture {
    Picture(width: width, height: height, channels: 1, trusted: bytes)
  }

  /// (index * 37 + (index / 7) * 59) mod 256: what the reference numbers were made of.
  private func pattern(_ width: Int, _ height: Int, channels: Int) -> Picture {
    let bytes = (0..<width * height * channels).map { UInt8(truncatingIfNeeded: $0 * 37 + $0 / 7 * 59) }
    return Picture(width: width, height: height, channels: channels, trusted: bytes)
  }

  @Test func averagesWhatItCovers() throws {
    // Half the size: two pixels and their neighbours in the proportions 1, 3, 3, 1; at the edges 3, 3, 1.
    let row = grey(4, 1, [0, 70, 140, 210])
    #expect(try row.resized(height: 1, width: 2).bytes == [50, 160])
    #expect(try grey(1, 4, [0, 70, 140, 210]).resized(height: 2, width: 1).bytes == [50, 160])
    // Twice the size: bilinear.
    #expect(try grey(2, 1, [0, 200]).resized(height: 1, width: 4).bytes == [0, 50, 150, 200])
  }

  @Test(arguments: [1, 3]) func keepsEvenPictures(channels: Int) throws {
    for shade: UInt8 in [0, 1, 100, 254, 255] {
      let even = Picture(
        width: 61, height: 47, channels: channels, trusted: Array(repeating: shade, count: 61 * 47 * channels)
      )
      for (height, width) in [(1, 1), (7, 9), (47, 20), (200, 61), (100, 3)] {
        let sized = try even.resized(height: height, width: width)
        #expect((sized.height, sized.width) == (height, width) && Set(sized.bytes) == [shade])
        #expect(try Set(even.cropped(height: height, width: width).bytes) == [shade])
      }
    }
  }

  /// Made with Pillow (`reference.py`): Image.resize(size, Image.Resampling.BILINEAR). Pillow rounds between its two passes, so a level
  /// may differ.
  @Test func agreesWithPillow() throws {
    for reference in resamplingReferences {
      let source = pattern(reference.width, reference.height, channels: reference.channels)
      let found = try source.resized(height: reference.newHeight, width: reference.newWidth).bytes
      #expect(found.count == reference.bytes.count)
      let greatest = zip(found, reference.bytes).map { abs(Int($0) - Int($1)) }.max() ?? 0
      #expect(greatest <= 1, "\(reference.width) x \(reference.height)")
    }
  }

  @Test func cropsAroundTheMiddle() throws {
    let wide = grey(6, 2, [0, 1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 15])
    #expect(try wide.cropped(height: 2, width: 2).bytes == [2, 3, 12, 13])
    #expect(try wide.cropped(height: 2, width: 4).bytes == [1, 2, 3, 4, 11, 12, 13, 14])
    let high = grey(2, 6, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
    #expect(try high.cropped(height: 2, width: 2).bytes == [4, 5, 6, 7])
    #expect(try high.cropped(height: 6, width: 2) == high)
    #expect(try pattern(65_535, 1, channels: 1).cropped(height: 20, width: 30).bytes.count == 600)
  }

  @Test func extremesAreFine() throws {
    let large = pattern(3000, 2, channels: 3)
    #expect(try large.resized(height: 1, width: 1).bytes.count == 3)
    #expect(
      try pattern(1, 1, channels: 1).resized(height: 300, width: 200).bytes
        == [UInt8](repeating: 0, count: 60_000))
  }

  @Test func changesChannels() throws {
    let colours = Picture(
      width: 4, height: 1, channels: 3, trusted: [255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255])
    // 0.299, 0.587 and 0.114 of 255.
    #expect(try colours.converted(toChannels: 1).bytes == [76, 150, 29, 255])
    #expect(try grey(2, 1, [5, 9]).converted(toChannels: 3).bytes == [5, 5, 5, 9, 9, 9])
    #expect(try colours.converted(toChannels: 3) == colours)
  }

  @Test func fitsPictures() throws {
    let picture = pattern(6, 4, channels: 3)
    #expect(try picture.fitted(PictureFitting()) == picture)
    let small = try picture.fitted(PictureFitting(extent: .resize(height: 2, width: 2), channels: 1))
    #expect((small.width, small.height, small.channels) == (2, 2, 1))
    #expect(
      try picture.fitted(PictureFitting(extent: .crop(height: 4, width: 2)))
        == picture.cropped(height: 4, width: 2))
  }

  @Test func picturesBecomeSamples() throws {
    let picture = Picture(width: 2, height: 1, channels: 3, trusted: [1, 2, 3, 4, 5, 6])
    let samples = try SampleArray([picture, picture])
    #expect(samples.count == 2 && samples.shape == [3, 1, 2])
    #expect(samples.sample(1) == [1, 4, 2, 5, 3, 6].map { $0 * (1 / 255) })
    #expect(thrownError { _ = try SampleArray([]) }.code == .usage)
    #expect(
      thrownError { _ = try SampleArray([picture, grey(2, 1, [1, 2])]) }
        .says("shape (1, 1, 2) is among those of (3, 1, 2)"))
  }
}
