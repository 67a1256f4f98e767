import HourglassBase

/// How far two vectors are from each other.
public enum DistanceMetric: String, Sendable, CaseIterable {
  /// The length of their difference.
  case euclidean
  /// 1 less the cosine of the angle between them, from 0 to 2: lengths do not matter.
  case cosine

  /// As it is written in sentences.
  package var title: String {
    switch self {
    case .euclidean: "Euclidean"
    case .cosine: "cosine"
    }
  }

  /// The vectors whose squared Euclidean distances are ordered as these ones' distances: for the cosine those of
  /// length 1.
  ///
  /// - Parameter what: what messages call a vector.
  /// - Throws: `HourglassError` (badData) when a vector has no direction.
  func prepared(_ samples: SampleArray, as what: String = "Vector") throws(HourglassError) -> SampleArray {
    guard self == .cosine else { return samples }
    var floats: [Float] = []
    floats.reserveCapacity(samples.count * samples.shape.count)
    for index in 0..<samples.count {
      let sample = samples.sample(index)
      let length = sample.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
      guard length > 0 else {
        throw HourglassError(
          .badData,
          "\(what) \(index) is zero and has no direction for the cosine; leave it out, or use the Euclidean distance."
        )
      }
      for number in sample { floats.append(Float(Double(number) / length)) }
    }
    return SampleArray(trustedFloats: floats, count: samples.count, shape: samples.shape)
  }

  /// - Parameter square: the squared Euclidean distance of prepared vectors.
  package func distance(square: Float) -> Float {
    switch self {
    case .euclidean: square.squareRoot()
    case .cosine: square / 2
    }
  }
}
