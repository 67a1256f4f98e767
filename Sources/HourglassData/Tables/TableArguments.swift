import HourglassBase

extension HourglassError.Argument {
  /// What stands between two cells of a table.
  package static let separator = Self("separator")
}
