import HourglassBase

extension HourglassError.Argument {
  /// A map that is there, into which samples are placed.
  package static let map = Self("map")
}
