import HourglassDetection

/// How well scores tell anomalous recordings from normal ones.
package struct SoundQuality: Codable, Sendable, Equatable {
  /// The area under the ROC curve.
  package var areaUnderROC: Double
  /// The same up to a tenth of false alerts, put so that 0.5 is a guess and 1 perfect (McClish 1989), as DCASE and scikit-learn do.
  package var partialArea: Double

  /// The false alerts up to which `partialArea` looks.
  package static let falseShare = 0.1

  /// - Returns: nil when all are anomalies, or none is.
  package init?(scores: [Double], isAnomaly: [Bool]) {
    guard let ranking = RankingQuality(scores: scores, isAnomaly: isAnomaly) else { return nil }
    areaUnderROC = ranking.areaUnderROC
    var area = 0.0
    for (before, after) in zip(ranking.roc, ranking.roc.dropFirst()) {
      let (x0, y0) = before
      let (x1, y1) = after
      guard x0 < Self.falseShare else { break }
      let end = min(x1, Self.falseShare)
      let height = x1 > x0 ? y0 + (y1 - y0) * (end - x0) / (x1 - x0) : y1
      area += (end - x0) * (y0 + height) / 2
    }
    let least = Self.falseShare * Self.falseShare / 2
    partialArea = 0.5 * (1 + (area - least) / (Self.falseShare - least))
  }
}

/// A way to score recordings, with what came of it.
struct SoundMethod: Sendable {
  let key: String
  let title: String
  let scores: [Double]
  let quality: SoundQuality?
  /// nil where several share their work.
  let seconds: Double?

  init(
    _ key: String, _ title: String, _ scores: [Double], _ recordings: [SoundDetection.Recording],
    _ seconds: Double?
  ) {
    (self.key, self.title, self.scores, self.seconds) = (key, title, scores, seconds)
    quality = SoundQuality(scores: scores, isAnomaly: recordings.map(\.isAnomaly))
  }
}
