import ArgumentParser
import Hourglass

struct IndexCommand: AsyncParsableCommand, WorksInProcesses {
  static let configuration = CommandConfiguration(
    commandName: "index", abstract: "Makes an index of a model's codes to search in, or adds to one.",
    discussion: """
      RUN is the model whose codes are indexed; the index keeps it, with classes, file names and small pictures, so that \
      search needs nothing else. What is indexed is the training part of the run's data, or of those that --data names. \
      Instead of a run, a .npy file of vectors is indexed as it is. The index is one file, which is replaced only when the \
      new one is complete.
      """)

  enum Index: OutputKind {
    static let valueName = "index"
    static let help = "The index to write, one file."
  }

  @Argument(
    help: "A run folder, a .safetensors file, or a .npy or .npz file of vectors.", completion: .file())
  var run: String

  @OptionGroup var options: DataOptions

  @OptionGroup var out: RequiredOutput<Index>

  @Flag(help: "Add to the index that --out names, which must be of the same model, instead of replacing it.")
  var add = false

  @Option(help: "How distances are taken: euclidean (the default) or cosine.")
  var metric: Metric?

  @Flag(
    help: "Also make a graph (HNSW) for fast searches in large collections that may miss some of the nearest."
  )
  var approximate = false

  @Option(
    name: .customLong("m"),
    help: ArgumentHelp(
      "With --approximate: links of a vector in the graph; 16 if not given.", valueName: "links"))
  var links: Int?

  @Option(
    help: ArgumentHelp(
      "With --approximate: candidates that are looked at when a vector joins the graph; 200 if not given.",
      valueName: "count"))
  var efConstruction: Int?

  @Flag(help: "Keep no small pictures in the index.")
  var noPictures = false

  @OptionGroup var threads: ThreadOptions

  @OptionGroup var json: JSONOptions

  enum Metric: String, ExpressibleByArgument, CaseIterable {
    case euclidean, cosine

    var value: DistanceMetric { self == .cosine ? .cosine : .euclidean }
  }

  private var isVectors: Bool { run.ends(with: ".npy") || run.ends(with: ".npz") }

  func validate() throws {
    try require(
      !isVectors || options.data == nil,
      "\(run) are vectors already, so --data has no meaning; leave it out.")
    try require(
      add || approximate || (links == nil && efConstruction == nil),
      "--m and --ef-construction are for --approximate; add it, or leave them out.")
  }

  func run() async throws {
    let processes = try Processes.join()
    let threads = threads.count
    if processes.isFirst { try out.file.check(isNot: [run, RunFolder(run).model, options.data]) }
    let clock = ContinuousClock()
    let (entries, model, name, fitting, encoding) = try await entries(threads, processes)
    // The graph grows vector by vector, in one order.
    guard processes.isFirst else { return }
    // From reading to writing: what another process adds in between would be lost.
    let lock = try lock()
    defer { lock.release() }
    var index = try add ? extended(model) : new(model, entries, fitting)
    if index.axes == nil { index.axes = try axes() }
    let before = index.count
    let repetition = index.repetitionNote(of: entries, source: name)
    let begun = clock.now
    if let note = try index.addTelling(entries, source: name) { Terminal.note(note) }
    try await Interruption.stops("\(out.path) is as it was") {
      try await index.finish(threads: threads, progress: ProgressBar().report)
    }
    let seconds = (clock.now - begun) / .seconds(1)
    // What is added to is not replaced.
    let bytes = try add ? index.written(to: out.path) : out.file.write { try index.written(to: $0) }
    if let repetition { Terminal.note(repetition) }
    try report(index, bytes: bytes, added: index.count - before, encoding: encoding, seconds: seconds)
  }

  /// Waits for another process that is changing the index.
  private func lock() throws -> FileLock {
    var hasNoted = false
    let lock = try Interruption.stops("\(out.path) is as it was") {
      try SearchIndex.lock(out.path) {
        if !hasNoted { Terminal.note("Another process is changing \(out.path); waiting for it.") }
        hasNoted = true
        try Interruption.check()
      }
    }
    if let note = lock.note { Terminal.note(note) }
    return lock
  }

