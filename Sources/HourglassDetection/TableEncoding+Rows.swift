import HourglassBase
import HourglassData
import HourglassDrawing

extension TableEncoding {
  /// The rows of a table as samples of shape `[featureCount]`. Columns are found by name, in any order; others are not
  /// looked at. A missing cell becomes what the row's other cells let expect, going by the training rows.
  ///
  /// - Throws: `HourglassError` (badData) naming a column that is missing or of the other kind.
  package func encode(_ table: Table) throws(HourglassError) -> SampleArray { try filledRows(table).samples }

  /// - Throws: as `encode`.
  func encodedRows(_ table: Table) throws(HourglassError) -> EncodedRows {
    let (samples, missing) = try filledRows(table)
    return EncodedRows(samples: samples, missing: missing)
  }

  func filledRows(
    _ table: Table
  ) throws(HourglassError) -> (samples: SampleArray, missing: MissingCells) {
    var sources: [Table.Column] = []
    for column in columns { sources.append(try source(column, in: table)) }
    let width = featureCount
    try MemoryBudget.process.admit(
      MemoryBudget.product(4, table.rowCount, width),
      for: "A table of \(grouped(table.rowCount)) rows as \(grouped(width)) numbers each",
      remedy: "give fewer rows, or leave columns out")
    var missing = MissingCells.none
    let samples = SampleArray(trustedFloatCount: table.rowCount, shape: [width]) { memory in
      for (column, source) in zip(columns, sources) {
        switch column.kind {
        case .number(let number): encode(number, source, column.firstFeature, memory)
        case .category(let category): encode(category, source, column.firstFeature, memory)
        case .time(let time): encode(time, source, column.firstFeature, memory)
        case .duration(_, _, let number): encode(number, source, column.firstFeature, memory)
        }
      }
      missing = MissingCells(memory, width: width)
      fill(memory, missing)
    }
    return (samples, missing)
  }

  /// The rows of a table of which fewer than a third of the columns are known: too little to say that they are normal.
  func unknowableRows(in table: Table) -> [Int] {
    var known = [Int](repeating: 0, count: table.rowCount)
    let own = columns.filter { $0.sources.count == 1 }
    for column in own {
      guard let source = table[column.name] else { continue }
      for (row, value) in source.values.enumerated() where !value.isNaN {
        if case .number(let number) = column.kind, number.isImplausible(value) { continue }
        known[row] += 1
      }
    }
    return known.indices.filter { 3 * known[$0] < own.count }
  }

  private func fill(_ memory: UnsafeMutableBufferPointer<Float>, _ missing: MissingCells) {
    guard !missing.isEmpty else { return }
    let width = featureCount
    // That a cell is missing says nothing of its value.
    let markers = Set(columns.filter(\.marksMissingNumbers).map { Int32($0.firstFeature + 1) })
    for row in 0..<memory.count / width where !missing[row: row].isEmpty {
      let cells = UnsafeMutableBufferPointer(rebasing: memory[row * width..<(row + 1) * width])
      let marked = missing[row: row].map { $0 + 1 }.filter(markers.contains)
      for feature in missing[row: row] { cells[Int(feature)] = 0 }
      expectation?.fill(cells, missing: missing[row: row] + marked)
      for marker in marked { cells[Int(marker)] = 1 }
    }
  }

  /// The cells of a column; of a duration, made from those of two.
  func source(_ column: Column, in table: Table) throws(HourglassError) -> Table.Column {
    if case .duration(let from, let to, _) = column.kind {
      let times = Kind.time(TimeColumn(usesClock: true, usesWeekday: true))
      let begin = try source(Column(name: from, kind: times), in: table)
      let end = try source(Column(name: to, kind: times), in: table)
      return Table.Column(name: column.name, values: zip(begin.values, end.values).map { $1 - $0 })
    }
    guard let source = table[column.name] else {
      throw HourglassError(
        .badData,
        "The table has no column \(column.name.quotedForMessage), which the detector was fitted with"
          + suggestion(column.name, among: table.columns.map(\.name)))
    }
    switch (column.kind, source.kind) {
    case (.number, .number), (.category, .category), (.time, .time): return source
    case (let before, let now):
      throw HourglassError(
        .badData,
        "Column \(column.name.quotedForMessage) holds \(Self.noun(now)), but held \(Self.noun(before)) when the detector was "
          + "fitted; correct the column.")
    }
  }

  private static func noun(_ kind: Table.Kind) -> String {
    switch kind {
    case .number: "numbers"
    case .category: "texts"
    case .time: "times"
    }
  }

  private static func noun(_ kind: Kind) -> String {
    switch kind {
    case .number, .duration: "numbers"
    case .category: "texts"
    case .time: "times"
    }
  }

  private func encode(
    _ time: TimeColumn, _ source: Table.Column, _ feature: Int, _ memory: UnsafeMutableBufferPointer<Float>
  ) {
    for (row, value) in source.values.enumerated() {
      for (offset, number) in time.encode(value).enumerated() {
        memory[row * featureCount + feature + offset] = number
      }
    }
  }

  private func encode(
    _ number: NumberColumn, _ source: Table.Column, _ feature: Int,
    _ memory: UnsafeMutableBufferPointer<Float>
  ) {
    let width = featureCount
    for (row, value) in source.values.enumerated() {
      let isMissing = value.isNaN || number.isImplausible(value)
      memory[row * width + feature] =
        isMissing ? .nan : min(max(Float(number.encode(value)), -Self.largest), Self.largest)
      if number.marksMissing { memory[row * width + feature + 1] = isMissing ? 1 : 0 }
    }
  }

  private func encode(
    _ category: CategoryColumn, _ source: Table.Column, _ feature: Int,
    _ memory: UnsafeMutableBufferPointer<Float>
  ) {
    guard case .category(let levels) = source.kind else { return }
    let places = Dictionary(uniqueKeysWithValues: category.levels.enumerated().map { ($1, $0) })
    let rare = category.levels.count
    let placeOfLevel = levels.map { places[$0] ?? rare }
    let (width, count) = (featureCount, category.shares.count)
    for (row, value) in source.values.enumerated() {
      let isUnknown = value.isNaN && !category.marksMissing
      let place = value.isNaN ? rare + 1 : placeOfLevel[Int(value)]
      for offset in 0..<count {
        memory[row * width + feature + offset] =
          isUnknown ? .nan : (offset == place ? 1 : 0) - Float(category.shares[offset])
      }
    }
  }

  // MARK: - Back

  /// What a reconstruction says of a column, as text.
  func expected(_ column: Int, _ features: UnsafeBufferPointer<Float>) -> String {
    let column = columns[column]
    switch column.kind {
    case .number(let number):
      return ReportText.significant(number.decode(Double(features[column.firstFeature])), 6)
    case .category(let category):
      let values = category.shares.indices.map {
        Double(features[column.firstFeature + $0]) + category.shares[$0]
      }
      let best = values.indices.max { (values[$0], $1) < (values[$1], $0) } ?? 0
      if best < category.levels.count { return category.levels[best] }
      return best == category.levels.count ? "a rare level" : "missing"
    case .time(let time):
      return time.decode(features[column.firstFeature..<column.firstFeature + time.featureCount])
    case .duration(_, _, let number):
      return ReportText.significant(number.decode(Double(features[column.firstFeature])), 6)
    }
  }
}
