import Foundation
import HourglassBase
import HourglassCompression
import HourglassData
import HourglassModels
import HourglassReports
import Testing

/// How few bytes samples take, from the files themselves.
@Suite struct CompressionUseTests {
  private static let training = SampleArray(
    trustedBytes: CardFixture.ramps(120, state: 7), count: 120, shape: [1, 6, 5])
  private static let bytes = CardFixture.ramps(CardFixture.limit, state: 8)
  private static let test = SampleArray(trustedBytes: bytes, count: CardFixture.limit, shape: [1, 6, 5])

  /// Bits a pixel at this PSNR: straight between the logarithms of the two files around it.
  private func bits(_ points: [RateDistortionCurve.Point], at ratio: Double) -> Double? {
    for place in points.indices.dropLast() {
      let (low, high) = (points[place].quality, points[place + 1].quality)
      let (from, to) = (low.peakSignalToNoiseRatio, high.peakSignalToNoiseRatio)
      guard from <= ratio, ratio <= to else { continue }
      let share = to > from ? (ratio - from) / (to - from) : 0
      let (first, last) = (log(Double(8 * low.bytes) / 1800), log(Double(8 * high.bytes) / 1800))
      return exp((1 - share) * first + share * last)
    }
    return nil
  }

  @Test func figures() async throws {
    let model = try await CardFixture.compressingModel(on: Self.training)
    let section = try CardFixture.section(
      "compress", of: model, DataSet(name: "ramps", training: Self.training, test: Self.test))
    let compressor = try Compressor(model)
    let file = try compressor.compress(Self.test, threads: 1)
    guard case .samples(let again) = try compressor.decompress(file, source: "the file", threads: 1) else {
      Issue.record("samples became a picture")
      return
    }
    let own = try #require(section.metrics["bits_per_pixel"])
    #expect(own == Double(8 * file.count) / Double(60 * 30))
    let error = zip(again.floats, Self.bytes).reduce(0) { sum, pair in
      let difference = Double(pair.0) - Double(pair.1) / 255
      return sum + difference * difference
    }
    let ratio = try #require(section.metrics["psnr"])
    #expect(abs(ratio - -10 * log10(error / 1800)) < 1e-3)

    let curve = try RateDistortionCurve(of: Self.test, models: [], threads: 1)
    var best = Double.infinity
    for (name, series) in [("jpeg", curve.jpeg), ("webp", curve.webp)] {
      let given = try #require(section.metrics["bits_per_pixel_\(name)"], "\(name)")
      let expected = try #require(bits(series.points, at: ratio), "\(name)")
      #expect(abs(given / expected - 1) < 1e-9, "\(name)")
      best = min(best, given)
    }
    #expect(section.isBetter == (own < best))
    #expect(section.verdict.hasPrefix("It takes") == (own < best))
  }

  /// A code of other numbers makes no files, and is not said to do so badly.
  @Test func otherCodesHaveNoFigure() async throws {
    let training = CardFixture.plane(300, state: 5)
    let section = try CardFixture.section(
      "compress", of: await CardFixture.model(on: training),
      DataSet(name: "planes", training: training, test: CardFixture.plane(60, state: 6)))
    #expect(section.metrics.isEmpty && section.isBetter == nil)
    #expect(section.verdict.contains("not one of whole numbers"))
  }

  /// JPEG and WebP cannot take numbers that are no bytes.
  @Test func imagesOfOtherNumbersHaveNoFigure() async throws {
    let model = try await CardFixture.compressingModel(on: Self.training)
    let floats = SampleArray(trustedFloats: Self.test.floats, count: CardFixture.limit, shape: [1, 6, 5])
    let section = try CardFixture.section(
      "compress", of: model, DataSet(name: "floats", training: Self.training, test: floats))
    #expect(section.metrics.isEmpty && section.isBetter == nil && section.verdict.contains("bytes only"))
  }
}
