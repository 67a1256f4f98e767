import HourglassBase
import HourglassDetection
import HourglassDrawing
import HourglassEngine
import HourglassModels

/// How well the reconstruction error tells samples with a foreign part from whole ones, beside PCA's error and the distance
/// to the nearest training samples.
enum DetectionUse: CardUse {
  static let key = "detect"
  static let title = "Anomaly detection"
  private static let neighbours = 5

  static func judge(_ context: CardContext) throws -> CardSection {
    let test = context.test
    let spoilt = grafted(test, seed: context.seed)
    let isAnomaly = Array(repeating: false, count: test.count) + Array(repeating: true, count: test.count)
    func area(_ score: (SampleArray) throws -> [Double]) throws -> Double {
      let scores = try score(test) + score(spoilt)
      return RankingQuality(scores: scores, isAnomaly: isAnomaly)?.areaUnderROC ?? 0.5
    }
    func errors(_ rebuilt: SampleArray, _ samples: SampleArray) -> [Double] {
      (0..<samples.count).map { meanSquaredError(trusted: rebuilt.sample($0), samples.sample($0)) }
    }
    let own = try area { errors(try context.reconstruction(of: $0), $0) }
    let search = try ExactSearch(context.training)
    let near = min(neighbours, context.training.count)
    let distance = try area { samples in
      let found = try search.nearest(to: samples, count: near, threads: context.threads)
      return (0..<samples.count).map { Double(found.of($0).last?.distance ?? 0) }
    }
    var section = CardSection(
      key: key, title: title,
      method:
        "Anomalies are made: in a copy of each of \(ReportText.count(test.count, "test sample")) a quarter is replaced by the same "
        + "part of another. The area under the ROC curve is the chance that a spoilt sample scores above a whole one.",
      verdict: "", columns: ["Area under ROC"],
      rows: [("Autoencoder's error", [ReportText.fixed(own, 3)])],
      metrics: ["roc_auc": own, "roc_auc_neighbours": distance])
    var best = (name: "the distance to the nearest training samples", area: distance)
    if context.components != nil {
      let simple = try area { errors(try context.principalReconstruction(of: $0) ?? $0, $0) }
      section.rows.append(("PCA's error, as many numbers", [ReportText.fixed(simple, 3)]))
      section.metrics["roc_auc_pca"] = simple
      if simple > best.area { best = ("PCA's error", simple) }
    }
    section.rows.append(("Distance to the \(near)th nearest", [ReportText.fixed(distance, 3)]))
    section.isBetter = own > best.area
    section.verdict =
      own > best.area
      ? "The autoencoder's error finds spoilt samples best: \(ReportText.fixed(own, 3)) against \(ReportText.fixed(best.area, 3)) for \(best.name)."
      : "\(best.name.prefix(1).uppercased() + best.name.dropFirst()) finds spoilt samples best: \(ReportText.fixed(best.area, 3)) against "
        + "\(ReportText.fixed(own, 3)) for the autoencoder's error."
    section.figures = try figures(test, spoilt, context)
    return section
  }

  /// Copies in which a quarter is another sample's: a rectangle of half the height and width for images, a stretch of a
  /// quarter of the numbers, or of the time of a series, else.
  static func grafted(_ samples: SampleArray, seed: UInt64) -> SampleArray {
    var random = RandomNumbers(seed: seed, purpose: .sampling, stream: 3)
    let shape = samples.shape
    let (height, width) = samples.form.grid
    let part = samples.form.isImage ? (max(height / 2, 1), max(width / 2, 1)) : (1, max(width / 4, 1))
    var floats: [Float] = []
    for index in 0..<samples.count {
      var sample = samples.sample(index)
      let other = samples.sample((index + 1 + random.index(below: samples.count - 1)) % samples.count)
      let (top, left) = (random.index(below: height - part.0 + 1), random.index(below: width - part.1 + 1))
      for plane in stride(from: 0, to: shape.count, by: height * width) {
        for row in top..<top + part.0 {
          let places = plane + row * width + left..<plane + row * width + left + part.1
          sample.replaceSubrange(places, with: other[places])
        }
      }
      floats += sample
    }
    return samples.replacingNumbers(floats)
  }

  private static func figures(
    _ test: SampleArray, _ spoilt: SampleArray, _ context: CardContext
  ) throws -> [Figure] {
    let first = spoilt.prefix(10)
    guard let whole = try CardPictures.pictures(test.prefix(10)),
      let pictures = try CardPictures.pictures(first),
      let rebuilt = try CardPictures.pictures(try context.reconstruction(of: first))
    else { return [] }
    return [
      try Figure(
        file: "card-anomalies.png", title: "Anomalies",
        caption: "Test samples, with a part of another, and what the model rebuilds of that.",
        description: "Three rows of \(whole.count) images: whole, spoilt and rebuilt.",
        rows: [whole, pictures, rebuilt], labels: ["whole", "spoilt", "rebuilt"])
    ]
  }
}
