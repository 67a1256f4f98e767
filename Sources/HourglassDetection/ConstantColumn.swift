import HourglassBase
import HourglassData

/// A column that had one value in all training rows. It is no feature, but another value in it is a reason for an alert.
struct ConstantColumn: Sendable {
  enum Value: Sendable, Equatable {
    case number(Double)
    case text(String)
  }

  var name: String
  var value: Value

  /// nil where the rows have no value, or several.
  init?(_ column: Table.Column, rows: [UInt32]) {
    let values = rows.lazy.map { column.values[Int($0)] }.filter { !$0.isNaN }
    guard let first = values.first, values.allSatisfy({ $0 == first }) else { return nil }
    name = column.name
    switch column.kind {
    case .number: value = .number(first)
    // A time is no feature by itself.
    case .time: return nil
    case .category(let levels): value = .text(levels[Int(first)])
    }
  }

  init(name: String, value: Value) { (self.name, self.value) = (name, value) }

  /// As it is shown.
  var text: String {
    switch value {
    case .number(let number): Table.Column(name: name, values: [number]).text(row: 0)
    case .text(let text): text
    }
  }

  /// The rows of a table that have another value, in order; none where the table lacks the column.
  func departures(in table: Table) -> [Int] {
    guard let column = table[name] else { return [] }
    switch (value, column.kind) {
    case (.number(let number), .number):
      return column.values.indices.filter { !column.values[$0].isNaN && column.values[$0] != number }
    case (.text(let text), .category(let levels)):
      let isOther = levels.map { $0 != text }
      return column.values.indices.filter { !column.values[$0].isNaN && isOther[Int(column.values[$0])] }
    case (.number(let number), .category(let levels)):
      let isOther = levels.map { Table.number(in: $0) != number }
      return column.values.indices.filter { !column.values[$0].isNaN && isOther[Int(column.values[$0])] }
    case (.number, .time), (.text, .number), (.text, .time):
      return column.values.indices.filter { !column.values[$0].isNaN && column.text(row: $0) != self.text }
    }
  }
}
