import HourglassBase

extension HourglassError.Argument {
  /// The clean originals of noisy pictures: one, or a folder of them.
  package static let originals = Self("originals")
}
