import HourglassBase
import HourglassEngine

/// How often results share their query's class: of the codes, and of simple things to search by instead.
package struct SearchPrecision {
  private let index: SearchIndex
  private let questions: SearchQuestions
  private let labels: [Int]

  /// - Returns: nil when the index knows no classes.
  package init?(of questions: SearchQuestions, in index: SearchIndex) {
    guard index.labels.contains(where: { $0 >= 0 }) else { return nil }
    self.index = index
    self.questions = questions
    // Classes are the same where their names are.
    let known = NamePlaces(index.classNames)
    let numbers = questions.classNames.map { known[$0] ?? -2 }
    labels = questions.labels.map { numbers[$0] }
  }

  /// Of results as they are listed, such as those of a graph.
  ///
  /// - Parameter tied: by the number of a query, all vectors that are as near as its last result, see
  ///   `ApproximateSearch.tied`; they share the last places.
  package func callAsFunction(_ results: SearchResults, tied: [Int: [UInt32]] = [:]) throws -> Double {
    try retrievalPrecision(results, tied: tied, labels: index.labels, queryLabels: labels)
  }

  /// Of an exact search, whatever the order of the vectors is.
  ///
  /// - Parameter vectors: the queries as the search takes them.
  package func callAsFunction(
    _ vectors: SampleArray, in search: ExactSearch, count: Int, threads: Int?,
    progress: WorkProgress.Report = { _ in }
  ) throws -> Double {
    try retrievalPrecision(
      of: vectors, in: search, count: count, labels: index.labels, queryLabels: labels, threads: threads,
      progress: progress)
  }

  /// Whether the index holds the samples whole, so that they can be searched by pixels too.
  package var hasBaselines: Bool { index.wholeSamples?.shape == questions.samples.shape }

  /// Of the pixels, and of as many principal components as a code has numbers, where there are so many.
  ///
  /// - Parameters:
  ///   - count: results for each query.
  ///   - progress: told of the search by pixels; what it throws ends the work.
  package func baselines(
    count: Int, threads: Int?, progress: WorkProgress.Report = { _ in }
  ) throws -> (pixels: Double?, components: Double?) {
    guard hasBaselines, let pixels = index.wholeSamples else { return (nil, nil) }
    let asked = try questions.samples.array()
    let raw = try ExactSearch(pixels, metric: index.metric)
    let ofPixels = try self(asked, in: raw, count: count, threads: threads, progress: progress)
    let width = index.vectors.shape.count
    guard width <= pixels.shape.count, pixels.shape.count <= PrincipalComponents.largestSample,
      pixels.count > 1
    else { return (ofPixels, nil) }
    let components = try PrincipalComponents(of: pixels, count: width, seed: 1, threads: threads)
    let plain = try ExactSearch(components.project(pixels, threads: threads), metric: index.metric)
    let ofComponents = try self(
      components.project(asked, threads: threads), in: plain, count: count, threads: threads)
    return (ofPixels, ofComponents)
  }
}
