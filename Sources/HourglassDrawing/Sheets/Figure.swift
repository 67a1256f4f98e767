import HourglassPictures

/// Samples side by side.
package struct Figure: Sendable {
  /// The name of its file in the folder of figures.
  package var file: String
  package var title: String
  package var caption: String
  /// What it shows, for those who cannot see it.
  package var description: String
  /// Samples of one size, row by row.
  package var rows: [[Picture]]
  /// One for each row; none where the rows just go on.
  package var labels: [String]
  /// All rows on one sheet.
  package var picture: Picture

  package init(
    file: String, title: String, caption: String, description: String, rows: [[Picture]],
    labels: [String] = []
  ) throws {
    self.file = file
    self.title = title
    self.caption = caption
    self.description = description
    self.rows = rows
    self.labels = labels
    picture = try ContactSheet(rows: rows, labels: labels).composed()
  }
}
