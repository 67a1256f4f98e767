import HourglassDrawing
import HourglassEngine
import HourglassFiles
import HourglassPictures

/// What was found as one HTML file that needs nothing else: each query beside its results.
public struct SearchPage {
  /// One query.
  public struct Query {
    /// Such as a file's name.
    public var caption: String
    /// Its class, if it is known.
    public var className: String?
    public var picture: Picture?

    public init(caption: String, className: String? = nil, picture: Picture? = nil) {
      self.caption = caption
      self.className = className
      self.picture = picture
    }
  }

  /// Queries that are shown at most.
  public static let mostQueries = 100

  public var title: String
  /// Lines below the title.
  public var notes: [String]
  private let index: SearchIndex
  private let queries: [Query]
  private let results: SearchResults

  /// - Parameters:
  ///   - queries: one for each query of `results`, or for the first ones.
  public init(
    title: String, notes: [String] = [], index: SearchIndex, queries: [Query], results: SearchResults
  ) {
    precondition(queries.count <= results.queries, "each query has results")
    self.title = title
    self.notes = notes
    self.index = index
    self.queries = Array(queries.prefix(Self.mostQueries))
    self.results = results
  }

  private static let style = """
    .query {
      display: grid; grid-template-columns: 6.6rem 1fr; gap: 1rem; margin-top: 1.2rem; padding: 1rem; border-radius: .6rem;
      background: var(--card);
    }
    .query ul {
      display: grid; grid-template-columns: repeat(auto-fill, minmax(4.3rem, 1fr)); gap: .7rem .6rem; margin: 0; padding: 0;
      max-width: none; list-style: none;
    }
    .asked { padding-right: 1rem; border-right: 2px solid var(--line); }
    .query li, .asked { margin: 0; font-size: .75rem; line-height: 1.35; }
    .query img { display: block; width: 100%; max-width: 7rem; image-rendering: pixelated; border-radius: .3rem; }
    .query b { display: block; margin-top: .25rem; font-size: .8rem; font-weight: 600; }
    .query .other b { color: #b3261e; }
    .query span { display: block; color: var(--soft); }
    @media (prefers-color-scheme: dark) { .query .other b { color: #f2b8b5; } }
    """

  /// The page. Its policy keeps browsers from loading anything.
  public func html() throws -> String {
    let sections = try queries.enumerated().map { number, query in
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
    let body =
      ["<h1>\(title.escapedForMarkup)</h1>"] + notes.map { ReportPage.paragraph($0, style: "soft") }
      + sections
    return """
      \(ReportPage.head(title: title, style: "\(ReportStyle.text)\n\(Self.style)\n"))
      <body>
      \(body.joined(separator: "\n"))
      </body>
      </html>

      """
  }

  private func found(_ result: (index: Int, distance: Float), rank: Int, for query: Query) throws -> String {
    let name = index.className(result.index)
    let isOther = query.className != nil && name != nil && query.className != name
    let content = try content(
      index.picture(result.index), head: name ?? "\(rank)",
      lines: ["\(rank): \(ReportText.significant(Double(result.distance)))", index.caption(result.index)])
    return "<li\(ReportPage.attribute("class", isOther ? "other" : ""))>\(content)</li>"
  }

  private func content(_ picture: Picture?, head: String, lines: [String]) throws -> String {
    let image = try picture.map { picture in
      let link = DataLink.link(to: try PNG.encode(picture), mediaType: "image/png")
      return "<img alt=\"\" src=\"\(link)\">"
    }
    let text = lines.map { "<span>\($0.escapedForMarkup)</span>" }.joined()
    return "\(image ?? "")<b>\(head.escapedForMarkup)</b>\(text)"
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
  public func writeTable(to path: String, index: SearchIndex) throws {
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
