import HourglassBase
import HourglassData
import HourglassDrawing
import HourglassPlatform

/// A relation between columns of numbers, in their own units, that holds in nearly all training rows: a sum such as
/// total = amount + vat, or a product such as sum = price * count.
struct ColumnRelation: Sendable, Equatable {
  enum Kind: String, Sendable {
    /// `target = constant + factor * column + ...`.
    case sum
    /// `target = constant * column ^ factor * ...`.
    case product
  }

  struct Term: Sendable, Equatable {
    var column: String
    /// Of a product, the exponent.
    var factor: Double
  }

  var kind: Kind
  var target: String
  /// At least one; all columns differ.
  var terms: [Term]
  var constant: Double
  /// A row breaks the relation where the target misses it by more than this, in its own unit, ...
  var tolerance: Double
  /// ... and by more than this share of the size of what is added or multiplied.
  var relativeTolerance: Double

  var columns: [String] { [target] + terms.map(\.column) }

  /// What the columns of the terms let expect, and how large the numbers are that go into it.
  ///
  /// - Parameter values: of the terms' columns, in order.
  func expected(_ target: Double, _ values: some Collection<Double>) -> (value: Double, size: Double) {
    switch kind {
    case .sum:
      var (sum, size) = (constant, abs(constant) + abs(target))
      for (term, value) in zip(terms, values) {
        sum += term.factor * value
        size += abs(term.factor * value)
      }
      return (sum, size)
    case .product:
      let product = zip(terms, values).reduce(constant) { $0 * Self.power($1.1, $1.0.factor) }
      return (product, abs(product))
    }
  }

  /// `pow` of the C library is not the same on every system; exponents are small whole numbers.
  static func power(_ value: Double, _ exponent: Double) -> Double {
    let power = (0..<Int(saturating: abs(exponent))).reduce(1.0) { product, _ in product * value }
    return exponent < 0 ? 1 / power : power
  }

  /// How many times what is usual the target misses the relation; nil where it holds, or a number is missing.
  func excess(_ target: Double, _ values: some Collection<Double>) -> (excess: Double, expected: Double)? {
    let (value, size) = expected(target, values)
    let miss = abs(target - value)
    guard miss.isFinite, size.isFinite, miss > tolerance, miss > relativeTolerance * size else { return nil }
    return (min(miss / max(tolerance, relativeTolerance * size), 1e15), value)
  }

  /// As a formula: `amount + vat`.
  var formula: String {
    func number(_ value: Double) -> String { ReportText.significant(value, 6) }
    switch kind {
    case .sum:
      let parts =
        terms.map { ($0.factor, (abs($0.factor) == 1 ? "" : "\(number(abs($0.factor))) * ") + $0.column) }
        + (constant == 0 ? [] : [(constant, number(abs(constant)))])
      let ordered = parts.filter { $0.0 > 0 } + parts.filter { $0.0 < 0 }
      return ordered.enumerated().map { index, part in
        let sign = index == 0 ? (part.0 < 0 ? "-" : "") : (part.0 < 0 ? " - " : " + ")
        return sign + part.1
      }.joined()
    case .product:
      func power(_ term: Term) -> String {
        abs(term.factor) == 1 ? term.column : "\(term.column)^\(Int(saturating: abs(term.factor)))"
      }
      let (above, below) = (terms.filter { $0.factor > 0 }, terms.filter { $0.factor < 0 })
      let factors = (constant == 1 && !above.isEmpty ? [] : [number(constant)]) + above.map(power)
      return ([factors.joined(separator: " * ")] + below.map(power)).joined(separator: " / ")
    }
  }
}

/// A row in which a relation does not hold.
struct RelationBreak: Sendable {
  var relation: ColumnRelation
  var actual: Double
  var expected: Double
  /// How many times what is usual it misses the relation, more than 1.
  var excess: Double

  /// For people: digits enough to tell what differs.
  private static func text(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e15
      ? "\(Int(saturating: value))" : ReportText.significant(value, 9)
  }

  var contribution: AnomalyScore.Contribution {
    AnomalyScore.Contribution(
      column: relation.target, actual: Self.text(actual), expected: Self.text(expected), share: 1)
  }

  /// Such as "total is 180.2, amount + vat gives 113.9".
  var reason: String {
    "\(relation.target) is \(Self.text(actual)), \(relation.formula) gives \(Self.text(expected))"
  }
}

extension TableEncoding {
  /// The relations that rows of a table break, by row, those that are broken most first.
  func breaks(in table: Table) -> [Int: [RelationBreak]] {
    var breaks: [Int: [RelationBreak]] = [:]
    for relation in relations {
      let columns = relation.columns.compactMap { table[$0] }
      guard columns.count == relation.terms.count + 1, columns.allSatisfy({ $0.kind == .number }) else {
        continue
      }
      let scales = relation.columns.map { name in self.columns.first { $0.name == name }?.number }
      var values = [Double](repeating: 0, count: relation.terms.count)
      for row in 0..<table.rowCount {
        // Such a number counts as missing.
        let isMark = zip(scales, columns).contains { $0?.isImplausible($1.values[row]) ?? false }
        guard !isMark else { continue }
        for index in values.indices { values[index] = columns[index + 1].values[row] }
        let actual = columns[0].values[row]
        guard let found = relation.excess(actual, values) else { continue }
        breaks[row, default: []].append(
          RelationBreak(
            relation: relation, actual: actual, expected: found.expected, excess: found.excess))
      }
    }
    return breaks.mapValues { $0.sorted { $0.excess > $1.excess } }
  }
}
