import HourglassBase

extension HourglassError.Argument {
  /// What stands between two cells of a table.
  public static let separator = Self("separator")
}
