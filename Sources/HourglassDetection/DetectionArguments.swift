import HourglassBase

extension HourglassError.Argument {
  /// The column of a table that tells anomalies.
  package static let labelColumn = Self("label column")
  /// The class of images that is normal.
  package static let normalClass = Self("normal class")
  /// The sheet of images.
  package static let figure = Self("figure")
}

extension HourglassError.Product {
  /// A detector that is fitted and stored.
  public static let detector = Self("a detector")
}
