import HourglassBase
import HourglassDrawing
import HourglassEngine
import HourglassFiles
import HourglassPictures

/// What was found as one HTML file that needs nothing else: each query beside its results.
public struct SearchPage {
  /// One query.
  public struct Query {
    var caption: String
    var className: String?
    var picture: Picture?

    /// - Parameters:
    ///   - caption: such as a file's name.
    ///   - className: its class, if it is known.
    public init(caption: String, className: String? = nil, picture: Picture? = nil) {
      self.caption = caption
      self.className = className
      self.picture = picture
    }
  }

  /// Queries that are shown at most.
  static let mostQueries = 100

  package var title: String
  package var notes: [String]
  private let index: SearchIndex
  private let queries: [Query]
  private let results: SearchResults

  /// - Parameters:
  ///   - notes: lines below the title.
  ///   - queries: one for each query of `results`, or for the first ones.
  public init(
    title: String, notes: [String] = [], index: SearchIndex, queries: [Query], results: SearchResults
  ) {
    self.title = title
    self.notes = notes
    self.index = index
    self.queries = queries
    self.results = results
  }

  /// The page. Its policy keeps browsers from loading anything.
  ///
  /// - Throws: `HourglassError` (usage) when there are more queries than results, or results of another index.
  public func html() throws -> String {
    guard queries.count <= results.queries, results.indices.allSatisfy({ $0 < index.count }) else {
      throw HourglassError(
        .usage,
        "There are \(queries.count) queries, but results of \(results.queries), in an index of \(index.count) vectors; give the "
          + "results of these queries in this index.")
    }
    let sections = try queries.prefix(Self.mostQueries).enumerated().map { number, query -> HTML in
      let cells = try results.of(number).enumerated().map { rank, result in
        try found(result, rank: rank + 1, for: query)
      }
      let asked = try content(query.picture, head: query.className ?? "query", lines: [query.caption])
      return """
        <section class="query">
        <div class="asked">\(asked)</div>
        <ul>
        \(cells.joined(separator: "\n"))
        </ul>
        </section>
        """
    }
    let heading: HTML = "<h1>\(title)</h1>"
    let body = [heading] + notes.map { ReportPage.paragraph($0, style: "soft") } + sections
    let style = HTML("\(ReportPage.style)\(HTML(resource: PackageResources.search_css))")
    let html: HTML = """
      \(ReportPage.head(title: title, style: style))
      <body>
      \(body.joined(separator: "\n"))
      </body>
      </html>

      """
    return html.text
  }

  private func found(_ result: (index: Int, distance: Float), rank: Int, for query: Query) throws -> HTML {
    let name = index.className(result.index)
    let isOther = query.className != nil && name != nil && query.className != name
    let content = try content(
      index.picture(result.index), head: name ?? "\(rank)",
      lines: ["\(rank): \(ReportText.significant(Double(result.distance)))", index.caption(result.index)])
    return "<li\(ReportPage.attribute("class", isOther ? "other" : ""))>\(content)</li>"
  }

  private func content(_ picture: Picture?, head: String, lines: [String]) throws -> HTML {
    let image = try picture.map { picture -> HTML in
      let link = DataLink.link(to: try PNG.encode(picture), mediaType: "image/png")
      return "<img alt=\"\" src=\"\(link)\">"
    }
    let text = lines.map { HTML("<span>\($0)</span>") }.joined()
    return "\(image ?? "")<b>\(head)</b>\(text)"
  }

  /// Writes the page, whole or not at all.
  ///
  /// - Throws: `HourglassError` (environment) when the file cannot be written.
  public func write(to path: String) throws {
    try AtomicFile.write(html(), to: path)
  }
}

extension SearchResults {
  /// Writes a line for each result: `query,rank,index,distance,name,label`, the last two as the index knows them.
  ///
  /// - Throws: `HourglassError` (environment) when the file cannot be written.
  package func writeTable(to path: String, index: SearchIndex) throws {
    try AtomicFile.write(to: path) { writer in
      try writer.write("query,rank,index,distance,name,label\n")
      for query in 0..<queries {
        let lines = of(query).enumerated().map { rank, result in
          let (name, label) = (index.names[result.index], index.className(result.index) ?? "")
          return
            "\(query),\(rank + 1),\(result.index),\(result.distance),\(name.tableCell),\(label.tableCell)\n"
        }
        try writer.write(lines.joined())
      }
    }
  }
}
