import HourglassData
import HourglassMessages
import HourglassONNX

// Cells become features, as in `TableEncoding.encodedRows`.

extension DetectorTranslation {
  /// Rows of a table, encoded.
  struct Rows {
    /// `[batch, features]`; 0 where a cell is missing.
    var features: String
    /// 1 at the features of missing cells, as `MissingCells` has them, else 0.
    var gaps: String
    /// The same, and 1 also at the marks of missing numbers.
    var hidden: String
    /// Columns of numbers by name, `[batch, 1]` of 64 bits in the table's units; NaN where missing.
    var numbers: [String: String]
    /// Whether so little is known of a row that it gets no score.
    var isUnknowable: String
  }

  /// Columns of one kind.
  private struct Piece {
    var values: String
    /// Where its numbers belong in an encoded row.
    var places: [Int]
  }

  mutating func rows(_ encoding: TableEncoding) -> Rows {
    writer.scope = "columns"
    // Gaps are found column by column, and then laid out feature by feature.
    var (pieces, gaps, gapPlaces): ([Piece], [String], [Int]) = ([], [], [])
    var numbers: [String: String] = [:]
    let scaled = encoding.columns.indices.filter { encoding.columns[$0].number != nil }
    if !scaled.isEmpty {
      let found = encodedNumbers(scaled.map { encoding.columns[$0] })
      (pieces, numbers) = (found.pieces, found.numbers)
      (gaps, gapPlaces) = ([found.gaps], scaled)
    }
    for (index, column) in encoding.columns.enumerated() {
      let found: (piece: Piece, gap: String)
      switch column.kind {
      case .category(let category): found = encoded(category, column)
      case .time(let time): found = encoded(time, column)
      case .number, .duration: continue
      }
      pieces.append(found.piece)
      gaps.append(found.gap)
      gapPlaces.append(index)
    }
    let byColumn = concatenated(gaps)
    let own = encoding.columns.indices.filter { encoding.columns[$0].sources.count == 1 }
    let none = op("Mul", column(0, of: byColumn), writer.number(0))
    let all = concatenated([byColumn, none])
    var placeOfColumn = [Int](repeating: 0, count: gapPlaces.count)
    for (place, column) in gapPlaces.enumerated() { placeOfColumn[column] = place }
    var (gapOfFeature, hiddenOfFeature): ([Int], [Int]) = ([], [])
    for (index, column) in encoding.columns.enumerated() {
      for feature in column.features {
        let isMark = column.marksMissingNumbers && feature > column.firstFeature
        let isLevel = if case .category(let category) = column.kind { category.marksMissing } else { false }
        gapOfFeature.append(isMark || isLevel ? gapPlaces.count : placeOfColumn[index])
        hiddenOfFeature.append(isLevel ? gapPlaces.count : placeOfColumn[index])
      }
    }
    var order = [Int](repeating: 0, count: encoding.featureCount)
    for (place, feature) in pieces.flatMap(\.places).enumerated() { order[feature] = place }
    return Rows(
      features: chosen(order, "order", of: concatenated(pieces.map(\.values))),
      gaps: chosen(gapOfFeature, "gaps", of: all), hidden: chosen(hiddenOfFeature, "hidden", of: all),
      numbers: numbers, isUnknowable: unknowable(own.map { placeOfColumn[$0] }, byColumn))
  }

  private mutating func chosen(_ places: [Int], _ name: String, of matrix: String) -> String {
    writer.add("Gather", [matrix, writer.integers("columns.\(name)", places)], .integer("axis", 1))
  }

  /// Whether fewer than a third of the columns are known.
  private mutating func unknowable(_ own: [Int], _ gaps: String) -> String {
    guard !own.isEmpty else {
      return op("Less", column(0, of: gaps), writer.number(0))
    }
    let known = op("Sub", writer.number(Double(own.count)), rowSum(chosen(own, "own", of: gaps)))
    return op("Less", op("Mul", known, writer.number(3)), writer.number(Double(own.count)))
  }

  // MARK: Numbers

