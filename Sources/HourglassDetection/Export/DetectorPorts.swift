import HourglassBase
import HourglassMessages
import HourglassONNX

/// What the file of a detector of tables takes and gives: a column of the table is an input of its name.
struct DetectorPorts {
  /// How cells are given.
  enum Cell {
    case number, text, time
  }

  struct Source {
    var name: String
    var cell: Cell
  }

  /// The columns of the table that are looked at.
  private(set) var sources: [Source] = []
  private(set) var score = "score"
  private(set) var alert = "is_alert"
  /// For each column of the encoding, the outputs that say what is expected of it: one, but two of a time of which both the hour and
  /// the day of the week are used.
  private(set) var expected: [[String]] = []
  private let encoding: TableEncoding

  init(_ encoding: TableEncoding) {
    self.encoding = encoding
    for column in encoding.columns {
      switch column.kind {
      case .number: add(column.name, .number)
      case .category: add(column.name, .text)
      case .time, .duration: for name in column.sources { add(name, .time) }
      }
    }
    for constant in encoding.constants {
      if case .number = constant.value { add(constant.name, .number) } else { add(constant.name, .text) }
    }
    var taken = Set(sources.map(\.name))
    score = Self.free("score", &taken)
    alert = Self.free("is_alert", &taken)
    expected = encoding.columns.map { column in
      var names = ["expected_\(column.name)"]
      if case .time(let time) = column.kind {
        if time.usesWeekday { names.append("expected_\(column.name)_weekday") }
        if !time.usesClock { names.removeFirst() }
      }
      return names.map { Self.free($0, &taken) }
    }
  }

  private mutating func add(_ name: String, _ cell: Cell) {
    if !sources.contains(where: { $0.name == name }) { sources.append(Source(name: name, cell: cell)) }
  }

  /// The name, where no column has it; else with a line after it.
  private static func free(_ wanted: String, _ taken: inout Set<String>) -> String {
    var name = wanted
    while !taken.insert(name).inserted { name += "_" }
    return name
  }

  /// No other value of the file may have these names.
  var names: Set<String> { Set(sources.map(\.name) + [score, alert] + expected.flatMap(\.self)) }

  var inputs: [GraphPort] {
    sources.map { source in
      let (element, meaning) =
        switch source.cell {
        case .number: (.double, "numbers, NaN where a cell is missing")
        case .text: (.string, "texts, empty where a cell is missing")
        case .time:
          (
            .double,
            "seconds since 1970 of the clock on the wall, or since midnight; NaN where a cell is missing"
          )
        } as (ONNXElementKind, String)
      return GraphPort(
        name: source.name, extents: [.named("batch"), .fixed(1)], meaning: meaning, element: element)
    }
  }

  var outputs: [GraphPort] {
    Self.scores(score, alert, of: "row")
      + zip(encoding.columns, expected).flatMap { column, names in
        zip(names, Self.kinds(column)).map { name, kind in
          GraphPort(
            name: name, extents: [.named("batch"), .fixed(1)],
            meaning: "what is expected of \(column.name), given the rest of its row: \(kind.meaning)",
            element: kind.element)
        }
      }
  }

  static func scores(_ score: String, _ alert: String, of noun: String) -> [GraphPort] {
    [
      GraphPort(
        name: score, extents: [.named("batch")],
        meaning: "how odd each \(noun) is; NaN where too little is known of it",
        element: .double),
      GraphPort(
        name: alert, extents: [.named("batch")], meaning: "whether each \(noun) is an alert", element: .bool),
    ]
  }

  private static func kinds(_ column: TableEncoding.Column) -> [(element: ONNXElementKind, meaning: String)] {
    switch column.kind {
    case .number: return [(.double, "a number")]
    case .duration: return [(.double, "seconds")]
    case .category: return [(.string, "a text, empty for a missing cell")]
    case .time(let time):
      return (time.usesClock ? [(.double, "seconds since midnight, NaN for no hour in particular")] : [])
        + (time.usesWeekday ? [(.int64, "0 for Monday to 6, -1 for no day in particular")] : [])
    }
  }
}
