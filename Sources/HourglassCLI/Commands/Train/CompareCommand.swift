import ArgumentParser
import Hourglass

struct CompareCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Puts runs side by side: what differs in their recipes, what they came to, their curves.",
    discussion: """
      The tables go to standard output; --figure draws the curves, --report writes all of it as a page that needs no network. \
      With --cards each model is also judged in all its uses, as by hourglass report, which takes a while.
      """)

  enum Page: OutputKind {
    static let option = "report"
    static let valueName = "page.html"
    static let help = "Also write all of it to this page."
    static let endings = OutputEndings.oneOf([".html"])
  }

  enum Figure: OutputKind {
    static let option = "figure"
    static let valueName = "file"
    static let help = "Also draw the curves of all runs into this file, .svg or .png."
    static let endings = OutputEndings.oneOf([".svg", ".png"])
  }

  @Argument(help: "The folders of two runs or more.", completion: .directory)
  var runs: [String]

  @Flag(help: "Judge the models in all their uses, each on its own data or on those of --data.")
  var cards = false

  @OptionGroup var data: DataSourceOptions<OtherData>

  @OptionGroup var limit: LimitOptions

  @OptionGroup var figure: OptionalOutput<Figure>

  @OptionGroup var page: OptionalOutput<Page>

  @OptionGroup var threads: ThreadOptions

  @OptionGroup var json: JSONOptions

  func validate() throws {
    try require(runs.count >= 2, "There is but one run to compare; give two runs or more.")
    for (option, isGiven) in [("--data", data.name != nil), ("--limit", limit.count != nil)] {
      try require(cards || !isGiven, "\(option) says what report cards measure; add --cards.")
    }
    try requireDifferent([figure.file, page.file])
  }

  func run() async throws {
    let files = [figure.file, page.file].compactMap(\.self)
    for file in files { try file.check(isNot: arguments.flatMap(\.files) + [data.name]) }
    var comparison = try RunComparison(runs)
    let charts = comparison.charts
    if figure.file != nil, charts.isEmpty {
      throw HourglassError(
        .usage, "None of the runs has finished an epoch, so there are no curves; leave --figure out.")
    }
    if cards { comparison.cards = try await judged() }
    try files.write { [comparison] in
      if let figure = figure.path {
        let stack = ChartStack(charts)
        if figure.ends(with: ".svg") {
          try AtomicFile.write(stack.svg().text + "\n", to: figure)
        } else {
          try PNG.write(stack.drawn(), to: figure)
        }
      }
      if let page = page.path { try AtomicFile.write(comparison.html(), to: page) }
    }
    if json.isAsked {
      try Terminal.result(JSONLine.text(Result(comparison, page: page.path, figure: figure.path)))
    } else {
      try show(comparison)
    }
    for note in comparison.notes { Terminal.note(note) }
    if let figure = figure.path { Terminal.note("figure: \(figure)") }
    if let page = page.path { Terminal.note("comparison: \(page)") }
  }

  private var arguments: [RunArgument] {
    runs.map { run in
      var argument = RunArgument()
      argument.run = run
      return argument
    }
  }

  private func judged() async throws -> [ReportCard] {
    var cards: [ReportCard] = []
    for argument in arguments {
      let trained = try argument.model()
      let set = try await argument.dataSet(for: trained, data.choice)
      cards.append(
        try await Interruption.stops("nothing was compared") {
          try await ReportCard(
            of: trained, title: argument.run, data: set, limit: limit.count ?? ReportCommand.usualLimit,
            threads: threads.count, progress: ProgressBar().report)
        })
    }
    return cards
  }

  private func show(_ comparison: RunComparison) throws {
    let names = comparison.names
    func table(_ title: String, _ rows: [(name: String, values: [String?])]) throws {
      let text = TextTable(
        columns: [.init(heading: title, isNumber: false)] + names.map { .init(heading: $0, isNumber: true) },
        rows: rows.map { [$0.name] + $0.values.map { $0 ?? "–" } })
      try Terminal.result(lines: text.lines(width: Terminal.outputWidth, keepsColumns: true).lines)
    }
    try table(
      "measure",
      comparison.measures.map { measure in
        (measure.name, measure.values.enumerated().map { $0 == measure.best ? "* \($1 ?? "")" : $1 })
      })
    if comparison.measures.contains(where: { $0.best != nil }) { try Terminal.result("(* is the best)") }
    let differences = comparison.differences
    try Terminal.result("")
    if differences.isEmpty {
      try Terminal.result("All settings of the recipes are the same.")
    } else {
      try table("setting that differs", differences.map { ($0.key, $0.values) })
    }
    for use in comparison.cardTables {
      try Terminal.result(lines: ["", "\(use.title):"] + zip(names, use.verdicts).map { "  \($0): \($1)" })
    }
  }

  /// What `--json` prints.
  private struct Result: Encodable {
    struct Run: Encodable {
      var run: RunSummary
      var cards: [String: [String: Double]]?
      var verdicts: [String: String]?
    }

    struct Difference: Encodable {
      var setting: String
      var values: [String?]
    }

    var runs: [Run]
    var differences: [Difference]
    var notes: [String]
    var report: String?
    var figure: String?

    init(_ comparison: RunComparison, page: String?, figure: String?) {
      runs = comparison.runs.enumerated().map { place, run in
        guard comparison.cards.indices.contains(place) else { return Run(run: run.summary) }
        let sections = comparison.cards[place].sections
        return Run(
          run: run.summary, cards: Dictionary(uniqueKeysWithValues: sections.map { ($0.key, $0.metrics) }),
          verdicts: Dictionary(uniqueKeysWithValues: sections.map { ($0.key, $0.verdict) }))
      }
      differences = comparison.differences.map { Difference(setting: $0.key, values: $0.values) }
      notes = comparison.notes
      (report, self.figure) = (page, figure)
    }
  }
}
