import HourglassDatabases

/// The columns of a table of scores, in a file or a database.
struct ScoreColumns {
  /// Whether there is a column that tells the truth.
  var hasLabels = false
  /// Whether there is a column that names files.
  var hasFiles = false
  /// Whether there is a column that names rows.
  var hasNames = false
  /// Columns named for each alert.
  var contributors = 0

  var columns: [NewColumn] {
    var columns = [NewColumn("row", .integer, isKey: true)]
    if hasNames { columns.append(NewColumn("id", .text)) }
    columns += [NewColumn("score", .real), NewColumn("alert", .boolean)]
    if hasLabels { columns.append(NewColumn("anomaly", .boolean)) }
    if hasFiles { columns.append(NewColumn("file", .text)) }
    guard contributors > 0 else { return columns }
    for number in 1...contributors {
      columns += ["column", "actual", "expected"].map { NewColumn("\($0)\(number)", .text) }
    }
    return columns + [NewColumn("reason", .text)]
  }

  /// The cells of a row, as many as there are columns.
  func cells(_ score: AnomalyScore, truth: Bool?, file: String = "", name: String = "") -> [DatabaseValue] {
    var cells = [DatabaseValue.integer(score.row + 1)]
    if hasNames { cells.append(.text(name)) }
    cells.append(score.value.isNaN ? .missing : .real(Float(score.value)))
    cells.append(.boolean(score.isAlert))
    if hasLabels { cells.append(truth.map { .boolean($0) } ?? .missing) }
    if hasFiles { cells.append(.text(file)) }
    for number in 0..<contributors {
      guard number < score.contributions.count else {
        cells += [.missing, .missing, .missing]
        continue
      }
      let part = score.contributions[number]
      cells += [.text(part.column), .text(part.actual), .text(part.expected)]
    }
    if contributors > 0 { cells.append(score.reason.isEmpty ? .missing : .text(score.reason)) }
    return cells
  }
}
