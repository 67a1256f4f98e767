import HourglassBase
import HourglassData
import HourglassPlatform

/// Finds relations between columns of numbers that hold in nearly all training rows (`ColumnRelation`).
///
/// Exact relations are found by regression on few rows drawn at random, again and again, so that some draws have no row
/// that breaks them (random sample consensus, Fischler and Bolles 1981); each is fitted once more to the rows that fit it
/// best (concentration steps of least trimmed squares, Rousseeuw and Van Driessen 2006) and has to hold in most rows.
struct RelationSearch {
  /// The names of the columns, and their cells in rows of which none lacks one.
  private var names: [String] = []
  private var values: [[Double]] = []
  private var rows = 0
  private let holding: Double

  /// Columns that are looked at.
  static let columnLimit = 40
  /// Training rows that are looked at.
  static let rowLimit = 4000
  static let fewestRows = 30
  private static let draws = 30
  /// Different sets of terms that are fitted to all rows, for each target.
  private static let attempts = 8
  private static let termLimit = 12
  /// Relations that are kept.
  static let limit = 32
  /// The share of the training rows in which a relation holds, where some of them may be what is looked for ...
  static let holding = 0.95
  /// ... and where known anomalies were left out: what other rows break is no rule.
  static let holdingOfClean = 0.995
  /// What a relation misses in nine of ten rows, as a share of the target's spread, at most.
  static let precision = 1e-3

  /// - Parameters:
  ///   - columns: of numbers.
  ///   - rows: the training rows.
  ///   - isClean: whether known anomalies were left out of them.
  init(_ columns: [Table.Column], rows chosen: [UInt32], isClean: Bool = false) {
    holding = isClean ? Self.holdingOfClean : Self.holding
    let step = Double(chosen.count) / Double(max(min(chosen.count, Self.rowLimit), 1))
    let chosen = (0..<min(chosen.count, Self.rowLimit)).map { Int(chosen[Int(Double($0) * step)]) }
    var complete = chosen
    var kept: [Table.Column] = []
    for column in columns where kept.count < Self.columnLimit {
      let rest = complete.filter { column.values[$0].isFinite }
      // A column with many gaps would leave the others no rows.
      guard 2 * rest.count > chosen.count else { continue }
      complete = rest
      kept.append(column)
    }
    names = kept.map(\.name)
    values = kept.map { column in complete.map { column.values[$0] } }
    rows = complete.count
  }

  /// In the order of how well they hold.
  func relations() -> [ColumnRelation] {
    guard names.count > 1, rows >= Self.fewestRows else { return [] }
    var found = candidates(.sum) + candidates(.product)
    found.sort { ($1.holding, $0.terms) < ($0.holding, $1.terms) }
    var kept: [ColumnRelation] = []
    var taken: Set<Set<String>> = []
    for candidate in found where kept.count < Self.limit {
      // A relation that says more of fewer columns is not said again with others.
      guard taken.insert(Set(candidate.relation.columns)).inserted else { continue }
      kept.append(candidate.relation)
    }
    return kept
  }

  private struct Candidate {
    var relation: ColumnRelation
    /// Rows in which it holds.
    var holding: Int
    var terms: Int { relation.terms.count }
  }

  /// The best relation of each target.
  private func candidates(_ kind: ColumnRelation.Kind) -> [Candidate] {
    let usable = values.indices.filter { kind == .sum || mostlyPositive(values[$0]) }
    let inside =
      kind == .sum
      ? Array(0..<rows) : (0..<rows).filter { row in usable.allSatisfy { values[$0][row] > 0 } }
    guard usable.count > 1, inside.count >= Self.fewestRows else { return [] }
    let seen = usable.map { column in
      inside.map { kind == .sum ? values[column][$0] : log(values[column][$0]) }
    }
    let targets = usable.indices.filter { varies(values[usable[$0]]) }
    var random = RandomNumbers(seed: 0, purpose: .sampling, stream: kind == .sum ? 1 << 21 : 1 << 22)
    let size = min(2 * (usable.count + 2) + 8, inside.count)
    var tried: Set<[Int]> = []
    // Solved for another of its columns a relation is the same.
    var known: Set<Set<Int>> = []
    var attempts: [Int: Int] = [:]
    var best: [Int: Candidate] = [:]
    for _ in 0..<Self.draws {
      let draw = random.permutation(inside.count).prefix(size).map { Int($0) }
      guard let moments = Moments(seen, rows: draw) else { continue }
      for target in targets where best[target].map({ $0.holding < rows }) ?? true {
        guard attempts[target, default: 0] < Self.attempts,
          let terms = moments.terms(of: target, limit: Self.termLimit, exact: kind == .sum ? 1e-6 : 1e-5),
          tried.insert([target] + terms).inserted, !known.contains(Set([target] + terms))
        else { continue }
        attempts[target, default: 0] += 1
        guard let start = moments.regression(of: target, on: terms),
          let candidate = fitted(
            kind, target: usable[target], terms: terms.map { usable[$0] }, from: start)
        else { continue }
        known.insert(Set([target] + terms))
        // One that needs more terms has to hold in clearly more rows.
        let margin = max(2, rows / 500)
        if let known = best[target] {
          let gain = candidate.holding - known.holding
          guard candidate.terms > known.terms ? gain > margin : gain > -margin else { continue }
        }
        best[target] = candidate
      }
    }
    return best.keys.sorted().compactMap { best[$0] }
  }

