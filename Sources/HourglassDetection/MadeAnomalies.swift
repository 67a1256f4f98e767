import HourglassBase

/// Anomalies that are made of ordinary rows, to see which scores find such: some columns of each, between a seventh and a half of
/// them, are changed.
package struct MadeAnomalies {
  package enum Kind: CaseIterable, Sendable {
    /// Numbers move by one to three deviations up or down, so that they become rare together; categories come from other rows.
    case shifted
    /// Cells come from other rows, so that each is ordinary and they do not fit each other.
    case exchanged
  }

  /// A column of encoded rows.
  package struct Column: Sendable {
    package var features: Range<Int>
    /// Whether the first of its features is a number whose deviation is 1.
    package var isNumber: Bool

    package init(features: Range<Int>, isNumber: Bool) {
      (self.features, self.isNumber) = (features, isNumber)
    }
  }

  /// Of shape `[features]`.
  package let rows: SampleArray
  /// The place of the row that each was made of.
  package let sources: [Int]

  private static let columnShare = 0.15..<0.5
  private static let deviations = 1.0..<3.0
  private static let fewest = 40

  /// - Parameter ordinary: encoded rows of shape `[features]`, at least one. A tenth as many are made, at least 40.
  package init(_ kind: Kind, of ordinary: SampleArray, columns: [Column], _ random: inout RandomNumbers) {
    func number(_ range: Range<Double>, _ random: inout RandomNumbers) -> Double {
      range.lowerBound + (range.upperBound - range.lowerBound) * random.uniform()
    }
    let (count, width) = (max(ordinary.count / 10, Self.fewest), ordinary.shape.count)
    let sources = (0..<count).map { _ in random.index(below: ordinary.count) }
    var numbers = sources.flatMap { ordinary.sample($0) }
    for row in 0..<count {
      let changed = max(1, Int((number(Self.columnShare, &random) * Double(columns.count)).rounded()))
      for place in random.permutation(columns.count).prefix(changed) {
        let column = columns[Int(place)]
        if kind == .shifted, column.isNumber {
          let shift = number(Self.deviations, &random) * (random.uniform() < 0.5 ? -1 : 1)
          numbers[row * width + column.features.lowerBound] += Float(shift)
        } else {
          let other = ordinary.sample(random.index(below: ordinary.count))
          for feature in column.features { numbers[row * width + feature] = other[feature] }
        }
      }
    }
    self.sources = sources
    rows = SampleArray(trustedFloats: numbers, count: count, shape: ordinary.shape)
  }
}
