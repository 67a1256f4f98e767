import HourglassBase
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
}
