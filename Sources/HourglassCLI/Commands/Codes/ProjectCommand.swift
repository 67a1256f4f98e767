import ArgumentParser
import Foundation
import Hourglass

struct ProjectCommand: AsyncParsableCommand, WorksInProcesses {
  static let configuration = CommandConfiguration(
    commandName: "project",
    abstract: "Maps a model's codes into the plane and writes a page to explore them.",
    discussion: """
      What is mapped is the test part of the run's data, or of those that --data names. Beside the page MAP.html it writes MAP.png, MAP.csv with the place of each sample on each map and its class, and \
      MAP.safetensors, with which --into MAP.html places other samples into the same map later. The page needs no network; \
      it shows the samples under the pointer.
      """)

  enum Page: OutputKind {
    static let valueName = "map.html"
    static let help = "The page to write; map.html, or placed.html with --into, if not given."
    static let endings = OutputEndings.oneOf([".html"])
  }

  enum Codes: OutputKind {
    static let option = "codes"
    static let valueName = "codes.csv"
    static let help = "Also write the codes as a table, a sample a line."
  }

  enum Method: String, ExpressibleByArgument, CaseIterable {
    case tsne, pca
  }

  @Argument(
    help: "A run folder, a .safetensors file, or a .npy or .npz file of vectors to map as they are.",
    completion: .file())
  var run: String

  @OptionGroup var options: DataOptions

  @Option(
    help:
      "How the first map is made: tsne (the default) keeps neighbours together, pca keeps distances."
  )
  var method: Method?

  @Option(
    help: ArgumentHelp(
      "Place the samples into this map, which an earlier call made; its points stay where they are.",
      valueName: "map.html"), completion: .file())
  var into: String?

  @OptionGroup var out: OptionalOutput<Page>

  @Option(
    help:
      "About how many neighbours count for each sample in t-SNE; 30 if not given, fewer where samples are few."
  )
  var perplexity: Double?

  @OptionGroup var seed: SeedOptions<ModelSeed>

  @OptionGroup var codes: OptionalOutput<Codes>

  @Option(
    help: ArgumentHelp(
      "A run whose code has two numbers, which are a map by themselves, to show beside.", valueName: "run"),
    completion: .file())
  var beside: String?

  @OptionGroup var threads: ThreadOptions

  @OptionGroup var json: JSONOptions

  private var isVectors: Bool { run.ends(with: ".npy") || run.ends(with: ".npz") }

  func validate() throws {
    try require(
      !isVectors || options.data == nil,
      "\(run) are vectors already, so --data has no meaning; leave it out.")
    try requireDifferent(mapFiles + [codes.file])
    guard let into else { return }
    try require(
      method == nil && beside == nil,
      "--method and --beside make a new map, but --into takes one; leave them out.")
    try require(
      ProjectionFiles(into).data != ProjectionFiles(page).data,
      "--out would replace the map \(into); choose another name.")
  }

  func run() async throws {
    let processes = try Processes.join()
    let threads = threads.count
    if processes.isFirst {
      if let into { try ProjectionFiles(into).checkTakesSamples(into) }
      let earlier = into.map { ProjectionFiles($0).all } ?? []
      try checkFiles(areNot: [run, RunFolder(run).model, options.data, beside] + earlier)
    }
    var samples = try await samples(threads, processes)
    // A new map asks all for neighbours of the codes, which the first has.
    let isShared = into == nil && method != .pca
    if isShared, processes != nil {
      samples.codes = SampleArray(
        trustedFloats: try processes.fromFirst(numbers: samples.codes.floats),
        count: samples.part.samples.count, shape: samples.codes.shape)
    }
    if let processes, processes.rank != 0 {
      guard isShared else { return }
      return try Interruption.stops("no map was written") {
        try PlaneMaps.findNeighboursForFirst(
          of: samples.codes, perplexity: perplexity, threads: threads, processes: processes)
      }
    }
    try codes.file?.write { try CodeTable.write(samples.codes, names: samples.part.files, to: $0) }
    if let into {
      try await place(samples, into: into, threads)
    } else {
      try map(samples, threads, processes)
    }
  }

  var page: String { out.path ?? (into == nil ? "map.html" : "placed.html") }

  /// The files of the map, the page first.
  var mapFiles: [OutputFile] {
    let first = OutputFile(page, option: Page.option)
    return [first] + ProjectionFiles(page).all.filter { $0 != page }.map(first.companion)
  }

  /// Checks the files that are written.
  private func checkFiles(areNot inputs: [String?]) throws {
    for file in mapFiles { try file.check(isNot: inputs) }
    try codes.file?.check(isNot: inputs)
  }

  // MARK: - Samples

  /// What is mapped.
  struct Samples {
    var part: DataPart
    var codes: SampleArray
    /// Nil where vectors are mapped as they are.
    var model: TrainedModel?
    var labels: [UInt8]
  }

