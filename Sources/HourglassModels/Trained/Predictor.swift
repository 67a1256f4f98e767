import HourglassBase
import HourglassEngine
import Synchronization

/// A trained model made ready to be asked again and again: graphs are built, kernels chosen, weights packed and memory
/// taken once, when it is made: about three times that of the weights, beside them. A call takes no memory and starts no thread,
/// so it is what a server or an app holds.
///
/// ```swift
/// let predictor = try trained.predictor()
/// let code = try predictor.encode(sample)
/// ```
///
/// Samples and codes are numbers in row-major order (`[channels, height, width]` for images), several of them one after
/// another, as they are: bytes that a model learnt from are given as what they stood for, usually 0...1. Nothing looks at
/// their range, so floats 0...255 give wrong codes without a word; `TrainedModel.encode` refuses them. A call takes as many
/// as it is given. The methods with `into` write to memory of the caller and allocate nothing; the others return arrays. All
/// results have the bits of `TrainedModel`'s methods of the same names; a predictor
/// corrupts nothing, whatever the objective does in training.
///
/// Any thread may call; calls of one predictor take turns. Threads that predict at the same time each use one of their own,
/// which `another()` makes cheaply: the weights and programs are shared.
public final class Predictor: Sendable {
  /// The shape of a sample, and of a reconstruction.
  public let inputShape: Shape
  public let codeShape: Shape
  /// Workers of a call with many samples.
  public let threads: Int
  private let programs: ModelPrograms
  private let parameters: ParameterStore
  private let kernels: KernelSet
  private let runners: Mutex<Runners>

  /// One for each direction.
  private struct Runners {
    var encode: PredictorRunner
    /// nil for residual models.
    var decode: PredictorRunner?
    var reconstruct: PredictorRunner
  }

  init(
    programs: ModelPrograms, parameters: ParameterStore, threads: Int, kernels: KernelSet
  ) throws(HourglassError) {
    self.programs = programs
    self.parameters = parameters
    self.threads = threads
    self.kernels = kernels
    inputShape = programs.inputShape
    codeShape = programs.codeShape
    let team = try WorkerTeam.shared(threads: threads)
    func runner(_ program: CompiledProgram) throws(HourglassError) -> PredictorRunner {
      try PredictorRunner(program, parameters: parameters, team: team, kernels: kernels)
    }
    let encode = try runner(programs.encode)
    let decode = try programs.decode.map(runner)
    let reconstruct = try runner(programs.reconstruct)
    runners = Mutex(Runners(encode: encode, decode: decode, reconstruct: reconstruct))
  }

  /// A predictor of the same model for another thread.
  ///
  /// - Throws: `HourglassError` (environment) when there is no memory for it.
  public func another() throws(HourglassError) -> Predictor {
    try Predictor(programs: programs, parameters: parameters, threads: threads, kernels: kernels)
  }

  // MARK: Into memory of the caller

  /// The code of each sample.
  ///
  /// - Parameters:
  ///   - samples: one or more samples of `inputShape`, one after another.
  ///   - codes: room for as many codes of `codeShape`.
  /// - Throws: `HourglassError` (usage) when the sizes do not fit.
  public func encode(
    _ samples: UnsafeBufferPointer<Float>, into codes: UnsafeMutableBufferPointer<Float>
  ) throws(HourglassError) {
    try call(samples.count, inputShape, "samples", room: codes.count, codeShape.count, "codes") {
      (runners, count) throws(HourglassError) in try runners.encode.run(samples, count, into: codes)
    }
  }

  /// The reconstruction from each code.
  ///
  /// - Parameters:
  ///   - codes: one or more codes of `codeShape`, one after another.
  ///   - samples: room for as many samples of `inputShape`.
  /// - Throws: `HourglassError` (usage) when the sizes do not fit, or the model is residual.
  public func decode(
    _ codes: UnsafeBufferPointer<Float>, into samples: UnsafeMutableBufferPointer<Float>
  ) throws(HourglassError) {
    try call(codes.count, codeShape, "codes", room: samples.count, inputShape.count, "samples") {
      (runners, count) throws(HourglassError) in
      guard let decode = runners.decode else { throw ModelPrograms.residualHasNoDecoder }
      try decode.run(codes, count, into: samples)
    }
  }

  /// What the model makes of each sample.
  ///
  /// - Parameters:
  ///   - samples: one or more samples of `inputShape`, one after another.
  ///   - reconstructions: room for as many; may not be the samples themselves.
  /// - Throws: `HourglassError` (usage) when the sizes do not fit.
  public func reconstruct(
    _ samples: UnsafeBufferPointer<Float>, into reconstructions: UnsafeMutableBufferPointer<Float>
  ) throws(HourglassError) {
    try call(
      samples.count, inputShape, "samples", room: reconstructions.count, inputShape.count, "reconstructions"
    ) { (runners, count) throws(HourglassError) in
      try runners.reconstruct.run(samples, count, into: reconstructions)
    }
  }

