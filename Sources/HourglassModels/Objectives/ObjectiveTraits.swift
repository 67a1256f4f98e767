/// What an objective is, for those who use it without knowing its type.
///
/// The defaults are those of an objective that shows the model samples as they are and knows nothing of its codes.
public struct ObjectiveTraits: Sendable {
  package var corruption: Corruption?
  package var hasNormalCodes = false
  var rateWeight: Double?
  var targets: ClosedRange<Double>?

  /// - Parameters:
  ///   - corruption: what the model's samples are spoilt by before it sees them, and what it learns to undo; nil where
  ///     it sees the samples themselves.
  ///   - hasNormalCodes: whether codes of samples together have the standard normal distribution, so that codes drawn
  ///     from it give new samples. The encoder then ends with a code of the kind `gaussian`.
  ///   - rateWeight: what a bit per place is worth in units of the loss; nil where the size of codes does not count.
  ///   - targets: where the numbers of samples must lie for the loss to mean something, as `Loss.targets`; nil where any
  ///     number will do. Training and evaluation refuse others.
  public init(
    corruption: Corruption? = nil, hasNormalCodes: Bool = false, rateWeight: Double? = nil,
    targets: ClosedRange<Double>? = nil
  ) {
    self.corruption = corruption
    self.hasNormalCodes = hasNormalCodes
    self.rateWeight = rateWeight
    self.targets = targets
  }
}