  private func samples(_ threads: Int?, _ processes: (any ProcessGroup)?) async throws -> Samples {
    let part: DataPart
    var model: TrainedModel?
    var modelFile: String?
    if isVectors {
      part = try DataPart(
        ArrayDataSet.load(path: run, axes: options.axes).tellingNotes(), split: options.split.part,
        usual: .train, limit: options.limit)
    } else {
      var source = RunArgument()
      source.run = run
      try source.checkSaysData(options.data)
      let trained = try source.model()
      part = try await options.part(of: source, for: trained, usual: .test)
      model = trained
      modelFile = try source.modelFile()
    }
    if processes.isFirst { try checkFiles(areNot: part.files) }
    guard part.classNames.count <= 256 else {
      throw HourglassError(
        .badData,
        "\(part.name) has \(grouped(part.classNames.count)) classes, and a map can colour 256; give data with fewer."
      )
    }
    // With --limit the methods say how many they need; without it the data are too few.
    let fewest = method == .pca ? 2 : 4
    guard into != nil || part.samples.count >= fewest || options.limit.map({ $0 < fewest }) ?? false else {
      throw HourglassError(
        .badData,
        "\(part.name) has \(part.samples.count) sample\(part.samples.count == 1 ? "" : "s"), but a map needs at least "
          + "\(fewest); give more.")
    }
    try Processes.agree(
      model: modelFile, samples: part.samples,
      settings: "\(method ?? .tsne), perplexity \(perplexity.map { "\($0)" } ?? "as usual"), "
        + (into == nil ? "a new map" : "into a map"))
    let codes = try Interruption.stops("no map was written") {
      try model?.encode(
        part.samples, threads: threads, processes: processes, progress: ProgressBar().report)
        ?? part.samples.array()
    }
    guard codes.shape.count <= PrincipalComponents.largestSample else {
      throw HourglassError(
        model == nil ? .badData : .usage,
        "\(model == nil ? "The vectors" : "The codes") have \(grouped(codes.shape.count)) numbers each, and "
          + "\(grouped(PrincipalComponents.largestSample)) can be mapped; "
          + (model == nil ? "map a model's codes of them." : "use a model with a smaller code."))
    }
    return Samples(part: part, codes: codes, model: model, labels: part.labels.map { UInt8($0) })
  }

  // MARK: - A new map

  private func map(_ samples: Samples, _ threads: Int?, _ processes: (any ProcessGroup)?) throws {
    let seed = seed.value ?? samples.model?.seed ?? 1
    let part = samples.part
    let files = ProjectionFiles(page)
    let (maps, projection) = try Interruption.stops("no map was written") {
      let bar = ProgressBar()
      let maps = try PlaneMaps(
        of: samples.codes, embeds: method != .pca, perplexity: perplexity, seed: seed, threads: threads,
        processes: processes
      ) { progress in
        // The only stage that has a measure is t-SNE.
        if !Terminal.isInteractive, let measure = progress.measure, progress.done.isMultiple(of: 250) {
          Terminal.note(
            "\(progress.stage) \(grouped(progress.done))/\(grouped(progress.total ?? progress.done))"
              + "  \(measure.name) \(ReportText.fixed(measure.value, 4))")
        }
        try bar.report(progress)
      }
      let projection = try NewProjection(
        maps,
        of: ProjectedSamples(
          name: part.name, codes: samples.codes, samples: part.samples,
          weightsDigest: samples.model?.weightsDigest, labels: samples.labels, classNames: part.classNames,
          files: part.files),
        beside: beside.map { try plane(of: $0, part.samples, threads, bar) }, seed: seed, threads: threads,
        progress: bar.report)
      try mapFiles.write { try projection.write(to: files, progress: bar.report) }
      return (maps, projection)
    }
    for line in projection.quality.lines(seconds: maps.seconds) { Terminal.note(line) }
    Terminal.note("map: \(page), \(files.picture), \(files.table), and \(files.data) to place new samples")
    try report(
      projection.quality.metrics, samples.codes.count, method: (method ?? .tsne).rawValue,
      seconds: maps.seconds)
  }

  /// The codes of another model, which has to have two numbers.
  private func plane(
    of run: String, _ images: any SampleSource, _ threads: Int?, _ bar: ProgressBar
  ) throws -> [SIMD2<Float>] {
    var other = RunArgument()
    other.run = run
    let model = try other.model()
    let (samples, note) = try model.matched(images, named: "the samples")
    if let note { Terminal.note("For \(run): \(note)") }
    let codes = try model.encode(samples, threads: threads, progress: bar.report)
    guard codes.shape.count == 2 else {
      throw HourglassError(
        .usage, "The model in \(run) has a code of \(codes.shape), but --beside needs one of two numbers.")
    }
    return codes.positions
  }

  // MARK: - Results

  func report(_ metrics: [String: Double], _ samples: Int, method: String, seconds: Double) throws {
    guard json.isAsked else { return }
    var answer = [
      "map": JSONLine.Value.text(page), "method": .text(method), "metrics": .numbers(metrics),
      "run": .text(run), "samples": .integer(samples), "seconds": .number(seconds),
    ]
    answer["into"] = into.map { .text($0) }
    try Terminal.result(JSONLine.text(answer))
  }
}
