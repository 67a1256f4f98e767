import HourglassBase
import HourglassPictures

/// Rows of equally sized pictures on one sheet, with a label before each row and a head above each column if wanted.
package struct ContactSheet: Sendable {
  /// From the top; rows may differ in length.
  var rows: [[Picture]]
  /// One label for each row, or none at all.
  var labels: [String]
  /// One head for each column of the longest row, or none at all.
  var heads: [String]
  /// How many pixels of the sheet, in each direction, one pixel of a picture takes; nil chooses the number that
  /// brings the longer side of a picture to about 84 pixels.
  var enlargement: Int?
  /// Pixels of the sheet between pictures and around them.
  var gap: Int
  /// The shade of grey behind the pictures: 0 is black, 255 white.
  var background: UInt8
  /// The shade of grey of the labels.
  var ink: UInt8

  package init(
    rows: [[Picture]], labels: [String] = [], heads: [String] = [], enlargement: Int? = nil, gap: Int = 8,
    background: UInt8 = 255, ink: UInt8 = 64
  ) {
    self.rows = rows
    self.labels = labels
    self.heads = heads
    self.enlargement = enlargement
    self.gap = gap
    self.background = background
    self.ink = ink
  }

  /// Draws the sheet; it is grey if every picture is.
  ///
  /// - Throws: `HourglassError(.usage)` if there is no picture, the pictures differ in size, the labels do not
  ///   match the rows or the heads the columns, a measure is out of range, or the sheet exceeds the limits of `PNG`.
  package func composed() throws -> Picture {
    let pictures = rows.joined()
    guard let first = pictures.first else { throw Self.refusal("it has no picture", "add one") }
    if let other = pictures.first(where: { $0.width != first.width || $0.height != first.height }) {
      throw Self.refusal(
        "a picture of \(other.width) x \(other.height) pixels is among those of "
          + "\(first.width) x \(first.height)", "make all the same size")
    }
    guard labels.isEmpty || labels.count == rows.count else {
      throw Self.refusal(
        "it has \(labels.count) labels for \(rows.count) rows", "give each row a label, or none")
    }
    let columns = rows.map(\.count).max() ?? 0
    guard heads.isEmpty || heads.count == columns else {
      throw Self.refusal(
        "it has \(heads.count) heads for \(columns) columns", "give each column a head, or none")
    }
    let enlargement = enlargement ?? min(64, max(1, 84 / max(first.width, first.height)))
    guard (1...64).contains(enlargement), (0...1024).contains(gap) else {
      throw Self.refusal(
        "the enlargement \(enlargement) or the gap \(gap) is out of range",
        "choose an enlargement of 1 to 64 and a gap of 0 to 1024")
    }

    let (cellWidth, cellHeight) = (first.width * enlargement, first.height * enlargement)
    // Labels in proportion to the pictures, but never below a readable size.
    let textScale = labels.isEmpty ? 0 : min(4, max(2, cellHeight / 40))
    let labelWidth = labels.map { BitmapFont.width(of: $0) * textScale }.max() ?? 0
    let labelHeight = labels.isEmpty ? 0 : BitmapFont.capitalHeight * textScale
    let rowHeight = max(cellHeight, labelHeight)
    // The label stands a little farther from the pictures than they from one another.
    let firstLeft = labelWidth == 0 ? gap : gap + labelWidth + gap + 2 * textScale
    // Heads as large as the narrowest column allows; where even the smallest is too wide, columns are wider.
    let widestHead = max(heads.map(BitmapFont.width).max() ?? 0, 1)
    let headScale = min(4, max(1, cellWidth / widestHead))
    let columnWidth = heads.isEmpty ? cellWidth : max(cellWidth, widestHead * headScale)
    let firstTop = heads.isEmpty ? gap : gap + BitmapFont.lineHeight * headScale + gap

    let size = try Self.checkedSize(
      width: firstLeft + columns * (columnWidth + gap), height: firstTop + rows.count * (rowHeight + gap))
    var sheet = Picture(
      width: size.width, height: size.height, channels: pictures.map(\.channels).max() ?? 1, shade: background
    )
    for (column, head) in heads.enumerated() {
      let margin = (columnWidth - BitmapFont.width(of: head) * headScale) / 2
      BitmapFont.draw(
        head, on: &sheet, left: firstLeft + column * (columnWidth + gap) + margin, top: gap, scale: headScale,
        shade: ink)
    }
    for (index, row) in rows.enumerated() {
      let top = firstTop + index * (rowHeight + gap)
      if !labels.isEmpty {
        let left = gap + labelWidth - BitmapFont.width(of: labels[index]) * textScale
        BitmapFont.draw(
          labels[index], on: &sheet, left: left, top: top + (rowHeight - labelHeight) / 2, scale: textScale,
          shade: ink)
      }
      for (column, picture) in row.enumerated() {
        sheet.paste(
          picture, left: firstLeft + column * (columnWidth + gap) + (columnWidth - cellWidth) / 2,
          top: top + (rowHeight - cellHeight) / 2, enlargement: enlargement)
      }
    }
    return sheet
  }

  private static func checkedSize(width: Int, height: Int) throws -> (width: Int, height: Int) {
    guard PNG.Limits.admit(width: width, height: height) else {
      throw refusal(
        "it would be \(width) x \(height) pixels large", "use fewer pictures or a smaller enlargement")
    }
    return (width, height)
  }

  private static func refusal(_ cause: String, _ remedy: String) -> HourglassError {
    HourglassError(.usage, "Cannot draw the sheet of pictures: \(cause); \(remedy).")
  }
}
