import HourglassBase
import HourglassDenoising
import HourglassDrawing
import HourglassEngine
import HourglassModels

/// How much of added noise the model takes away, beside principal components and, for images, the best median or Gaussian
/// filter.
enum DenoisingUse: CardUse {
  static let key = "denoise"
  static let title = "Denoising"
  /// The noise for models that were not trained on any.
  private static let usualDeviation = 0.1
  private static let most = 500

  static func judge(_ context: CardContext) throws -> CardSection {
    let clean = context.test.prefix(most)
    let (deviation, isOwn) = deviation(context.trained.objective)
    let noisy = noise(clean, deviation: deviation, seed: context.seed)
    func error(_ samples: SampleArray) -> Double { meanSquaredError(trusted: samples.floats, clean.floats) }
    let cleaned = try context.reconstruction(of: noisy)
    let own = error(cleaned)
    var section = CardSection(
      key: key, title: title,
      method:
        "\(ReportText.count(clean.count, "test sample")) get normal noise of deviation \(ReportText.significant(deviation)), "
        + "clipped to 0...1"
        + (isOwn ? ", as in training. " : "; the model was trained for other things. ")
        + "PSNR is of the mean squared error over all of them.",
      verdict: "", columns: ["PSNR"],
      rows: [("Noisy", [decibels(error(noisy))]), ("Autoencoder", [decibels(own)])],
      metrics: ["psnr_noisy": ratio(error(noisy)), "psnr": ratio(own)])
    var rivals: [(name: String, error: Double)] = []
    if let simple = try context.principalReconstruction(of: noisy) {
      rivals.append(("PCA of as many numbers", error(simple)))
      section.metrics["psnr_pca"] = ratio(error(simple))
    }
    if let filtered = try bestFilter(noisy, clean) {
      rivals.append((filtered.name, filtered.error))
      section.metrics["psnr_filter"] = ratio(filtered.error)
    }
    section.rows += rivals.map { ($0.name, [decibels($0.error)]) }
    if let best = rivals.min(by: { $0.error < $1.error }) {
      section.isBetter = own < best.error
      let gap = ReportText.fixed(abs(ratio(own) - ratio(best.error)), 2)
      section.verdict =
        own < best.error
        ? "The autoencoder leaves the least noise, \(gap) dB better than \(best.name.prefix(1) == "A" ? "a" + best.name.dropFirst() : best.name)."
        : "\(best.name) is \(gap) dB better than the autoencoder."
    } else {
      section.verdict = "There is nothing simple to compare with."
    }
    section.figures = try figures(noisy, cleaned, clean)
    return section
  }

  /// The noise to clean, and whether the model was trained on it.
  private static func deviation(_ objective: any Objective) -> (Double, Bool) {
    if let process = objective.traits.corruption?.process, process.blurDeviations == nil,
      let noise = process.normalNoise, noise.lowerBound == noise.upperBound
    {
      return (noise.lowerBound, true)
    }
    return (usualDeviation, false)
  }

  private static func noise(_ samples: SampleArray, deviation: Double, seed: UInt64) -> SampleArray {
    var random = RandomNumbers(seed: seed, purpose: .sampling, stream: 4)
    let floats = samples.floats.map { min(max($0 + Float(deviation * random.normal()), 0), 1) }
    return samples.replacingNumbers(floats)
  }

  /// One setting for all images, the best of those tried; nil for samples that are no images.
  private static func bestFilter(
    _ noisy: SampleArray, _ clean: SampleArray
  ) throws -> (name: String, error: Double)? {
    guard let pictures = try CardPictures.pictures(noisy), let originals = try CardPictures.pictures(clean)
    else {
      return nil
    }
    let team = WorkerTeam(count: 1)
    func error(_ filter: NoiseFilter) throws -> Double {
      let errors = try zip(pictures, originals).map { noisy, original in
        try squaredError(filter(noisy, team).bytes, original.bytes)
      }
      return errors.reduce(0, +) / Double(errors.count)
    }
    let filters: [(name: String, filter: NoiseFilter)] =
      [3, 5].map { ("A median filter of side \($0)", .median($0)) }
      + (3...15).map {
        (
          "A Gaussian filter of deviation \(ReportText.significant(Double($0) / 10))",
          .gaussian(Double($0) / 10)
        )
      }
    return try filters.map { ($0.name, try error($0.filter)) }.min { $0.1 < $1.1 }
  }

  private static func squaredError(_ a: [UInt8], _ b: [UInt8]) -> Double {
    var sum = 0
    for (x, y) in zip(a, b) { sum += (Int(x) - Int(y)) * (Int(x) - Int(y)) }
    return Double(sum) / Double(max(a.count, 1)) / (255 * 255)
  }

  private static func ratio(_ error: Double) -> Double { peakSignalToNoiseRatio(meanSquaredError: error) }
  private static func decibels(_ error: Double) -> String { "\(ReportText.fixed(ratio(error), 2)) dB" }

  private static func figures(
    _ noisy: SampleArray, _ cleaned: SampleArray, _ clean: SampleArray
  ) throws -> [Figure] {
    let rows = try [noisy, cleaned, clean].compactMap { try CardPictures.pictures($0.prefix(10)) }
    guard rows.count == 3 else { return [] }
    return [
      try Figure(
        file: "card-denoised.png", title: "Denoising",
        caption: "What the model makes of noisy samples it never saw.",
        description: "Three rows of \(rows[0].count) images: noisy, cleaned and original.", rows: rows,
        labels: ["noisy", "cleaned", "original"])
    ]
  }
}