  /// - Parameter columns: numbers and durations.
  private mutating func encodedNumbers(
    _ columns: [TableEncoding.Column]
  ) -> (pieces: [Piece], gaps: String, numbers: [String: String]) {
    let scales = columns.compactMap(\.number)
    func vector(_ name: String, _ values: [Double]) -> String {
      writer.doubles("columns.\(name)", [values.count], values)
    }
    let raw = concatenated(
      columns.map { column in
        column.sources.count == 1 ? column.name : op("Sub", column.sources[1], column.sources[0])
      })
    let slope = vector("slope", scales.map(\.slope))
    let centre = vector("centre", scales.map(\.centre))
    let distance = op(
      "Abs", op("Sub", op("Mul", raw, slope), vector("middle", scales.map { $0.centre * $0.slope })))
    let missing = op("Or", op("IsNaN", raw), op("Greater", distance, writer.double(ColumnMoments.farthest)))
    let inner = op("Mul", op("Sub", op("Where", missing, centre, raw), centre), slope)
    var shaped = inner
    if scales.contains(where: \.isBent) {
      let isBent = op("Greater", vector("bent", scales.map { $0.isBent ? 1 : 0 }), writer.double(0))
      shaped = op("Where", isBent, inverseHyperbolicSine(inner), inner)
    }
    let encoded = op(
      "Sub", op("Mul", shaped, vector("scale", scales.map(\.scale))), vector("shift", scales.map(\.shift)))
    let features = clipped(cast(encoded, to: .float), to: TableEncoding.largest)
    let gaps = cast(missing, to: .float)
    var pieces = [
      Piece(
        values: op("Where", missing, writer.number(0), features), places: columns.map(\.firstFeature))
    ]
    let marked = columns.indices.filter { columns[$0].marksMissingNumbers }
    if !marked.isEmpty {
      pieces.append(
        Piece(
          values: chosen(marked, "marked", of: gaps), places: marked.map { columns[$0].firstFeature + 1 }))
    }
    let known = op("Where", missing, writer.double(.nan), raw)
    var numbers: [String: String] = [:]
    for (index, column) in columns.enumerated() where column.sources.count == 1 {
      numbers[column.name] = columns.count == 1 ? known : self.column(index, of: known)
    }
    return (pieces, gaps, numbers)
  }

  // MARK: Categories

  private mutating func encoded(
    _ category: TableEncoding.CategoryColumn, _ column: TableEncoding.Column
  ) -> (piece: Piece, gap: String) {
    let rare = category.levels.count
    let level = levels(column.name, category.levels)
    let places = writer.integers(Array(category.shares.indices))
    let shares = writer.weight(
      "\(column.name)/shares", [category.shares.count], category.shares.map { Float($0) })
    var features = op("Sub", cast(op("Equal", level, places), to: .float), shares)
    let gap = cast(op("Equal", level, writer.integer(rare + 1)), to: .float)
    if !category.marksMissing { features = op("Mul", features, op("Sub", writer.number(1), gap)) }
    return (Piece(values: features, places: Array(column.features)), gap)
  }

  /// The place of each text among some; after them that of any other, then that of a missing cell.
  mutating func levels(_ texts: String, _ levels: [String]) -> String {
    let missing = Self.missingTexts.filter { !levels.contains($0) }
    return writer.add(
      "LabelEncoder", [texts],
      [
        .texts("keys_strings", levels + missing),
        .integers("values_int64s", Array(levels.indices) + missing.map { _ in levels.count + 1 }),
        .integer("default_int64", levels.count),
      ], results: 1, domain: ONNXExport.classicalDomain)[0]
  }

  /// Texts that the reader of tables takes for a missing cell, as they are usually written.
  private static let missingTexts = Set(
    Table.missingTexts.flatMap { [$0, $0.uppercased(), $0.prefix(1).uppercased() + $0.dropFirst()] } + [
      "NaN", "-NaN",
    ]
  ).sorted()

  // MARK: Times

  private mutating func encoded(
    _ time: TimeColumn, _ column: TableEncoding.Column
  ) -> (piece: Piece, gap: String) {
    let missing = op("IsNaN", column.name)
    let seconds = op("Where", missing, writer.double(0), column.name)
    let day = writer.double(86_400)
    var turns: [String] = []
    if time.usesClock { turns.append(op("Div", remainder(seconds, day), day)) }
    if time.usesWeekday {
      // The first of January 1970 was a Thursday.
      let days = op("Add", op("Floor", op("Div", seconds, day)), writer.double(3))
      turns.append(op("Div", remainder(days, writer.double(7)), writer.double(7)))
    }
    let angles = op("Mul", concatenated(turns), writer.double(2 * .pi))
    let radius = writer.double(TimeColumn.radius)
    let (across, along) = (op("Mul", op("Sin", angles), radius), op("Mul", op("Cos", angles), radius))
    let parts = turns.indices.flatMap { [self.column($0, of: across), self.column($0, of: along)] }
    let gap = cast(missing, to: .float)
    let features = op(
      "Mul", cast(concatenated(parts), to: .float), op("Sub", writer.number(1), gap))
    return (Piece(values: features, places: Array(column.features)), gap)
  }

  /// What is left of a division, from 0 up.
  private mutating func remainder(_ value: String, _ divisor: String) -> String {
    let rest = writer.add("Mod", [value, divisor], .integer("fmod", 1))
    return op("Where", op("Less", rest, writer.double(0)), op("Add", rest, divisor), rest)
  }
}
