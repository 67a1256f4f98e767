import HourglassBase
import HourglassEngine
import HourglassGraph
import HourglassNN

/// A program with one input `x` and one output, run on numbers that the caller holds. One call at a time.
final class PredictorRunner: Sendable {
  private let executor: Executor
  private let input: CallerSamples
  private let output: OutputRole
  private let indices: CallerSamples.Indices

  /// - Throws: `HourglassError` (environment) when there is no memory for it.
  init(
    _ program: CompiledProgram, parameters: ParameterStore, team: WorkerTeam, kernels: KernelSet
  ) throws(HourglassError) {
    let shape = program.inputs["x"] ?? .scalar
    // As many micro-batches for each worker as go well together, while memory stays small.
    let size = program.outputs.map(\.shape.count).reduce(shape.count, +)
    let batch = max(16, min(64 * team.count, (1 << 22) / size / 16 * 16))
    try Executor.admit(program, maximumBatch: batch, team: team)
    input = CallerSamples(shape: shape)
    output = program.outputs[0].role
    indices = CallerSamples.Indices(batch)
    executor = Executor(
      program: program, parameters: parameters, inputs: ["x": input], maximumBatch: batch, team: team,
      kernels: kernels, parametersStay: true)
  }

  /// Runs all samples, and gives `body` the results piece by piece: the first sample's number, and the rows.
  func run(
    _ samples: UnsafeBufferPointer<Float>, _ count: Int,
    _ body: (_ first: Int, UnsafeBufferPointer<Float>) -> Void
  ) throws(HourglassError) {
    defer { input.samples = nil }
    let size = input.shape.count
    var first = 0
    while first < count {
      let part = min(executor.maximumBatch, count - first)
      input.samples = samples.baseAddress! + first * size
      try executor.run(indices.first(part), epoch: Evaluator.epoch, seed: 0)
      executor.withPerSample(output) { body(first, $0) }
      first += part
    }
  }

  func run(
    _ samples: UnsafeBufferPointer<Float>, _ count: Int, into results: UnsafeMutableBufferPointer<Float>
  ) throws(HourglassError) {
    let size = results.count / count
    try run(samples, count) { first, rows in
      (results.baseAddress! + first * size).update(from: rows.baseAddress!, count: rows.count)
    }
  }
}

/// Samples in memory of whoever calls, named anew for every call.
///
/// `@unchecked Sendable`: `samples` is set before a run and read by its workers until the run is over.
private final class CallerSamples: SampleSource, @unchecked Sendable {
  let shape: Shape
  let count = Int(UInt32.max)
  let element = SampleElement.float
  var samples: UnsafePointer<Float>?

  init(shape: Shape) { self.shape = shape }

  func fill(_ rows: SampleRows) {
    guard let samples else { return }
    for (place, index) in rows.indices.enumerated() {
      rows.setAddress(samples + Int(index) * shape.count, at: place)
    }
  }

  /// The numbers from 0, in memory that lasts.
  ///
  /// `@unchecked Sendable`: written once, before anybody else has it.
  final class Indices: @unchecked Sendable {
    private let memory: UnsafeMutableBufferPointer<UInt32>

    init(_ count: Int) {
      memory = .allocate(capacity: count)
      for index in 0..<count { memory.initializeElement(at: index, to: UInt32(index)) }
    }

    deinit { memory.deallocate() }

    func first(_ count: Int) -> UnsafeBufferPointer<UInt32> {
      UnsafeBufferPointer(rebasing: memory[..<count])
    }
  }
}
