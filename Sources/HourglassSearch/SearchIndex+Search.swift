import HourglassBase
import HourglassEngine
import HourglassPictures

/// An index made ready for searches.
public struct IndexSearch: Sendable {
  package let exact: ExactSearch
  /// Where the index has a graph.
  package let approximate: ApproximateSearch?

  /// - Throws: `HourglassError`: usage when the index is empty, badData when its graph does not fit.
  public init(_ index: SearchIndex) throws {
    let exact = try ExactSearch(index.vectors, metric: index.metric)
    self.exact = exact
    approximate = try index.graph.flatMap { graph in
      try index.approximation.map {
        try ApproximateSearch(exact, settings: $0, words: graph.words, count: graph.count)
      }
    }
  }

  /// The nearest vectors to each query, by the graph if there is one.
  ///
  /// - Parameters:
  ///   - count: results of each query.
  ///   - breadth: candidates that a search in the graph keeps.
  ///   - isExact: looks at all vectors even if there is a graph.
  ///   - progress: told now and then; what it throws ends the work.
  public func nearest(
    to queries: SampleArray, count: Int, breadth: Int = 64, isExact: Bool = false, threads: Int? = nil,
    progress: WorkProgress.Report = { _ in }
  ) throws -> SearchResults {
    if let approximate, !isExact {
      return try approximate.nearest(
        to: queries, count: count, breadth: max(breadth, count), threads: threads, progress: progress)
    }
    return try exact.nearest(to: queries, count: count, threads: threads, progress: progress)
  }
}

extension SearchIndex {
  /// The vectors of samples, made by the model; samples that are vectors already stay what they are. Their numbers are read
  /// as those that the model learnt from, or that the index holds: bytes as what they stood for there, whole floats up to
  /// 255 as bytes where it was bytes.
  ///
  /// - Parameter progress: told now and then; what it throws ends the work.
  /// - Throws: `HourglassError` (badData) when the samples are neither, or their numbers cannot be meant.
  public func queries(
    _ samples: any SampleSource, threads: Int? = nil, progress: WorkProgress.Report = { _ in }
  ) throws -> SampleArray {
    try checkTakes(samples)
    let samples = try matched(samples, named: "the queries").samples
    if let model, samples.shape == model.model.inputShape {
      return try model.encode(samples, threads: threads, progress: progress).flattened
    }
    return try samples.array().flattened
  }

  /// Queries with numbers that mean what those of the index, or of its model's training, mean, see `ValueReading`.
  ///
  /// - Parameter name: what the queries are called, such as their file.
  /// - Returns: also what a person should know of them.
  /// - Throws: `HourglassError` (badData) when the numbers cannot be meant; what the source throws.
  package func matched(
    _ samples: any SampleSource, named name: String
  ) throws(HourglassError) -> (samples: any SampleSource, note: String?) {
    guard let model else { return try samples.matched(to: values, named: name, learner: Self.learner) }
    if samples.shape == model.model.inputShape { return try model.matched(samples, named: name) }
    guard samples.element == .float else {
      throw HourglassError(
        .badData, "The codes of \(name) are bytes, but those of the model are floats; save them as float32")
    }
    return (samples, nil)
  }

  /// Checks that samples are what the model takes, or vectors already.
  ///
  /// - Parameter source: the file they come from, for messages.
  /// - Throws: `HourglassError` (badData) when they are neither.
  package func checkTakes(_ samples: any SampleSource, source: String? = nil) throws {
    if samples.shape == model?.model.inputShape { return }
    let codeShape = try model?.model.codeShape
    let isVector = model == nil && samples.shape.count == vectors.shape.count
    guard isVector || samples.shape == vectors.shape || samples.shape == codeShape else {
      let shapes = model.map { "samples of shape \($0.model.inputShape) or codes of \(vectors.shape)" }
      throw HourglassError(
        .badData,
        "The queries\(source.map { " of \($0)" } ?? "") have shape \(samples.shape), but the index takes \(shapes ?? "vectors of \(vectors.shape)"); give "
          + "others.")
    }
  }

  /// Pictures as the model takes them: as its training data were fitted, else scaled to its size.
  ///
  /// - Throws: `HourglassError`: usage when the index has no model of pictures.
  public func samples(_ pictures: [Picture]) throws -> SampleArray {
    guard let form = model?.model.input, form.isPicture else {
      throw HourglassError(
        .usage,
        "The index has no model that takes pictures; give queries as vectors in a .npy file.")
    }
    var fitting = fitting
    fitting.extent = fitting.extent ?? .resize(height: form.shape[1], width: form.shape[2])
    fitting.channels = form.shape[0]
    return try SampleArray(pictures.map { try $0.fitted(fitting) })
  }
}
