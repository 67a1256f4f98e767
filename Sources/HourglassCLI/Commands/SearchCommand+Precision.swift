import Hourglass

extension SearchCommand {
  /// How often results share their query's class: of the codes, and, where the index holds the samples whole, of the
  /// pixels and as many principal components.
  func precision(
    _ index: SearchIndex, _ asked: Questions, _ results: SearchResults, _ count: Int, _ threads: Int?
  ) throws -> [String: Double] {
    guard index.labels.contains(where: { $0 >= 0 }) else {
      Terminal.note("The index knows no classes, so precision is not measured.")
      return [:]
    }
    // Classes are the same where their names are.
    let numbers = asked.classNames.map { name in index.classNames.firstIndex(of: name) ?? -2 }
    let labels = asked.labels.map { numbers[$0] }
    func measure(_ found: SearchResults) -> Double {
      retrievalPrecision(found, labels: index.labels, queryLabels: labels)
    }
    var metrics = ["precision_at_\(count)": measure(results)]
    guard !skipBaselines, let pixels = index.wholeSamples, asked.samples.shape == pixels.shape else {
      return metrics
    }
    Terminal.note("measuring pixels and principal components beside (--skip-baselines leaves them out)")
    let raw = try ExactSearch(pixels, metric: index.metric)
    let progress = SampleProgress("searching pixels for", of: asked.samples.count, "queries")
    metrics["precision_at_\(count)_pixels"] = try measure(
      raw.nearest(to: asked.samples, count: count, threads: threads, progress: progress.report))
    let width = index.vectors.shape.count
    guard width <= pixels.shape.count, pixels.shape.count <= PrincipalComponents.largestSample,
      pixels.count > 1
    else {
      return metrics
    }
    let components = try PrincipalComponents(of: pixels, count: width, seed: 1, threads: threads)
    let plain = try ExactSearch(components.project(pixels, threads: threads), metric: index.metric)
    metrics["precision_at_\(count)_pca"] = try measure(
      plain.nearest(to: components.project(asked.samples, threads: threads), count: count, threads: threads))
    return metrics
  }
}
