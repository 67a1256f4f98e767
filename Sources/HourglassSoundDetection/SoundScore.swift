import HourglassBase

/// How the score of a recording comes of its frames.
public enum SoundScore: String, Sendable, CaseIterable {
  /// The mean of the squared errors.
  case mean
  /// The error that a tenth of the frames exceed: what is heard now and then counts.
  case percentile
  /// Mahalanobis' distance of what is left over, one covariance for all.
  case mahalanobis
  /// The smaller of two such distances: to the recordings of the source domain and to those of the target.
  case selective

  package var title: String {
    switch self {
    case .mean: "mean error of the frames"
    case .percentile: "error that a tenth of the frames exceed"
    case .mahalanobis: "Mahalanobis' distance of the errors"
    case .selective: "the smaller of two domains' Mahalanobis' distances"
    }
  }
}

/// What the model says of one recording.
package struct RecordingParts: Sendable {
  /// The mean squared error of each sample.
  package var errors: [Double]
  /// Mahalanobis' distances of each sample, to each covariance.
  package var distances: [[Double]]
  /// When each sample begins, in seconds.
  package var times: [Double]

  /// The score of the recording; nil where it is shorter than a sample.
  package func score(_ way: SoundScore) -> Double? {
    guard !errors.isEmpty else { return nil }
    func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
    switch way {
    case .mean: return mean(errors)
    case .percentile: return errors.sorted()[min(errors.count * 9 / 10, errors.count - 1)]
    case .mahalanobis: return mean(distances[0])
    case .selective:
      return distances.count < 3 ? mean(distances[0]) : min(mean(distances[1]), mean(distances[2]))
    }
  }

  /// The score of each sample.
  package func scores(_ way: SoundScore) -> [Double] {
    switch way {
    case .mean, .percentile: errors
    case .mahalanobis: distances[0]
    case .selective:
      distances.count < 3 ? distances[0] : zip(distances[1], distances[2]).map { min($0, $1) }
    }
  }
}
