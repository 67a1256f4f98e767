import HourglassPlatform

/// How the distance to neighbours and the rarity of cells, both standardised, become one score of a row.
package enum PartCombination: String, Sendable, CaseIterable {
  /// A smooth maximum: a row is odd if it lies apart as a whole, or if its single cells are rare, and a mean would dilute the one by
  /// the other. Where nothing is known of anomalies, and where no other is clearly better.
  case maximum
  /// The distance to neighbours alone.
  case neighbours
  /// The mean of both.
  case mean
  /// The rarity of cells alone.
  case tails

  /// How near the smooth maximum is to the larger of both.
  static let sharpness = 2.0

  /// - Parameter tailWeight: by what the tails are multiplied beside the neighbours, see `MarginalTails.weight`.
  func value(neighbours: Double, tails: Double, tailWeight: Double) -> Double {
    switch self {
    case .maximum:
      let tails = tailWeight * tails
      return max(neighbours, tails) + log(1 + exp(-Self.sharpness * abs(neighbours - tails))) / Self.sharpness
    case .neighbours: return neighbours
    case .mean: return (neighbours + tailWeight * tails) / (1 + tailWeight)
    case .tails: return tails
    }
  }

  /// How much each counts in a score; together 1.
  func weights(neighbours: Double, tails: Double, tailWeight: Double) -> ScoreParts.Weights {
    let weight =
      switch self {
      case .maximum: 1 / (1 + exp(Self.sharpness * (neighbours - tailWeight * tails)))
      case .neighbours: 0.0
      case .mean: tailWeight / (1 + tailWeight)
      case .tails: 1.0
      }
    return ScoreParts.Weights(neighbours: 1 - weight, tails: weight)
  }

  /// Whether the tails are multiplied by a weight of their own.
  var usesTailWeight: Bool {
    switch self {
    case .maximum, .mean: true
    case .neighbours, .tails: false
    }
  }

  /// What the score is, in a few words; the two parts come after it.
  var words: String {
    switch self {
    case .maximum: "a smooth maximum"
    case .neighbours: "the first, and not the second,"
    case .mean: "a weighted mean"
    case .tails: "the second, and not the first,"
    }
  }
}
