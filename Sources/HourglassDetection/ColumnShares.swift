import HourglassBase

extension AnomalyDetector {
  /// What a column has in the score of a row.
  struct ColumnShare {
    /// By what the model misses of it.
    var residual = 0.0
    /// By how far it is from the nearest training rows.
    var nearest = 0.0
    /// By how rare its cell is.
    var tails = 0.0

    var sum: Double { residual + nearest + tails }
  }

  /// The parts of the columns in the score of a row; they add up to 1 unless the row is as expected in everything, or its tails
  /// count and not all of its cells are rare.
  ///
  /// Either part of the score is shared out by squares: that of the reconstruction by those of the residuals, each beside
  /// the mean square of its residuals in training; that of the neighbours by those of the distances to the nearest, of
  /// which the inputs' half belongs to columns, and the residuals' half is shared out as that of the reconstruction; that of
  /// the tails by how much rarer each cell is than any could be less, where it is rare at all. The parts count as they count
  /// in the score, as far as they lie above what is usual.
  func columnShares(_ place: Int, of pass: Pass, _ encoding: TableEncoding) -> [ColumnShare] {
    let residuals = Self.normalised(residualParts(pass.residuals.sample(place), encoding))
    var (nearest, residualsOfNearest) = neighbourParts(place, of: pass, encoding)
    let total = nearest.reduce(residualsOfNearest, +)
    if total > 0 {
      nearest = nearest.map { $0 / total }
      residualsOfNearest /= total
    }
    let values = parts(pass.scores, place)
    let weights = values.weights(scoring)
    let rare = tails?.shares(pass.neighbours.points.sample(place))
    var counts = [
      weights.reconstruction * max(values.reconstruction, 0), weights.neighbours * max(values.neighbours, 0),
      weights.tails * max(values.tails ?? 0, 0),
    ]
    if counts.allSatisfy({ $0 <= 0 }) {
      counts = [weights.reconstruction, weights.neighbours, weights.tails]
    }
    counts = Self.normalised(counts)
    return residuals.indices.map { column in
      ColumnShare(
        residual: residuals[column] * (counts[0] + counts[1] * residualsOfNearest),
        nearest: nearest[column] * counts[1], tails: (rare?[column] ?? 0) * counts[2])
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

  /// For each column its part of the distance to the nearest training rows, each shared out by squares, and that of all
  /// residuals. Of codes, whose numbers belong to no column, all of it is said to be that of the residuals.
  private func neighbourParts(
    _ place: Int, of pass: Pass, _ encoding: TableEncoding
  ) -> (columns: [Double], residuals: Double) {
    var columns = [Double](repeating: 0, count: encoding.columns.count)
    guard case .joined = neighbourDistance.space else { return (columns, 1) }
    let point = pass.neighbours.points.sample(place)
    let features = point.count / 2
    var residuals = 0.0
    let near = pass.neighbours.near.of(place)
    for (near, weight) in zip(near, neighbourDistance.weights(near.count)) {
      let other = neighbourDistance.points.sample(Int(near))
      func square(_ number: Int) -> Double {
        let difference = Double(point[number]) - Double(other[number])
        return difference * difference
      }
      let total = (0..<2 * features).reduce(0.0) { $0 + square($1) }
      guard total > 0 else { continue }
      let factor = weight / total.squareRoot()
      for (index, column) in encoding.columns.enumerated() {
        columns[index] += factor * column.features.reduce(0.0) { $0 + square($1) }
      }
      residuals += factor * (features..<2 * features).reduce(0.0) { $0 + square($1) }
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

  /// The middle of every column, encoded; nil where no tails are known.
  var middle: [Float]? {
    guard case .joined(let joined) = neighbourDistance.space, let tails else { return nil }
    return tails.middle.map { $0 / joined.inputScale }
  }

  /// Numbers that are not negative, over their sum.
  private static func normalised(_ parts: [Double]) -> [Double] {
    let total = max(parts.reduce(0, +), .leastNormalMagnitude)
    return parts.map { $0 / total }
  }
}
