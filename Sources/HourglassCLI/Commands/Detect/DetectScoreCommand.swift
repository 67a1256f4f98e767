import ArgumentParser
import Hourglass

struct DetectScoreCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "score", abstract: "Scores the rows of a CSV file, or images, with a fitted detector.",
    discussion: """
      The file is read, scored and written block by block, so it may be larger than memory. Columns are found by \
      name; the labels of the fit, if the file has them, measure the result.
      """)

  enum Scores: UsualOutputKind {
    static let valueName = "scores.csv"
    static let help = "The scores to write, as a .csv table."
    static let usualPath = "scores.csv"
    static let endings = OutputEndings.oneOf([".csv"])
  }

  enum Figure: OutputKind {
    static let option = "figure"
    static let help =
      "A sheet of the images with the highest and the lowest scores, and where they depart, as PNG or JPEG."
    static let endings = OutputEndings.picture
  }

  @Argument(help: "The run folder of detect fit, or a .safetensors file.", completion: .file())
  var run: String

  @OptionGroup var source: TableOrImagesOptions

  @OptionGroup var table: TableOptions

  @Option(help: ArgumentHelp("Another threshold than the detector's.", valueName: "score"))
  var above: Double?

  @Option(help: ArgumentHelp("Columns that are named for each alert.", valueName: "columns"))
  var contributors = 3

  @Option(
    name: .customLong("id"),
    help: ArgumentHelp(
      "The column that names rows, kept beside their scores; that of the fit if not given.",
      valueName: "column"))
  var identifier: String?

  @OptionGroup var limit: LimitOptions

  @OptionGroup var out: UsualOutput<Scores>

  @OptionGroup var figure: OptionalOutput<Figure>

  @OptionGroup var threads: ThreadOptions

  @OptionGroup var json: JSONOptions

  private var file: String? { source.file }
  private var data: String? { source.data }

  func validate() throws {
    try require((file == nil) != (data == nil), "Give either a CSV file, or images with --data DIR.")
    try require(
      figure.path == nil || data != nil,
      "--figure is for images; give them with --data DIR instead of a CSV file."
    )
    try require(
      identifier == nil || file != nil, "--id is for tables; leave it out with --data, or give a CSV file.")
    try requireDifferent([out.file, figure.file])
    try require(contributors, in: 0...1000, option: "--contributors")
    try require(above?.isFinite ?? true, "--above is \(above ?? 0), but must be a number.")
  }

  func run() async throws {
    try figure.file?.check(isNot: [run, data])
    if let file, file != PipedTable.name {
      try checkIsNoFolder(file, butA: "table", give: "a CSV file, or images")
    }
    let threads = threads.count
    try out.file.check(isNot: [run, DetectionFolder.model(of: run), file, data])
    var detector = try AnomalyDetector.read(path: DetectionFolder.model(of: run))
    if let above { detector.threshold.value = above }
    let summary: ScoringSummary
    if let file {
      summary = try await PipedTable.withPath(of: file) { [detector] path in
        var scoring = TableScoring(detector: detector, path: path, format: try table.format(of: path))
        (scoring.limit, scoring.contributors, scoring.threads) = (limit.count, contributors, threads)
        scoring.identifier = identifier
        var summary = try written { try scoring.write(to: out.path, progress: ProgressBar().report) }
        if file == PipedTable.name { summary.notes = summary.notes.map { PipedTable.titled($0, path) } }
        return summary
      }
    } else {
      let source = DataSource(data ?? "")
      let images = try await Interruption.cancels("no data were loaded") {
        [detector, options = self.source] in
        try await detector.images(
          of: source, axes: options.axes, isStrict: options.pictures.isStrict, progress: ProgressBar().show)
      }.tellingNotes()
      var scoring = ImageScoring(detector: detector, images: images, limit: limit.count, threads: threads)
      scoring.figure = figure.path
      summary = try written { try scoring.write(to: out.path, progress: ProgressBar().report) }
    }
    try report(summary)
  }

  private func written(_ body: () throws -> ScoringSummary) throws -> ScoringSummary {
    try Interruption.stops("no scores were written") {
      try [out.file, figure.file].compactMap(\.self).write(body)
    }
  }

  private func report(_ summary: ScoringSummary) throws {
    for note in summary.notes { Terminal.note(note) }
    if !summary.metrics.isEmpty {
      Terminal.note(
        summary.metrics.sorted { $0.key < $1.key }.map { "\($0.key) \(ReportText.fixed($0.value, 4))" }
          .joined(
            separator: "  "))
    }
    let alerts = ReportText.count(summary.alerts, "alert")
    Terminal.note("\(alerts) among \(grouped(summary.rows)), \(ReportText.fixed(summary.seconds, 2)) s")
    for line in summary.topAlerts { Terminal.note("  \(line)") }
    Terminal.note("scores: \(out.path)")
    if let figure = figure.path { Terminal.note("figure: \(figure)") }
    guard json.isAsked else { return }
    try Terminal.result(
      JSONLine.text([
        "alerts": JSONLine.Value.integer(summary.alerts), "metrics": .numbers(summary.metrics),
        "notes": .texts(summary.notes), "out": .text(out.path),
        "rows": .integer(summary.rows), "run": .text(run), "seconds": .number(summary.seconds),
        "threshold": .number(summary.threshold),
      ]))
  }
}
