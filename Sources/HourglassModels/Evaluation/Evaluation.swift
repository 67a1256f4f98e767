import HourglassBase
import HourglassEngine
import HourglassNN
import Synchronization

/// How good a model's reconstructions are on a set of samples.
public struct Evaluation: Sendable {
  /// `mse`, and for images `psnr` (dB) and `ssim`, means over samples, where all numbers of the originals lie in 0...1,
  /// for which these are defined; `psnr_shown` (`mse_shown` of samples without `psnr`) of what the model saw where that is
  /// not the sample itself; `accuracy` of colour images, the share of pixels whose largest channel is the
  /// original's, as Keras's categorical accuracy over the last axis. Then what the objective measures, such as
  /// `mean_activation` or `elbo_nats`; `active_units` of variational codes.
  public var metrics: [String: Double]
  public var samples: Int
  /// Of the forward passes alone.
  public var seconds: Double
  package var samplesPerSecond: Double { Double(samples) / max(seconds, 1e-9) }
  /// What a person should know beside the numbers, one sentence each.
  package var notes: [String] = []
}

extension TrainedModel {
  /// Reconstructs samples as the objective shows them and compares with the originals, on threads of its own, not on
  /// Swift's cooperative pool.
  ///
  /// - Parameters:
  ///   - indices: which samples; at least one.
  ///   - threads: workers; all cores when nil. The metrics do not depend on it.
  ///   - progress: told after each batch, on the working thread, how many samples are reconstructed, then how many the
  ///     objective has measured, then how many are encoded, as far as there is to do; what it throws ends the work.
  /// - Throws: `HourglassError`: usage when the samples' shape is not the model's, badData when they hold numbers that the
  ///   loss cannot take, or are floats 0...255 and the model learnt bytes, which stood for 0...1;
  ///   `CancellationError` when the task is cancelled; what `progress` throws.
  public func evaluate(
    _ data: any SampleSource, indices: [UInt32], threads: Int? = nil,
    progress: @escaping @Sendable (WorkProgress) throws -> Void = { _ in }
  ) async throws -> Evaluation {
    try await onOwnThread(telling: progress) { tell in
      try evaluate(data, indices: indices, threads: threads, progress: tell)
    }
  }

  /// As the public one, on the calling thread and its helpers.
  ///
  /// - Parameter processes: that share the work, each with the same samples; all have the result.
  package func evaluate(
    _ data: any SampleSource, indices: [UInt32], threads: Int? = nil,
    processes: (any ProcessGroup)? = nil, progress: WorkProgress.Report = { _ in }
  ) throws -> Evaluation {
    try checkIndices(indices, of: data)
    try objective.checkTargets(data, indices, named: "the data")
    try checkUnits(data, indices)
    let whole = model.inferenceGraph(objective)
    // What is shown is worth looking at only where it is not the sample itself.
    let isShown = whole.output("shown").map { whole.nodes[$0].operation != .leaf(.input("x")) } ?? false
    let names = isShown ? ["shown", "reconstruction"] : ["reconstruction"]
    let graph = whole.keeping(outputs: names.map { .output($0) })
    let pass = try ForwardPass(graph, over: data, parameters: parameters, seed: seed, threads: threads)
    let clock = ContinuousClock()
    var seconds = 0.0
    var totals = SampleMetrics()
    try processes.deal(indices.count, by: pass.batchSize) { batch in
      let chosen = indices[batch]
      let begun = clock.now
      try pass.run(chosen)
      let seconds = (clock.now - begun) / .seconds(1)
      return try pass.withOutput("reconstruction") { rebuilt in
        func compare(_ shown: UnsafeBufferPointer<Float>?) throws -> MeasuredSamples {
          let comparison = Comparison(
            originals: data, form: model.input, indices: chosen, shown: shown, rebuilt: rebuilt,
            workers: pass.team.count)
          pass.team.run(comparison)
          return MeasuredSamples(metrics: try comparison.results(), seconds: seconds)
        }
        return isShown ? try pass.withOutput("shown") { try compare($0) } : try compare(nil)
      }
    } take: { batch, measured in
      for metrics in measured.metrics { totals.add(metrics) }
      seconds += measured.seconds
      try progress(WorkProgress("reconstructing", done: batch.upperBound, of: indices.count, "samples"))
    }
    totals = try processes.fromFirst(numbers: [totals])[0]
    // Several work at the same time.
    seconds = try processes.fromFirst(numbers: [seconds])[0] / Double(processes?.count ?? 1)
    var metrics = totals.means(over: indices.count, form: model.input)
    for (name, value) in try objectiveMetrics(
      data, indices: indices, team: pass.team, processes, progress)
    {
      metrics[name] = metrics[name] ?? value
    }
    // A density counts as that of 256 steps in 0...1.
    if totals.beyond != nil { metrics["bits_per_dimension"] = nil }
    if objective.traits.hasNormalCodes {
      metrics["active_units"] = Double(
        try codeStatistics(
          data, indices: indices, threads: threads, processes: processes, progress: progress
        ).activeUnits)
    }
    var evaluation = Evaluation(metrics: metrics, samples: indices.count, seconds: seconds)
    evaluation.notes = [totals.note(form: model.input)].compactMap(\.self)
    return evaluation
  }

