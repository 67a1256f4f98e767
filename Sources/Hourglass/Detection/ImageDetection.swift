import HourglassData
import HourglassEngine
import HourglassGraph
import HourglassNN

/// Fits a detector to images of one class, measures it on all classes and writes a run folder.
public struct ImageDetection: Sendable {
  public var data: ImageDataSet
  /// The class that is normal: its name, or its number.
  public var normalClass: String
  /// Where the images have no test part.
  public var split = DetectionSplit()
  public var options: DetectorOptions
  public var folder: DetectionFolder

  /// Anomalies that a threshold is chosen on, at most.
  private static let anomalyLimit = 5000

  public init(data: ImageDataSet, normalClass: String, options: DetectorOptions, folder: DetectionFolder) {
    self.data = data
    self.normalClass = normalClass
    self.options = options
    self.folder = folder
  }

  /// The place of a class among the names, or of its number.
  private static func place(of name: String, in data: ImageDataSet) -> Int? {
    let known = NamedDataSet.all.first { $0.name == data.name }?.classNames ?? []
    for names in [data.classNames, known] {
      if let index = names.firstIndex(of: name) { return index }
    }
    return Int(name).flatMap { data.classNames.indices.contains($0) ? $0 : nil }
  }

  /// Whether each label is an anomaly; empty where there are no labels or no such class.
  static func truth(of labels: [Int], in data: ImageDataSet, normalClass: String?) -> [Bool?] {
    guard let normal = normalClass.flatMap({ place(of: $0, in: data) }) else { return [] }
    return labels.map { $0 != normal }
  }

  private func normal() throws(HourglassError) -> Int {
    guard !data.trainingLabels.isEmpty else {
      throw HourglassError(
        .usage,
        "The images of \(data.name) have no classes; put them into sub-folders by class, or give label files."
      )
    }
    if let place = Self.place(of: normalClass, in: data) { return place }
    throw HourglassError(
      .usage,
      "\(data.name) has no class \(normalClass.quotedForMessage)"
        + suggestion(normalClass, among: data.classNames))
  }

  /// - Parameter report: told of what goes on; what it throws ends the run.
  /// - Throws: `HourglassError`.
  public func run(_ report: (DetectionEvent) throws -> Void) throws -> DetectionResult {
    try options.check()
    let normal = try normal()
    guard data.training.shape.rank == 3 else {
      throw HourglassError(
        .usage,
        "The samples of \(data.name) have shape \(data.training.shape), no images; give a table as CSV instead."
      )
    }
    let truth = data.trainingLabels.map { $0 != normal }
    var parts: DetectionSplit.Parts
    let test: SampleArray
    let labels: [Bool?]
    if data.hasTest, !data.testLabels.isEmpty {
      test = data.test
      labels = data.testLabels.map { $0 != normal }
      let rows = truth.indices.map { UInt32($0) }
      parts = DetectionSplit.Parts(
        training: rows.filter { !truth[Int($0)] }, leftOut: rows.filter { truth[Int($0)] },
        test: (0..<UInt32(test.count)).map { $0 }, description: "")
      parts.description =
        "Trained on the \(ReportText.count(parts.training.count, "training image")) of class \(normalClass); measured on "
        + "all \(ReportText.count(test.count, "test image")), of which the other classes are anomalies."
    } else {
      test = data.training
      parts = try split.parts(truth, seed: options.seed)
      labels = parts.test.map { truth[Int($0)] }
      parts.description =
        parts.description.replacing("row", with: "image")
        + " Every class but \(normalClass) is an anomaly."
    }
    return try folder.filled { try fit(parts, test: test, labels: labels, report) }
  }

  private func fit(
    _ parts: DetectionSplit.Parts, test: SampleArray, labels: [Bool?],
    _ report: (DetectionEvent) throws -> Void
  ) throws -> DetectionResult {
    try report(.stage(parts.description))
    let clock = ContinuousClock()
    var mark = clock.now
    var epochs = 0
    let leftOut = parts.leftOut.count
    let stride = max(1, leftOut / Self.anomalyLimit)
    let anomalies = parts.leftOut.enumerated().filter { $0.offset.isMultiple(of: stride) }.map(\.element)
    let detector = try AnomalyDetector.fit(
      FittingSamples(
        data: EncodedRows(samples: data.training), training: parts.training,
        anomalies: options.threshold.needsLabels ? anomalies : [], isClean: !split.keepsAnomalies),
      input: .images(normalClass: normalClass), options: options
    ) { event in
      if case .epoch(let record) = event { epochs = record.epoch }
      try report(.training(event))
    }
    let seconds = (clock.now - mark) / .seconds(1)
    try report(.stage("scoring \(ReportText.count(parts.test.count, "image"))"))
    mark = clock.now
    let scores = try detector.scores(test, rows: parts.test, threads: options.threads)
    let secondsScoring = (clock.now - mark) / .seconds(1)
    let outcome = try DetectionOutcome(
      scores, detector: detector, labels: labels, seconds: seconds + secondsScoring,
      task: SimpleDetector.Task(
        training: data.training, trainingRows: parts.training, test: test, testRows: parts.test,
        code: try detector.model.model.codeShape.count,
        neighbours: options.neighbours ?? SimpleDetector.neighbours, seed: options.seed,
        threads: options.threads)
    ) { try report(.stage($0)) }
    var result = try DetectionResult(
      detector, outcome, options, run: folder.path, data: data.name, split: parts.description,
      rows: data.training.count + data.test.count)
    (result.seconds, result.secondsScoring, result.epochs) = (seconds, secondsScoring, epochs)
    try detector.write(to: folder.model)
    var truthOfTest = [Bool?](repeating: nil, count: test.count)
    for (row, label) in zip(parts.test, labels) { truthOfTest[Int(row)] = label }
    try ScoreTable.write(
      scores, rows: parts.test, truth: truthOfTest, alerts: [], threshold: detector.threshold.value,
      contributors: 0,
      to: folder.scores)
    let sheet = try HeatMaps.sheet(
      test, rows: parts.test, scores: scores.values, detector: detector, threads: options.threads)
    try DetectionReport(
      result: result, outcome: outcome, detector: detector, alerts: [], rows: parts.test, pictures: sheet
    ).write(to: folder)
    try AtomicFile.write(try result.json() + "\n", to: folder.result)
    return result
  }
}
