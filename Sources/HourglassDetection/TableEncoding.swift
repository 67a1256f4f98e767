import HourglassBase
import HourglassData
import HourglassDrawing
import HourglassPlatform

/// How columns of numbers are scaled.
public enum ColumnScaling: String, Sendable, CaseIterable {
  /// Mean 0 and standard deviation 1, after an inverse hyperbolic sine where a column has heavy tails.
  case automatic = "auto"
  /// Mean 0 and standard deviation 1.
  case standard
  /// Median 0 and interquartile range 1.349, that of a normal distribution with deviation 1.
  case robust
  /// The smallest value 0 and the largest 1.
  case minMax = "min-max"
}

/// How the rows of a table become numbers: learnt on training rows, applied to any table with the same columns.
package struct TableEncoding: Sendable {
  /// A column of numbers.
  struct NumberColumn: Sendable {
    /// `scale * f(slope * (x - centre)) - shift`, where f is the identity or the inverse hyperbolic sine.
    var centre = 0.0
    var slope = 1.0
    var isBent = false
    var shift = 0.0
    var scale = 1.0
    /// Whether a feature tells that the value is missing.
    var marksMissing = false

    /// Whether a number is so far from those of training that it is taken as missing, as `ColumnMoments.farthest` says.
    func isImplausible(_ value: Double) -> Bool {
      abs(value * slope - centre * slope) > ColumnMoments.farthest
    }

    func encode(_ value: Double) -> Double {
      let inner = (value - centre) * slope
      return (isBent ? asinh(inner) : inner) * scale - shift
    }

    func decode(_ feature: Double) -> Double {
      let inner = (feature + shift) / scale
      return (isBent ? sinh(inner) : inner) / slope + centre
    }
  }

  /// A column of categories: a feature for each frequent level, one for the rest, perhaps one for missing cells.
  struct CategoryColumn: Sendable {
    var levels: [String]
    var marksMissing = false
    /// Of each feature among the training rows.
    var shares: [Double]
  }

  enum Kind: Sendable {
    case number(NumberColumn)
    case category(CategoryColumn)
    case time(TimeColumn)
    /// Seconds from the time in one column to that in another.
    case duration(from: String, to: String, NumberColumn)
  }

  /// A column that is encoded.
  struct Column: Sendable {
    var name: String
    var kind: Kind
    /// The first of its features.
    var firstFeature = 0

    var featureCount: Int {
      switch kind {
      case .number(let number): number.marksMissing ? 2 : 1
      case .category(let category): category.shares.count
      case .time(let time): time.featureCount
      case .duration(_, _, let number): number.marksMissing ? 2 : 1
      }
    }

    /// The places of its features.
    var features: Range<Int> { firstFeature..<firstFeature + featureCount }

    /// The columns of a table that it is made of.
    var sources: [String] {
      if case .duration(let from, let to, _) = kind { [from, to] } else { [name] }
    }

    /// How its cells are scaled, where they are numbers.
    var number: NumberColumn? {
      switch kind {
      case .number(let number), .duration(_, _, let number): number
      case .category, .time: nil
      }
    }

    /// Of the training rows' cells, those with texts that have no feature of their own.
    var rareShare: Double {
      if case .category(let category) = kind { category.shares[category.levels.count] } else { 0 }
    }

    /// Cells of a table with texts that have no feature of their own.
    func rareCells(in table: Table) -> Int {
      guard case .category(let category) = kind, let source = table[name],
        case .category(let levels) = source.kind
      else { return 0 }
      let known = Set(category.levels)
      let isRare = levels.map { !known.contains($0) }
      return source.values.count { !$0.isNaN && isRare[Int($0)] }
    }

    /// Cells of a table that are too far from all others to be numbers of the column.
    func implausibleCells(in table: Table) -> [Double] {
      guard case .number(let number) = kind, let source = table[name], case .number = source.kind else {
        return []
      }
      return source.values.filter { !$0.isNaN && number.isImplausible($0) }
    }

    /// Whether its second feature tells that the number is missing.
    var marksMissingNumbers: Bool {
      number?.marksMissing ?? false
    }
  }

  var columns: [Column]
  /// What a person should know, one sentence each.
  package internal(set) var notes: [String] = []
  /// Columns that are no features, since they had one value in all training rows.
  var constants: [ConstantColumn] = []
  /// What holds between columns of numbers in nearly all training rows.
  var relations: [ColumnRelation] = []
  /// Which categories do not go together.
  var oddPairs = OddPairs()
  /// What missing cells are expected to be, given the others of their row; 0 when nil.
  var expectation: ConditionalMean?
  /// Numbers of an encoded row.
  package let featureCount: Int
  /// The columns that are used, in order.
  package var columnNames: [String] { columns.map(\.name) }

  /// The most levels of a column that have a feature of their own.
  static let levelLimit = 32
  /// Levels with a smaller share of the training rows are grouped.
  static let rareShare = 0.005
  /// No encoded value is larger, so that single values do not make sums infinite.
  static let largest: Float = 1e6
  /// The most numbers of an encoded row.
  static let featureLimit = 16_384

  /// - Throws: `HourglassError` (badData) when nothing is left to encode or it is too wide.
  init(columns: [Column]) throws(HourglassError) {
    var columns = columns
    var count = 0
    for index in columns.indices {
      columns[index].firstFeature = count
      count += columns[index].featureCount
    }
    guard count > 0 else {
      throw HourglassError(
        .badData,
        "No column of the table varies among the training rows, so nothing can be learnt from it; give other data."
      )
    }
    guard count <= Self.featureLimit else {
      throw HourglassError(
        .badData,
        "The table's columns become \(grouped(count)) numbers a row, and \(grouped(Self.featureLimit)) are allowed",
        .give(.ignoredColumns, "columns to leave out"))
    }
    self.columns = columns
    featureCount = count
  }

  // MARK: - Learning

  /// Learns how to encode a table from some of its rows. Columns that are constant there are left out.
  ///
  /// - Parameters:
  ///   - rows: the training rows; at least one.
  ///   - ignoring: columns that are not used.
  ///   - isClean: whether known anomalies were left out of the rows.
  ///   - threads: workers; all cores when nil. The result does not depend on it.
  /// - Throws: `HourglassError` (badData) when no column is left, or there are too many.
  package init(
    of table: Table, rows: [UInt32], scaling: ColumnScaling = .automatic, ignoring: Set<String> = [],
    isClean: Bool = false, threads: Int? = nil
  ) throws {
    var columns: [Column] = []
    var constants: [ConstantColumn] = []
    var leftOut = LeftOutColumns()
    for column in table.columns where !ignoring.contains(column.name) {
      let kind: Kind? =
        switch column.kind {
        case .number: Self.number(column.values, rows, scaling).map(Kind.number)
        case .category(let levels): Self.category(column.values, levels, rows).map(Kind.category)
        case .time: TimeColumn(rows.lazy.map { column.values[Int($0)] }).map(Kind.time)
        }
      if let kind {
        columns.append(Column(name: column.name, kind: kind))
      } else if let found = ConstantColumn(column, rows: rows) {
        leftOut.constant.append(column.name)
        constants.append(found)
      } else if case .category(let levels) = column.kind, levels.count > 1 {
        leftOut.unrepeated.append(column.name)
      } else if column.kind == .time {
        leftOut.unevenTimes.append(column.name)
      } else {
        leftOut.constant.append(column.name)
      }
    }
    columns += Self.durations(in: table, rows, scaling, ignoring)
    guard !columns.isEmpty else {
      throw leftOut.refusal(of: table, rows: rows.count, ignoring: ignoring)
    }
    try self.init(columns: columns)
    self.constants = constants
    for case (let name, .time(let time)) in columns.map({ ($0.name, $0.kind) }) {
      notes.append("Of the times in column \(name.quotedForMessage) \(time.description) is used.")
    }
    for column in columns where column.sources.count > 1 {
      let ends = column.sources.map(\.quotedForMessage).joined(separator: " to that in ")
      notes.append("How long it took from the time in \(ends) is used too.")
    }
    noteImplausibleCells(in: table, rows)
    notes += leftOut.notes
    expectation = try learnExpectation(table, rows, threads)
    let numbers = self.columns.compactMap { column -> Table.Column? in
      guard case .number(let number) = column.kind, var source = table[column.name] else { return nil }
      source.values = source.values.map { number.isImplausible($0) ? .nan : $0 }
      return source
    }
    relations = RelationSearch(numbers, rows: rows, isClean: isClean).relations()
    oddPairs = OddPairs(of: table, rows: rows, columns: self.columns)
    if !relations.isEmpty {
      let shown = relations.prefix(4).map { "\($0.target) = \($0.formula)" }.joined(separator: "; ")
      notes.append(
        "Relations that hold in nearly all training rows: \(shown)"
          + (relations.count > 4 ? " and \(relations.count - 4) more" : "")
          + "; a row that breaks one is an alert.")
    }
  }

  /// The same features, but columns of numbers are scaled by other rows, as far as they vary among these.
  func scaled(
    by rows: [UInt32], of table: Table, _ scaling: ColumnScaling, threads: Int?
  ) throws -> TableEncoding {
    var encoding = self
    for (index, column) in columns.enumerated() {
      guard let number = column.number,
        var scaled = Self.number(try source(column, in: table).values, rows, scaling)
      else { continue }
      scaled.marksMissing = number.marksMissing
      switch column.kind {
      case .number: encoding.columns[index].kind = .number(scaled)
      case .duration(let from, let to, _):
        encoding.columns[index].kind = .duration(from: from, to: to, scaled)
      case .category, .time: break
      }
    }
    encoding.expectation = nil
    encoding.expectation = try encoding.learnExpectation(table, rows, threads)
    return encoding
  }

  /// How long it took from each column of dates to the next one.
  private static func durations(
    in table: Table, _ rows: [UInt32], _ scaling: ColumnScaling, _ ignoring: Set<String>
  ) -> [Column] {
    let dated = table.columns.filter { column in
      column.kind == .time && !ignoring.contains(column.name)
        && rows.contains { WallClock(column.values[Int($0)]).hasDate && !column.values[Int($0)].isNaN }
    }
    return zip(dated, dated.dropFirst()).compactMap { from, to in
      let values = zip(from.values, to.values).map { $1 - $0 }
      return number(values, rows, scaling).map {
        Column(
          name: "\(from.name) to \(to.name) (seconds)", kind: .duration(from: from.name, to: to.name, $0))
      }
    }
  }

  private mutating func noteImplausibleCells(in table: Table, _ rows: [UInt32]) {
    for column in columns {
      let cells = column.implausibleCells(in: table)
      guard let note = Self.implausibleNote(column.name, first: cells.first, count: cells.count) else {
        continue
      }
      notes.append(note)
    }
  }

  /// That some cells of a column were taken as missing, since they are too far from the others; nil where none are.
  static func implausibleNote(_ name: String, first: Double?, count: Int) -> String? {
    guard let first else { return nil }
    let (verb, ending, they) = count == 1 ? ("is", "s", "it") : ("are", "", "they")
    return
      "In column \(name.quotedForMessage) \(ReportText.count(count, "cell")), such as \(first), \(verb) so far from "
      + "all others that \(they) can be no value of it and count\(ending) as missing."
  }

  private static func number(_ values: [Double], _ rows: [UInt32], _ scaling: ColumnScaling) -> NumberColumn?
  {
    let sorted = ColumnMoments.plausible(rows.map { values[Int($0)] }.filter { !$0.isNaN }.sorted())
    guard let first = sorted.first else { return nil }
    var column = NumberColumn()
    // Missing cells get a feature where they are no rarity.
    let missing = rows.count - sorted.count
    column.marksMissing = Double(missing) >= max(rareShare * Double(rows.count), 2)
    guard sorted.contains(where: { $0 != first }) else { return nil }
    let moments = ColumnMoments(sorted)
    let (mean, deviation) = (moments.mean, moments.deviation)
    let quarters = (quantile(sorted, 0.25), quantile(sorted, 0.5), quantile(sorted, 0.75))
    let spread = (quarters.2 - quarters.0) / 1.349
    switch scaling {
    case .standard:
      (column.centre, column.slope) = (mean, 1 / deviation)
    case .robust:
      (column.centre, column.slope) = (quarters.1, 1 / (spread > 0 ? spread : deviation))
    case .minMax:
      (column.centre, column.slope) = (sorted[0], 1 / (sorted[sorted.count - 1] - sorted[0]))
    case .automatic:
      let fourth = sorted.reduce(0.0) { $0 + powers(($1 - mean) / deviation) } / Double(sorted.count)
      guard fourth > heavyKurtosis, spread > 0 else {
        (column.centre, column.slope) = (mean, 1 / deviation)
        break
      }
      column.isBent = true
      (column.centre, column.slope) = (quarters.1, 1 / spread)
      let bent = sorted.map { asinh(($0 - column.centre) * column.slope) }
      let bentMoments = ColumnMoments(bent)
      (column.scale, column.shift) = (1 / bentMoments.deviation, bentMoments.mean / bentMoments.deviation)
    }
    // A column whose variation is lost in rounding is as good as constant.
    guard column.slope.isFinite, column.slope != 0, column.scale.isFinite, column.scale != 0,
      (column.centre * column.slope).isFinite, column.shift.isFinite
    else { return nil }
    return column
  }

  /// A normal distribution has 3, an exponential one 9.
  private static let heavyKurtosis = 6.0

  private static func powers(_ value: Double) -> Double { value * value * value * value }

  private static func category(_ values: [Double], _ levels: [String], _ rows: [UInt32]) -> CategoryColumn? {
    var counts = [Int](repeating: 0, count: levels.count)
    var missing = 0
    for row in rows {
      let value = values[Int(row)]
      if value.isNaN { missing += 1 } else { counts[Int(value)] += 1 }
    }
    let total = Double(rows.count)
    let frequent = levels.indices.filter { Double(counts[$0]) >= max(rareShare * total, 2) }
      .sorted { (counts[$1], $0) < (counts[$0], $1) }.prefix(levelLimit)
    let marksMissing = missing > 0
    let present = counts.count { $0 > 0 } + (marksMissing ? 1 : 0)
    guard present > 1, !frequent.isEmpty else { return nil }
    let kept = frequent.map { counts[$0] }
    let rare = rows.count - missing - kept.reduce(0, +)
    let shares = (kept + [rare] + (marksMissing ? [missing] : [])).map { Double($0) / total }
    return CategoryColumn(levels: frequent.map { levels[$0] }, marksMissing: marksMissing, shares: shares)
  }

  /// The most training rows that the expectation of missing cells is learnt from.
  private static let expectationLimit = 20_000

  /// From the training rows, which may lack cells themselves: what is learnt fills them in, and is learnt again.
  private func learnExpectation(_ table: Table, _ rows: [UInt32], _ threads: Int?) throws -> ConditionalMean?
  {
    guard featureCount <= ConditionalMean.largest, rows.count > 1 else { return nil }
    let step = Double(rows.count) / Double(min(rows.count, Self.expectationLimit))
    let chosen = (0..<min(rows.count, Self.expectationLimit)).map { rows[Int(Double($0) * step)] }
    let part = table.gathered(chosen)
    var encoding = self
    for _ in 0..<5 {
      let encoded = try encoding.filledRows(part)
      encoding.expectation = try ConditionalMean(of: encoded.samples, threads: threads)
      if encoded.missing.isEmpty { break }
    }
    return encoding.expectation
  }
}
