import HourglassData
import HourglassEngine
import HourglassGraph
import HourglassNN

/// The samples a run trains and validates on.
package struct RunData: Sendable {
  package var training: SampleArray
  package var trainingSamples: [UInt32]
  package var validation: SampleArray
  package var validationSamples: [UInt32]

  /// - Throws: `HourglassError` (badData) when the samples are not of the model's shape.
  package init(_ data: ImageDataSet, for recipe: Recipe) throws {
    guard data.training.shape == recipe.model.inputShape else {
      throw HourglassError(
        .badData,
        "The images of \(data.name) have shape \(data.training.shape), but the model of recipe \(recipe.name) takes "
          + "\(recipe.model.inputShape); give other data, or set model.input to that shape.")
    }
    training = data.training
    var all = (0..<UInt32(data.training.count)).map { $0 }
    switch recipe.validation {
    case .test:
      validation = data.test
      validationSamples = (0..<UInt32(data.test.count)).map { $0 }
    case .split(let share):
      var random = RandomNumbers(seed: recipe.plan.seed, purpose: .splitting)
      let order = random.permutation(all.count)
      let kept = max(1, Int((Double(all.count) * share).rounded()))
      validation = data.training
      validationSamples = order.prefix(kept).sorted()
      all = order.dropFirst(kept).sorted()
    case .none:
      validation = data.test
      validationSamples = []
    }
    if let limit = recipe.limit { all = Array(all.prefix(limit)) }
    guard !all.isEmpty else {
      throw HourglassError(
        .badData, "\(data.name) leaves no training samples after the validation split; give more data.")
    }
    trainingSamples = all
  }

  /// SHA-256 of the training samples' memory: a run must go on with the data it began with.
  var digest: String { training.digest }

  /// Samples to evaluate and draw: the validation samples, or the training samples where there are none.
  var evaluation: (data: SampleArray, samples: [UInt32]) {
    validationSamples.isEmpty ? (training, trainingSamples) : (validation, validationSamples)
  }
}

extension SampleArray {
  fileprivate var digest: String {
    let size = element == .float ? 4 : 1
    return sha256Hex(UnsafeRawBufferPointer(start: baseAddress, count: count * shape.count * size))
  }
}
