import HourglassBase
import HourglassDrawing
import HourglassEngine
import HourglassModels
import HourglassSearch

/// How well the nearest codes are of the same class, beside principal components of the same number and the samples
/// themselves.
enum SearchUse: CardUse {
  static let key = "search"
  static let title = "Search"
  private static let results = 10

  static func judge(_ context: CardContext) throws -> CardSection {
    guard !context.trainingLabels.isEmpty, context.testLabels.count == context.test.count else {
      return .unavailable(key, title, "The data have no labels to judge search results by.")
    }
    let (training, test) = (context.training, context.test)
    guard training.count >= results else {
      return .unavailable(key, title, "There are too few training samples to search in.")
    }
    let encode = { try context.trained.encode($0, threads: context.threads) }
    let own = try precision(encode(training), encode(test), context)
    let whole = try precision(training, test, context)
    var section = CardSection(
      key: key, title: title,
      method: "Each of \(ReportText.count(test.count, "test sample")) is looked up among "
        + "\(ReportText.count(training.count, "training sample")); precision is the share of the \(results) nearest that have its class.",
      verdict: "", columns: ["Numbers", "Precision at \(results)"],
      rows: [("Autoencoder's codes", [grouped(try context.width), share(own)])],
      metrics: ["precision_at_10": own, "precision_at_10_samples": whole])
    let samples = (name: "Samples themselves", values: [grouped(test.shape.count), share(whole)])
    guard let components = context.components else {
      section.rows.append(samples)
      section.isBetter = own > whole
      section.verdict = "The \(own > whole ? "codes" : "samples themselves") find more of the same class."
      return section
    }
    let project = { try components.project($0, threads: context.threads) }
    let simple = try precision(project(training), project(test), context)
    section.rows += [
      ("PCA, as many numbers", [grouped(components.components.count), share(simple)]), samples,
    ]
    section.metrics["precision_at_10_pca"] = simple
    section.isBetter = own > simple
    section.verdict =
      "The \(own > simple ? "autoencoder's codes" : "principal components") find more of the same class: "
      + "\(share(max(own, simple))) against \(share(min(own, simple))); the samples themselves \(share(whole))."
    return section
  }

  private static func precision(
    _ vectors: SampleArray, _ queries: SampleArray, _ context: CardContext
  ) throws -> Double {
    try retrievalPrecision(
      of: queries, in: ExactSearch(vectors), count: results, labels: context.trainingLabels,
      queryLabels: context.testLabels, threads: context.threads)
  }
}
