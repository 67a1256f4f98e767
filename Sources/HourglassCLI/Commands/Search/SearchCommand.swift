import ArgumentParser
import Foundation
import Hourglass

struct SearchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "search", abstract: "Finds what is most like a picture in an index.",
    discussion: """
      INDEX is a file that hourglass index made. QUERIES are PNG, JPEG or WebP files, or one .npy file of samples, codes or \
      vectors; the results of up to \(mostPrinted) queries are listed on standard output, nearest first. With --data, every \
      sample of a data set is a query (of its test part, if it has one), and how often results share its class is measured. --out writes a page or a sheet \
      that shows queries beside their results, or a table.
      """)

  enum Results: OutputKind {
    static let valueName = "results.html"
    static let help = "A .html page, a .png sheet or a .csv table to write."
    static let endings = OutputEndings.oneOf([".html", ".png", ".csv"])
  }

  @Argument(help: "The index to search in.", completion: .file())
  var index: String

  @Argument(help: "Pictures, or one .npy file, to find the like of.", completion: .file())
  var queries: [String] = []

  @OptionGroup var source: DataSourceOptions<DataToSearchFor>

  @OptionGroup var split: SplitOptions

  @OptionGroup var limit: LimitOptions

  @Option(
    name: .customShort("k"), help: ArgumentHelp("How many results each query gets.", valueName: "count"))
  var count = 10

  @Option(
    help: ArgumentHelp(
      "In an index made with --approximate: candidates that a search keeps; more miss fewer of the nearest and take longer.",
      valueName: "count"))
  var ef = 64

  @Flag(help: "In an index made with --approximate: look at all vectors, which misses nothing.")
  var exact = false

  @Flag(help: "Search for one query after another, to measure how long single searches take.")
  var oneByOne = false

  @Flag(help: "With --data, do not measure how well pixels and principal components would do.")
  var skipBaselines = false

  @OptionGroup var out: OptionalOutput<Results>

  @OptionGroup var threads: ThreadOptions

  @OptionGroup var json: JSONOptions

  var data: String? { source.name }

  func validate() throws {
    try require(count, in: 1...10_000, option: "-k")
    try require(ef, in: 1...1_000_000, option: "--ef")
    try require(
      queries.isEmpty != (data == nil),
      queries.isEmpty
        ? "There is nothing to search for; give a picture, a .npy file, or --data DIR."
        : "Queries are given both as files and with --data; keep one of them.")
    try require(
      queries.count <= 1 || !queries.contains { $0.ends(with: ".npy") },
      "A .npy file holds all queries; give it alone.")
  }

  func run() async throws {
    let threads = threads.count
    try out.file?.check(isNot: [index, data] + queries)
    for query in queries {
      try checkIsNoFolder(query, butA: "picture", give: "pictures, one .npy file, or all samples of a folder")
    }
    let clock = ContinuousClock()
    let started = clock.now
    let index = try SearchIndex.read(path: self.index)
    let search = try IndexSearch(index)
    let opening = (clock.now - started) / .seconds(1)
    var asked = try await questions(index)
    try index.checkTakes(asked.samples, source: data ?? queries.first)
    let (samples, note) = try index.matched(
      asked.samples, named: data ?? (queries.count == 1 ? queries[0] : "the queries"))
    if let note { Terminal.note(note) }
    asked.samples = samples
    try checkShowsResults(of: asked.samples.count)
    let stopped = "no results were written"
    let vectors = try Interruption.stops(stopped) {
      try index.queries(asked.samples, threads: threads, progress: ProgressBar().report)
    }
    let count = min(self.count, index.count)
    if count < self.count {
      Terminal.note(
        "-k is \(grouped(self.count)), but the index has \(grouped(count)) \(count == 1 ? "vector" : "vectors"): each query "
          + "gets all of them.")
    }
    let begun = clock.now
    let results = try Interruption.stops(stopped) { try find(search, vectors, count, threads) }
    let seconds = (clock.now - begun) / .seconds(1)
    var metrics: [String: Double] = [:]
    if !asked.labels.isEmpty {
      metrics = try Interruption.stops(stopped) {
        try precision(results, of: vectors, search, index, asked, threads)
      }
    }
    if search.approximate != nil, !exact {
      let some = vectors.prefix(1000)
      let all = try Interruption.stops(stopped) {
        try search.exact.nearest(to: some, count: count, threads: threads, progress: ProgressBar().report)
      }
      metrics["recall_at_\(count)"] = SearchResults(results, prefix: some.count).recall(of: all)
    }
    try write(results, index, asked, metrics)
    let speed = Double(vectors.count) / max(seconds, 1e-9)
    if data == nil, !json.isAsked, results.queries == 1 || out.path == nil { try list(results, index, asked) }
    for (name, value) in metrics.sorted(by: { $0.key < $1.key }) {
      Terminal.note("\(name) \(ReportText.fixed(value, 4))")
    }
    Terminal.note(
      "\(grouped(vectors.count)) \(vectors.count == 1 ? "query" : "queries") in \(grouped(index.count)) vectors, "
        + (speed < 100 ? ReportText.fixed(speed, 1) : grouped(Int(saturating: speed))) + " queries/s")
    if let path = out.path { Terminal.note("results: \(path)") }
    guard json.isAsked else { return }
    try Terminal.result(
      JSONLine.text(
        Answer(
          index: self.index, k: count, metrics: metrics, openSeconds: opening, out: out.path,
          queries: vectors.count,
          queriesPerSecond: speed,
          results: data == nil ? listed(results, index, asked) : nil, samples: index.count, seconds: seconds))
    )
  }

  // MARK: - Queries

  private func questions(_ index: SearchIndex) async throws -> SearchQuestions {
    if let data { return try await questions(index, data) }
    if queries[0].ends(with: ".npy") {
      let codes = try index.model?.model.codeShape
      let read = try array(queries[0], codes, index)
      return SearchQuestions(samples: read.prefix(limit.count ?? .max), captions: [queries[0]])
    }
    let chosen = queries.prefix(limit.count ?? .max)
    return SearchQuestions(
      samples: try index.samples(chosen.map { try Picture.read(path: $0) }), captions: Array(chosen))
  }

  /// Codes keep their axes; anything else is read as samples are.
  private func array(_ path: String, _ codes: Shape?, _ index: SearchIndex) throws -> SampleArray {
    func samples() throws -> SampleArray {
      // As the arrays that were indexed, where that gives what the model takes.
      if source.axes == nil, let axes = index.axes {
        let read = try ArrayDataSet.load(path: path, axes: axes)
        if read.training.shape == index.model?.model.inputShape ?? index.vectors.shape {
          return try read.tellingNotes().training.array()
        }
      }
      return try ArrayDataSet.load(path: path, axes: source.axes).tellingNotes().training.array()
    }
    guard let codes else { return try samples() }
    do {
      return try NPY.read(path: path, shape: codes)
    } catch HourglassError.badData {
      return try samples()
    }
  }

  private func questions(_ index: SearchIndex, _ name: String) async throws -> SearchQuestions {
    let form = index.model?.model.input
    let data = DataSource(name)
    let axes = source.axes ?? (data.kind == .file ? index.axes : nil)
    let loaded = try await DataDescription(
      data, axes: axes, fitting: index.fitting, isStrict: source.pictures.isStrict
    )
    .loadOthersHeedingSignals(for: form?.shape)
    let set = form.flatMap { loaded.viewed(as: $0) } ?? loaded
    let part = try DataPart(set, split: split.part, usual: .test, limit: limit.count)
    try out.file?.checkIsNone(of: part.files)
    return SearchQuestions(
      samples: part.samples, labels: part.labels, classNames: part.classNames,
      captions: part.files.isEmpty ? (0..<part.samples.count).map { "\(part.name) \($0)" } : part.files)
  }

  private func find(
    _ search: IndexSearch, _ vectors: SampleArray, _ count: Int, _ threads: Int?
  ) throws -> SearchResults {
    let bar = ProgressBar()
    guard oneByOne else {
      return try search.nearest(
        to: vectors, count: count, breadth: ef, isExact: exact, threads: threads, progress: bar.report)
    }
    let single = (0..<vectors.count).map {
      SampleArray(trustedFloats: vectors.sample($0), count: 1, shape: vectors.shape)
    }
    return SearchResults(
      try single.enumerated().map { number, query in
        try bar.report(WorkProgress("searching", done: number, of: single.count, "queries"))
        return try search.nearest(to: query, count: count, breadth: ef, isExact: exact, threads: threads)
      })
  }
}
