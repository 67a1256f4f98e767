import HourglassBase
import HourglassData
import HourglassDrawing
import HourglassEngine
import HourglassModels
import HourglassNN

/// The samples that a detector is fitted to.
struct FittingSamples {
  var data: EncodedRows
  /// To train on.
  var training: [UInt32]
  /// Known anomalies outside the test part, to choose a threshold on.
  var anomalies: [UInt32] = []
  /// Whether anomalies are known not to be among those to train on.
  var isClean = false
}

extension AnomalyDetector {
  /// With fewer training samples none is held out for the threshold.
  static let fewestToHoldOut = 1000

  /// Fits a detector to the rows of a table, on threads of its own. A task that is cancelled ends it between two batches.
  ///
  /// - Parameters:
  ///   - table: its columns are the features.
  ///   - rows: those to train on, taken as normal; all when nil.
  ///   - progress: told of every batch and epoch, on the training thread; what it throws ends the fit.
  /// - Throws: `HourglassError`: badData when the table has no column that varies or too few rows, usage for settings out
  ///   of range or a threshold that needs labels, notFinite when training fails; `CancellationError` when the task is
  ///   cancelled; what `progress` throws.
  public static func fit(
    _ table: Table, rows: [UInt32]? = nil, options: DetectorOptions,
    progress: @escaping @Sendable (TrainingEvent) throws -> Void = { _ in }
  ) async throws -> AnomalyDetector {
    try await onOwnThread(telling: progress) { tell in
      try check(rows, of: table.rowCount)
      let rows = rows ?? (0..<UInt32(table.rowCount)).map { $0 }
      let encoding = try TableEncoding(
        of: table, rows: rows, scaling: options.scaling, ignoring: options.ignoring, threads: options.threads)
      let samples = FittingSamples(data: try encoding.encodedRows(table), training: rows)
      return try fit(samples, input: .table(encoding), options: options, progress: tell)
    }
  }

  /// - Throws: `HourglassError` (usage) for a row that is not there.
  static func check(_ rows: [UInt32]?, of count: Int) throws(HourglassError) {
    guard let row = rows?.first(where: { $0 >= count }) else { return }
    throw HourglassError(.usage, "There is no row \(row) among \(count); give rows below \(count).")
  }

  /// Fits a detector with the defaults of `DetectorOptions`.
  ///
  /// - Throws: as `fit(_:rows:options:progress:)`.
  public static func fit(
    _ table: Table, rows: [UInt32]? = nil, seed: UInt64
  ) async throws -> AnomalyDetector {
    try await fit(table, rows: rows, options: DetectorOptions(seed: seed))
  }

  /// Fits a detector to images, as `fit(_:rows:options:progress:)` does to tables.
  ///
  /// - Parameters:
  ///   - images: samples of shape `[channels, height, width]` with values in 0...1, which is where the model's outputs end.
  ///   - rows: those to train on, taken as normal; all when nil.
  ///   - normalClass: what they show, for reports.
  /// - Throws: as `fit(_:rows:options:progress:)`.
  public static func fit(
    images: any SampleSource, rows: [UInt32]? = nil, normalClass: String? = nil, options: DetectorOptions,
    progress: @escaping @Sendable (TrainingEvent) throws -> Void = { _ in }
  ) async throws -> AnomalyDetector {
    try await onOwnThread(telling: progress) { tell in
      try check(rows, of: images.count)
      return try fit(
        FittingSamples(
          data: EncodedRows(samples: images), training: rows ?? (0..<UInt32(images.count)).map { $0 }),
        input: .images(normalClass: normalClass), options: options, progress: tell)
    }
  }

  /// The fit itself, on the calling thread.

  static func fit(
    _ samples: FittingSamples, input: Input, options: DetectorOptions,
    progress: (TrainingEvent) throws -> Void
  ) throws -> AnomalyDetector {
    try options.check()
    guard samples.training.count >= 3 else {
      throw HourglassError(
        .badData,
        "There \(samples.training.count == 1 ? "is 1 normal sample" : "are \(samples.training.count) normal samples") to "
          + "train on, but a detector needs at least 3; give more data.")
    }
    guard !options.threshold.needsLabels || !samples.anomalies.isEmpty else {
      throw HourglassError(
        .usage,
        "The threshold \(options.threshold.text) is chosen on labelled anomalies, and the training part has none; choose "
          + "another, such as percentile:99.")
    }
    let machine = try VectorMachine(threads: options.threads)
    // The samples that choose the threshold are not those the model has learnt, where there are enough.
    var order = samples.training
    var random = RandomNumbers(seed: options.seed, purpose: .splitting, stream: 1)
    let permutation = random.permutation(order.count)
    let heldOut = order.count >= fewestToHoldOut ? order.count / 10 : 0
    order = permutation.map { samples.training[Int($0)] }
    let calibration = Array(order[..<heldOut])
    let training = heldOut > 0 ? Array(order[heldOut...]).sorted() : samples.training
    let references = Array(order[heldOut...].prefix(options.referenceLimit)).sorted()
    var detector = try uncalibrated(samples, training, references, input, options, machine, progress)
    let raw: AnomalyScores
    let chosenOn: String
    if heldOut > 0 {
      raw = try detector.scores(samples.data, rows: calibration.sorted(), threads: options.threads)
      chosenOn = "\(grouped(heldOut)) held-out rows of the training part"
    } else if training.count >= 3 * fewestOfPart {
      raw = try crossFitted(samples, order, input, options, machine, progress)
      chosenOn = "\(grouped(training.count)) training rows, each third by a model of the other two"
    } else {
      raw = try detector.pass(samples.data, rows: references, areReferences: true, machine: machine).scores
      chosenOn = "\(grouped(references.count)) training rows themselves"
    }
    detector.reconstructionStandard = Standard(raw.reconstruction)
    detector.neighbourStandard = Standard(raw.neighbours)
    let normal = detector.values(raw)
    let anomalous =
      samples.anomalies.isEmpty
      ? [] : try detector.scores(samples.data, rows: samples.anomalies, threads: options.threads).values
    detector.threshold = Self.threshold(
      options.threshold, normal: normal, anomalous: anomalous, normalCount: samples.training.count,
      chosenOn: chosenOn)
    return detector
  }

