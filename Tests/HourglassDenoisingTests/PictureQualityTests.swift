import Foundation
import HourglassDenoising
import HourglassModels
import HourglassPictures
import HourglassTestSupport
import Testing

@Suite struct PictureQualityTests {
  private func planes(_ picture: Picture) -> [Float] {
    (0..<picture.channels).flatMap { channel in
      (0..<picture.width * picture.height).map { Float(picture.bytes[$0 * picture.channels + channel]) / 255 }
    }
  }

  /// In strips as in one piece.
  @Test(arguments: [(5, 4), (11, 11), (40, 138), (64, 139), (23, 400)])
  func agreesWithTheMeasuresOfSamples(_ width: Int, _ height: Int) throws {
    for channels in [1, 3] {
      let a = DenoisingModels.picture(width: width, height: height, channels: channels, seed: 1)
      let b = DenoisingModels.picture(width: width, height: height, channels: channels, seed: 2)
      let quality = try PictureQuality(of: a, comparedWith: b, threads: 2)
      let error = try meanSquaredError(planes(a), planes(b))
      #expect(abs(quality.psnr - peakSignalToNoiseRatio(meanSquaredError: error)) < 1e-5)
      let similarity = try structuralSimilarity(planes(a), planes(b), shape: [channels, height, width])
      #expect(abs(quality.ssim - similarity) < 1e-12)
      #expect(try quality == PictureQuality(of: a, comparedWith: b, threads: 3))
      #expect(try PictureQuality(of: a, comparedWith: a).psnr == 100)
    }
  }

  @Test func refusesPicturesOfOtherSizes() {
    let a = DenoisingModels.picture(width: 5, height: 4, channels: 1)
    let b = DenoisingModels.picture(width: 4, height: 5, channels: 3)
    expectSentence(["5 x 4 pixels with 1 channel,", "4 x 5 pixels with 3 channels"], .usage) {
      _ = try PictureQuality(of: a, comparedWith: b)
    }
  }

  // MARK: - Noise

  @Test func noiseHasItsDeviation() throws {
    let grey = try Picture(width: 200, height: 150, channels: 3, bytes: Array(repeating: 128, count: 90_000))
    let noisy = try grey.noisy(deviation: 25, seed: 3)
    let differences = zip(noisy.bytes, grey.bytes).map { Double(Int($0) - Int($1)) }
    let mean = differences.reduce(0, +) / 90_000
    let variance = differences.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / 90_000
    // Rounding adds 1/12 to the variance; three deviations of 90,000 draws are 1.4 %.
    #expect(abs(mean) < 0.25 && abs(variance - 625) < 9)
    #expect(try noisy == grey.noisy(deviation: 25, seed: 3, threads: 1))
    #expect(try noisy != grey.noisy(deviation: 25, seed: 4))
    // Neither neighbours nor channels share their noise.
    for offset in [1, 3, 600, 4096] {
      let products = (0..<80_000).map { differences[$0] * differences[$0 + offset] }
      #expect(abs(products.reduce(0, +) / 80_000) < 7)
    }
    #expect(try grey.noisy(deviation: 0, seed: 3) == grey)
    expectSentence(["deviation of 256"], .usage) { _ = try grey.noisy(deviation: 256, seed: 1) }
  }

  // MARK: - Filters

  /// Where the picture lies beyond its edge, the last line repeated: d c b a | a b c d | d c b a.
  private func mirrored(_ index: Int, _ extent: Int) -> Int {
    var index = index
    while index < 0 || index >= extent { index = index < 0 ? -1 - index : 2 * extent - 1 - index }
    return index
  }

  /// By the definition, in double precision.
  private func filtered(_ picture: Picture, radius: Int, _ value: ([(Int, Int, UInt8)]) -> Double) -> [Double]
  {
    var result: [Double] = []
    for y in 0..<picture.height {
      for x in 0..<picture.width {
        for channel in 0..<picture.channels {
          var window: [(Int, Int, UInt8)] = []
          for dy in -radius...radius {
            for dx in -radius...radius {
              let (row, column) = (mirrored(y + dy, picture.height), mirrored(x + dx, picture.width))
              window.append(
                (dy, dx, picture.bytes[(row * picture.width + column) * picture.channels + channel]))
            }
          }
          result.append(value(window))
        }
      }
    }
    return result
  }

  @Test(arguments: [(9, 40, 3), (37, 3, 1), (1, 1, 1), (2, 5, 3)])
  func medianIsTheMiddleOfTheWindow(_ width: Int, _ height: Int, _ channels: Int) throws {
    let picture = DenoisingModels.picture(width: width, height: height, channels: channels)
    for side in [3, 5, 7] {
      let expected = filtered(picture, radius: side / 2) { window in
        Double(window.map(\.2).sorted()[side * side / 2])
      }
      #expect(try NoiseFilter.median(side)(picture, threads: 2).bytes.map(Double.init) == expected)
    }
  }

  @Test(arguments: [(9, 40, 3), (37, 3, 1), (1, 1, 1)])
  func gaussianIsAWeightedMean(_ width: Int, _ height: Int, _ channels: Int) throws {
    let picture = DenoisingModels.picture(width: width, height: height, channels: channels)
    for deviation in [0.3, 0.9, 1.7] {
      let radius = Int(4 * deviation + 0.5)
      func weight(_ distance: Int) -> Double {
        exp(-0.5 * Double(distance * distance) / (deviation * deviation))
      }
      let total = (-radius...radius).map(weight).reduce(0, +)
      let expected = filtered(picture, radius: radius) { window in
        window.map { weight($0.0) * weight($0.1) * Double($0.2) }.reduce(0, +) / (total * total)
      }
      let result = try NoiseFilter.gaussian(deviation)(picture, threads: 2)
      for (byte, number) in zip(result.bytes, expected) { #expect(abs(Double(byte) - number) <= 0.51) }
    }
  }

  @Test func bestSettingIsTheBest() throws {
    let clean = DenoisingModels.picture(width: 60, height: 50, channels: 1)
    let noisy = try clean.noisy(deviation: 40, seed: 1)
    let best = try NoiseFilter.best(for: noisy, original: clean)
    func psnr(_ filter: NoiseFilter) throws -> Double {
      try PictureQuality(of: filter(noisy), comparedWith: clean).psnr
    }
    for side in [3, 5, 7, 9] { #expect(try psnr(.median(side)) <= best.median.quality.psnr) }
    for tenth in 3...40 { #expect(try psnr(.gaussian(Double(tenth) / 10)) <= best.gaussian.quality.psnr) }
    #expect(try psnr(best.gaussian.filter) == best.gaussian.quality.psnr)
    #expect(best.gaussian.quality.psnr > (try PictureQuality(of: noisy, comparedWith: clean).psnr))
    for filter in [
      NoiseFilter.median(4), .median(1), .median(33), .gaussian(0), .gaussian(.nan), .gaussian(21),
    ] {
      expectSentence(["but must be"], .usage) { _ = try filter(noisy) }
    }
  }
}
