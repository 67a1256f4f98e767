import HourglassBase
import HourglassData
import HourglassDrawing
import HourglassEngine
import HourglassModels
import HourglassNN

extension AnomalyDetector {
  /// Of fewer training samples a held-out part would say too little; they are held out in turns.
  static let fewestToHoldOut = 1000

  /// Fits a detector to the rows of a table, on threads of its own. A task that is cancelled ends it between two batches.
  ///
  /// - Parameters:
  ///   - table: its columns are the features.
  ///   - rows: those to train on, taken as normal; all when nil.
  ///   - progress: told of every batch and epoch, on the training thread; what it throws ends the fit.
  /// - Throws: `HourglassError`: badData when the table has no column that varies or too few rows, usage for columns that are not as
  ///   long as each other, values of categories that are not the index of a level, settings out
  ///   of range or a threshold that needs labels, notFinite when training fails; `CancellationError` when the task is
  ///   cancelled; what `progress` throws.
  public static func fit(
    _ table: Table, rows: [UInt32]? = nil, options: DetectorOptions,
    progress: @escaping @Sendable (TrainingEvent) throws -> Void = { _ in }
  ) async throws -> AnomalyDetector {
    try await onOwnThread(telling: progress) { tell in
      try table.check()
      try check(rows, of: table.rowCount)
      let rows = rows ?? (0..<UInt32(table.rowCount)).map { $0 }
      try checkCount(rows.count)
      let encoding = try TableEncoding(
        of: table, rows: rows, scaling: options.scaling, ignoring: options.ignoring, threads: options.threads)
      let samples = FittingSamples(
        data: try encoding.encodedRows(table), table: table, input: .table(encoding), training: rows)
      return try fit(samples, options: options, progress: tell)
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
          data: EncodedRows(samples: images), input: .images(normalClass: normalClass),
          training: rows ?? (0..<UInt32(images.count)).map { $0 }),
        options: options, progress: tell)
    }
  }

  /// The fit itself, on the calling thread.
  static func fit(
    _ samples: FittingSamples, options: DetectorOptions, progress: (TrainingEvent) throws -> Void
  ) throws -> AnomalyDetector {
    try fitted(samples, options: options, progress: progress).detector
  }

  /// The fit, with what scores the samples that it learnt from.
  static func fitted(
    _ samples: FittingSamples, options: DetectorOptions, progress: (TrainingEvent) throws -> Void
  ) throws -> FittedDetector {
    try options.check()
    try checkCount(samples.training.count)
    guard !options.threshold.needsLabels || !samples.anomalies.isEmpty else {
      throw HourglassError(
        .usage,
        "The threshold \(options.threshold.text) is chosen on labelled anomalies, and the training part has none; choose "
          + "another, such as percentile:99.")
    }
    if case .images = samples.input, options.scoring == .tails {
      throw HourglassError(
        .usage, "The scoring tails is of the columns of a table, and images have none; choose combined.")
    }
    let machine = try VectorMachine(threads: options.threads)
    var random = RandomNumbers(seed: options.seed, purpose: .splitting, stream: 1)
    let order = random.permutation(samples.training.count).map { samples.training[Int($0)] }
    var (detectors, heldOut) =
      order.count >= fewestToHoldOut
      ? try withPartHeldOut(samples, order, options, machine, progress)
      : try crossFitted(samples, order, options, machine, progress)
    var detector = detectors[0].detector
    // What is far apart to one model, the few held out from others do not tell.
    if order.count < fewestToCompare, options.scoring == .combined { detector.scoring = .reconstruction }
    let raw = heldOut.onOneScale
    detector.reconstructionStandard = Standard(raw.reconstruction)
    detector.neighbourStandard = Standard(raw.neighbours)
    if detector.tails != nil {
      detector.tailStandard = Standard(raw.tails)
      if let combination = options.combination {
        detector.combination = combination
      } else if samples.isLabelled, order.count >= fewestToChooseBy {
        try detector.chooseCombination(by: detectors, heldOut, samples, options)
      }
      let parts = raw.values.indices.map { detector.parts(raw, $0).value(.combined) }
      detector.combinedStandard = CombinedStandard(parts)
    }
    let normal = detector.values(raw)
    let anomalous =
      samples.anomalies.isEmpty
      ? []
      : try detector.scores(samples.data(of: detector), rows: samples.anomalies, threads: options.threads)
        .values
    detector.threshold = Threshold(
      options.threshold, normal: normal, anomalous: anomalous, normalCount: order.count, heldOut: heldOut,
      unit: detector.logarithmOfValue)
    detector.highestOrdinary = max(detector.threshold.value, normal.max() ?? 0)
    guard detectors.count > 1 else { return FittedDetector(detector: detector) }
    for (place, factor) in heldOut.factors.enumerated() {
      detectors[place].detector.takeScale(of: detector, factor)
    }
    return FittedDetector(detector: detector, heldOut: detectors)
  }

  /// - Throws: `HourglassError` (badData) when they are too few to hold one out and see how two others differ.
  static func checkCount(_ count: Int) throws(HourglassError) {
    guard count >= 3 else {
      throw HourglassError(
        .badData,
        "There \(count == 1 ? "is 1 normal sample" : "are \(count) normal samples") to train on, but a detector needs at least "
          + "3; give more data.")
    }
  }

  /// The model of very many samples learns nine tenths of them; the others calibrate it.
  private static func withPartHeldOut(
    _ samples: FittingSamples, _ order: [UInt32], _ options: DetectorOptions, _ machine: VectorMachine,
    _ progress: (TrainingEvent) throws -> Void
  ) throws -> ([HeldOutDetector], HeldOutScores) {
    let held = heldOutCount(samples: order.count)
    let rows = order[..<held].sorted()
    let references = Array(order[held...].prefix(options.referenceLimit)).sorted()
    let (learnt, training) =
      if let all = try samples.more?(rows) {
        (all, (0..<UInt32(all.count)).map { $0 })
      } else {
        (samples.data.samples, Array(order[held...]).sorted())
      }
    let model = try train(learnt, training, options, machine, progress)
    // Residuals of what the model was trained on show its directions; a part of very many is enough.
    let (seen, missing) = try seen(references, of: samples.data, by: model, machine)
    let residuals = residuals(seen, missing: missing)
    let detector = try AnomalyDetector(
      uncalibrated: model, references: references, seen: seen, missing: missing, residuals: residuals,
      distance: try ResidualDistance(of: residuals, seed: options.seed, threads: options.threads), samples,
      options, machine, count: training.count)
    let scores = try detector.scores(samples.data, rows: rows, threads: options.threads)
    return ([HeldOutDetector(detector: detector, rows: rows)], HeldOutScores(parts: [scores]))
  }

  static func train(
    _ data: any SampleSource, _ training: [UInt32], _ options: DetectorOptions, _ machine: VectorMachine,
    _ progress: (TrainingEvent) throws -> Void
  ) throws -> TrainedModel {
    let isImage = data.form.isImage
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

  /// Without standards and a threshold.
  ///
  /// - Parameters:
  ///   - references: which of the samples that the model learnt others are compared with.
  ///   - seen: what the model makes of these.
  ///   - missing: what they lack.
  ///   - residuals: at least two, which say what is usual.
  ///   - distance: how they are measured.
  ///   - count: samples that it is fitted to.
  init(
    uncalibrated model: TrainedModel, references: [UInt32], seen: TrainedModel.Pass, missing: MissingCells,
    residuals: SampleArray, distance: ResidualDistance, _ samples: FittingSamples, _ options: DetectorOptions,
    _ machine: VectorMachine, count: Int
  ) throws {
    let isTable = if case .table = samples.input { true } else { false }
    self.init(
      input: samples.input, model: model,
      neighbourDistance: isTable
        ? try NeighbourDistance(
          joining: seen, missing: missing, usual: residuals, distance, isMixed: samples.isMixed,
          neighbours: options.neighbours, machine)
        : NeighbourDistance(
          images: seen, shape: model.model.inputShape, isImage: samples.data.samples.form.isImage,
          isClean: samples.isClean, neighbours: options.neighbours, machine),
      residualDistance: distance,
      residualSquares: Self.meanSquares(residuals), reconstructionStandard: Standard([1]),
      neighbourStandard: Standard([1]), scoring: options.scoring,
      threshold: Threshold(rule: options.threshold, value: 0, chosenOn: ""), labels: nil,
      trainingCount: count)
    if case .table(let encoding) = samples.input {
      let places = samples.table?.places ?? []
      referenceRows = places.isEmpty ? references : references.map { places[Int($0)] }
      tails = MarginalTails(points: neighbourDistance.points, columns: encoding.columns)
    }
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

  /// What the logarithm of a square grows by for each 1 of a value.
  private var logarithmOfValue: Double {
    // Distances to neighbours are no squares.
    switch scoring {
    case .reconstruction: reconstructionStandard.spread
    case .neighbours: 2 * neighbourStandard.spread
    case .tails: 2 * tailStandard.spread
    case .combined:
      tails == nil
        ? neighbourDistance.reconstructionShare * reconstructionStandard.spread
          + 2 * (1 - neighbourDistance.reconstructionShare) * neighbourStandard.spread
        : 2 * combinedStandard.spread * combinedSpread
    }
  }

  /// How far the logarithm of what alerts go by varies, before it is standardised once more.
  private var combinedSpread: Double {
    switch combination {
    case .maximum, .neighbours: neighbourStandard.spread
    case .tails: tailStandard.spread
    case .mean: (neighbourStandard.spread + tailWeight * tailStandard.spread) / (1 + tailWeight)
    }
  }
}
