import HourglassBase
import HourglassPictures

/// The pieces of HTML a report is put together from.
package enum ReportPage {
  /// A whole page. Its policy keeps browsers from loading anything, whatever gets into the page.
  ///
  /// - Parameters:
  ///   - html: below the header; empty pieces are left out.
  ///   - hasSounds: whether there are sounds in it, which are part of the page too.
  package static func page(
    title: String, header: HTML, main html: [HTML], hasSounds: Bool = false
  ) -> HTML {
    """
    \(head(title: title, style: style, hasSounds: hasSounds))
    <body>
    \(header)
    <main>
    \(html.filter { !$0.isEmpty }.joined(separator: "\n"))
    </main>
    <footer>Written by Hourglass \(hourglassVersion).</footer>
    </body>
    </html>

    """
  }

  /// How a report looks, in whole lines of CSS.
  package static var style: HTML { HTML(resource: PackageResources.report_css) }

  /// What stands before the body.
  ///
  /// - Parameters:
  ///   - style: whole lines of CSS.
  ///   - script: the only one that the page's policy lets run.
  ///   - hasSounds: whether the policy lets sounds that are in the page be played.
  package static func head(
    title: String, style: HTML, script: PageScript? = nil, hasSounds: Bool = false
  ) -> HTML {
    let sounds: HTML = hasSounds ? "; media-src data:" : ""
    let scripts = HTML(trusted: script.map { "; script-src \($0.policySource)" } ?? "")
    return """
      <!doctype html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta http-equiv="Content-Security-Policy" \
      content="default-src 'none'; base-uri 'none'; form-action 'none'; img-src data:; \
      style-src 'unsafe-inline'\(sounds)\(scripts)">
      <meta name="color-scheme" content="light dark">
      <title>\(title)</title>
      <style>
      \(style)</style>
      </head>
      """
  }

  /// What stands above the main part: the heading and what follows it.
  package static func header(_ title: String, _ html: [HTML]) -> HTML {
    "<header>\n<h1>\(title)</h1>\n\(html.joined(separator: "\n"))\n</header>"
  }

  package static func section(_ title: String, _ html: [HTML]) -> HTML {
    "<section>\n<h2>\(title)</h2>\n\(html.joined(separator: "\n"))\n</section>"
  }

  package static func paragraph(_ text: String, style: String = "") -> HTML {
    "<p\(attribute("class", style))>\(text)</p>"
  }

  package static func list(_ items: [String]) -> HTML {
    "<ul>\n\(items.map { HTML("<li>\($0)</li>\n") }.joined())</ul>"
  }

  /// Text that keeps its lines and can be copied.
  package static func code(_ text: String) -> HTML {
    "<pre tabindex=\"0\"><code>\(text)</code></pre>"
  }

  /// What opens on request.
  package static func details(_ title: String, _ html: HTML) -> HTML {
    "<details>\n<summary>\(title)</summary>\n\(html)\n</details>"
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

  package static func tiles(_ tiles: [Tile]) -> HTML {
    let entries = tiles.map { tile in
      """
      <div><dt>\(tile.name)</dt><dd class="value">\(tile.value)</dd>\
      <dd>\(tile.note)</dd></div>
      """ as HTML
    }
    return "<dl class=\"tiles\">\n\(entries.joined(separator: "\n"))\n</dl>"
  }

  /// Names with their values, one a line.
  package static func facts(_ facts: [(name: String, html: HTML)]) -> HTML {
    let entries = facts.map { HTML("<div><dt>\($0.name)</dt><dd>\($0.html)</dd></div>") }
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
  ) -> HTML {
    func style(_ column: Int) -> HTML { attribute("class", column >= firstNumber ? "number" : "") }
    func line(_ cells: [String]) -> HTML {
      let tags = cells.enumerated().map { column, cell -> HTML in
        column == 0
          ? "<th scope=\"row\"\(style(column))>\(cell)</th>"
          : "<td\(style(column))>\(cell)</td>"
      }
      return "<tr>\(tags.joined())</tr>\n"
    }
    let titles = header.enumerated().map { column, title -> HTML in
      "<th scope=\"col\"\(style(column))>\(title)</th>"
    }
    // Wide tables scroll by themselves, so that the page does not.
    let sums: HTML = footer.isEmpty ? "" : "<tfoot>\n\(footer.map(line).joined())</tfoot>\n"
    return """
      <div class="scroll" role="region"\(attribute("aria-label", label)) tabindex="0">
      <table\(attribute("class", isProse ? "prose" : ""))>
      <thead><tr>\(titles.joined())</tr></thead>
      <tbody>
      \(rows.map(line).joined())</tbody>
      \(sums)</table>
      </div>
      """
  }

  /// An attribute with the space before it; nothing where its value is empty.
  package static func attribute(_ name: HTML, _ value: String) -> HTML {
    value.isEmpty ? "" : " \(name)=\"\(value)\""
  }
}

// MARK: - Pictures

extension ReportPage {
  /// The columns that stay together when the rest has to go below, as on a telephone.
  private static let columnsTogether = 5
  /// About how large a sample is shown, in the page's pixels.
  private static let sampleSide = 84

  /// A figure's samples, each an image of its own, so that they find their places at any width of the page.
  package static func figure(_ figure: Figure) throws -> HTML {
    let content = figure.labels.isEmpty ? try flow(figure.rows.flatMap(\.self)) : try blocks(figure)
    return """
      <figure>
      <div class="samples\(figure.labels.isEmpty ? " flow" : "")" role="img" \
      aria-label="\(figure.description)">
      \(content)
      </div>
      <figcaption>\(figure.caption)</figcaption>
      </figure>
      """
  }

  private static func flow(_ pictures: [Picture]) throws -> HTML {
    try pictures.map(image).joined(separator: "\n")
  }

  /// The rows cut into blocks of few columns, each with the labels.
  private static func blocks(_ figure: Figure) throws -> HTML {
    let columns = figure.rows.map(\.count).max() ?? 0
    return try stride(from: 0, to: columns, by: columnsTogether).map { start -> HTML in
      let cells = try zip(figure.labels, figure.rows).map { label, row -> HTML in
        let pictures = try flow(Array(row[start..<min(start + columnsTogether, row.count)]))
        return "<span>\(label)</span>\n\(pictures)"
      }
      return "<div class=\"block\">\n\(cells.joined(separator: "\n"))\n</div>"
    }.joined(separator: "\n")
  }

  private static func image(_ picture: Picture) throws -> HTML {
    let scale = max(1, sampleSide / max(picture.width, picture.height))
    let (width, height) = (picture.width * scale, picture.height * scale)
    let link = DataLink.link(to: try PNG.encode(picture), mediaType: "image/png")
    // The whole has a description; its parts need none.
    return "<img alt=\"\" width=\"\(width)\" height=\"\(height)\" src=\"\(link)\">"
  }

  /// A chart drawn twice, since its letters would become too small to read on a telephone.
  package static func chart(_ chart: LineChart) -> HTML {
    var wide = chart
    (wide.width, wide.height) = (960, 320)
    var narrow = chart
    (narrow.width, narrow.height) = (380, 300)
    return "<div class=\"wide\">\n\(wide.svg())\n</div>\n<div class=\"narrow\">\n\(narrow.svg())\n</div>"
  }
}
