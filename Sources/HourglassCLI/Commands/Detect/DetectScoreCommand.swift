import ArgumentParser
import Hourglass

struct DetectScoreCommand: AsyncParsableCommand, WorksInProcesses {
  static let configuration = CommandConfiguration(
    commandName: "score", abstract: "Scores the rows of a table, or images, with a fitted detector.",
    discussion: """
      A table is read, scored and written block by block, so it may be larger than memory. Columns are found by \
      name; the labels of the fit, if the file has them, measure the result. With a detector of recordings FILE is one, or a folder of \
      them.
      """)

  enum Scores: OutputKind {
    static let valueName = "scores.csv"
    static let help = "The scores to write, as a .csv table; scores.csv if neither this nor --into is given."
    static let endings = OutputEndings.oneOf([".csv"])
  }

  enum Figure: OutputKind {
    static let option = "figure"
    static let help =
      "A sheet of the images with the highest and the lowest scores, and where they depart, as PNG or JPEG."
    static let endings = OutputEndings.picture
  }

  enum Moments: OutputKind {
    static let option = "moments"
    static let valueName = "moments.csv"
    static let help = "Of recordings: a .csv table for the score of each second."
    static let endings = OutputEndings.oneOf([".csv"])
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

  @OptionGroup var out: OptionalOutput<Scores>

  @OptionGroup var moments: OptionalOutput<Moments>

  @OptionGroup var into: ScoreTableOptions

  @OptionGroup var figure: OptionalOutput<Figure>

  @OptionGroup var threads: ThreadOptions

  @OptionGroup var json: JSONOptions

  private var file: String? { source.table }
  private var data: String? { source.data }

  /// The file of scores; nil where they are only written into a database.
  private var scores: OutputFile? {
    out.file ?? (into.table == nil ? OutputFile("scores.csv", option: Scores.option) : nil)
  }

  func validate() throws {
    try table.check(of: source)
    _ = try checked { try into.address(of: source) }
    try require(
      into.table == nil || file != nil, "--into is for tables; leave it out with --data, or give a CSV file.")
    try require((file == nil) != (data == nil), "Give either a CSV file, or images with --data DIR.")
    try require(
      figure.path == nil || data != nil,
      "--figure is for images; give them with --data DIR instead of a CSV file."
    )
    try require(
      identifier == nil || file != nil, "--id is for tables; leave it out with --data, or give a CSV file.")
    try requireDifferent([scores, figure.file])
    try require(contributors, in: 0...1000, option: "--contributors")
    try require(above?.isFinite ?? true, "--above is \(above ?? 0), but must be a number.")
  }

  func run() async throws {
    // What is wrong with a detector that cannot be read is said where it is used.
    if (try? SoundDetector.isOne(path: DetectionFolder.model(of: run))) == true { return try scoreSounds() }
    guard moments.path == nil else {
      throw HourglassError(
        .usage, "--moments is for recordings, but \(run) is no detector of them; leave it out.")
    }
    let processes = try Processes.join()
    if processes.isFirst { try figure.file?.check(isNot: [run, data]) }
    let read = try source.tableFile
    if processes.isFirst, let read, read != PipedTable.name {
      try checkIsNoFolder(read, butA: "table", give: "a CSV file, or images")
    }
    let threads = threads.count
    let into = try into.address(of: source)
    if processes.isFirst {
      try scores?.check(isNot: [run, DetectionFolder.model(of: run), read, into?.path, data])
    }
    var detector = try AnomalyDetector.read(path: DetectionFolder.model(of: run))
    if let above { detector.threshold.value = above }
    let summary: ScoringSummary
    let settings = "\(contributors) contributors, above \(above.map { "\($0)" } ?? "the threshold")"
    if let file {
      try Processes.agree(model: DetectionFolder.model(of: run), settings: settings)
      // The first alone reads the table, and hands out its rows.
      if let processes, processes.rank != 0 {
        return try TableScoring.scoreForFirst(
          detector, contributors: contributors, threads: threads, processes: processes)
      }
      summary = try await PipedTable.withPath(of: file) { [detector] path in
        var scoring = try TableScoring(detector: detector, path: path, format: try table.format(of: path))
        (scoring.limit, scoring.contributors, scoring.threads) = (limit.count, contributors, threads)
        scoring.identifier = identifier
        scoring.processes = processes
        var summary = try written {
          try scoring.write(to: scores?.path, into: into, progress: ProgressBar().report)
        }
        if file == PipedTable.name { summary.notes = summary.notes.map { PipedTable.titled($0, path) } }
        return summary
      }
    } else {
      guard let data, let scores else {
        preconditionFailure("validate() asks for a table or images, and for --into with a table only")
      }
      let source = DataSource(data)
      let images = try await Interruption.cancels("no data were loaded") {
        [detector, options = self.source] in
        try await detector.images(
          of: source, axes: options.axes, isStrict: options.pictures.isStrict, progress: ProgressBar().show)
      }.tellingNotes()
      var scoring = ImageScoring(detector: detector, images: images, limit: limit.count, threads: threads)
      scoring.figure = figure.path
      scoring.processes = processes
      try Processes.agree(
        model: DetectionFolder.model(of: run), samples: scoring.scored().samples, settings: settings)
      guard processes.isFirst else { return try scoring.scoreForFirst() }
      summary = try written {
        try scoring.write(to: scores.path, progress: ProgressBar().report)
      }
    }
    try report(summary, into: into?.title)
  }

  private func scoreSounds() throws {
    try Processes.checkIsAlone("hourglass detect score of recordings")
    guard let input = file ?? data, let scores else {
      throw HourglassError(
        .usage, "--into is for tables, but \(run) is a detector of recordings; leave it out.")
    }
    if let figure = figure.path {
      throw HourglassError(
        .usage, "--figure \(figure) is for images, but \(run) is a detector of recordings; leave it out.")
    }
    try SoundDetectionSession.score(
      run: run, input: input, above: above, scores: scores, moments: moments.file,
      isStrict: source.pictures.isStrict, threads: threads.count, json: json.isAsked)
  }

  private func written(_ body: () throws -> ScoringSummary) throws -> ScoringSummary {
    try Interruption.stops("no scores were written") {
      try [scores, figure.file].compactMap(\.self).write(body)
    }
  }

  private func report(_ summary: ScoringSummary, into: String?) throws {
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
    for place in [scores?.path, into].compactMap(\.self) { Terminal.note("scores: \(place)") }
    if let figure = figure.path { Terminal.note("figure: \(figure)") }
    guard json.isAsked else { return }
    var members: [String: JSONLine.Value] = [
      "alerts": .integer(summary.alerts), "metrics": .numbers(summary.metrics),
      "notes": .texts(summary.notes), "rows": .integer(summary.rows), "run": .text(run),
      "seconds": .number(summary.seconds), "threshold": .number(summary.threshold),
    ]
    if let scores { members["out"] = .text(scores.path) }
    if let into { members["into"] = .text(into) }
    try Terminal.result(JSONLine.text(members))
  }
}
