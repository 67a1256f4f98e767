import HourglassBase

extension AnomalyDetector {
  /// What a column has in the score of a row.
  struct ColumnShare {
    /// By what the model misses of it.
    var residual = 0.0
    /// By how far it is from the nearest training rows.
    var nearest = 0.0

    var sum: Double { residual + nearest }
  }

  /// The parts of the columns in the score of a row; they add up to 1 unless the row is as expected in everything.
  ///
  /// Either part of the score is shared out by squares: that of the reconstruction by those of the residuals, each beside
  /// the mean square of its residuals in training; that of the neighbours by those of the distances to the nearest, of
  /// which the inputs' half belongs to columns, and the residuals' half is shared out as that of the reconstruction. The parts
  /// count as they count in the score, as far as they lie above what is usual.
  func columnShares(_ place: Int, of pass: Pass, _ encoding: TableEncoding) -> [ColumnShare] {
    let residuals = Self.normalised(residualParts(pass.residuals.sample(place), encoding))
    var (nearest, residualsOfNearest) = neighbourParts(place, of: pass, encoding)
    let total = nearest.reduce(residualsOfNearest, +)
    if total > 0 {
      nearest = nearest.map { $0 / total }
      residualsOfNearest /= total
    }
    let weights = weights()
    var parts = (
      weights.reconstruction * max(reconstructionStandard.standardised(pass.scores.reconstruction[place]), 0),
      weights.neighbours * max(neighbourStandard.standardised(pass.scores.neighbours[place]), 0)
    )
    if parts.0 + parts.1 <= 0 { parts = (weights.reconstruction, weights.neighbours) }
    let sum = max(parts.0 + parts.1, .leastNormalMagnitude)
    return zip(residuals, nearest).map { residual, nearest in
      ColumnShare(
        residual: residual * (parts.0 + parts.1 * residualsOfNearest) / sum, nearest: nearest * parts.1 / sum)
    }
  }

  /// For each column, the mean of the squares of its residuals beside what they are in training.
  private func residualParts(_ residual: [Float], _ encoding: TableEncoding) -> [Double] {
    let usual = residualSquares.map { Double($0) }.reduce(0, +) / Double(residualSquares.count)
    return encoding.columns.map { column in
      column.features.reduce(0.0) { sum, feature in
        let square = Double(residual[feature]) * Double(residual[feature])
        return sum + square / max(Double(residualSquares[feature]) + 0.1 * usual, 1e-12)
      } / Double(column.featureCount)
    }
  }

  /// For each column its part of the squares of the distances to the nearest training rows, and that of all residuals. Of
  /// codes, whose numbers belong to no column, all of it is said to be that of the residuals.
  private func neighbourParts(
    _ place: Int, of pass: Pass, _ encoding: TableEncoding
  ) -> (columns: [Double], residuals: Double) {
    var columns = [Double](repeating: 0, count: encoding.columns.count)
    guard case .joined = neighbourDistance.space else { return (columns, 1) }
    let point = pass.neighbours.points.sample(place)
    let features = point.count / 2
    var residuals = 0.0
    for near in pass.neighbours.near.of(place) {
      let other = neighbourDistance.points.sample(Int(near))
      func square(_ number: Int) -> Double {
        let difference = Double(point[number]) - Double(other[number])
        return difference * difference
      }
      for (index, column) in encoding.columns.enumerated() {
        columns[index] += column.features.reduce(0.0) { $0 + square($1) }
      }
      residuals += (features..<2 * features).reduce(0.0) { $0 + square($1) }
    }
    return (columns, residuals)
  }

  /// The mean of what the nearest training rows were encoded as; nil where only their codes are known.
  func nearestInput(_ place: Int, of pass: Pass) -> [Float]? {
    guard case .joined(let joined) = neighbourDistance.space else { return nil }
    let near = pass.neighbours.near.of(place)
    var sums = [Double](repeating: 0, count: residualSquares.count)
    for index in near {
      for (feature, number) in zip(sums.indices, neighbourDistance.points.sample(Int(index))) {
        sums[feature] += Double(number)
      }
    }
    let factor = Double(near.count) * Double(joined.inputScale)
    return sums.map { Float($0 / factor) }
  }

  /// Numbers that are not negative, over their sum.
  private static func normalised(_ parts: [Double]) -> [Double] {
    let total = max(parts.reduce(0, +), .leastNormalMagnitude)
    return parts.map { $0 / total }
  }
}

extension TableEncoding.Column {
  /// What it is encoded as.
  fileprivate var features: Range<Int> { firstFeature..<firstFeature + featureCount }
}
