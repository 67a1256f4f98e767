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

  @Option(
    help: ArgumentHelp(
      "Other data than the run's: a folder, a file or the name of a data set.", valueName: "dir"))
  var data: String?

  @Option(help: ArgumentHelp("Measure on this many test samples at most.", valueName: "samples"))
  var limit = 2_000

  @Option(help: ArgumentHelp("The page to write; RUN/report-card.html if not given.", valueName: "page.html"))
  var out: String?

  @Option(help: "The same seed gives the same card; the model's seed if not given.")
  var seed: Int?

  @Option(help: "Worker threads; all cores if not given. The result does not depend on it.")
  var threads: Int?

  @Flag(help: "End with one line of JSON on standard output.")
  var json = false

  func run() async throws {
    let threads = try check()
    try source.checkSaysData(data)
    let trained = try source.model()
    let page = try place()
    let set = try await source.dataSet(for: trained, data: data)
    let card = try Interruption.stops("no report card was written") {
      if Terminal.isInteractive { Terminal.redraw("preparing") }
      return try ReportCard(
        of: trained, title: title, data: set, limit: limit, seed: seed.map { UInt64($0) }, threads: threads
      ) { use, done, all in
        try Interruption.check()
        if Terminal.isInteractive {
          Terminal.redraw("\(done + 1)/\(all)  \(use.lowercased())")
        }
      }
    }
    try AtomicFile.write(Array(try card.html().utf8), to: page)
    for section in card.sections { Terminal.note("\(section.title): \(section.verdict)") }
    Terminal.note("report card: \(page)")
    guard json else { return }
    try Terminal.result(JSONLine.text(Result(run: source.run, page: page, card)))
  }

  /// - Returns: the number of threads.
  private func check() throws -> Int? {
    try limit.checkLimit()
    try out?.checkOut(endsIn: ".html")
    try out?.checkOut(isNot: source.files + [data])
    try seed?.checkSeed()
    return try threads?.checkedThreads()
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
