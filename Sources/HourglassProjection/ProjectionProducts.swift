import HourglassBase

extension HourglassError.Product {
  /// A stored map, into which samples are placed.
  public static let map = Self("a map")
  /// A table of a model's codes.
  public static let codes = Self("the model's codes")
}
