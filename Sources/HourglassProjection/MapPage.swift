import HourglassBase
import HourglassDrawing
import HourglassFiles
import HourglassPictures

/// Maps of the same samples as one HTML file that needs nothing else: to be moved and enlarged, coloured by class, with
/// the sample under the pointer shown.
public struct MapPage: Sendable {
  /// One way to lay out the samples.
  public struct Map: Sendable {
    package var name: String
    package var note: String
    package var positions: [SIMD2<Float>]

    /// - Parameters:
    ///   - name: such as "t-SNE".
    ///   - note: a line on how it was made, or how good it is.
    public init(name: String, note: String = "", positions: [SIMD2<Float>]) {
      self.name = name
      self.note = note
      self.positions = positions
    }
  }

  var title: String
  package var maps: [Map]
  package var labels: [UInt8]
  package var classNames: [String]
  package var images: (any SampleSource)?
  package var placed: Int
  package var names: [String]

  /// - Parameters:
  ///   - maps: the first is shown first.
  ///   - labels: the class of each sample, an index into `classNames`; none shows all samples alike.
  ///   - images: the samples, if they are images to be shown.
  ///   - placed: the last samples that were placed into a map of the others; they stand out, and the others are pale.
  ///   - names: the file of each sample or of each placed one, shown with it; or none.
  public init(
    title: String, maps: [Map], labels: [UInt8] = [], classNames: [String] = [],
    images: (any SampleSource)? = nil,
    placed: Int = 0, names: [String] = []
  ) {
    self.title = title
    self.maps = maps
    self.labels = labels
    self.classNames = classNames
    self.images = images
    self.placed = placed
    self.names = names
  }

  /// The page. Its policy keeps browsers from loading anything.
  ///
  /// - Parameter progress: told now and then, where images are shown; what it throws ends the work.
  /// - Throws: `HourglassError` (usage) when there is no map, the maps differ in their number of points, a position is not
  ///   finite, or labels, names and images do not match them.
  public func html(progress: WorkProgress.Report = { _ in }) throws -> String {
    try check()
    let sheets = try images.flatMap { $0.form.isPicture ? try ImageSheets($0) : nil }
    let pictures = try (sheets?.sheets ?? []).enumerated().map { index, sheet -> HTML in
      let link = DataLink.link(to: try PNG.encode(sheet), mediaType: "image/png")
      try progress(WorkProgress("drawing", done: index + 1, of: sheets?.sheets.count, "sheets"))
      return "<img class=\"sheet\" alt=\"\" hidden src=\"\(link)\">\n"
    }
    let script = PageScript(resource: PackageResources.map_js)
    let html: HTML = """
      \(ReportPage.head(
        title: title, style: HTML(resource: PackageResources.map_css), script: script))
      <body>
      <header>
      <h1>\(title)</h1>
      <div id="tabs" role="tablist" aria-label="Maps"></div>
      <p id="note"></p>
      </header>
      <main>
      <canvas id="map" tabindex="0" role="img" aria-label="\(description)"></canvas>
      <div id="tools">
      <button type="button" id="closer" aria-label="Enlarge" title="Enlarge (+)">+</button>
      <button type="button" id="farther" aria-label="Reduce" title="Reduce (-)">\u{2212}</button>
      <button type="button" id="whole" aria-label="Show all" title="Show all (0)">\u{2922}</button>
      </div>
      <div id="sample" hidden><canvas id="picture"></canvas><p id="caption" aria-live="polite"></p></div>
      </main>
      <div id="legend" role="group" aria-label="Classes"></div>
      <noscript><p>This page draws its maps with JavaScript, which is switched off.</p></noscript>
      \(pictures.joined())<script type="application/json" id="data">\(data(sheets))</script>
      \(script.element)
      </body>
      </html>

      """
    return html.text
  }

  /// Writes the page, whole or not at all.
  ///
  /// - Parameter progress: told as by `html`.
  /// - Throws: what `html` throws; `HourglassError` (environment) when the file cannot be written.
  public func write(to path: String, progress: WorkProgress.Report = { _ in }) throws {
    try AtomicFile.write(html(progress: progress), to: path)
  }