  /// How badly the model reconstructs each sample: the mean squared error over the sample's numbers, from 0. A model of
  /// normal samples gives unusual ones high scores.
  ///
  /// - Parameters:
  ///   - samples: one or more samples of `inputShape`, one after another.
  ///   - scores: room for one number a sample.
  /// - Throws: `HourglassError` (usage) when the sizes do not fit.
  public func score(
    _ samples: UnsafeBufferPointer<Float>, into scores: UnsafeMutableBufferPointer<Double>
  ) throws(HourglassError) {
    let size = inputShape.count
    try call(samples.count, inputShape, "samples", room: scores.count, 1, "scores") {
      (runners, count) throws(HourglassError) in
      try runners.reconstruct.run(samples, count) { first, rebuilt in
        for row in 0..<rebuilt.count / size {
          let sample = UnsafeBufferPointer(rebasing: samples[(first + row) * size..<(first + row + 1) * size])
          scores[first + row] = meanSquaredError(
            sample, UnsafeBufferPointer(rebasing: rebuilt[row * size..<(row + 1) * size]))
        }
      }
    }
  }

  // MARK: Arrays

  /// The code of each sample; see `encode(_:into:)`.
  public func encode(_ samples: [Float]) throws(HourglassError) -> [Float] {
    let count = try sampleCount(samples.count, inputShape, "samples")
    return try filled(count * codeShape.count) { codes throws(HourglassError) in
      try reading(samples) { samples throws(HourglassError) in try encode(samples, into: codes) }
    }
  }

  /// The reconstruction from each code; see `decode(_:into:)`.
  public func decode(_ codes: [Float]) throws(HourglassError) -> [Float] {
    let count = try sampleCount(codes.count, codeShape, "codes")
    return try filled(count * inputShape.count) { samples throws(HourglassError) in
      try reading(codes) { codes throws(HourglassError) in try decode(codes, into: samples) }
    }
  }

  /// What the model makes of each sample; see `reconstruct(_:into:)`.
  public func reconstruct(_ samples: [Float]) throws(HourglassError) -> [Float] {
    try filled(samples.count) { reconstructions throws(HourglassError) in
      try reading(samples) { samples throws(HourglassError) in
        try reconstruct(samples, into: reconstructions)
      }
    }
  }

  /// The mean squared error of each sample's reconstruction; see `score(_:into:)`.
  public func score(_ samples: [Float]) throws(HourglassError) -> [Double] {
    let count = try sampleCount(samples.count, inputShape, "samples")
    return try filled(count) { scores throws(HourglassError) in
      try reading(samples) { samples throws(HourglassError) in try score(samples, into: scores) }
    }
  }

  // MARK: Checks

  /// Checks the sizes, and does the work while no other call does some. Inlined, since a call may take half a microsecond.
  ///
  /// - Parameters:
  ///   - numbers: given, altogether.
  ///   - shape: of one of the things given.
  ///   - room: for numbers of the results.
  ///   - size: numbers of one result.
  ///   - body: takes how many things are given.
  @inline(__always)
  private func call(
    _ numbers: Int, _ shape: Shape, _ given: String, room: Int, _ size: Int, _ results: String,
    _ body: (borrowing Runners, _ count: Int) throws(HourglassError) -> Void
  ) throws(HourglassError) {
    let count = try sampleCount(numbers, shape, given)
    try checkRoom(room, count, size, results)
    try runners.withLock { runners throws(HourglassError) in try body(runners, count) }
  }

  private func sampleCount(_ numbers: Int, _ shape: Shape, _ what: String) throws(HourglassError) -> Int {
    guard numbers > 0, numbers % shape.count == 0 else {
      throw HourglassError(
        .usage,
        "The \(what) have \(numbers) numbers together, but one of shape \(shape) has \(shape.count); give whole \(what), "
          + "at least one.")
    }
    return numbers / shape.count
  }

  private func checkRoom(
    _ room: Int, _ count: Int, _ size: Int, _ what: String
  ) throws(HourglassError) {
    guard room == count * size else {
      throw HourglassError(
        .usage,
        "There is room for \(room) numbers of \(what), but \(count) have \(count * size); give as much.")
    }
  }
}

/// An array made in place; typed errors do not pass through the standard library's closures.
private func filled<Element>(
  _ count: Int, _ body: (UnsafeMutableBufferPointer<Element>) throws(HourglassError) -> Void
) throws(HourglassError) -> [Element] {
  var result = Result<Void, HourglassError>.success(())
  let array = [Element](unsafeUninitializedCapacity: count) { memory, initialized in
    result = Result { () throws(HourglassError) in
      try body(UnsafeMutableBufferPointer(rebasing: memory[..<count]))
    }
    if case .success = result { initialized = count }
  }
  try result.get()
  return array
}

private func reading<Element>(
  _ array: [Element], _ body: (UnsafeBufferPointer<Element>) throws(HourglassError) -> Void
) throws(HourglassError) {
  let result = array.withUnsafeBufferPointer { memory in
    Result { () throws(HourglassError) in try body(memory) }
  }
  try result.get()
}

extension TrainedModel {
  /// The model made ready to be asked again and again.
  ///
  /// - Parameter threads: workers of calls with many samples, 1 to 1,024; one sample is always the caller's work.
  /// - Throws: `HourglassError`: usage for another number of threads, environment when there is no memory for it.
  public func predictor(threads: Int = 1) throws -> Predictor {
    try Predictor(
      programs: ModelPrograms(model), parameters: parameters, threads: threads,
      kernels: try KernelSet.selected())
  }
}
