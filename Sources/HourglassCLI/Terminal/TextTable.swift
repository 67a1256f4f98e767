import Hourglass

/// A table of short texts in columns, made to fit a terminal.
package struct TextTable {
  package struct Column {
    var heading: String
    /// At the right, and never cut.
    var isNumber: Bool
    /// Cut at the beginning, since the end says more.
    var isPath: Bool

    package init(heading: String, isNumber: Bool, isPath: Bool = false) {
      (self.heading, self.isNumber, self.isPath) = (heading, isNumber, isPath)
    }
  }

  private static let gap = 2
  /// Texts are cut to so many characters at least.
  private static let leastText = 10

  private let columns: [Column]
  /// What would command a terminal is written out, since that takes room.
  private let rows: [[String]]

  package init(columns: [Column], rows: [[String]]) {
    self.columns = columns
    self.rows = rows.map { $0.map { $0.showingControls() } }
  }

  /// The heading and a line for each row.
  ///
  /// - Parameters:
  ///   - width: of the terminal; nil where nothing has to fit, and nothing is cut.
  ///   - keepsColumns: whether all columns stay, however wide that is.
  /// - Returns: the lines, and the headings of columns that had to be left out, which are those at the right.
  package func lines(width: Int?, keepsColumns: Bool = false) -> (lines: [String], leftOut: [String]) {
    let full = columns.indices.map { column in
      rows.map { Self.width($0[column]) }.reduce(Self.width(columns[column].heading), max)
    }
    guard let width else { return (lines(full), []) }
    func least(_ column: Int) -> Int {
      columns[column].isNumber ? full[column] : min(full[column], Self.leastText)
    }
    var count = columns.count
    while !keepsColumns, count > 1, Self.total((0..<count).map(least)) > width { count -= 1 }
    // The widest text is cut first.
    var widths = Array(full[..<count])
    while Self.total(widths) > width,
      let widest = widths.indices.filter({ widths[$0] > least($0) }).max(by: { widths[$0] < widths[$1] })
    {
      widths[widest] -= 1
    }
    return (lines(widths), columns[count...].map(\.heading))
  }

  private static func total(_ widths: [Int]) -> Int { widths.reduce(0, +) + gap * max(widths.count - 1, 0) }

  private func lines(_ widths: [Int]) -> [String] {
    ([columns.map(\.heading)] + rows).map { cells in
      let padded = widths.indices.map { column in
        let text = Self.cut(cells[column], to: widths[column], isPath: columns[column].isPath)
        let space = String(repeating: " ", count: max(widths[column] - Self.width(text), 0))
        if columns[column].isNumber { return space + text }
        return column + 1 == widths.count ? text : text + space
      }
      return padded.joined(separator: String(repeating: " ", count: Self.gap))
    }
  }

  private static func width(_ text: String) -> Int { text.unicodeScalars.count }

  private static func cut(_ text: String, to width: Int, isPath: Bool) -> String {
    let scalars = text.unicodeScalars
    guard scalars.count > width, width > 1 else { return text }
    return isPath
      ? "…" + String(String.UnicodeScalarView(scalars.suffix(width - 1)))
      : String(String.UnicodeScalarView(scalars.prefix(width - 1))) + "…"
  }
}
