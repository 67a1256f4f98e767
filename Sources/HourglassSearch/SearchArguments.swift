import HourglassBase

extension HourglassError.Argument {
  /// How distances are taken.
  package static let metric = Self("metric")
  /// Whether there is a graph for approximate search, and how it is made.
  package static let approximation = Self("settings of the approximation")
}
