import HourglassBase
import HourglassData
import HourglassEngine
import HourglassModels

/// What the uses on a report card share: a model, samples to learn baselines from, and others to measure on.
package struct CardContext: Sendable {
  let trained: TrainedModel
  /// Samples that baselines learn from, drawn from the training part.
  let training: SampleArray
  /// One for each of `training`, or none.
  let trainingLabels: [Int]
  /// Samples that nothing learns from.
  let test: SampleArray
  let testLabels: [Int]
  /// Whether the model cannot have been trained on `test`.
  let isHeldOut: Bool
  let seed: UInt64
  let threads: Int?
  /// As many principal components of `training` as the code has numbers; nil where they would be no simpler than the
  /// model: a code as large as the sample, or samples too large for them.
  let components: PrincipalComponents?

  /// Samples that baselines learn from at most.
  package static let mostTraining = 10_000

  /// - Parameters:
  ///   - set: data of the model's input shape; without a test part, every second sample is measured.
  ///   - limit: samples that are measured at most.
  /// - Throws: `HourglassError`: badData when there are too few samples or a value is not finite, usage when only `limit` makes
  ///   them too few.
  package init(
    _ trained: TrainedModel, data set: DataSet, limit: Int, seed: UInt64, threads: Int?
  ) throws {
    self.trained = trained
    isHeldOut = set.hasTest
    self.seed = seed
    self.threads = threads
    let all = set.training.count
    // Without a test part even and odd samples are as near to apart as it gets.
    let learnt = set.hasTest ? Array(0..<all) : Array(stride(from: 0, to: all, by: 2))
    let measured = set.hasTest ? Array(0..<set.test.count) : Array(stride(from: 1, to: all, by: 2))
    let chosen = Self.draw(learnt, Self.mostTraining, seed: seed)
    let tested = Array(measured.prefix(max(0, limit)))
    guard chosen.count >= 20, tested.count >= 20 else {
      throw HourglassError(
        limit < 20 ? .usage : .badData,
        "A report card needs 20 samples to learn baselines from and 20 to measure, but \(set.name) gives "
          + "\(chosen.count) and \(tested.count)",
        remedies: [.give(.data, "more")] + (limit < 20 ? [.raise(.limit)] : []))
    }
    training = try set.training.array(chosen.map { UInt32($0) })
    trainingLabels = set.trainingLabels.isEmpty ? [] : chosen.map { set.trainingLabels[$0] }
    test = try (set.hasTest ? set.test : set.training).array(tested.map { UInt32($0) })
    let labels = set.hasTest ? set.testLabels : set.trainingLabels
    testLabels = labels.isEmpty ? [] : tested.map { labels[$0] }
    let width = try trained.model.codeShape.count
    let size = trained.model.inputShape.count
    components =
      width < size && size <= PrincipalComponents.largestSample && width < training.count
      ? try PrincipalComponents(of: training, count: width, seed: seed, threads: threads) : nil
  }

  /// Some of these, each as likely, in their order.
  private static func draw(_ indices: [Int], _ count: Int, seed: UInt64) -> [Int] {
    guard indices.count > count else { return indices }
    var random = RandomNumbers(seed: seed, purpose: .sampling, stream: 1)
    var pool = indices
    for place in 0..<count { pool.swapAt(place, place + random.index(below: pool.count - place)) }
    return pool[..<count].sorted()
  }

  /// Numbers of a code.
  var width: Int { get throws { try trained.model.codeShape.count } }

  /// What PCA of the code's width keeps of samples; nil where it makes no sense.
  func principalReconstruction(of samples: SampleArray) throws -> SampleArray? {
    guard let components else { return nil }
    return try components.reconstruct(components.project(samples, threads: threads), threads: threads)
  }

  /// What the model keeps of samples, shown as they are.
  func reconstruction(of samples: SampleArray) throws -> SampleArray {
    guard trained.model.isResidual else {
      return try trained.decode(trained.encode(samples, threads: threads), threads: threads)
    }
    // Its output is added to its input, which a code alone does not hold.
    let plain = TrainedModel(
      model: trained.model, objective: Undercomplete(), parameters: trained.parameters, seed: trained.seed)
    return try plain.pass(over: samples, threads: threads).reconstruction
  }
}
