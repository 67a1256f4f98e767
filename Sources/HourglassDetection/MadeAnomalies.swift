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
    /// Whether the first of its features is a number.
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
  /// In deviations.
  private static let shift = 1.0..<3.0
  private static let fewest = 40

  /// - Parameters:
  ///   - ordinary: encoded rows of shape `[features]`, at least one. A tenth as many are made, at least 40.
  ///   - missing: what these lack; such cells are neither changed nor given to others.
  package init(
    _ kind: Kind, of ordinary: SampleArray, missing: MissingCells = .none, columns: [Column],
    _ random: inout RandomNumbers
  ) {
    let (count, width) = (max(ordinary.count / 10, Self.fewest), ordinary.shape.count)
    let sources = (0..<count).map { _ in random.index(below: ordinary.count) }
    let deviations = kind == .shifted ? Self.deviations(ordinary) : []
    func lacks(_ row: Int, _ column: Column) -> Bool {
      missing[row: row].contains { column.features.contains(Int($0)) }
    }
    var numbers = sources.flatMap { ordinary.sample($0) }
    for (row, source) in sources.enumerated() {
      let share = Self.number(Self.columnShare, &random)
      let changed = max(1, Int((share * Double(columns.count)).rounded()))
      for place in random.permutation(columns.count).prefix(changed) {
        let column = columns[Int(place)]
        let first = column.features.lowerBound
        if kind == .shifted, column.isNumber {
          let shift = Self.number(Self.shift, &random) * (random.uniform() < 0.5 ? -1 : 1)
          guard !lacks(source, column) else { continue }
          numbers[row * width + first] += Float(shift * deviations[first])
        } else {
          let other = Self.other(than: source, of: ordinary.count, &random)
          guard !lacks(source, column), !lacks(other, column) else { continue }
          let cells = ordinary.sample(other)
          for feature in column.features { numbers[row * width + feature] = cells[feature] }
        }
      }
    }
    self.sources = sources
    rows = SampleArray(trustedFloats: numbers, count: count, shape: ordinary.shape)
  }

  private static func number(_ range: Range<Double>, _ random: inout RandomNumbers) -> Double {
    range.lowerBound + (range.upperBound - range.lowerBound) * random.uniform()
  }

  /// Another row, where there is one.
  private static func other(than row: Int, of count: Int, _ random: inout RandomNumbers) -> Int {
    guard count > 1 else { return row }
    let other = random.index(below: count - 1)
    return other < row ? other : other + 1
  }

  /// Of each feature; some scalings do not make it 1.
  private static func deviations(_ rows: SampleArray) -> [Double] {
    let (numbers, width) = (rows.floats, rows.shape.count)
    return (0..<width).map { feature in
      let column = stride(from: feature, to: numbers.count, by: width).map { Double(numbers[$0]) }
      return ColumnMoments(column.sorted()).deviation
    }
  }
}
