import Foundation
import HourglassBase
import HourglassEngine
import HourglassGraph
import HourglassNN

/// Puts a newcomer's objective through what every family must stand: training, odd batch sizes, any number of
/// threads, saving and reading back with the same bits, true traits. For tests of families outside this package, and for ours.
///
/// ```swift
/// try checkFamily(MyObjective(strength: 0.1), model: model)
/// ```
///
/// - Parameters:
///   - model: a small model that the objective can train; with samples of its input shape in 0...1 made up here.
///   - epochs: of each short training, from 1. The loss must have fallen after them.
/// - Throws: `HourglassError` (badData) that says what does not hold, or whatever training throws.
public func checkFamily<Family: Objective>(
  _ objective: Family, model: Autoencoder, epochs: Int = 4
) throws {
  func fail(_ what: String) -> HourglassError {
    HourglassError(.badData, "The family \(Family.kind) fails its check: \(what).")
  }
  // Its settings make it again.
  let again = try Family(
    SettingsReader(
      .map(objective.settings), path: "objective.\(Family.kind)",
      catalogue: Catalogue.standard.adding(objective.kinds)))
  guard again.settings == objective.settings else {
    throw fail("reading its settings gives \(again.settings), not \(objective.settings)")
  }
  if let complaint = checkTraits(objective, model) { throw fail(complaint) }
  let samples = madeUpSamples(count: 75, shape: model.inputShape)
  func train(batchSize: Int, threads: Int) throws -> (TrainedModel, [EpochRecord]) {
    let program = try model.trainingProgram(objective)
    let parameters = program.makeParameters(seed: 7)
    let plan = TrainingPlan(
      epochs: epochs, batchSize: batchSize, seed: 7, optimizer: .adam(learningRate: 0.003))
    let all = (0..<UInt32(samples.count)).map { $0 }
    let trainer = try Trainer(
      program: program, plan: plan, parameters: parameters, data: samples, samples: all,
      validation: (samples, all), team: WorkerTeam(count: threads), kernels: try KernelSet.selected())
    try trainer.run { _ in }
    return (
      try TrainedModel(model: model, objective: objective, training: parameters, seed: 7),
      trainer.state.history
    )
  }
  // 75 samples leave a last batch of one, of a full sixteen and less, and of all.
  for batchSize in [1, 15, 16, 17, 37, 75] {
    let (_, history) = try train(batchSize: batchSize, threads: 2)
    guard history.allSatisfy({ $0.trainLoss.isFinite && ($0.validationLoss ?? 0).isFinite }) else {
      throw fail("the loss is not finite with a batch size of \(batchSize)")
    }
  }
  let (trained, history) = try train(batchSize: 15, threads: 1)
  guard let first = history.first?.validationLoss, let last = history.last?.validationLoss,
    epochs == 1 || last < first
  else { throw fail("the loss does not fall in \(epochs) epochs") }
  for threads in 2...3 {
    guard try train(batchSize: 15, threads: threads).0.weightsDigest == trained.weightsDigest else {
      throw fail("\(threads) threads give other weights than one")
    }
  }
  let path = FileManager.default.temporaryDirectory
    .appending(path: "hourglass-family-\(UUID().uuidString).safetensors").path
  defer { try? FileManager.default.removeItem(atPath: path) }
  try trained.write(to: path)
  let read = try TrainedModel.read(path: path, catalogue: .standard.adding(trained.kinds))
  guard read.weightsDigest == trained.weightsDigest else {
    throw fail("the model has other weights after saving and reading")
  }
  guard
    try read.pass(over: samples).reconstruction.floats == trained.pass(over: samples).reconstruction.floats
  else { throw fail("the model rebuilds otherwise after saving and reading") }
}

/// A trait that the objective has not, in words.
private func checkTraits(_ objective: some Objective, _ model: Autoencoder) -> String? {
  let traits = objective.traits
  let graph = model.inferenceGraph(objective)
  let isCorrupted = graph.output("shown").map { graph.nodes[$0].operation != .leaf(.input("x")) } ?? false
  if isCorrupted != (traits.corruption != nil) {
    return
      "its traits say \(isCorrupted ? "nothing of a" : "that there is a") corruption, but the model is shown "
      + (isCorrupted ? "something else than samples" : "samples as they are")
  }
  let builder = GraphBuilder()
  let sample = builder.input("x", shape: model.inputShape)
  let likelihood = objective.negativeLogLikelihood(of: sample, given: sample)
  if let likelihood, likelihood.shape != .scalar { return "its likelihood has the shape \(likelihood.shape)" }
  if traits.hasNormalCodes, model.encoder.code != .gaussian || likelihood == nil {
    return
      "its traits say that codes are normal, but the model's code is no distribution, or there is no likelihood"
  }
  if traits.rateWeight != nil, model.encoder.code.step == nil {
    return "its traits say what a bit is worth, but the model's code is not quantised"
  }
  return nil
}

/// Smooth samples in 0...1, each of its own.
private func madeUpSamples(count: Int, shape: Shape) -> SampleArray {
  var random = RandomNumbers(seed: 11, purpose: .sampling)
  let floats = (0..<count).flatMap { _ in
    let (frequency, phase) = (random.uniform(), random.uniform())
    return (0..<shape.count).map { index in
      let wave = (frequency * Double(index) + phase).truncatingRemainder(dividingBy: 1)
      return Float(abs(2 * wave - 1))
    }
  }
  return SampleArray(trustedFloats: floats, count: count, shape: shape)
}
