import ArgumentParser
import Foundation
import Hourglass

struct SearchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "search", abstract: "Finds what is most like a picture in an index.",
    discussion: """
      INDEX is a file that hourglass index made. QUERIES are PNG or JPEG files, or one .npy file of samples, codes or \
      vectors; the results of up to \(mostPrinted) queries are listed on standard output, nearest first. With --data, every \
      sample of a data set is a query, and how often results share its class is measured. --out writes a page or a sheet \
      that shows queries beside their results, or a table.
      """)

  @Argument(help: "The index to search in.")
  var index: String

  @Argument(help: "Pictures, or one .npy file, to find the like of.")
  var queries: [String] = []

  @Option(
    help: ArgumentHelp(
      "Take the samples of a data set as queries: a folder, a file or a name.", valueName: "dir"))
  var data: String?

  @Option(help: "The part of the data; the test part if there is one.")
  var split: Split?

  @Option(help: ArgumentHelp("The first queries only.", valueName: "queries"))
  var limit: Int?

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

  @Option(
    help: ArgumentHelp("A .html page, a .png sheet or a .csv table to write.", valueName: "results.html"))
  var out: String?

  @Option(help: "Worker threads; all cores if not given. The result does not depend on it.")
  var threads: Int?

  @Flag(help: "End with one line of JSON on standard output.")
  var json = false

  func run() async throws {
    let threads = try check()
    let clock = ContinuousClock()
    let started = clock.now
    let index = try SearchIndex.read(path: self.index)
    let search = try IndexSearch(index)
    let opening = (clock.now - started) / .seconds(1)
    let asked = try await questions(index)
    try index.checkTakes(asked.samples, source: data ?? queries.first)
    try checkShowsResults(of: asked.samples.count)
    let stopped = "no results were written"
    let encoding = SampleProgress("encoding", of: asked.samples.count, "queries")
    let vectors = try Interruption.stops(stopped) {
      try index.queries(asked.samples, threads: threads, progress: encoding.report)
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
      metrics = try Interruption.stops(stopped) { try precision(index, asked, results, count, threads) }
    }
    if search.approximate != nil, !exact {
      let some = vectors.prefix(1000)
      let all = try search.exact.nearest(to: some, count: count, threads: threads)
      metrics["recall_at_\(count)"] = SearchResults(results, prefix: some.count).recall(of: all)
    }
    try write(results, index, asked, metrics)
    let speed = Double(vectors.count) / max(seconds, 1e-9)
    if data == nil, !json, results.queries == 1 || out == nil { try list(results, index, asked) }
    for (name, value) in metrics.sorted(by: { $0.key < $1.key }) {
      Terminal.note("\(name) \(decimal(value, 4))")
    }
    Terminal.note(
      "\(grouped(vectors.count)) \(vectors.count == 1 ? "query" : "queries") in \(grouped(index.count)) vectors, "
        + (speed < 100 ? decimal(speed, 1) : grouped(Int(speed))) + " queries/s")
    if let out { Terminal.note("results: \(out)") }
    guard json else { return }
    try Terminal.result(
      JSONLine.text(
        Answer(
          index: self.index, k: count, metrics: metrics, openSeconds: opening, out: out,
          queries: vectors.count,
          queriesPerSecond: speed,
          results: data == nil ? listed(results, index, asked) : nil, samples: index.count, seconds: seconds))
    )
  }

  private func check() throws -> Int? {
    guard 1...10_000 ~= count else {
      throw HourglassError(.usage, "-k is \(count), but must be from 1 to 10,000.")
    }
    guard 1...1_000_000 ~= ef else {
      throw HourglassError(.usage, "--ef is \(ef), but must be from 1 to 1,000,000.")
    }
    try limit?.checkLimit()
    guard out.map({ [".html", ".png", ".csv"].contains(where: $0.hasSuffix) }) ?? true else {
      throw HourglassError(.usage, "--out is \"\(out ?? "")\", but must name a .html, .png or .csv file.")
    }
    guard queries.isEmpty != (data == nil) else {
      throw HourglassError(
        .usage,
        queries.isEmpty
          ? "There is nothing to search for; give a picture, a .npy file, or --data DIR."
          : "Queries are given both as files and with --data; keep one of them.")
    }
    guard queries.count <= 1 || !queries.contains(where: { $0.hasSuffix(".npy") }) else {
      throw HourglassError(.usage, "A .npy file holds all queries; give it alone.")
    }
    try out?.checkOut(isNot: [index, data] + queries)
    return try threads?.checkedThreads()
  }

  // MARK: - Queries

  /// What is searched for.
  struct Questions {
    var samples: SampleArray
    var labels: [Int] = []
    var classNames: [String] = []
    var captions: [String]

    func caption(_ query: Int) -> String {
      captions.count == 1 && samples.count > 1 ? "\(captions[0]) \(query)" : captions[query]
    }
  }

  private func questions(_ index: SearchIndex) async throws -> Questions {
    if let data { return try await questions(index, data) }
    if queries[0].hasSuffix(".npy") {
      let codes = try index.model?.model.codeShape
      // Codes keep their axes; anything else is read as samples are.
      let read =
        try codes.flatMap { try? NPY.read(path: queries[0], shape: $0) } ?? NPY.read(path: queries[0])
      return Questions(samples: read.prefix(limit ?? .max), captions: [queries[0]])
    }
    let chosen = queries.prefix(limit ?? .max)
    return Questions(
      samples: try index.samples(chosen.map { try Picture.read(path: $0) }), captions: Array(chosen))
  }

  private func questions(_ index: SearchIndex, _ data: String) async throws -> Questions {
    let form = index.model?.model.input
    let loaded = try await DataDescription(DataSource(option: data), fitting: index.fitting)
      .load(for: form?.shape) { DownloadBar.draw($0) }
    let set = form.flatMap { loaded.viewed(as: $0) } ?? loaded
    let part = try DataPart(set, split: split, usual: .test, limit: limit)
    try out?.checkIsNone(of: part.files)
    return Questions(
      samples: part.samples, labels: part.labels, classNames: part.classNames,
      captions: part.files.isEmpty ? (0..<part.samples.count).map { "\(part.name) \($0)" } : part.files)
  }

  private func find(
    _ search: IndexSearch, _ vectors: SampleArray, _ count: Int, _ threads: Int?
  ) throws -> SearchResults {
    let progress = SampleProgress("searching", of: vectors.count, "queries")
    guard oneByOne else {
      return try search.nearest(
        to: vectors, count: count, breadth: ef, isExact: exact, threads: threads, progress: progress.report)
    }
    let single = (0..<vectors.count).map {
      SampleArray(floats: vectors.sample($0), count: 1, shape: vectors.shape)
    }
    return SearchResults(
      try single.enumerated().map { number, query in
        try progress.report(number)
        return try search.nearest(to: query, count: count, breadth: ef, isExact: exact, threads: threads)
      })
  }

  // MARK: - Results

  private struct Answer: Encodable {
    var index: String
    var k: Int
    var metrics: [String: Double]
    /// That reading the index and making it ready took.
    var openSeconds: Double
    var out: String?
    var queries: Int
    var queriesPerSecond: Double
    var results: [Listed]?
    var samples: Int
    var seconds: Double

    enum CodingKeys: String, CodingKey {
      case index, k, metrics
      case openSeconds = "open_seconds"
      case out, queries
      case queriesPerSecond = "queries_per_second"
      case results, samples, seconds
    }
  }

  private struct Listed: Encodable {
    var query: String
    var found: [Found]
  }

  private struct Found: Encodable {
    var rank: Int
    var index: Int
    var distance: Float
    var name: String
    var label: String?
  }

  /// Queries that are drawn at most on a sheet.
  private static let mostDrawn = 20
  /// Queries that are listed at most in JSON.
  private static let mostListed = 1000

  private func listed(_ results: SearchResults, _ index: SearchIndex, _ asked: Questions) -> [Listed] {
    (0..<min(results.queries, Self.mostListed)).map { query in
      let found = results.of(query).enumerated().map { rank, result in
        Found(
          rank: rank + 1, index: result.index, distance: result.distance, name: index.caption(result.index),
          label: index.className(result.index))
      }
      return Listed(query: asked.caption(query), found: found)
    }
  }

  private func write(
    _ results: SearchResults, _ index: SearchIndex, _ asked: Questions, _ metrics: [String: Double]
  ) throws {
    guard let out else { return }
    if out.hasSuffix(".csv") { return try results.writeTable(to: out, index: index) }
    if out.hasSuffix(".png") {
      let shown = asked.samples.prefix(Self.mostDrawn)
      return try PNG.write(index.sheet(results, for: shown), to: out)
    }
    let shape = asked.samples.shape
    let areImages = asked.samples.form.isPicture
    let queries = try (0..<min(results.queries, SearchPage.mostQueries)).map { query in
      SearchPage.Query(
        caption: asked.caption(query),
        className: asked.labels.isEmpty ? nil : asked.classNames[asked.labels[query]],
        picture: areImages ? try Picture(samples: asked.samples.sample(query), shape: shape) : nil)
    }
    let total = results.queries
    var notes = [
      "\(results.count) nearest of \(grouped(index.count)) vectors by the \(index.metric.title) distance, nearest first."
    ]
    if let precision = metrics["precision_at_\(results.count)"] {
      notes.append(
        "\(decimal(100 * precision, 1)) % of the results of all \(grouped(total)) queries have the query's class; those that have "
          + "not are marked.")
    }
    if total > queries.count {
      notes.append("The first \(queries.count) of \(grouped(total)) queries are shown.")
    }
    try SearchPage(
      title: total == 1 ? "What is like \(asked.caption(0))" : "\(grouped(total)) searches", notes: notes,
      index: index,
      queries: queries, results: results
    ).write(to: out)
  }
}
