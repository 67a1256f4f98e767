import HourglassBase
import HourglassNN

// Whether the numbers of samples are such as a loss, or the end of a model, can reach.

extension Objective {
  /// Checks that the loss means something of these samples.
  ///
  /// - Parameters:
  ///   - indices: which samples; all when nil.
  ///   - name: what the samples are called.
  /// - Throws: `HourglassError` (badData) with the first number that the loss cannot take; what the source throws.
  package func checkTargets(
    _ samples: any SampleSource, _ indices: [UInt32]? = nil, named name: String
  ) throws(HourglassError) {
    guard let targets = traits.targets else { return }
    // What resampling in floats is off by does no harm.
    let slack = 1e-5
    let range = Float(targets.lowerBound - slack)...Float(targets.upperBound + slack)
    guard let (sample, value) = try samples.first(outside: range, indices) else { return }
    let ends =
      "\(ValueRange.text(Float(targets.lowerBound))) to \(ValueRange.text(Float(targets.upperBound)))"
    throw HourglassError(
      .badData,
      "Sample \(sample) of \(name) holds \(ValueRange.text(value)), but the loss of the objective \(type(of: self).kind) "
        + "reads values as probabilities from \(ends); scale the data to them, or choose a loss that takes any number, such "
        + "as l2 or the likelihood gaussian")
  }
}

extension Objective {
  /// That samples lie where corruptions are not made for, one sentence; nil where they do not, or none are corrupted.
  ///
  /// - Parameter name: what the samples are called.
  package func corruptionNote(for values: ValueRange, named name: String) -> String? {
    guard traits.corruption != nil, !values.isUnit else { return nil }
    return
      "Corruptions are made for values from 0 to 1, but those of \(name) are \(values.text): noise that clips cuts them off "
      + "there; scale the data to that range."
  }
}

extension Autoencoder {
  /// That the model's outputs end before samples' numbers do, one sentence; nil where they do not, or nobody knows.
  ///
  /// - Parameter name: what the samples are called.
  package func outputNote(for values: ValueRange, named name: String) -> String? {
    guard !isResidual, let activation = decoder.activation, let outputs = activation.outputs else {
      return nil
    }
    let slack = 1e-3
    let high = Double(values.greatest) > outputs.upperBound + slack
    guard high || Double(values.least) < outputs.lowerBound - slack else { return nil }
    let reached = ValueRange.text(high ? values.greatest : values.least)
    let end = ValueRange.text(Float(high ? outputs.upperBound : outputs.lowerBound))
    let remedy =
      values.areLevels ? "divide the data by 255, or save them as bytes," : "scale the data to that range,"
    return
      "The values of \(name) reach \(reached), but the model's outputs end at \(end), because its last layer has the "
      + "activation \(activation.name): \(remedy) or make that layer linear."
  }
}
