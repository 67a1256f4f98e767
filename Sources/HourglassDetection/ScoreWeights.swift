/// How much each part of a score counts in it. A score is the sum of its parts, standardised logarithms, times these.
struct ScoreWeights: Sendable, Equatable {
  /// Of the Mahalanobis distance of the residual, see `ResidualDistance`.
  var reconstruction: Double
  /// Of the distance to the nearest training samples, see `NeighbourDistance`.
  var neighbours: Double

  /// Of `AnomalyScoring.combined` in new detectors of tables; their files keep them.
  static let combinedOfRows = ScoreWeights(reconstruction: 0.5, neighbours: 0.5)
  /// Where codes are compared: of images, and of tables in older files.
  static let combinedOfCodes = ScoreWeights(reconstruction: 0.5, neighbours: 0.5)
  /// Over how many of the nearest training rows the distance of a row is the mean.
  static let nearestRows = 3
  /// Which of the nearest codes counts of images: the second, or the fifth where anomalies may be among the training
  /// samples and may lie together.
  static let nearestCode = (clean: 2, mixed: 5)

  /// Of a kind of score.
  ///
  /// - Parameter combined: those of both parts together.
  init(_ scoring: AnomalyScoring, combined: ScoreWeights) {
    switch scoring {
    case .reconstruction: self.init(reconstruction: 1, neighbours: 0)
    case .neighbours: self.init(reconstruction: 0, neighbours: 1)
    case .combined: self = combined
    }
  }

  init(reconstruction: Double, neighbours: Double) {
    (self.reconstruction, self.neighbours) = (reconstruction, neighbours)
  }

  /// A score of these parts.
  func sum(reconstruction: Double, neighbours: Double) -> Double {
    self.reconstruction * reconstruction + self.neighbours * neighbours
  }
}
