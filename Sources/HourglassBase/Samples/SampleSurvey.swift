/// What one look at all numbers of a source found: enough to say which numbers some of its samples hold without reading them again.
///
/// It keeps the samples with the furthest numbers, so that those of a part of the samples are known unless the part lacks
/// all of these.
package struct SampleSurvey: Sendable {
  private struct Extreme {
    let value: Float
    let sample: UInt32
  }

  /// So many samples of each kind are kept; one that lacks nine of ten samples at random lacks all of them once in 10^64.
  private static let kept = 64

  /// The samples with the greatest numbers, the greatest first; of equal ones the first.
  private var highest: [Extreme] = []
  /// The samples with the least numbers, the least first.
  private var lowest: [Extreme] = []
  /// The first samples that hold a number with a fraction.
  private var fractional: [UInt32] = []

  package init() {}

  /// Whether fractions are still looked for: further samples with some are not kept.
  private var seeksFractions: Bool { fractional.count < Self.kept }

  /// Takes the next sample.
  ///
  /// - Parameter numbers: of the sample, in the order of the source.
  /// - Returns: the first number that is not finite; the sample is not taken then.
  package mutating func add(_ sample: UInt32, _ numbers: UnsafeBufferPointer<Float>) -> Float? {
    guard let base = numbers.baseAddress, !numbers.isEmpty else { return nil }
    typealias Lanes = SIMD16<Float>
    var least = Lanes(repeating: numbers[0])
    var greatest = least
    // Stays zero unless a number is not finite.
    var stray = Lanes()
    let whole = numbers.count / Lanes.scalarCount * Lanes.scalarCount
    for start in stride(from: 0, to: whole, by: Lanes.scalarCount) {
      let lanes = UnsafeRawPointer(base + start).loadUnaligned(as: Lanes.self)
      least.replace(with: lanes, where: lanes .< least)
      greatest.replace(with: lanes, where: lanes .> greatest)
      stray += lanes * 0
    }
    var (low, high, odd) = (least.min(), greatest.max(), stray.sum())
    for number in numbers[whole...] {
      if number < low { low = number }
      if number > high { high = number }
      odd += number * 0
    }
    guard odd == 0 else { return numbers.first { !$0.isFinite } }
    Self.insert(Extreme(value: low, sample: sample), &lowest, <)
    Self.insert(Extreme(value: high, sample: sample), &highest, >)
    if seeksFractions, numbers.contains(where: { $0 != $0.rounded(.towardZero) }) {
      fractional.append(sample)
    }
    return nil
  }

  private static func insert(
    _ extreme: Extreme, _ list: inout [Extreme], _ isFurther: (Float, Float) -> Bool
  ) {
    if list.count == kept {
      guard isFurther(extreme.value, list[kept - 1].value) else { return }
      list.removeLast()
    }
    let place = list.firstIndex { isFurther(extreme.value, $0.value) } ?? list.count
    list.insert(extreme, at: place)
  }

  /// Which numbers some samples hold; nil where that is not known without reading them.
  ///
  /// - Parameter isChosen: whether a sample is one of them.
  func range(_ isChosen: (UInt32) -> Bool) -> ValueRange? {
    guard let least = lowest.first(where: { isChosen($0.sample) }),
      let greatest = highest.first(where: { isChosen($0.sample) })
    else { return nil }
    let hasFractions = fractional.contains(where: isChosen)
    // Where the list is full, others may have some.
    guard hasFractions || seeksFractions else { return nil }
    return ValueRange(floats: least.value, greatest.value, areWhole: !hasFractions)
  }
}

/// A source that has looked at all its numbers, since reading them again takes long.
package protocol SurveyedSource: SampleSource {
  /// nil where it has not.
  var survey: SampleSurvey? { get }
}
