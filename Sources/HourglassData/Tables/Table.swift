import HourglassBase

/// Rows of named columns, as a CSV file has them.
public struct Table: Sendable {
  /// One column.
  public struct Column: Sendable {
    public var name: String
    public var kind: Kind
    /// One for each row: the number, or for categories the index of the level. Not a number where the cell is missing.
    public var values: [Double]

    public init(name: String, kind: Kind = .number, values: [Double]) {
      self.name = name
      self.kind = kind
      self.values = values
    }

    /// - Throws: `HourglassError` (usage) when a value of a column of categories is not the index of a level.
    func checkLevels() throws(HourglassError) {
      guard case .category(let levels) = kind else { return }
      let count = Double(levels.count)
      // What is not a number is a missing cell.
      guard
        let row = values.firstIndex(where: { !$0.isNaN && !($0 >= 0 && $0 < count && $0 == $0.rounded()) })
      else { return }
      let allowed = levels.isEmpty ? "none" : levels.count == 1 ? "0" : "0 to \(levels.count - 1)"
      throw HourglassError(
        .usage,
        "Row \(row) of the column \(shortened(name)) has the value \(values[row]), but its levels have the indices \(allowed); "
          + "give one of these, or NaN for a missing cell.")
    }

    /// A cell as it is shown: a number, a level, or "missing".
    package func text(row: Int) -> String {
      let value = values[row]
      guard !value.isNaN else { return "missing" }
      switch kind {
      case .number: return value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(value)"
      case .category(let levels):
        let level = Int(saturating: value)
        return levels.indices.contains(level) ? levels[level] : "missing"
      case .time: return WallClock(value).text
      }
    }
  }

  /// What the cells of a column are.
  public enum Kind: Sendable, Equatable {
    case number
    /// Texts, in the order in which they came first.
    case category(levels: [String])
    /// Dates and times: seconds since 1970 of the clock on the wall, or since midnight where there is no date.
    case time
  }

  public var columns: [Column]
  public var rowCount: Int
  public var firstRow: Int
  public var notes: [String]
  /// Of rows that were drawn from a larger table: where each stands in it, from 0.
  package var places: [UInt32] = []
  /// Columns that were left out since they have more different texts than categories can be.
  package var crowdedColumns: Set<String> = []

  /// - Parameters:
  ///   - firstRow: where the first row stands in the file, from 0.
  ///   - notes: what a person should know of how the file was read, one sentence each.
  /// - Throws: `HourglassError` (usage) when a column has more or fewer rows than the first, or one of categories a value that
  ///   is not the index of a level.
  public init(columns: [Column], firstRow: Int = 0, notes: [String] = []) throws(HourglassError) {
    try Self.check(columns)
    self.init(trustedColumns: columns, firstRow: firstRow, notes: notes)
  }

  private static func check(_ columns: [Column]) throws(HourglassError) {
    let rowCount = columns.first?.values.count ?? 0
    if let other = columns.first(where: { $0.values.count != rowCount }) {
      throw HourglassError(
        .usage,
        "The column \(shortened(other.name)) has \(other.values.count) rows, but the first column has \(rowCount); give each as "
          + "many.")
    }
    for column in columns { try column.checkLevels() }
  }

  /// Checks the columns again, which a caller may have changed since.
  ///
  /// - Throws: `HourglassError` (usage) as when the table is made, or when there are not as many rows as it says.
  package func check() throws(HourglassError) {
    try Self.check(columns)
    guard let first = columns.first, first.values.count != rowCount else { return }
    throw HourglassError(
      .usage,
      "The columns of the table have \(first.values.count) rows, but its row count is \(rowCount); make them equal."
    )
  }

  /// Of columns of one length, by how our own code made them; a fault of it ends the program.
  package init(trustedColumns columns: [Column], firstRow: Int = 0, notes: [String] = []) {
    let rowCount = columns.first?.values.count ?? 0
    precondition(columns.allSatisfy { $0.values.count == rowCount }, "Table: columns must be of one length")
    self.columns = columns
    self.rowCount = rowCount
    self.firstRow = firstRow
    self.notes = notes
  }

  /// The column of this name.
  public subscript(name: String) -> Column? { columns.first { $0.name == name } }

  /// Where a row stands in the file, from 0.
  package func place(of row: Int) -> Int { places.isEmpty ? firstRow + row : Int(places[row]) }

  /// Some of the rows, copied.
  ///
  /// - Parameter rows: each below `rowCount`.
  package func gathered(_ rows: [UInt32]) -> Table {
    var part = Table(
      trustedColumns: columns.map { column in
        var column = column
        column.values = rows.map { column.values[Int($0)] }
        return column
      })
    part.rowCount = rows.count
    return part
  }
}

/// How a CSV file is written; what is nil is found out from its beginning.
public struct TableFormat: Sendable, Hashable {
  package var separator: Character?
  package var hasHeader: Bool?
  package var categories: Set<String>
  package var features: Set<String>

  /// - Parameters:
  ///   - separator: between two cells: one ASCII character, usually `,`, `;`, a tabulator or `|`; a blank stands for one or
  ///     several, or tabulators.
  ///   - hasHeader: whether the first line holds the names of the columns; without, they are `column1`, `column2` and
  ///     so on.
  ///   - categories: columns that hold categories even if all their cells are numbers.
  ///   - features: columns of numbers that are used even if they look like row numbers, identifiers or clocks.
  public init(
    separator: Character? = nil, hasHeader: Bool? = nil, categories: Set<String> = [],
    features: Set<String> = []
  ) {
    self.separator = separator
    self.hasHeader = hasHeader
    self.categories = categories
    self.features = features
  }
}

/// What a table may be at most; more is refused before memory is taken for it.
package enum TableLimits {
  package static let columns = 65_536
  /// Bytes of one row.
  static let rowLength = 1 << 26
  /// Different texts of one column; one with more holds names rather than categories, and is left out.
  static let levels = 4096
  /// Bytes of a text that are kept.
  static let levelLength = 256
}
