import HourglassPictures

/// The pieces of HTML a report is put together from. Texts that are handed in are escaped here; what is called
/// `html` is put in as it is.
package enum ReportPage {
  /// A whole page. Its policy keeps browsers from loading anything, whatever gets into the page.
  package static func page(title: String, body html: [String]) -> String {
    """
    \(head(title: title, style: "\(ReportStyle.text)\n"))
    <body>
    \(html.filter { !$0.isEmpty }.joined(separator: "\n"))
    </body>
    </html>

    """
  }

  /// What stands before the body.
  ///
  /// - Parameters:
  ///   - style: whole lines of CSS.
  ///   - runsScripts: whether the policy lets the page's own scripts run.
  package static func head(title: String, style: String, runsScripts: Bool = false) -> String {
    """
    <!doctype html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta http-equiv="Content-Security-Policy" \
    content="default-src 'none'; img-src data:; style-src 'unsafe-inline'\(runsScripts ? "; script-src 'unsafe-inline'" : "")">
    <meta name="color-scheme" content="light dark">
    <title>\(title.escapedForMarkup)</title>
    <style>
    \(style)</style>
    </head>
    """
  }

  package static func section(_ title: String, _ html: [String]) -> String {
    "<section>\n<h2>\(title.escapedForMarkup)</h2>\n\(html.joined(separator: "\n"))\n</section>"
  }

  package static func paragraph(_ text: String, style: String = "") -> String {
    "<p\(attribute("class", style))>\(text.escapedForMarkup)</p>"
  }

  package static func list(_ items: [String]) -> String {
    "<ul>\n" + items.map { "<li>\($0.escapedForMarkup)</li>\n" }.joined() + "</ul>"
  }

  /// Text that keeps its lines and can be copied.
  package static func code(_ text: String) -> String {
    "<pre tabindex=\"0\"><code>\(text.escapedForMarkup)</code></pre>"
  }

  /// What opens on request.
  package static func details(_ title: String, _ html: String) -> String {
    "<details>\n<summary>\(title.escapedForMarkup)</summary>\n\(html)\n</details>"
  }

  /// A number worth a look, with what it means.
  package struct Tile {
    var name: String
    var value: String
    var note: String

    package init(name: String, value: String, note: String) {
      self.name = name
      self.value = value
      self.note = note
    }
  }

  package static func tiles(_ tiles: [Tile]) -> String {
    let entries = tiles.map { tile in
      "<div><dt>\(tile.name.escapedForMarkup)</dt><dd class=\"value\">\(tile.value.escapedForMarkup)</dd>"
        + "<dd>\(tile.note.escapedForMarkup)</dd></div>"
    }
    return "<dl class=\"tiles\">\n\(entries.joined(separator: "\n"))\n</dl>"
  }

  /// Names with their values, one a line.
  package static func facts(_ facts: [(name: String, html: String)]) -> String {
    let entries = facts.map { "<div><dt>\($0.name.escapedForMarkup)</dt><dd>\($0.html)</dd></div>" }
    return "<dl class=\"facts\">\n\(entries.joined(separator: "\n"))\n</dl>"
  }

  /// - Parameters:
  ///   - label: what the table is, for those who cannot see it.
  ///   - header: one for each column; the columns from `firstNumber` on hold numbers.
  ///   - footer: rows of sums below.
  ///   - isProse: whether cells hold sentences, which may take several lines.
  package static func table(
    label: String, header: [String], firstNumber: Int, rows: [[String]], footer: [[String]] = [],
    isProse: Bool = false
  ) -> String {
    func style(_ column: Int) -> String { attribute("class", column >= firstNumber ? "number" : "") }
    func line(_ cells: [String]) -> String {
      let tags = cells.enumerated().map { column, cell in
        column == 0
          ? "<th scope=\"row\"\(style(column))>\(cell.escapedForMarkup)</th>"
          : "<td\(style(column))>\(cell.escapedForMarkup)</td>"
      }
      return "<tr>\(tags.joined())</tr>\n"
    }
    let titles = header.enumerated().map { column, title in
      "<th scope=\"col\"\(style(column))>\(title.escapedForMarkup)</th>"
    }
    // Wide tables scroll by themselves, so that the page does not.
    return "<div class=\"scroll\" role=\"region\"\(attribute("aria-label", label)) tabindex=\"0\">\n"
      + "<table\(attribute("class", isProse ? "prose" : ""))>\n<thead><tr>\(titles.joined())</tr></thead>\n<tbody>\n\(rows.map(line).joined())</tbody>\n"
      + (footer.isEmpty ? "" : "<tfoot>\n\(footer.map(line).joined())</tfoot>\n") + "</table>\n</div>"
  }

  package static func attribute(_ name: String, _ value: String) -> String {
    value.isEmpty ? "" : " \(name)=\"\(value.escapedForMarkup)\""
  }
}

// MARK: - Pictures

extension ReportPage {
  /// The columns that stay together when the rest has to go below, as on a telephone.
  private static let columnsTogether = 5
  /// About how large a sample is shown, in the page's pixels.
  private static let sampleSide = 84

  /// A figure's samples, each an image of its own, so that they find their places at any width of the page.
  package static func figure(_ figure: Figure) throws -> String {
    let content = figure.labels.isEmpty ? try flow(figure.rows.flatMap(\.self)) : try blocks(figure)
    return """
      <figure>
      <div class="samples\(figure.labels.isEmpty ? " flow" : "")" role="img" \
      aria-label="\(figure.description.escapedForMarkup)">
      \(content)
      </div>
      <figcaption>\(figure.caption.escapedForMarkup)</figcaption>
      </figure>
      """
  }

  private static func flow(_ pictures: [Picture]) throws -> String {
    try pictures.map(image).joined(separator: "\n")
  }

  /// The rows cut into blocks of few columns, each with the labels.
  private static func blocks(_ figure: Figure) throws -> String {
    let columns = figure.rows.map(\.count).max() ?? 0
    return try stride(from: 0, to: columns, by: columnsTogether).map { start in
      let cells = try zip(figure.labels, figure.rows).map { label, row in
        "<span>\(label.escapedForMarkup)</span>\n"
          + (try flow(Array(row[start..<min(start + columnsTogether, row.count)])))
      }
      return "<div class=\"block\">\n\(cells.joined(separator: "\n"))\n</div>"
    }.joined(separator: "\n")
  }

  private static func image(_ picture: Picture) throws -> String {
    let scale = max(1, sampleSide / max(picture.width, picture.height))
    let (width, height) = (picture.width * scale, picture.height * scale)
    let link = DataLink.link(to: try PNG.encode(picture), mediaType: "image/png")
    // The whole has a description; its parts need none.
    return "<img alt=\"\" width=\"\(width)\" height=\"\(height)\" src=\"\(link)\">"
  }

  /// A chart drawn twice, since its letters would become too small to read on a telephone.
  package static func chart(_ chart: LineChart) -> String {
    var wide = chart
    (wide.width, wide.height) = (960, 320)
    var narrow = chart
    (narrow.width, narrow.height) = (380, 300)
    return "<div class=\"wide\">\n\(wide.svg())\n</div>\n<div class=\"narrow\">\n\(narrow.svg())\n</div>"
  }
}