  /// Logarithms of the others say nothing; rows with a zero are looked at again in the column's own unit.
  private func mostlyPositive(_ column: [Double]) -> Bool {
    10 * column.count { $0 > 0 } >= 9 * column.count
  }

  /// Whether no value stands in more than half of the rows: else most rows would hold by themselves.
  private func varies(_ column: [Double]) -> Bool {
    let sorted = column.sorted()
    return quantile(sorted, 0.75) > quantile(sorted, 0.25)
  }

  // MARK: - Fitting to all rows

  /// - Parameter start: of few rows, among which perhaps none breaks the relation: one of all rows would follow those that do.
  private func fitted(
    _ kind: ColumnRelation.Kind, target: Int, terms: [Int], from start: (factors: [Double], constant: Double)
  ) -> Candidate? {
    let columns = ([target] + terms).map { values[$0] }
    let inside =
      kind == .sum ? Array(0..<rows) : (0..<rows).filter { row in columns.allSatisfy { $0[row] > 0 } }
    let seen = columns.map { column in inside.map { kind == .sum ? column[$0] : log(column[$0]) } }
    let kept = inside.count * 9 / 10
    guard kept > terms.count + 2 else { return nil }
    var (factors, constant) = start
    for _ in 0..<5 {
      let misses = inside.indices.map { row in
        abs(seen[0][row] - constant - factors.indices.reduce(0.0) { $0 + factors[$1] * seen[$1 + 1][row] })
      }
      let best = inside.indices.sorted { (misses[$0], $0) < (misses[$1], $1) }.prefix(kept).sorted()
      guard let moments = Moments(seen, rows: best),
        let solution = moments.regression(of: 0, on: Array(1...terms.count))
      else { return nil }
      (factors, constant) = solution
    }
    return rounded(kind, target: target, terms: terms, factors, constant)
  }

  /// With round numbers for factors where they hold as well.
  private func rounded(
    _ kind: ColumnRelation.Kind, target: Int, terms: [Int], _ factors: [Double], _ constant: Double
  ) -> Candidate? {
    func relation(_ factors: [Double], _ constant: Double) -> ColumnRelation {
      ColumnRelation(
        kind: kind, target: names[target],
        terms: zip(terms, factors).map { ColumnRelation.Term(column: names[$0], factor: $1) },
        constant: constant, tolerance: 0, relativeTolerance: 0)
    }
    let spread = spread(of: target)
    if kind == .product {
      let exponents = factors.map { $0.rounded() }
      guard zip(factors, exponents).allSatisfy({ abs($0 - $1) < 0.01 && $1 != 0 && abs($1) <= 3 }),
        exponents != [1]
      else { return nil }
      let unit = relation(exponents, 1)
      let ratios = (0..<rows).map { row in
        values[target][row] / unit.expected(0, terms.map { values[$0][row] }).value
      }.filter(\.isFinite).sorted()
      guard !ratios.isEmpty else { return nil }
      let ratio = quantile(ratios, 0.5)
      return [Self.round(ratio), ratio].compactMap {
        accepted(relation(exponents, $0), target: target, terms: terms, spread)
      }.max { ($0.holding, $1.relation.tolerance) < ($1.holding, $0.relation.tolerance) }.map(turned)
    }
    let round = factors.map(Self.round)
    let misses = (0..<rows).map { row in
      values[target][row] - zip(terms, round).reduce(0.0) { $0 + $1.1 * values[$1.0][row] }
    }.sorted()
    let middle = quantile(misses, 0.5)
    let shift = abs(middle) < Self.precision * spread ? 0 : Self.round(middle)
    let plain = accepted(relation(factors, constant), target: target, terms: terms, spread)
    guard let simple = accepted(relation(round, shift), target: target, terms: terms, spread),
      plain.map({
        simple.holding >= $0.holding
          && simple.relation.tolerance <= 1.5 * $0.relation.tolerance + 1e-9 * spread
      })
        ?? true
    else { return plain }
    return turned(simple)
  }

