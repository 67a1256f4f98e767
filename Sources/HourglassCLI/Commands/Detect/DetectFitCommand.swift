import ArgumentParser
import Hourglass

struct DetectFitCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fit",
    abstract: "Scores all rows of a table, or images, and fits an anomaly detector to them.",
    discussion: """
      Every row of a table is scored by a detector that did not learn it, and the detector that is saved is fitted to all \
      rows. What is measured is a detector fitted to 60 % of the rows, on the others. Labels, where there are any, leave \
      anomalies out of training and measure the result; they are never a feature. A folder of recordings (WAV, FLAC, OGG) is of normal \
      ones, but for those whose path says anomaly or abnormal, which measure the result. A folder of images without sub-folders is taken as all \
      normal, and is split like rows. The run folder gets model.safetensors, report.html, scores.csv, result.json and figures/.

      Thresholds: percentile:99, mad:3.5, iqr:1.5, contamination:0.02, best-f1, cost:FALSE_ALERT,MISS, alerts:5 (for each \
      thousand rows).
      """)

  @OptionGroup var source: TableOrImagesOptions

  @Option(help: ArgumentHelp("The column that tells anomalies.", valueName: "column"))
  var labelColumn: String?

  @Option(
    help: ArgumentHelp(
      "The labels that mean an anomaly, separated by commas; found out from words such as normal and fraud, 0 and 1, if not given.",
      valueName: "labels"))
  var anomalyLabel: String?

  @Option(
    help: ArgumentHelp(
      "The class of images that is normal, by name or number; not needed where images have no classes.",
      valueName: "class"))
  var normal: String?

  @Option(help: ArgumentHelp("Scale images to this height and width.", valueName: "height,width"))
  var size: String?

  @Option(
    help: "random: train on rows drawn at random; time: on the first rows, and score those that follow.")
  var split = DetectionSplit.Order.random

  @Option(help: ArgumentHelp("The part of the rows that is trained on.", valueName: "share"))
  var trainShare = 0.6

  @Flag(help: "Train on labelled anomalies too.")
  var keepAnomalies = false

  @Option(
    help:
      "What the score is made of: errors of the reconstruction, distances to the nearest training samples, tails (how rare single cells of a table are), or combined (of a table the latter two, or with labels what finds most of some made anomalies; of images the first two; of fewer than 25 samples the first alone)."
  )
  var scoring = AnomalyScoring.combined

  @Option(help: ArgumentHelp("How the threshold is chosen, see above.", valueName: "rule"))
  var threshold = "percentile:99"

  @Option(help: "How columns of numbers are scaled; auto also tames those with a few very large numbers.")
  var scaling = ColumnScaling.automatic

  @Option(help: ArgumentHelp("Columns to leave out, separated by commas.", valueName: "columns"))
  var ignore: String?

  @Option(
    name: .customLong("id"),
    help: ArgumentHelp(
      "The column that names rows, kept beside their scores and never a feature; one of texts that are all different if not given.",
      valueName: "column"))
  var identifier: String?

  @OptionGroup var table: TableOptions

  @Option(help: ArgumentHelp("Numbers of the code; half the input's if not given.", valueName: "numbers"))
  var code: Int?

  @Option(help: ArgumentHelp("Units of the hidden layers (of images: filters).", valueName: "units"))
  var hidden: Int?

  @OptionGroup var sound: SoundOptions

  @OptionGroup var epochs: EpochOptions

  @Option(
    help: ArgumentHelp(
      "Over how many of the nearest training rows the distance is a mean; 5, or a fiftieth of the rows where anomalies may be among them, if not given. Of images, which of the nearest counts; the 2nd, or the 10th where anomalies may be among them.",
      valueName: "k"))
  var neighbours: Int?

  @OptionGroup var limit: LimitOptions

  @Option(
    help: ArgumentHelp(
      "Rows of a table that are held in memory; one with more is fitted from a sample of so many, and the network of the saved detector from all. As memory allows if not given.",
      valueName: "rows"))
  var rowsInMemory: Int?

  @OptionGroup var seed: SeedOptions<SeedOne>

  @OptionGroup var threads: ThreadOptions

  @OptionGroup var place: RunFolderOptions

  @OptionGroup var into: ScoreTableOptions

  @OptionGroup var json: JSONOptions

  private var file: String? { source.table }
  private var data: String? { source.data }
  private var out: String? { place.path }

  func validate() throws {
    try table.check(of: source)
    _ = try checked { try into.address(of: source) }
    let arguments = Array(CommandLine.arguments.dropFirst())
    if arguments == ["detect"] { throw CleanExit.helpRequest(DetectCommand.self) }
    let suggestion = CommandSuggestion.sentence(for: arguments)
    try require(suggestion == nil, suggestion ?? "")
    try require(
      (file == nil) != (data == nil),
      "Give either a CSV file, or images with --data DIR, and --normal CLASS where they have classes.")
    try require(
      data != nil || !sound.isGiven,
      "--network and --sound-score are for recordings; name their folder with --data DIR.")
    for (option, isGiven) in [("--normal", normal != nil), ("--size", size != nil)] {
      try require(
        data != nil || !isGiven, "\(option) is for images; give them with --data DIR instead of a CSV file.")
    }
    for (option, isGiven) in [
      ("--label-column", labelColumn != nil), ("--anomaly-label", anomalyLabel != nil),
      ("--ignore", ignore != nil), ("--id", identifier != nil), ("--into", into.table != nil),
      ("--rows-in-memory", rowsInMemory != nil),
    ] {
      try require(
        file != nil || !isGiven, "\(option) is for tables; images have classes, of which --normal names one.")
    }
    try require(
      anomalyLabel == nil || labelColumn != nil,
      "--anomaly-label says nothing without --label-column; name the column of the labels.")
    try require(0.05...0.95 ~= trainShare, "--train-share is \(trainShare), but must be from 0.05 to 0.95.")
    try require(
      try !checked { try ThresholdRule(threshold) }.needsLabels || labelColumn != nil || data != nil,
      "The threshold \(threshold) needs labels; name their column with --label-column, or choose percentile:99."
    )
    try require(
      size == nil || sides != nil, "--size is \"\(size ?? "")\", but must be height and width, such as 64,64."
    )
    for (option, number, range) in [
      ("--code", code, DetectorOptions.Limits.units), ("--hidden", hidden, DetectorOptions.Limits.units),
      ("--neighbours", neighbours, DetectorOptions.Limits.neighbours),
      ("--rows-in-memory", rowsInMemory, DetectorOptions.Limits.rowsInMemory),
    ] { try require(number, in: range, option: option) }
  }

  /// Height and width; nil when `--size` does not say both.
  private var sides: (height: Int, width: Int)? {
    let sides = table.names(size).compactMap(Int.init)
    guard sides.count == 2, sides.allSatisfy({ 1...4096 ~= $0 }) else { return nil }
    return (sides[0], sides[1])
  }

  func run() async throws {
    if let data, try SoundOptions.areSounds(data) { return try await fitSounds(data) }
    try checkIsOfNoSounds()
    let result =
      try await data == nil
      ? PipedTable.withPath(of: file ?? "") { path in
        try await fitTable(path, options(of: path))
      } : fitImages(options())
    let metrics = ["roc_auc", "average_precision", "precision", "recall", "f1"].compactMap { name in
      result.metrics[name].map { "\(name) \(ReportText.fixed($0, 4))" }
    }
    if !metrics.isEmpty { Terminal.note(metrics.joined(separator: "  ")) }
    for note in result.notes { Terminal.note(note) }
    for labels in result.likelyLabels {
      Terminal.note(
        "Column \(labels.column.quotedForMessage) holds \(labels.texts.map(\.quotedForMessage).joined(separator: " and ")), and is a "
          + "feature: is it the label? Then fit again with --label-column \(labels.column.shellWord).")
    }
    if let sentence = result.howScored { Terminal.note(sentence) }
    Terminal.note(
      "\(ReportText.count(result.alerts, "alert")) among \(grouped(result.scoredRows)) by \(result.thresholdRule)"
        + (result.topAlerts.isEmpty ? "" : "; the highest scores:"))
    for line in result.topAlerts { Terminal.note("  \(line)") }
    Terminal.note(result.verdict)
    Terminal.note("report: \(result.run)/report.html")
    if let title = try into.address(of: source)?.title { Terminal.note("scores: \(title)") }
    if file != nil { Terminal.note("next: \(Self.nextStep(result.run))") }
    if json.isAsked { try Terminal.result(result.json()) }
  }

  /// The command that scores new rows.
  private static func nextStep(_ run: String) -> String {
    "hourglass detect score \(run.shellPath) new.csv --out new-scores.csv"
  }

  private func options(of file: String? = nil) throws -> DetectorOptions {
    var options = DetectorOptions(seed: UInt64(seed.number))
    options.scoring = scoring
    options.threshold = try ThresholdRule(threshold)
    options.scaling = scaling
    if let file { options.ignoring = Set(try table.names(ignore, of: file)) }
    (options.code, options.hidden, options.epochs, options.neighbours) = (
      code, hidden, epochs.count, neighbours
    )
    options.threads = threads.count
    return options
  }

  private var separation: DetectionSplit {
    var separation = DetectionSplit()
    (separation.order, separation.trainingShare, separation.keepsAnomalies) = (
      split, trainShare, keepAnomalies
    )
    return separation
  }

  /// Does work in the run folder.
  private func inFolder(
    _ source: String, _ work: (DetectionFolder) async throws -> DetectionResult
  ) async throws -> DetectionResult {
    let name = source.lastPathPart ?? source
    let stem = try self.source.database?.name ?? name.parts(at: ".").first { !$0.isEmpty } ?? name
    return try await place.inFolder(named: "detect-\(stem)") { try await work(DetectionFolder($0.path)) }
  }

  /// - Parameter file: of the table, which may be what standard input holds.
  private func fitTable(_ file: String, _ options: DetectorOptions) async throws -> DetectionResult {
    let read = try source.database == nil ? file : source.tableFile
    if let read { try checkIsNoFolder(read, butA: "table", give: "a CSV file, or images") }
    if let out { try DetectionFolder(out).scores.checkIsNone(of: [read], as: "scores.csv in --out") }
    return try await inFolder(file) { folder in
      var detection = TableDetection(path: file, options: options, folder: folder)
      if self.file == PipedTable.name { detection.title = PipedTable.title }
      detection.format = try table.format(of: file)
      (detection.limit, detection.rowsInMemory) = (limit.count, rowsInMemory)
      detection.into = try into.address(of: source)
      detection.labelColumn = labelColumn
      detection.identifier = identifier
      detection.nextStep = "New rows are scored by: \(Self.nextStep(folder.path))"
      detection.anomalyLabels = Set(table.names(anomalyLabel))
      detection.split = separation
      return try await watched { [detection] progress in try await detection.run(progress) }
    }
  }

  private func fitImages(_ options: DetectorOptions) async throws -> DetectionResult {
    let source = data ?? ""
    var description = DataDescription(
      DataSource(source), axes: self.source.axes, isStrict: self.source.pictures.isStrict)
    if let sides { description.fitting.extent = .resize(height: sides.height, width: sides.width) }
    let images: DataSet
    do {
      images = try await description.loadHeedingSignals()
    } catch let error as HourglassError {
      throw ErrorWording.withSize(error)
    }
    return try await inFolder(source) { [description] folder in
      var detection = ImageDetection(data: images, normalClass: normal, options: options, folder: folder)
      detection.limit = limit.count
      detection.split = separation
      detection.fitting = description.fitting
      detection.axes = description.axes
      return try await watched { [detection] progress in try await detection.run(progress) }
    }
  }

  private func checkIsOfNoSounds() throws {
    guard sound.isGiven, let data else { return }
    throw HourglassError(
      .usage, "--network and --sound-score are for recordings, but \(data) has none; leave them out.")
  }

  private func fitSounds(_ data: String) async throws {
    let others: [(String, Bool)] = [
      ("--normal", normal != nil), ("--size", size != nil), ("--code", code != nil),
      ("--hidden", hidden != nil),
      ("--neighbours", neighbours != nil), ("--limit", limit.count != nil), ("--axes", source.axes != nil),
    ]
    if let (option, _) = others.first(where: { $0.1 }) {
      throw HourglassError(.usage, "\(option) is not for recordings, which \(data) has; leave it out.")
    }
    var detection = SoundDetection(data: data, run: "")
    if let network = sound.network { detection.network = network }
    detection.score = sound.soundScore
    // Few recordings are kept to choose it by, unlike rows.
    detection.threshold = try ThresholdRule(threshold)
    (detection.epochs, detection.seed, detection.threads) = (epochs.count, UInt64(seed.number), threads.count)
    detection.isStrict = source.pictures.isStrict
    try await SoundDetectionSession.fit(detection, place: place, json: json.isAsked)
  }

  private func watched(
    _ body: (@escaping @Sendable (DetectionEvent) throws -> Void) async throws -> DetectionResult
  ) async throws -> DetectionResult {
    let progress = DetectionProgress()
    return try await Interruption.stops("no detector was written") {
      try await body { event in
        progress.report(event)
        try Interruption.check()
      }
    }
  }
}
