import HourglassBase

extension HourglassError.Argument {
  /// The column of a table that tells anomalies.
  public static let labelColumn = Self("label column")
  /// Columns of a table that are no features.
  public static let ignoredColumns = Self("ignored columns")
  /// The class of images that is normal.
  public static let normalClass = Self("normal class")
  /// The sheet of images.
  public static let figure = Self("figure")
}

extension HourglassError.Product {
  /// A detector that is fitted and stored.
  public static let detector = Self("a detector")
}
