/// A detector, and what scores the samples that it was fitted to.
struct FittedDetector {
  var detector: AnomalyDetector
  /// Of few samples, which several models are trained on: one for each model, the first that of `detector`. Their parts are all
  /// that it was fitted to. Empty where one model learnt nearly all.
  var heldOut: [HeldOutDetector] = []
}

/// A detector of a model that did not learn some of the training samples.
struct HeldOutDetector {
  var detector: AnomalyDetector
  /// Those, ascending.
  var rows: [UInt32]
}

extension AnomalyDetector {
  /// Takes over the standards, the threshold and what else scores are compared with from another, whose scores are those of this
  /// one times `factor`.
  mutating func takeScale(of other: AnomalyDetector, _ factor: (reconstruction: Double, neighbours: Double)) {
    reconstructionStandard = other.reconstructionStandard.ofScores(times: factor.reconstruction)
    neighbourStandard = other.neighbourStandard.ofScores(times: factor.neighbours)
    // Shares of rows have the same scale in all models.
    (tailStandard, combinedStandard) = (other.tailStandard, other.combinedStandard)
    combination = other.combination
    (scoring, threshold, highestOrdinary) = (other.scoring, other.threshold, other.highestOrdinary)
  }

  /// Stretches its scores so that its threshold has the value of another's. 0 stays what is usual. Where the two lie on
  /// different sides of that, or far apart, no scale makes one of them, and it stays as it is.
  mutating func stretch(toThreshold value: Double) {
    let factor = value / threshold.value
    guard 1e-3...1e3 ~= factor else { return }
    if scoring == .combined, tails != nil {
      combinedStandard.spread /= factor
    } else {
      reconstructionStandard = reconstructionStandard.stretched(by: factor)
      neighbourStandard = neighbourStandard.stretched(by: factor)
      tailStandard = tailStandard.stretched(by: factor)
    }
    (threshold.value, highestOrdinary) = (value, highestOrdinary * factor)
  }
}