  /// What goes into the index, and the seconds that encoding took.
  private func entries(
    _ threads: Int?, _ processes: (any ProcessGroup)?
  ) async throws -> (SearchIndex.Entries, TrainedModel?, String, PictureFitting, Double) {
    if isVectors {
      let set = try ArrayDataSet.load(path: run, axes: options.axes).tellingNotes()
      let part = try DataPart(set, split: options.split.part, usual: .train, limit: options.limit)
      return (try entries(part, vectors: part.samples.array()), nil, part.name, PictureFitting(), 0)
    }
    var source = RunArgument()
    source.run = run
    try source.checkSaysData(options.data)
    let model = try source.model()
    let part = try await options.part(of: source, for: model, usual: .train)
    if processes.isFirst { try out.file.checkIsNone(of: part.files) }
    try Processes.agree(model: source.modelFile(), samples: part.samples)
    let clock = ContinuousClock()
    let begun = clock.now
    let codes = try Interruption.stops("\(out.path) is as it was") {
      try model.encode(
        part.samples, threads: threads, processes: processes, progress: ProgressBar().report)
    }
    let seconds = (clock.now - begun) / .seconds(1)
    let made = entries(part, vectors: codes)
    let fitting = try options.fit?.fitting(to: model.model.input) ?? source.fitting()
    return (made, model, part.name, fitting, seconds)
  }

  /// Where arrays have their channels, where `--axes` or the run's recipe says so.
  private func axes() throws -> ChannelAxis? {
    guard !isVectors, options.axes == nil else { return options.axes }
    var source = RunArgument()
    source.run = run
    return try source.axes()
  }

  private func entries(_ part: DataPart, vectors: SampleArray) -> SearchIndex.Entries {
    var entries = SearchIndex.Entries(vectors: vectors)
    (entries.labels, entries.classNames, entries.names) = (part.labels, part.classNames, part.files)
    if !noPictures { entries.images = part.samples }
    return entries
  }

  private func new(
    _ model: TrainedModel?, _ entries: SearchIndex.Entries, _ fitting: PictureFitting
  ) throws -> SearchIndex {
    var settings: ApproximateSearch.Settings?
    if approximate {
      var chosen = ApproximateSearch.Settings()
      chosen.links = links ?? chosen.links
      chosen.construction = efConstruction ?? chosen.construction
      settings = chosen
    }
    return try SearchIndex(
      model: model, features: entries.vectors.shape.count, metric: metric?.value ?? .euclidean,
      fitting: fitting,
      approximation: settings)
  }

  /// The index that is there.
  private func extended(_ model: TrainedModel?) throws -> SearchIndex {
    let index = try SearchIndex.read(path: out.path)
    try index.checkTakes(
      vectorsOf: model, named: run, path: out.path, metric: metric?.value, isApproximate: approximate,
      setsGraph: links != nil || efConstruction != nil)
    return index
  }

  private func report(
    _ index: SearchIndex, bytes: Int, added: Int, encoding: Double, seconds: Double
  ) throws {
    let graph = index.approximation.map {
      ", graph with \($0.links) links in \(ReportText.fixed(seconds, 2)) s"
        + (index.recall.map { ", recall of the ten nearest \(ReportText.fixed($0, 4))" } ?? "")
    }
    Terminal.note(
      "\(grouped(index.count)) vectors of \(index.vectors.shape.count) numbers, \(index.metric.title) distance"
        + (add ? ", \(grouped(added)) of them new" : "") + (graph ?? ""))
    Terminal.note("index: \(out.path) (\(ReportText.fixed(Double(bytes) / 1e6, 1)) MB)")
    guard json.isAsked else { return }
    var metrics: [String: Double] = [:]
    metrics["recall_at_10"] = index.recall
    try Terminal.result(
      JSONLine.text([
        "added": JSONLine.Value.integer(added),
        "approximate": .text(index.approximation == nil ? "none" : "hnsw"),
        "bytes": .integer(bytes), "encode_seconds": .number(encoding),
        "features": .integer(index.vectors.shape.count), "index": .text(out.path),
        "metric": .text(index.metric.rawValue),
        "metrics": .numbers(metrics), "samples": .integer(index.count), "seconds": .number(seconds),
      ]))
  }
}
