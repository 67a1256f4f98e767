import HourglassBase
import HourglassEngine
import HourglassGraph
import HourglassTestSupport

/// What differs, in words; empty where all is well.
///
/// Every number may be off by `tolerance` times the largest of its output, or a tenth of the largest of all
/// outputs: a sum's rounding errors grow with its terms, which may cancel in one output but hardly in all; where they do, `floor` is their size.
func differences(
  _ results: [String: [Float]], from reference: [String: ReferenceInterpreter.Value], tolerance: Double,
  floor: Double = 0
) -> [String] {
  let largest = reference.values.flatMap(\.flat).map(abs).max() ?? 0
  return reference.keys.sorted().compactMap { name in
    guard let found = results[name] else { return "\(name) is missing" }
    var expected = reference[name]!.flat
    // A gradient in a per-sample value may be the same for all samples.
    if expected.count > found.count || expected.isEmpty { return "\(name) has \(found.count) numbers" }
    while expected.count < found.count { expected += reference[name]!.flat }
    let scale = max(expected.map(abs).max() ?? 0, largest / 10, floor)
    let errors = zip(found, expected).map { abs(Double($0) - $1) }
    guard let worst = errors.indices.max(by: { errors[$0].orInfinite < errors[$1].orInfinite }),
      !(errors[worst] <= tolerance * scale)
    else { return nil }
    let wrong = errors.filter { !($0 <= tolerance * scale) }.count
    return "\(name)[\(worst)] is \(found[worst]), not \(expected[worst]) (\(wrong) of \(errors.count) wrong)"
  }
}

extension Double {
  fileprivate var orInfinite: Double { isNaN ? .infinity : self }
}
