import ArgumentParser
import Foundation
import Hourglass

struct ReportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Judges a trained model in all its uses, each beside a simple method, on one page.",
    discussion: """
      The uses are reconstruction, denoising, generation, search, anomaly detection and compression, as far as the model \
      and the data allow. Writes report-card.html into the run folder, or where --out says; the page needs no network. (The \
      page of the training itself, report.html, is written by train.)
      """)

  @OptionGroup var source: RunArgument

  @OptionGroup var data: DataSourceOptions

  @Option(help: ArgumentHelp("Measure on this many test samples at most.", valueName: "samples"))
  var limit = 2_000

  @Option(
    help: ArgumentHelp("The page to write; RUN/report-card.html if not given.", valueName: "page.html"),
    completion: .file())
  var out: String?

  @OptionGroup var seed: ModelSeedOptions

  @OptionGroup var threads: ThreadOptions

  @OptionGroup var json: JSONOptions

  func validate() throws {
    try require(limit >= 1, "--limit is \(limit), but must be at least 1.")
    try out?.checkOut(endsIn: ".html")
  }

  func run() async throws {
    let threads = threads.count
    try out?.checkOut(isNot: source.files + [data.name])
    try source.checkSaysData(data.name)
    let trained = try source.model()
    let page = try place()
    let set = try await source.dataSet(for: trained, data: data.name)
    let card = try await Interruption.stops("no report card was written") {
      if Terminal.isInteractive { Terminal.redraw("preparing") }
      return try await ReportCard(
        of: trained, title: title, data: set, limit: limit, seed: seed.value, threads: threads,
        progress: ProgressBar().report)
    }
    try AtomicFile.write(Array(try card.html().utf8), to: page)
    for section in card.sections { Terminal.note("\(section.title): \(section.verdict)") }
    Terminal.note("report card: \(page)")
    guard json.isAsked else { return }
    try Terminal.result(JSONLine.text(Result(run: source.run, page: page, card)))
  }

  private func place() throws -> String {
    if let out { return out }
    guard Folder(source.run).exists else {
      throw HourglassError(
        .usage,
        "\(source.run) is a file and has no folder for the page; say where it goes with --out CARD.html.")
    }
    return "\(Folder(source.run).path)/report-card.html"
  }

  private var title: String {
    let name = URL(fileURLWithPath: source.run).deletingPathExtension().lastPathComponent
    return name.isEmpty ? source.run : name
  }

  /// What `--json` prints.
  private struct Result: Encodable {
    struct Use: Encodable {
      var better: Bool?
      var metrics: [String: Double]
      var verdict: String
    }

    var run: String
    var report: String
    var samples: Int
    var uses: [String: Use]

    init(run: String, page: String, _ card: ReportCard) {
      self.run = run
      report = page
      samples = card.samples
      uses = Dictionary(
        uniqueKeysWithValues: card.sections.map {
          ($0.key, Use(better: $0.isBetter, metrics: $0.metrics, verdict: $0.verdict))
        })
    }
  }
}