  /// Parts of the training samples are not smaller than this when one after the other is left out.
  private static let fewestOfPart = 3

  /// A trained model with what is needed to compare samples; no standards and no threshold yet.
  private static func uncalibrated(
    _ samples: FittingSamples, _ training: [UInt32], _ references: [UInt32], _ input: Input,
    _ options: DetectorOptions, _ machine: VectorMachine, _ progress: (TrainingEvent) throws -> Void
  ) throws -> AnomalyDetector {
    let inputs = samples.data.samples
    let model = try train(inputs, training, isImage: inputs.form.isImage, options, machine, progress)
    // Residuals of what the model was trained on show its directions; a part of very many is enough.
    let missing = samples.data.missing.gathered(references)
    let seen = try model.pass(
      over: samples.data, rows: references, missing: missing, threads: machine.team.count)
    let residuals = Self.residuals(seen, missing: missing)
    return AnomalyDetector(
      input: input, model: model, references: seen.code,
      neighbours: options.neighbours ?? (samples.isClean ? 2 : 5),
      residualDistance: try ResidualDistance(of: residuals, seed: options.seed, threads: options.threads),
      residualSquares: meanSquares(residuals), reconstructionStandard: Standard([1]),
      neighbourStandard: Standard([1]), scoring: options.scoring,
      threshold: Threshold(rule: options.threshold, value: 0, chosenOn: ""), labels: nil,
      trainingCount: training.count)
  }

  /// The scores of few training samples, each third by a model of the other two: a model knows by heart what few samples it
  /// was trained on, and their scores say nothing of new ones.
  private static func crossFitted(
    _ samples: FittingSamples, _ order: [UInt32], _ input: Input, _ options: DetectorOptions,
    _ machine: VectorMachine, _ progress: (TrainingEvent) throws -> Void
  ) throws -> AnomalyScores {
    var scores = AnomalyScores()
    for part in 0..<3 {
      func rows(_ isChosen: (Int) -> Bool) -> [UInt32] {
        order.indices.filter { isChosen($0 % 3) }.map { order[$0] }.sorted()
      }
      let others = rows { $0 != part }
      let detector = try uncalibrated(
        samples, others, Array(others.prefix(options.referenceLimit)), input, options, machine
      ) { event in
        // The epochs that are told are those of the model that is kept.
        if case .batch = event { try progress(event) }
      }
      scores.append(try detector.scores(samples.data, rows: rows { $0 == part }, threads: options.threads))
    }
    return scores
  }

  private static func train(
    _ data: any SampleSource, _ training: [UInt32], isImage: Bool, _ options: DetectorOptions,
    _ machine: VectorMachine, _ progress: (TrainingEvent) throws -> Void
  ) throws -> TrainedModel {
    let model =
      isImage ? try options.imageModel(data.shape) : try options.tableModel(features: data.shape.count)
    let program = try model.trainingProgram(NoisyReconstruction(deviation: options.noise))
    let plan = options.plan(samples: training.count, isImage: isImage)
    let parameters = program.makeParameters(seed: options.seed)
    let trainer = try Trainer(
      program: program, plan: plan, parameters: parameters, data: data, samples: training, validation: nil,
      team: machine.team, kernels: machine.kernels)
    try trainer.run(progress)
    return try TrainedModel(
      model: model, objective: .undercomplete(), training: parameters, seed: options.seed,
      values: isImage ? try data.valueRange(training) : nil)
  }

  private static func meanSquares(_ residuals: SampleArray) -> [Float] {
    var sums = [Double](repeating: 0, count: residuals.shape.count)
    for index in 0..<residuals.count {
      for (feature, value) in residuals.sample(index).enumerated() {
        sums[feature] += Double(value) * Double(value)
      }
    }
    return sums.map { Float($0 / Double(max(residuals.count, 1))) }
  }

  /// What alerts go by, from the two parts.
  private func values(_ scores: AnomalyScores) -> [Double] {
    zip(scores.reconstruction, scores.neighbours).map { value(reconstruction: $0, neighbours: $1) }
  }

  private static func threshold(
    _ rule: ThresholdRule, normal: [Double], anomalous: [Double], normalCount: Int, chosenOn: String
  ) -> Threshold {
    let weight = Double(normal.count) / Double(normalCount)
    // Of the anomalies as many as belong to these normal samples, evenly from the lowest score to the highest.
    let sorted = anomalous.sorted()
    let share = Int((Double(sorted.count) * weight).rounded())
    let fitting = (0..<share).map { sorted[min(Int((Double($0) + 0.5) / weight), sorted.count - 1)] }
    let value = rule.threshold(
      ThresholdRule.Evidence(
        normal: normal, anomalous: anomalous, anomalyWeight: weight, mixed: normal + fitting))
    let usesAnomalies: Bool =
      switch rule {
      case .bestF1, .cost, .contamination, .alertsPerThousand: !anomalous.isEmpty
      case .percentile, .medianDeviations, .interquartileRanges: false
      }
    let chosenOn =
      chosenOn
      + (usesAnomalies
        ? " and \(ReportText.count(anomalous.count, "anomaly")) of the training part, in proportion" : "")
    return Threshold(rule: rule, value: value, chosenOn: chosenOn)
  }
}