  /// The nearest whole number, or one of two places, where it is near.
  private static func round(_ value: Double) -> Double {
    let whole = value.rounded()
    if whole != 0, abs(value - whole) <= 2e-3 * max(abs(value), 1) { return whole }
    let short = (value * 100).rounded() / 100
    return short != 0 && abs(value - short) <= 5e-4 * max(abs(value), 0.1) ? short : value
  }

  /// Half the distance of the quarters, or what is left of it.
  private func spread(of column: Int) -> Double {
    let sorted = values[column].sorted()
    return (quantile(sorted, 0.75) - quantile(sorted, 0.25)) / 1.349
  }

  /// With its tolerances; nil where it does not hold in most rows, or does not hold precisely.
  private func accepted(
    _ relation: ColumnRelation, target: Int, terms: [Int], _ spread: Double
  ) -> Candidate? {
    var (misses, shares): ([Double], [Double]) = ([], [])
    for row in 0..<rows {
      let (expected, size) = relation.expected(values[target][row], terms.map { values[$0][row] })
      let miss = abs(values[target][row] - expected)
      guard miss.isFinite, size.isFinite else { continue }
      misses.append(miss)
      shares.append(size > 0 ? miss / size : 0)
    }
    guard misses.count * 10 >= rows * 9 else { return nil }
    let (sortedMisses, sortedShares) = (misses.sorted(), shares.sorted())
    guard quantile(sortedMisses, 0.9) < Self.precision * spread else { return nil }
    var relation = relation
    relation.tolerance = max(10 * quantile(sortedMisses, 0.9), 2 * quantile(sortedMisses, 0.95))
    // Where few rows show that the last digit is rounded.
    let late = quantile(sortedMisses, 0.99)
    if late <= 2.01 * unit(of: target), late < Self.precision * spread {
      relation.tolerance = max(relation.tolerance, 1.01 * late)
    }
    guard relation.tolerance < 0.1 * spread else { return nil }
    relation.relativeTolerance = max(10 * quantile(sortedShares, 0.9), 1e-9)
    let excesses = (0..<rows).compactMap { row in
      relation.excess(values[target][row], terms.map { values[$0][row] })?.excess
    }.sorted()
    guard Double(rows - excesses.count) >= holding * Double(rows) else { return nil }
    // A tail that goes on evenly beyond the tolerance is how the columns are, no mistakes.
    if excesses.count >= 5, quantile(excesses, 0.5) < 5 { return nil }
    return Candidate(relation: relation, holding: rows - excesses.count)
  }

  /// The last decimal place, of up to four, in which the column's numbers are written; 0 where they have more.
  private func unit(of column: Int) -> Double {
    for (places, factor) in [1.0, 10, 100, 1000, 10_000].enumerated()
    where values[column].allSatisfy({
      abs($0 * factor - ($0 * factor).rounded()) < 1e-6 * max(abs($0 * factor), 1)
    }) {
      return [1, 0.1, 0.01, 0.001, 0.0001][places]
    }
    return 0
  }

  /// total = amount + vat rather than vat = total - amount, sum = price * count rather than price = sum / count: with as few
  /// minus signs and divisions as can be, then the last column first.
  private func turned(_ candidate: Candidate) -> Candidate {
    let relation = candidate.relation
    guard relation.terms.allSatisfy({ abs($0.factor) == 1 }), relation.kind == .sum || relation.constant == 1
    else { return candidate }
    let all = [ColumnRelation.Term(column: relation.target, factor: -1)] + relation.terms
    func place(_ term: ColumnRelation.Term) -> Int { names.firstIndex(of: term.column) ?? 0 }
    // Were it the target, so many of the others would be subtracted.
    func minuses(_ chosen: ColumnRelation.Term) -> Int {
      all.count { $0 != chosen && $0.factor * chosen.factor > 0 }
    }
    guard
      let target = all.min(by: { (minuses($0), -place($0)) < (minuses($1), -place($1)) })
    else { return candidate }
    var result = candidate
    result.relation.target = target.column
    if relation.kind == .sum { result.relation.constant = -relation.constant * target.factor }
    result.relation.terms = all.filter { $0 != target }
      .map { ColumnRelation.Term(column: $0.column, factor: -$0.factor * target.factor) }
      .sorted { place($0) < place($1) }
    guard relation.kind == .product, target.column != relation.target else { return result }
    // What is usual is another in the unit of another column.
    return accepted(
      result.relation, target: place(target), terms: result.relation.terms.map(place),
      spread(of: place(target))) ?? candidate
  }
}

