import HourglassBase
import HourglassDrawing
import HourglassEngine
import HourglassModels

/// How like the data new samples are, beside samples of a normal distribution over principal components.
enum GenerationUse: CardUse {
  static let key = "generate"
  static let title = "New samples"
  private static let most = 2_000
  private static let neighbours = 5
  private static let shown = 30

  static func judge(_ context: CardContext) throws -> CardSection {
    let test = context.test.prefix(most)
    let count = test.count
    guard context.training.count > count, test.count > neighbours else {
      return .unavailable(key, title, "There are too few samples to judge new ones.")
    }
    let isVariational = context.trained.objective.traits.hasNormalCodes
    guard try isVariational || context.width <= mostFitted else {
      return .unavailable(
        key, title,
        "The code has \(try context.width) numbers, too many to fit a distribution to; train a vae.")
    }
    let samples =
      isVariational
      ? try context.trained.generate(count, seed: context.seed, threads: context.threads)
      : try context.trained.decode(
        normalSamples(
          like: context.trained.encode(context.training, threads: context.threads), count, context.seed),
        threads: context.threads)
    let source =
      isVariational
      ? "codes drawn from the prior" : "codes drawn from a normal distribution fitted to the training codes"
    func coverage(by made: SampleArray) throws -> Double {
      try HourglassReports.coverage(of: test, by: made, neighbours: neighbours, threads: context.threads)
    }
    let real = try coverage(by: context.training.prefix(count))
    let own = try coverage(by: samples)
    var section = CardSection(
      key: key, title: title,
      method:
        "\(ReportText.count(count, "sample")) made of \(source), judged by coverage: the share of as many test samples "
        + "that have a new one among their \(neighbours) nearest neighbours in both (pixel by pixel).",
      verdict: "", columns: ["Coverage"],
      rows: [("Autoencoder", [share(own)])], metrics: ["coverage": own, "coverage_real": real])
    if let components = context.components, components.components.count <= mostFitted {
      let projected = try components.project(context.training, threads: context.threads)
      let drawn = try components.reconstruct(
        normalSamples(like: projected, count, context.seed), threads: context.threads)
      let simple = try coverage(by: drawn)
      section.rows.append(("PCA with a normal distribution", [share(simple)]))
      section.metrics["coverage_pca"] = simple
      section.isBetter = own > simple
      section.verdict =
        "\(own > simple ? "The autoencoder's" : "PCA's") samples cover more of the data: \(share(max(own, simple))) against "
        + "\(share(min(own, simple))); real samples reach \(share(real))."
    } else {
      section.verdict = "Real samples reach \(share(real))."
    }
    section.rows.append(("Real training samples", [share(real)]))
    section.figures = try figures(samples, context)
    return section
  }

  /// Codes of more numbers are not fitted: the covariance would be no more than noise.
  private static let mostFitted = 512

  private static func figures(_ samples: SampleArray, _ context: CardContext) throws -> [Figure] {
    guard let pictures = try CardPictures.pictures(samples.prefix(shown)) else { return [] }
    let rows = stride(from: 0, to: pictures.count, by: 10).map {
      Array(pictures[$0..<min($0 + 10, pictures.count)])
    }
    return [
      try Figure(
        file: "card-generated.png", title: "New samples",
        caption: "Nobody's: the decoder made them of drawn codes.",
        description: "\(pictures.count) generated images.", rows: rows)
    ]
  }

  /// Draws from the normal distribution with the samples' mean and covariance, by their principal components.
  private static func normalSamples(
    like samples: SampleArray, _ count: Int, _ seed: UInt64
  ) throws -> SampleArray {
    let width = samples.shape.count
    let components = try PrincipalComponents(of: samples, count: width, seed: seed)
    var random = RandomNumbers(seed: seed, purpose: .sampling, stream: 2)
    let deviations = components.explainedVariance.map { $0.squareRoot() }
    let draws = (0..<count).flatMap { _ in deviations.map { Float($0 * random.normal()) } }
    let codes = try components.reconstruct(SampleArray(trustedFloats: draws, count: count, shape: [width]))
    return SampleArray(trustedFloats: codes.floats, count: count, shape: samples.shape)
  }
}

/// The share of samples that have a made one among their nearest neighbours in the union of both: high only when made
/// samples look like the real ones and vary as they do (Naeem et al., "Reliable fidelity and diversity metrics for
/// generative models", 2020).
///
/// - Parameters:
///   - made: samples of the same shape, best as many as the real ones.
///   - neighbours: of each real sample that are looked at.
/// - Throws: `HourglassError`: usage when there are too few samples, badData when a value is not finite.
package func coverage(
  of real: SampleArray, by made: SampleArray, neighbours: Int, threads: Int?
) throws -> Double {
  let union = SampleArray(
    trustedFloats: real.floats + made.floats, count: real.count + made.count, shape: real.shape)
  let near = try NearestNeighbours(of: union, count: neighbours, threads: threads)
  let covered = (0..<real.count).count { sample in near.of(sample).contains { $0 >= real.count } }
  return Double(covered) / Double(real.count)
}
