import HourglassMessages
import HourglassONNX

// What the model expects of each column, as in `TableEncoding.expected`.

extension DetectorTranslation {
  /// Gives outputs for all columns.
  ///
  /// - Parameter reconstruction: `[batch, features]`.
  mutating func giveExpected(_ reconstruction: String, _ encoding: TableEncoding, _ ports: DetectorPorts) {
    writer.scope = "expected"
    let features = cast(reconstruction, to: .double)
    let scaled = encoding.columns.indices.filter { encoding.columns[$0].number != nil }
    let numbers = scaled.isEmpty ? "" : decoded(scaled.map { encoding.columns[$0] }, features)
    for (place, index) in scaled.enumerated() {
      give(column(place, of: numbers), as: ports.expected[index][0])
    }
    for (index, column) in encoding.columns.enumerated() {
      switch column.kind {
      case .number, .duration: break
      case .category(let category): give(decoded(category, column, features), as: ports.expected[index][0])
      case .time(let time):
        for (value, name) in zip(decoded(time, column, reconstruction), ports.expected[index]) {
          give(value, as: name)
        }
      }
    }
  }

  private mutating func decoded(_ columns: [TableEncoding.Column], _ features: String) -> String {
    let scales = columns.compactMap(\.number)
    func vector(_ name: String, _ values: [Double]) -> String {
      writer.doubles("columns.\(name)", [values.count], values)
    }
    let own = writer.add(
      "Gather", [features, writer.integers("columns.numbers", columns.map(\.firstFeature))],
      .integer("axis", 1))
    let inner = op(
      "Div", op("Add", own, vector("shift", scales.map(\.shift))), vector("scale", scales.map(\.scale)))
    var shaped = inner
    if scales.contains(where: \.isBent) {
      let isBent = op("Greater", vector("bent", scales.map { $0.isBent ? 1 : 0 }), writer.double(0))
      shaped = op("Where", isBent, hyperbolicSine(inner), inner)
    }
    return op(
      "Add", op("Div", shaped, vector("slope", scales.map(\.slope))), vector("centre", scales.map(\.centre)))
  }

  private mutating func decoded(
    _ category: TableEncoding.CategoryColumn, _ column: TableEncoding.Column, _ features: String
  ) -> String {
    let own = slice(features, column.features)
    let shares = writer.doubles("expected.\(column.name)", [category.shares.count], category.shares)
    let level = writer.add(
      "ArgMax", [op("Add", own, shares)], .integer("axis", 1), .integer("keepdims", 1))
    return writer.add(
      "LabelEncoder", [level],
      [
        .integers("keys_int64s", Array(category.shares.indices)),
        .texts(
          "values_strings", category.levels + [Self.rareLevel] + (category.marksMissing ? [""] : [])),
        .text("default_string", ""),
      ], results: 1, domain: ONNXExport.classicalDomain)[0]
  }

  /// As `TableEncoding.expected` calls it.
  private static let rareLevel = "a rare level"

  private mutating func decoded(
    _ time: TimeColumn, _ column: TableEncoding.Column, _ reconstruction: String
  ) -> [String] {
    var (values, first) = ([String](), column.firstFeature)
    if time.usesClock {
      // To ten minutes: the model does not know it better.
      let (turn, isKnown) = turn(slice(reconstruction, first..<first + 2))
      let tens = op("Round", op("Mul", cast(turn, to: .double), writer.double(144)))
      let seconds = op(
        "Mul", writer.add("Mod", [tens, writer.double(144)], .integer("fmod", 1)), writer.double(600))
      values.append(op("Where", isKnown, seconds, writer.double(.nan)))
      first += 2
    }
    if time.usesWeekday {
      let (turn, isKnown) = turn(slice(reconstruction, first..<first + 2))
      let day = cast(op("Round", op("Mul", turn, writer.number(7))), to: .int64)
      values.append(op("Where", isKnown, op("Mod", day, writer.integer(7)), writer.integer(-1)))
    }
    return values
  }

  /// Of points on a circle, the part of a turn, 0...1, and whether they lie far enough from its middle to tell.
  private mutating func turn(_ points: String) -> (turn: String, isKnown: String) {
    let (across, along) = (column(0, of: points), column(1, of: points))
    let length = op("Sqrt", op("Add", op("Mul", across, across), op("Mul", along, along)))
    // Half the angle has a tangent without cases, but for half a turn.
    let rest = op("Add", length, along)
    let half = op(
      "Atan", op("Div", across, op("Where", op("Greater", rest, writer.number(0)), rest, writer.number(1))))
    let turn = op(
      "Where", op("Greater", rest, writer.number(0)), op("Div", half, writer.number(.pi)), writer.number(0.5))
    let positive = op("Where", op("Less", turn, writer.number(0)), op("Add", turn, writer.number(1)), turn)
    return (positive, op("Greater", length, writer.number(TimeColumn.radius / 2)))
  }

  private mutating func slice(_ matrix: String, _ columns: Range<Int>) -> String {
    writer.add(
      "Slice", [matrix] + [[columns.lowerBound], [columns.upperBound], [1]].map { writer.integers($0) })
  }
}
