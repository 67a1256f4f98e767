/// The parts of a sample's score as standardised logarithms: 0 is usual, and a tenth of ordinary samples lies above 1.
package struct ScoreParts: Sendable, Equatable {
  /// Of the Mahalanobis distance of the residual, see `ResidualDistance`.
  package var reconstruction: Double
  /// Of the distance to the nearest training samples, see `NeighbourDistance`.
  package var neighbours: Double
  /// Of the rarity of single cells, see `MarginalTails`; nil of images, and of tables in older files.
  package var tails: Double?
  /// By what the tails are multiplied in a combined score, see `MarginalTails.weight`.
  package var tailWeight: Double
  /// How much the reconstruction counts in a combined score without tails, 0...1.
  package var reconstructionShare: Double
  /// Of neighbours and tails, in a combined score.
  package var combination: PartCombination

  package init(
    reconstruction: Double, neighbours: Double, tails: Double?, tailWeight: Double = 1,
    reconstructionShare: Double = 0.5, combination: PartCombination = .maximum
  ) {
    (self.reconstruction, self.neighbours) = (reconstruction, neighbours)
    (self.tails, self.tailWeight) = (tails, tailWeight)
    (self.reconstructionShare, self.combination) = (reconstructionShare, combination)
  }

  /// How much each part counts in a score.
  package struct Weights: Sendable, Equatable {
    package var reconstruction = 0.0
    package var neighbours = 0.0
    package var tails = 0.0
  }

  /// How much each counts in a kind of score; together 1.
  package func weights(_ scoring: AnomalyScoring) -> Weights {
    switch scoring {
    case .reconstruction: return Weights(reconstruction: 1)
    case .neighbours: return Weights(neighbours: 1)
    case .tails: return tails == nil ? Weights(neighbours: 1) : Weights(tails: 1)
    case .combined:
      guard let tails else {
        return Weights(reconstruction: reconstructionShare, neighbours: 1 - reconstructionShare)
      }
      return combination.weights(neighbours: neighbours, tails: tails, tailWeight: tailWeight)
    }
  }

  /// A kind of score before it is standardised once more.
  package func value(_ scoring: AnomalyScoring) -> Double {
    if scoring == .combined, let tails {
      return combination.value(neighbours: neighbours, tails: tails, tailWeight: tailWeight)
    }
    let weights = weights(scoring)
    return weights.reconstruction * reconstruction + weights.neighbours * neighbours
      + weights.tails * (tails ?? 0)
  }
}

extension AnomalyDetector {
  /// The median of combined scores among training samples, and how far above it a tenth of them lies: a maximum of two
  /// standardised numbers is not standardised.
  struct CombinedStandard: Sendable, Equatable {
    var median = 0.0
    var spread = 1.0

    init() {}

    init(median: Double, spread: Double) { (self.median, self.spread) = (median, spread) }

    /// - Parameter scores: at least one.
    init(_ scores: [Double]) {
      let sorted = scores.sorted()
      median = quantile(sorted, 0.5)
      spread = max(quantile(sorted, 0.9) - median, 1e-3)
    }

    func standardised(_ score: Double) -> Double { (score - median) / spread }
  }

  /// By what the tails are multiplied in a combined score; 1 where there are none.
  var tailWeight: Double { tails?.weight ?? 1 }

  /// The standardised parts of one of some scores.
  func parts(_ scores: AnomalyScores, _ index: Int) -> ScoreParts {
    ScoreParts(
      reconstruction: reconstructionStandard.standardised(scores.reconstruction[index]),
      neighbours: neighbourStandard.standardised(scores.neighbours[index]),
      tails: tails == nil ? nil : tailStandard.standardised(scores.tails[index]),
      tailWeight: tailWeight, reconstructionShare: neighbourDistance.reconstructionShare,
      combination: combination)
  }

  /// What alerts go by.
  ///
  /// - Parameter scoring: that of the detector when nil.
  func value(_ parts: ScoreParts, by scoring: AnomalyScoring? = nil) -> Double {
    let scoring = scoring ?? self.scoring
    let value = parts.value(scoring)
    return scoring == .combined && tails != nil ? combinedStandard.standardised(value) : value
  }

  /// What alerts go by, of all samples.
  func values(_ scores: AnomalyScores, by scoring: AnomalyScoring? = nil) -> [Double] {
    scores.reconstruction.indices.map { value(parts(scores, $0), by: scoring) }
  }
}
