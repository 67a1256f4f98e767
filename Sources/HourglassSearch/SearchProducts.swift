import HourglassBase

extension HourglassError.Product {
  /// A stored index to search in.
  public static let index = Self("an index")
}