/// Means and products of columns over some rows, for regressions between them by the sweep operator (Goodnight 1979).
private struct Moments {
  private let count: Int
  private let means: [Double]
  private let scales: [Double]
  /// Of columns with mean 0 and deviation 1.
  private let products: [[Double]]

  /// nil where nothing varies.
  init?(_ columns: [[Double]], rows: [Int]) {
    guard rows.count > 2 else { return nil }
    let total = Double(rows.count)
    let means = columns.map { column in rows.reduce(0.0) { $0 + column[$1] / total } }
    let scales = zip(columns, means).map { column, mean in
      // Squares of very large and very small differences cannot be added up.
      let unit = rows.reduce(0.0) { max($0, abs(column[$1] - mean)) }
      guard unit > 0, unit.isFinite else { return unit }
      let squares = rows.reduce(0.0) { sum, row in
        sum + (column[row] - mean) / unit * ((column[row] - mean) / unit)
      }
      return unit * (squares / total).squareRoot()
    }
    guard means.allSatisfy(\.isFinite), scales.allSatisfy(\.isFinite) else { return nil }
    let standard = columns.indices.map { index in
      rows.map { scales[index] > 0 ? (columns[index][$0] - means[index]) / scales[index] : 0 }
    }
    var products = [[Double]](repeating: [Double](repeating: 0, count: columns.count), count: columns.count)
    for row in columns.indices {
      for column in 0...row {
        let sum = rows.indices.reduce(0.0) { $0 + standard[row][$1] * standard[column][$1] } / total
        (products[row][column], products[column][row]) = (sum, sum)
      }
    }
    (count, self.means, self.scales, self.products) = (columns.count, means, scales, products)
  }

  /// A column that the others explain but for this has no variation of its own.
  private static let least = 1e-11

  private func sweep(_ matrix: inout [[Double]], _ pivot: Int, back: Bool = false) {
    let divisor = matrix[pivot][pivot]
    let line = matrix[pivot]
    for row in 0..<count where row != pivot {
      let factor = line[row] / divisor
      for column in 0..<count where column != pivot { matrix[row][column] -= factor * line[column] }
    }
    for index in 0..<count where index != pivot {
      let value = (back ? -1 : 1) * line[index] / divisor
      (matrix[index][pivot], matrix[pivot][index]) = (value, value)
    }
    matrix[pivot][pivot] = -1 / divisor
  }

  /// Few columns that explain the target but for a share `exact` of its variance, ascending; nil where no few do.
  func terms(of target: Int, limit: Int, exact: Double) -> [Int]? {
    guard products[target][target] > 0.5 else { return nil }
    var matrix = products
    var chosen: [Int] = []
    func gain(_ index: Int) -> Double {
      matrix[target][index] * matrix[target][index] / matrix[index][index]
    }
    while true {
      let left = matrix[target][target]
      let free = (0..<count).filter {
        $0 != target && !chosen.contains($0) && matrix[$0][$0] > Self.least
      }
      let next = free.max { (gain($0), $1) < (gain($1), $0) }
      // A relation that is all but exact is left for one that is.
      let isBetter = next.map { left - gain($0) < 1e-4 * left } ?? false
      if left < exact, left < 1e-13 || !isBetter { break }
      guard let next, chosen.count < limit else { return nil }
      sweep(&matrix, next)
      chosen.append(next)
    }
    while chosen.count > 1 {
      func loss(_ index: Int) -> Double {
        matrix[target][index] * matrix[target][index] / -matrix[index][index]
      }
      guard let least = chosen.min(by: { (loss($0), $0) < (loss($1), $1) }) else { break }
      guard matrix[target][target] + loss(least) < max(100 * matrix[target][target], 1e-12) else { break }
      sweep(&matrix, least, back: true)
      chosen.removeAll { $0 == least }
    }
    return chosen.isEmpty ? nil : chosen.sorted()
  }

  /// Least squares; nil where the terms explain each other.
  func regression(of target: Int, on terms: [Int]) -> (factors: [Double], constant: Double)? {
    var matrix = products
    for term in terms {
      guard matrix[term][term] > Self.least else { return nil }
      sweep(&matrix, term)
    }
    let factors = terms.map { matrix[target][$0] * scales[target] / scales[$0] }
    let constant = zip(terms, factors).reduce(means[target]) { $0 - $1.1 * means[$1.0] }
    return factors.allSatisfy(\.isFinite) && constant.isFinite ? (factors, constant) : nil
  }
}
