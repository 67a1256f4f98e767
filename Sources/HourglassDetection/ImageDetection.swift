import HourglassBase
import HourglassData
import HourglassDrawing
import HourglassFiles
import HourglassPictures

/// Fits a detector to images of one class, measures it on all classes and writes a run folder. Images without classes are
/// taken as all normal.
public struct ImageDetection: Sendable {
  var data: DataSet
  var normalClass: String?
  /// Only the first images of each part; all when nil.
  public var limit: Int?
  /// Where the images have no test part.
  public var split = DetectionSplit()
  var options: DetectorOptions
  var folder: DetectionFolder
  /// How the images were brought into their shape; scoring does the same.
  public var fitting = PictureFitting()
  /// Where the arrays of the images have their channels, where somebody said so; scoring goes by it.
  package var axes: ChannelAxis?

  /// Anomalies that a threshold is chosen on, at most.
  private static let anomalyLimit = 5000

  /// - Parameter normalClass: the class that is normal: its name, or its number; nil where the images have no classes.
  public init(data: DataSet, normalClass: String?, options: DetectorOptions, folder: DetectionFolder) {
    self.data = data
    self.normalClass = normalClass
    self.options = options
    self.folder = folder
  }

  /// The place of a class among the names, or of its number.
  private static func place(of name: String, in data: DataSet) -> Int? {
    let known = NamedDataSet.all.first { $0.name == data.name }?.classNames ?? []
    for names in [data.classNames, known] {
      if let index = names.firstIndex(of: name) { return index }
    }
    return Int(name).flatMap { data.classNames.indices.contains($0) ? $0 : nil }
  }

  /// Whether each label is an anomaly; empty where there are no labels or no such class.
  static func truth(of labels: [Int], in data: DataSet, normalClass: String?) -> [Bool?] {
    guard let normal = normalClass.flatMap({ place(of: $0, in: data) }) else { return [] }
    return labels.map { $0 != normal }
  }

  /// Whether each training image is an anomaly; nil where there are no classes.
  private func truth() throws(HourglassError) -> [Bool?] {
    guard let normalClass else {
      guard data.trainingLabels.isEmpty else {
        throw HourglassError(
          .usage,
          "The images of \(data.name) have classes",
          .give(
            .normalClass,
            "the one that is normal, such as \((data.classNames.first ?? "0").quotedForMessage),"))
      }
      return Array(repeating: nil, count: data.training.count)
    }
    guard !data.trainingLabels.isEmpty else {
      throw HourglassError(
        .usage,
        "The images of \(data.name) have no classes",
        .text("put them into sub-folders by class"), .text("give label files"),
        .leaveOut(.normalClass, "which takes all as normal"))
    }
    if let place = Self.place(of: normalClass, in: data) { return data.trainingLabels.map { $0 != place } }
    throw HourglassError(
      .usage,
      "\(data.name) has no class \(normalClass.quotedForMessage)"
        + suggestion(normalClass, among: data.classNames))
  }

  /// Runs on threads of its own. A task that is cancelled ends it, and nothing is written.
  ///
  /// - Parameter report: told of what goes on, on the working thread; what it throws ends the run.
  /// - Throws: `HourglassError`; `CancellationError` when the task is cancelled; what `report` throws.
  public func run(
    _ report: @escaping @Sendable (DetectionEvent) throws -> Void = { _ in }
  ) async throws -> DetectionResult {
    var limited = self
    if let limit { limited.data = data.prefix(limit) }
    return try await onOwnThread { [limited] cancellation in
      try limited.runNow(cancellation) { event in
        try cancellation.check()
        try report(event)
      }
    }
  }

  private func runNow(
    _ cancellation: Cancellation, _ report: (DetectionEvent) throws -> Void
  ) throws -> DetectionResult {
    try options.check()
    let truth = try truth()
    guard data.training.form.isImage else {
      throw HourglassError(
        .usage,
        "The samples of \(data.name) have shape \(data.training.shape), no images; give a table as CSV instead."
      )
    }
    let labelsOfTest = Self.truth(of: data.testLabels, in: data, normalClass: normalClass)
    guard data.hasTest, normalClass == nil || !labelsOfTest.isEmpty else {
      var parts = try split.parts(truth, noun: "image", seed: options.seed)
      if let normalClass { parts.description += " Every class but \(normalClass) is an anomaly." }
      return try folder.filled {
        try fit(
          parts, test: data.training, labels: parts.test.map { truth[Int($0)] }, files: data.trainingNames,
          cancellation, report)
      }
    }
    let rows = truth.indices.map { UInt32($0) }
    var parts = DetectionSplit.Parts(
      training: rows.filter { truth[Int($0)] != true }, leftOut: rows.filter { truth[Int($0)] == true },
      test: (0..<UInt32(data.test.count)).map { $0 }, description: "")
    let (training, test) = (
      ReportText.count(parts.training.count, "training image"),
      ReportText.count(data.test.count, "test image")
    )
    parts.description =
      normalClass.map {
        "Trained on the \(training) of class \($0); measured on all \(test), of which the other classes are anomalies."
      } ?? "Trained on all \(training), taken as normal; scored on all \(test)."
    return try folder.filled {
      try fit(
        parts, test: data.test,
        labels: normalClass == nil ? Array(repeating: nil, count: data.test.count) : labelsOfTest,
        files: data.testNames, cancellation, report)
    }
  }

  private func fit(
    _ parts: DetectionSplit.Parts, test: any SampleSource, labels: [Bool?], files: [String],
    _ cancellation: Cancellation, _ report: (DetectionEvent) throws -> Void
  ) throws -> DetectionResult {
    try parts.checkTraining(noun: "image")
    try report(.stage(parts.description))
    var notes: [String] = []
    var test = test
    if data.hasTest, let values = try data.training.valueRange(parts.training) {
      let matched = try test.matched(
        to: values, named: "\(data.name), test,", learner: "those to train on are")
      test = matched.samples
      notes += [matched.note].compactMap(\.self)
    }
    let begun = ContinuousClock().now
    let leftOut = parts.leftOut.count
    let stride = max(1, leftOut / Self.anomalyLimit)
    let anomalies = parts.leftOut.enumerated().filter { $0.offset.isMultiple(of: stride) }.map(\.element)
    let fit = try DetectionFit(
      FittingSamples(
        data: EncodedRows(samples: data.training), input: .images(normalClass: normalClass),
        training: parts.training,
        anomalies: options.threshold.needsLabels ? anomalies : [],
        isClean: normalClass != nil && !split.keepsAnomalies),
      options: options, begun: begun, parts: parts,
      test: EncodedRows(samples: test), labels: labels, noun: "image",
      complete: {
        $0.fitting = fitting
        $0.axes = axes
      }, report: report)
    var result = try fit.result(
      run: folder.path, data: data.name, rows: data.training.count + data.test.count)
    if let values = fit.detector.model.values {
      notes += [fit.detector.model.model.outputNote(for: values, named: data.name)].compactMap(\.self)
    }
    result.notes += notes
    var truthOfTest = [Bool?](repeating: nil, count: test.count)
    for (row, label) in zip(parts.test, labels) { truthOfTest[Int(row)] = label }
    let sheet = try HeatMaps.sheet(
      test, rows: parts.test, scores: fit.scores.values, detector: fit.detector, threads: options.threads)
    // Since the last report much may have been done.
    try cancellation.check()
    try fit.write(
      result, to: folder, truth: truthOfTest, contributors: 0, files: files, pictures: sheet)
    return result
  }
}
