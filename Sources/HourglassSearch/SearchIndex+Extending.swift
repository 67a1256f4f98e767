import HourglassBase
import HourglassDrawing
import HourglassEngine
import HourglassModels

extension SearchIndex {
  /// Checks that vectors can be added to this index, which stays as it was made: what is asked of it must be what it is.
  ///
  /// - Parameters:
  ///   - model: what made the new vectors; nil where they are of no model.
  ///   - vectors: what messages call the new vectors, such as their file.
  ///   - path: of the index, for messages.
  ///   - metric: the distance that is asked for; nil for the index's own.
  ///   - isApproximate: whether a graph is asked for.
  ///   - setsGraph: whether somebody says how the graph is made.
  /// - Throws: `HourglassError` (usage) when they cannot.
  package func checkTakes(
    vectorsOf model: TrainedModel?, named vectors: String, path: String, metric: DistanceMetric? = nil,
    isApproximate: Bool = false, setsGraph: Bool = false
  ) throws(HourglassError) {
    guard self.model?.weightsDigest == model?.weightsDigest else {
      let own = self.model == nil ? "vectors without a model" : "the codes of another model"
      throw HourglassError(
        .usage, "\(path) holds \(own), which cannot be compared with those of \(vectors)", .choose(.output))
    }
    if let metric, metric != self.metric {
      throw HourglassError(
        .usage, "\(path) was made with the \(self.metric.title) distance, not \(metric.rawValue)",
        .leaveOut(.metric))
    }
    guard !setsGraph, !isApproximate || approximation != nil else {
      throw HourglassError(
        .usage, "\(path) keeps the graph that it was made with or none", .leaveOut(.approximation),
        .text("make a new index"))
    }
  }

  /// That some of what is to be added is in the index already, by its files or, where it has none, by its source: then
  /// the index has it twice, and a search finds both. nil where nothing is.
  ///
  /// - Parameter source: where the new vectors come from.
  package func repetitionNote(of entries: Entries, source: String) -> String? {
    let count: Int
    if entries.names.isEmpty {
      let known = sources.lazy.filter { $0.name == source }.map(\.count).max() ?? 0
      count = min(known, entries.vectors.count)
    } else {
      let known = Set(names)
      count = entries.names.count { !$0.isEmpty && known.contains($0) }
    }
    guard count > 0 else { return nil }
    let (verb, they) = count == 1 ? ("was", "it is") : ("were", "they are")
    return
      "Of \(ReportText.count(entries.vectors.count, "name")) added, \(grouped(count)) \(verb) in the index already, so "
      + "\(they) now in it more than once; make the index anew to have each once."
  }
}