  /// The means of what the objective measures beside its loss.
  private func objectiveMetrics(
    _ data: any SampleSource, indices: [UInt32], team: WorkerTeam, _ processes: (any ProcessGroup)?,
    _ progress: WorkProgress.Report
  ) throws -> [(String, Double)] {
    let graph = try model.evaluationGraph(objective)
    // The mean squared error is measured above.
    let names = graph.outputs.compactMap { output in
      if case .metric(let name) = output.role, name != "mse" { name } else { nil }
    }
    guard !names.isEmpty else { return [] }
    let means = try Evaluator(
      graph: graph.keeping(outputs: names.map { .metric($0) }), data: data, samples: indices, batchSize: 512,
      seed: seed,
      parameters: parameters, team: team, kernels: try KernelSet.selected(),
      processes: processes
    ).run { try progress(WorkProgress("measuring", done: $0, of: indices.count, "samples")) }
    return names.map { ($0, means[.metric($0)] ?? .nan) }
  }
}

/// What is measured of a batch.
private struct MeasuredSamples: MessageContent {
  var metrics: [SampleMetrics]
  var seconds: Double

  init(metrics: [SampleMetrics], seconds: Double) {
    (self.metrics, self.seconds) = (metrics, seconds)
  }

  var messageBytes: [UInt8] {
    var message = MessageWriter()
    message.append(seconds)
    message.append(metrics)
    return message.bytes
  }

  init(messageBytes: [UInt8]) throws {
    var message = MessageReader(messageBytes)
    seconds = try message.value()
    metrics = try message.values()
  }
}

/// What is measured of one sample, or sums over several.
private struct SampleMetrics: BitwiseCopyable {
  var error = 0.0
  var ratio = 0.0
  var similarity = 0.0
  var errorShown = 0.0
  var ratioShown = 0.0
  var accuracy = 0.0
  var isCorrupted = false
  /// Of the originals' numbers that which lies farthest from 0...1; nil where all lie in it.
  var beyond: Float?

  mutating func add(_ other: SampleMetrics) {
    error += other.error
    ratio += other.ratio
    similarity += other.similarity
    errorShown += other.errorShown
    ratioShown += other.ratioShown
    accuracy += other.accuracy
    isCorrupted = isCorrupted || other.isCorrupted
    look(at: [other.beyond].compactMap(\.self))
  }

  /// Notes numbers beyond 0...1; what resampling adds is none.
  mutating func look(at numbers: [Float]) {
    func distance(_ number: Float) -> Float { max(number - 1, -number) }
    for number in numbers where distance(number) > max(0.01, beyond.map(distance) ?? 0) { beyond = number }
  }

