import HourglassBase
import HourglassFiles

/// Surveys samples that come in blocks, and makes their digest on another core meanwhile.
///
/// `@unchecked Sendable`: the two threads of `add` write to one of the two each.
final class SurveyBuilder: @unchecked Sendable {
  private(set) var survey = SampleSurvey()
  private let hash = SHA256Digest()
  private let numbersOfSample: Int
  private var count = 0

  init(_ numbersOfSample: Int) { self.numbersOfSample = numbersOfSample }

  var digest: BegunDigest { BegunDigest(hash) }

  /// Takes the next samples.
  ///
  /// - Parameters:
  ///   - bytes: whole samples, as they are given.
  ///   - areFloats: whether there is anything to survey.
  /// - Returns: the first number that is not finite, and its sample.
  func add(_ bytes: UnsafeRawBufferPointer, areFloats: Bool) throws -> (value: Float, sample: Int)? {
    guard areFloats else {
      hash.update(bytes)
      return nil
    }
    nonisolated(unsafe) let bytes = bytes
    nonisolated(unsafe) var stray: (Float, Int)?
    try concurrently(2) { task in
      if task == 0 { self.hash.update(bytes) } else { stray = self.look(bytes.bindMemory(to: Float.self)) }
    }
    return stray
  }

  private func look(_ numbers: UnsafeBufferPointer<Float>) -> (Float, Int)? {
    for first in stride(from: 0, to: numbers.count, by: numbersOfSample) {
      let sample = UnsafeBufferPointer(rebasing: numbers[first..<first + numbersOfSample])
      if let stray = survey.add(UInt32(count), sample) { return (stray, count) }
      count += 1
    }
    return nil
  }
}
