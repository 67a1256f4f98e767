import HourglassBase

extension TrainedModel {
  /// Samples with numbers that mean what those meant that the model learnt from, see `ValueReading`.
  ///
  /// - Parameter name: what the samples are called, such as their file.
  /// - Returns: also what a person should know of them.
  /// - Throws: `HourglassError` (badData) when the numbers cannot be meant; what the source throws.
  package func matched(
    _ samples: any SampleSource, named name: String
  ) throws(HourglassError) -> (samples: any SampleSource, note: String?) {
    try samples.matched(to: values, named: name)
  }

  /// Checks that samples are not floats as in 0...255, where the model learnt bytes as 0...1. Others, such as noisy ones, are
  /// taken as they are.
  ///
  /// - Parameter indices: of the samples that count; all when nil.
  /// - Throws: `HourglassError` (badData) when the numbers cannot be meant; what the source throws.
  func checkUnits(_ samples: any SampleSource, _ indices: [UInt32]? = nil) throws(HourglassError) {
    guard let values, values.isUnit, case .byte = values.element, case .float = samples.element,
      let given = try samples.valueRange(indices), max(given.greatest, -given.least) > Self.noisiest,
      case .byte = try matched(samples, named: "the samples").samples.element
    else { return }
    throw HourglassError(
      .badData,
      "The values of the samples are \(given.text), but the model learnt \(values.text); divide them by 255, or give bytes"
    )
  }

  /// How far noise may lead.
  private static let noisiest = 30 as Float

  /// Checks that the model learnt from numbers in 0...1, as those of pictures are given to it.
  ///
  /// - Throws: `HourglassError` (usage) when it is known that it did not.
  package func checkTakesPictures() throws(HourglassError) {
    guard let values, !values.isUnit else { return }
    throw HourglassError(
      .usage,
      "The model learnt \(values.text), but the values of pictures are given as 0 to 1; train it on bytes, or on floats "
        + "from 0 to 1")
  }
}

extension TrainedModel {
  /// What the model made, as pictures show it: numbers in 0...1.
  ///
  /// - Returns: also what a person should know of them, one sentence.
  package func pictured(_ samples: SampleArray) -> (samples: SampleArray, note: String?) {
    guard let values, !values.isUnit else { return (samples, nil) }
    if values.hasLevels { return (samples.replacingNumbers(samples.floats.map { $0 / 255 }), nil) }
    return (
      samples,
      "The model learnt \(values.text), and pictures show 0 to 1: what lies beyond is cut off in them."
    )
  }
}
