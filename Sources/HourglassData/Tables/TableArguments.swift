import HourglassBase

extension HourglassError.Argument {
  /// What stands between two cells of a table.
  package static let separator = Self("separator")
  /// Columns of a table that are no features.
  package static let ignoredColumns = Self("ignored columns")
}