  /// That measures of pictures are left out.
  func note(form: SampleForm) -> String? {
    guard form.isImage, let beyond else { return nil }
    return
      "The samples' values reach \(ValueRange.text(beyond)), and PSNR and SSIM are of images in 0 to 1, so they are not "
      + "measured, and figures show no more than that range."
  }

  func means(over count: Int, form: SampleForm) -> [String: Double] {
    var sums = ["mse": error]
    if form.isImage, form.shape[0] == 3 { sums["accuracy"] = accuracy }
    if form.isImage, beyond == nil {
      sums["psnr"] = ratio
      sums["ssim"] = similarity
      if isCorrupted { sums["psnr_shown"] = ratioShown }
    } else if isCorrupted {
      sums["mse_shown"] = errorShown
    }
    return sums.mapValues { $0 / Double(count) }
  }
}

/// Compares reconstructions with their originals, each worker a run of neighbouring samples of its own. The
/// results lie in the samples' order, so that their sums do not depend on how many workers there are.
private final class Comparison: TeamWork {
  private let originals: any SampleSource
  private let form: SampleForm
  private let indices: ArraySlice<UInt32>
  private let shown: UnsafeBufferPointer<Float>?
  private let rebuilt: UnsafeBufferPointer<Float>
  private let workers: Int
  private let memory: UnsafeMutableBufferPointer<SampleMetrics>
  private let failure = Mutex<HourglassError?>(nil)

  /// - Parameters:
  ///   - form: what the samples are.
  ///   - shown: nil where the model sees the samples themselves.
  init(
    originals: any SampleSource, form: SampleForm, indices: ArraySlice<UInt32>,
    shown: UnsafeBufferPointer<Float>?,
    rebuilt: UnsafeBufferPointer<Float>, workers: Int
  ) {
    self.originals = originals
    self.form = form
    self.indices = indices
    self.shown = shown
    self.rebuilt = rebuilt
    self.workers = workers
    memory = .allocate(capacity: indices.count)
    memory.initialize(repeating: SampleMetrics())
  }

  deinit { memory.deallocate() }

  /// One for each sample, complete after the team has run.
  ///
  /// - Throws: what the source of the originals throws.
  func results() throws -> [SampleMetrics] {
    if let error = failure.withLock({ $0 }) { throw error }
    return Array(memory)
  }

  func work(worker: Int) {
    do throws(HourglassError) {
      try compare(worker: worker)
    } catch {
      failure.withLock { $0 = error }
    }
  }

  private func compare(worker: Int) throws(HourglassError) {
    let rows = worker * indices.count / workers..<(worker + 1) * indices.count / workers
    let size = originals.shape.count
    var similarity = form.isImage ? StructuralSimilarity(shape: originals.shape) : nil
    for row in rows {
      let original = try originals.numbers(of: Int(indices[indices.startIndex + row]))
      let reconstruction = Array(rebuilt[row * size..<(row + 1) * size])
      var metrics = SampleMetrics()
      metrics.error = meanSquaredError(trusted: original, reconstruction)
      if originals.element == .float { metrics.look(at: original) }
      if let value = similarity?(original, reconstruction) {
        metrics.similarity = value
        metrics.accuracy = largestChannelAccuracy(original, reconstruction, channels: originals.shape[0])
        metrics.ratio = peakSignalToNoiseRatio(meanSquaredError: metrics.error)
      }
      if let shown {
        let seen = Array(shown[row * size..<(row + 1) * size])
        metrics.errorShown = meanSquaredError(trusted: original, seen)
        metrics.ratioShown = peakSignalToNoiseRatio(meanSquaredError: metrics.errorShown)
        metrics.isCorrupted = seen != original
      }
      memory[row] = metrics
    }
  }
}
