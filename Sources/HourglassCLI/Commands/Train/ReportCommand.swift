import ArgumentParser
import Foundation
import Hourglass

struct ReportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Judges a trained model in all its uses, each beside a simple method, on one page.",
    discussion: """
      The uses are reconstruction, denoising, generation, search, anomaly detection and compression, as far as the model \
      and the data allow. Writes report-card.html into the run folder, or where --out says; the page needs no network. \
      Measured are the first \(grouped(usualLimit)) test samples, or as many as --limit says. (The page of the training itself, report.html, is written by train.)
      """)

  enum Page: OutputKind {
    static let valueName = "page.html"
    static let help = "The page to write; RUN/report-card.html if not given."
    static let endings = OutputEndings.oneOf([".html"])
  }

  /// Test samples that are measured if nobody gives a limit.
  static let usualLimit = 2_000

  @OptionGroup var source: RunArgument

  @OptionGroup var data: DataSourceOptions<OtherData>

  @OptionGroup var limit: LimitOptions

  @OptionGroup var out: OptionalOutput<Page>

  @OptionGroup var seed: SeedOptions<ModelSeed>

  @OptionGroup var threads: ThreadOptions

  @OptionGroup var json: JSONOptions

  func run() async throws {
    let threads = threads.count
    try out.file?.check(isNot: source.files + [data.name])
    try source.checkSaysData(data.name)
    let trained = try source.model()
    let page = try place()
    let set = try await source.dataSet(for: trained, data.choice)
    var card = try await Interruption.stops("no report card was written") {
      if Terminal.isInteractive { Terminal.redraw("preparing") }
      return try await ReportCard(
        of: trained, title: title, data: set, limit: limit.count ?? Self.usualLimit, seed: seed.value,
        threads: threads,
        progress: ProgressBar().report)
    }
    card.trainedOn = try source.trainedOn()
    let html = try card.html()
    try page.write { try AtomicFile.write(html, to: $0) }
    for sentence in card.background { Terminal.note(sentence) }
    for section in card.sections { Terminal.note("\(section.title): \(section.verdict)") }
    Terminal.note("report card: \(page.path)")
    guard json.isAsked else { return }
    try Terminal.result(JSONLine.text(Result(run: source.run, page: page.path, card)))
  }

  private func place() throws -> OutputFile {
    if let file = out.file { return file }
    guard try Folder(source.run).exists else {
      throw HourglassError(
        .usage,
        "\(source.run) is a file and has no folder for the page; say where it goes with --out CARD.html.")
    }
    let page = "\(Folder(source.run).path)/report-card.html"
    guard try !FileEntry.isLinkToNoFolder(page) else {
      throw HourglassError(
        .usage,
        "\(page) is a link to another place, which would be written to; remove the link, or say where the page goes with "
          + "--out CARD.html.")
    }
    return OutputFile(page, option: Page.option)
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
