import HourglassBase

extension Shape {
  /// What a layer asks of its input that weighs each of its numbers.
  ///
  /// - Throws: `HourglassError` (usage) when it is no vector.
  func checkIsVector() throws(HourglassError) {
    guard rank == 1 else {
      throw HourglassError(.usage, "takes a vector, but gets \(self); put a flatten layer before it")
    }
  }
}