  private var count: Int { maps.first?.positions.count ?? 0 }

  private var description: String {
    "Maps of \(grouped(count)) samples: " + maps.map(\.name).joined(separator: ", ")
      + ". Move with the arrow keys, enlarge with plus and minus, 0 shows all."
  }

  private func check() throws {
    func complain(_ cause: String, _ remedy: String) -> HourglassError {
      HourglassError(.usage, "Cannot make the page of maps: \(cause); \(remedy).")
    }
    guard count > 0 else { throw complain("there is no map, or it has no points", "give at least one") }
    for map in maps {
      guard map.positions.count == count else {
        throw complain(
          "the map \"\(map.name)\" has \(map.positions.count) points, but \"\(maps[0].name)\" has \(count)",
          "map the same samples")
      }
      guard map.positions.allSatisfy({ $0.x.isFinite && $0.y.isFinite }) else {
        throw complain("a point of the map \"\(map.name)\" is not finite", "leave it out")
      }
    }
    guard 0...count ~= placed else {
      throw complain("\(placed) of \(count) points were placed", "name as many as there are")
    }
    guard labels.isEmpty || labels.count == count else {
      throw complain("there are \(labels.count) labels for \(count) points", "give each a label, or none")
    }
    if let label = labels.max(), label >= classNames.count {
      throw complain("the label \(label) has no name among \(classNames.count)", "name every class")
    }
    guard names.isEmpty || names.count == count || names.count == placed else {
      throw complain("there are \(names.count) names for \(count) points", "give each its file, or none")
    }
    if let images, images.count != count {
      throw complain("there are \(images.count) images for \(count) points", "give each its image, or none")
    }
  }

  // MARK: - Data

  /// What the script reads.
  private func data(_ sheets: ImageSheets?) -> HTML {
    let shown = Set(labels)
    let classes = classNames.prefix(256).enumerated().filter { shown.contains(UInt8($0.offset)) }.map {
      label, name in
      let colour = ClassColours.colour(of: label)
      return JSONValue.object([
        JSONMember("label", .number(JSONNumber(label))), Self.shown("name", name),
        JSONMember("mark", .number(JSONNumber(ClassColours.mark(of: label).rawValue))),
        JSONMember("colour", .string("rgb(\(colour.x),\(colour.y),\(colour.z))")),
      ])
    }
    var members = [
      JSONMember("count", .number(JSONNumber(count))), JSONMember("placed", .number(JSONNumber(placed))),
      JSONMember(
        "maps",
        .array(
          maps.map { map in
            .object([
              Self.shown("name", map.name), Self.shown("note", map.note),
              JSONMember("points", .string(Self.packed(map.positions))),
            ])
          })),
      JSONMember("labels", .string(DataLink.base64(labels))), JSONMember("classes", .array(classes)),
      JSONMember("names", .array(names.map { .string($0.showingControls()) })),
    ]
    if let sheets {
      members.append(
        JSONMember(
          "images",
          .object(
            [
              ("width", sheets.width), ("height", sheets.height), ("columns", sheets.columns),
              ("imagesOfSheet", sheets.imagesOfSheet),
            ].map { JSONMember($0.0, .number(JSONNumber($0.1))) })))
    }
    return HTML(trusted: JSONValue.object(members).text().scriptData)
  }

  /// A text that the page shows.
  private static func shown(_ key: String, _ text: String) -> JSONMember {
    JSONMember(key, .string(text.showingControls()))
  }

  /// Positions in the square from 0 to 65,535, two bytes a coordinate, the lower first; both axes at the same scale,
  /// however little or much they span.
  ///
  /// - Parameter positions: finite, at least one.
  static func packed(_ positions: [SIMD2<Float>]) -> String {
    let fit = SquareFit(positions, side: 65_535)
    return DataLink.base64(
      positions.flatMap { position in
        let place = fit(position) + 32_767.5
        return [place.x, place.y].flatMap { number in
          let whole = UInt16(min(max(number.rounded(), 0), 65_535))
          return [UInt8(truncatingIfNeeded: whole), UInt8(whole >> 8)]
        }
      })
  }
}
