import ArgumentParser
import Hourglass
import HourglassData
import HourglassEngine
import HourglassGraph

struct ProjectCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "project",
    abstract: "Maps a model's codes into the plane and writes a page to explore them.",
    discussion: """
      Beside the page MAP.html it writes MAP.png, and MAP.csv with the columns x, y and label. The page needs no \
      network; it shows the samples under the pointer.
      """)

  enum Method: String, ExpressibleByArgument, CaseIterable {
    case tsne, pca

    var title: String {
      switch self {
      case .tsne: "t-SNE"
      case .pca: "PCA"
      }
    }
  }

  @OptionGroup var source: RunArgument

  @Option(
    help: ArgumentHelp(
      "Other data than the run's: a folder or file, or the name of a data set.", valueName: "dir"))
  var data: String?

  @Option(help: "How to make the map; t-SNE keeps neighbours together, PCA distances.")
  var method = Method.tsne

  @Option(help: "The images to map.")
  var split = Split.test

  @Option(help: ArgumentHelp("Map the first samples only.", valueName: "samples"))
  var limit: Int?

  @Option(help: ArgumentHelp("The page to write.", valueName: "map.html"))
  var out = "map.html"

  @Option(help: "About how many neighbours count for each sample in t-SNE.")
  var perplexity = 30.0

  @Option(help: "The same seed gives the same map, bit for bit; the model's seed if not given.")
  var seed: Int?

  @Option(help: ArgumentHelp("Also write the codes, one line a sample.", valueName: "codes.csv"))
  var codes: String?

  @Option(
    help: ArgumentHelp(
      "Another run, whose code of two numbers is a map by itself, to draw beside.", valueName: "run"))
  var beside: String?

  @Option(help: "Worker threads; all cores if not given. The result does not depend on it.")
  var threads: Int?

  @Flag(help: "End with one line of JSON on standard output.")
  var json = false

  func run() async throws {
    let threads = try check()
    let model = try source.model()
    let set = try await source.dataSet(for: model, data: data)
    let isTest = split == .test && set.hasTest
    let images = (isTest ? set.test : set.training).prefix(limit ?? .max)
    guard set.classNames.count <= 256 else {
      throw HourglassError(
        .usage,
        "\(set.name) has \(grouped(set.classNames.count)) classes, and a map can colour 256; give data with fewer."
      )
    }
    let labels = (isTest ? set.testLabels : set.trainingLabels).prefix(images.count).map(UInt8.init)
    let samples = try model.encode(images, threads: threads)
    if let codes { try CodeTable.write(samples, to: codes) }
    let seed = seed.map { UInt64($0) } ?? model.seed
    var projection = try project(samples, seed: seed, threads: threads)
    if let beside { projection.maps.append(try plane(of: beside, images, threads)) }
    let measured = try measure(projection, samples, images, labels, seed: seed, threads)
    try write(projection.maps, set, images, labels, measured)
    try report(projection, measured, samples: samples.count)
  }

  /// - Returns: the number of threads.
  private func check() throws -> Int? {
    guard limit.map({ $0 > 0 }) ?? true else {
      throw HourglassError(.usage, "--limit is \(limit ?? 0), but must be at least 1.")
    }
    guard seed.map({ $0 >= 0 }) ?? true else {
      throw HourglassError(.usage, "--seed is \(seed ?? 0), but must not be negative.")
    }
    guard out.hasSuffix(".html"), out != ".html", !out.hasSuffix("/.html") else {
      throw HourglassError(.usage, "--out is \"\(out)\", but must name a file that ends in .html.")
    }
    return try threads?.checkedThreads()
  }

  // MARK: - Maps

  /// The maps of a page, the asked one first.
  private struct Projection {
    var maps: [MapPage.Map]
    /// Of the first one.
    var seconds: Double
    /// Of t-SNE, in nats.
    var divergence: Double?
  }

  private func project(_ samples: SampleArray, seed: UInt64, threads: Int?) throws -> Projection {
    let clock = ContinuousClock()
    var projection = Projection(maps: [], seconds: 0)
    if method == .tsne {
      var embedding = TSNE(seed: seed)
      embedding.perplexity = perplexity
      let begun = clock.now
      let map = try interruptible {
        try embedding.map(samples, threads: threads) { progress in
          ProjectionProgress.report(progress)
          try Interruption.check()
        }
      }
      projection.seconds = (clock.now - begun) / .seconds(1)
      projection.divergence = map.divergence
      projection.maps.append(MapPage.Map(name: Method.tsne.title, positions: map.positions))
    }
    let begun = clock.now
    let components = try PrincipalComponents(
      of: samples, count: min(2, samples.shape.count), seed: seed, threads: threads)
    let plane = try components.project(samples, threads: threads)
    if method == .pca { projection.seconds = (clock.now - begun) / .seconds(1) }
    let share =
      components.explainedVariance.reduce(0, +) / max(components.totalVariance, .leastNormalMagnitude)
    projection.maps.append(
      MapPage.Map(
        name: Method.pca.title, note: "\(decimal(100 * share, 1)) % of the codes' variance",
        positions: Self.positions(plane)))
    if samples.shape.count == 2 {
      projection.maps.append(
        MapPage.Map(name: "Code", note: "the model's own two numbers", positions: Self.positions(samples)))
    }
    return projection
  }

  /// The codes of another model, which has to have two numbers.
  private func plane(of run: String, _ images: SampleArray, _ threads: Int?) throws -> MapPage.Map {
    var other = RunArgument()
    other.run = run
    let codes = try other.model().encode(images, threads: threads)
    guard codes.shape.count == 2 else {
      throw HourglassError(
        .usage, "The model in \(run) has a code of \(codes.shape), but --beside needs one of two numbers.")
    }
    return MapPage.Map(name: "Autoencoder", note: "a code of two numbers", positions: Self.positions(codes))
  }

  private func interruptible<Result>(_ body: () throws -> Result) throws -> Result {
    Interruption.watch()
    do {
      return try body()
    } catch let interruption as Interruption {
      Terminal.note("Stopped by \(interruption.name); no map was written.")
      throw ExitCode(interruption.exitStatus)
    }
  }

  private static func positions(_ plane: SampleArray) -> [SIMD2<Float>] {
    (0..<plane.count).map { index in
      let sample = plane.sample(index)
      return SIMD2(sample[0], sample.count > 1 ? sample[1] : 0)
    }
  }

  // MARK: - Results

  /// Of every map, how far its neighbours are the codes' neighbours and of one class; and of the codes, the same beside
  /// principal components of the samples, as many as the code has numbers.
  private func measure(
    _ projection: Projection, _ codes: SampleArray, _ images: SampleArray, _ labels: [UInt8], seed: UInt64,
    _ threads: Int?
  ) throws -> [String: Double] {
    var metrics: [String: Double] = [:]
    metrics["kl_divergence"] = projection.divergence
    guard codes.count > 10 else { return metrics }
    for (index, map) in projection.maps.enumerated() {
      let suffix = index == 0 ? "" : "_\(map.name.lowercased())"
      let positions = SampleArray(positions: map.positions)
      metrics["trustworthiness\(suffix)"] = try trustworthiness(of: positions, for: codes, threads: threads)
      if !labels.isEmpty {
        metrics["label_accuracy\(suffix)"] = try neighbourAccuracy(
          of: positions, labels: labels, threads: threads)
      }
    }
    if !labels.isEmpty {
      metrics["label_accuracy_codes"] = try neighbourAccuracy(of: codes, labels: labels, threads: threads)
    }
    guard codes.shape.count <= min(images.shape.count, images.count) else { return metrics }
    let components = try PrincipalComponents(
      of: images, count: codes.shape.count, seed: seed, threads: threads
    ).project(images, threads: threads)
    if !labels.isEmpty {
      metrics["label_accuracy_pca_codes"] = try neighbourAccuracy(
        of: components, labels: labels, threads: threads)
    }
    metrics["trustworthiness_codes"] = try trustworthiness(of: codes, for: images, threads: threads)
    metrics["trustworthiness_pca_codes"] = try trustworthiness(of: components, for: images, threads: threads)
    return metrics
  }

  private func write(
    _ maps: [MapPage.Map], _ set: ImageDataSet, _ images: SampleArray, _ labels: [UInt8],
    _ metrics: [String: Double]
  ) throws {
    var maps = maps
    let notes = [
      metrics["trustworthiness"].map { "trustworthiness \(decimal($0, 3))" },
      metrics["label_accuracy"].map { "\(decimal(100 * $0, 1)) % of samples lie among their class" },
    ]
    maps[0].note = (notes.compactMap { $0 } + [maps[0].note]).filter { !$0.isEmpty }.joined(separator: "; ")
    let title = "\(set.name): \(grouped(images.count)) codes"
    let classNames = Self.classNames(of: set)
    let page = MapPage(
      title: title, maps: maps, labels: labels, classNames: classNames, images: images)
    let stem = String(out.dropLast(".html".count))
    try page.write(to: out)
    let plot = ScatterPlot(
      title: "\(title), \(maps[0].name)", positions: maps[0].positions, labels: labels,
      classNames: classNames)
    try PNG.write(plot.drawn(), to: "\(stem).png")
    try CodeTable.write(maps[0].positions, labels: labels, to: "\(stem).csv")
  }

  /// A folder says nothing of its classes; one with the name of a known data set has that one's.
  private static func classNames(of set: ImageDataSet) -> [String] {
    let known = NamedDataSet.all.first { $0.name == set.name }?.classNames ?? []
    return known.count >= set.classNames.count ? known : set.classNames
  }

  private func report(_ projection: Projection, _ metrics: [String: Double], samples: Int) throws {
    let figures = metrics.sorted { $0.key < $1.key }.map { "\($0.key) \(decimal($0.value, 4))" }
    Terminal.note((figures + ["\(decimal(projection.seconds, 2)) s"]).joined(separator: "  "))
    Terminal.note("map: \(out)")
    guard json else { return }
    try Terminal.result(
      JSONLine.text([
        "map": JSONLine.Value.text(out), "method": .text(method.rawValue), "metrics": .numbers(metrics),
        "run": .text(source.run), "samples": .integer(samples), "seconds": .number(projection.seconds),
      ]))
  }
}
